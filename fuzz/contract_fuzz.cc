// Files that describe a target: contracts, lists of pip, environments of conda, from any text.
//
// Promised: no crash, whatever nests; an error says what is wrong with the file.
#include <string>

#include "contract/conda_file.h"
#include "contract/contract_keys.h"
#include "contract/pip_list.h"
#include "contract/toml_file.h"
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (size > Limits().contract_bytes) return 0;
  if (const auto list = ReadPipList("freeze.txt", text)) {
    WL_FUZZ_CHECK(!list->target.components.empty());
  } else {
    WL_FUZZ_CHECK(list.error().code() == Code::kUsage);
  }
  if (const auto conda = ReadCondaFile("environment.yml", text); !conda) {
    WL_FUZZ_CHECK(conda.error().code() == Code::kUsage);
  }
  if (const auto root = ReadToml("handover.toml", text)) {
    (void)CheckContractKeys("handover.toml", *root);
  }
  return 0;
}

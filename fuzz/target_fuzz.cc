// Targets, versions and conditions from any text.
//
// Promised: no crash; every component that is named is known; versions order as numbers do.
#include <string_view>

#include "fuzz_target.h"
#include "weighlock/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = ParseTarget(text)) {
    const bool says = !target->components.empty() || target->platform != Platform::kUnknown;
    WL_FUZZ_CHECK(says && target->text == text);
    for (const auto& [name, component] : target->components) {
      WL_FUZZ_CHECK(!name.empty() && target->Find(name) == &component);
      WL_FUZZ_CHECK(!(component.absent && component.version));
      if (component.version) WL_FUZZ_CHECK(component.version->Compare(*component.version) == 0);
    }
  } else {
    WL_FUZZ_CHECK(target.error().code() == Code::kUsage);
  }
  const auto version = Version::Parse(text.substr(0, size / 2));
  const auto other = Version::Parse(text.substr(size / 2));
  if (version && other) {
    WL_FUZZ_CHECK(version->Compare(*other) == -other->Compare(*version));
  }
  const auto spec = VersionSpec::Parse(text.substr(size / 2));
  if (version && spec) (void)spec->Contains(*version);
  return 0;
}

// Any bytes under any name: the scanner says something of them, and ends.
#include <cstddef>
#include <cstdint>

#include "scan/package_rules.h"
#include "scan/scanner.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  static constexpr const char* kNames[] = {
      "x",      "x.pkl",          "x.py",  "requirements.txt", "config.yaml",           "x.json",
      "x.onnx", "saved_model.pb", "x.pth", "MLmodel",          "tokenizer_config.json", "x.jinja",
      "x.gguf", "x.msgpack",      "x.txt", "x.safetensors"};
  if (size == 0) return 0;
  ScanOptions options;
  options.limits.unpacked_bytes = uint64_t{16} << 20;
  options.limits.pickle_nodes = 100'000;
  scan::Scanner scanner(options);
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  const ByteVector copy(bytes + 1, bytes + size);
  scanner.ScanBytes(ByteSource::FromMemory(copy, "x"), {{kNames[data[0] % std::size(kNames)]}, 0});
  scan::JudgePackage(scanner);
  const ScanReport report = std::move(scanner).Finish();
  if (report.files.empty()) __builtin_trap();
  return 0;
}

// The safetensors reader on any bytes, as they are and behind a length field that fits.
//
// Promised: no crash; errors lie inside the file; tensors cover it from the end of the header to
// the end of the file, each with the bytes that its shape and type need; no name twice.
#include <set>
#include <span>
#include <string_view>

#include "format/safetensors/safetensors_reader.h"
#include "fuzz_target.h"

namespace weighlock {
namespace {

void Check(ByteVector bytes) {
  const uint64_t size = bytes.size();
  const ByteSource source = ByteSource::FromMemory(std::move(bytes), "fuzz");
  const auto model = ReadSafetensors(source, Limits());
  if (!model) {
    WL_FUZZ_CHECK(model.error().offset() <= size);
    return;
  }
  std::set<std::string_view> names;
  uint64_t position = model->tensors.empty() ? size : model->tensors[0].data.offset;
  WL_FUZZ_CHECK(position >= kSafetensorsPrefix);
  for (const Tensor& tensor : model->tensors) {
    WL_FUZZ_CHECK(names.insert(tensor.name).second);
    WL_FUZZ_CHECK(tensor.data.offset == position);
    WL_FUZZ_CHECK(tensor.data.size <= size - position);
    const auto count = ElementCount(tensor.shape);
    WL_FUZZ_CHECK(count.has_value());
    WL_FUZZ_CHECK(*count * Info(tensor.dtype).bits == tensor.data.size * 8);
    position += tensor.data.size;
  }
  WL_FUZZ_CHECK(position == size);
}

}  // namespace
}  // namespace weighlock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  Check({bytes.begin(), bytes.end()});
  // The header up to its last brace, with the right length before it.
  ByteVector fitting;
  AppendLe(fitting, static_cast<uint64_t>(AsText(bytes).rfind('}') + 1));
  Append(fitting, bytes);
  Check(std::move(fitting));
  return 0;
}

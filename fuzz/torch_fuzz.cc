// The torch reader, and under it the strict zip reader, on any bytes.
//
// Promised: no crash; errors lie inside the input; every tensor's bytes lie in the file, and are
// as many as its shape and type need; no two tensors share a name.
#include <set>
#include <span>
#include <string_view>

#include "base/checked.h"
#include "format/torch/torch_reader.h"
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto source = ByteSource::FromMemory({bytes.begin(), bytes.end()}, "fuzz");
  Limits limits;
  limits.pickle_nodes = 1'000'000;
  const auto model = ReadTorch(source, limits);
  if (!model) {
    WL_FUZZ_CHECK(model.error().offset() == kNoOffset || model.error().offset() <= size);
    return 0;
  }
  std::set<std::string_view> names;
  for (const Tensor& tensor : model->tensors) {
    WL_FUZZ_CHECK(names.insert(tensor.name).second);
    WL_FUZZ_CHECK(FitsIn(tensor.data.offset, tensor.data.size, size));
    const auto count = ElementCount(tensor.shape);
    WL_FUZZ_CHECK(count.has_value());
    const uint64_t bits = Info(tensor.dtype).bits;
    if (!tensor.strides && bits >= 8) WL_FUZZ_CHECK(tensor.data.size == *count * (bits / 8));
  }
  return 0;
}

// The safetensors reader on any bytes, and the writer on what it reads.
//
// Promised: no crash; an error lies inside the file; tensors cover the rest of the file without gap
// or overlap; what was read can be laid out again, in as many bytes of data.
#include <span>

#include "format/safetensors/safetensors_reader.h"
#include "format/safetensors/safetensors_writer.h"
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto source = ByteSource::FromMemory({bytes.begin(), bytes.end()}, "fuzz");
  const auto model = ReadSafetensors(source, {});
  if (!model) {
    WL_FUZZ_CHECK(model.error().offset() <= size);
    return 0;
  }
  uint64_t position = kSafetensorsPrefix + LoadLe<uint64_t>(bytes);
  const uint64_t data_size = size - position;
  for (const Tensor& tensor : model->tensors) {
    WL_FUZZ_CHECK(tensor.data.offset == position);
    position += tensor.data.size;
  }
  WL_FUZZ_CHECK(position == size);
  const auto layout = PlanSafetensors(model->tensors, {});
  WL_FUZZ_CHECK(layout && layout->size - layout->pieces[0].size == data_size);
  return 0;
}

// Any bytes as an object to be written as JSON, and as JSON to be written as a pickle.
//
// Promised: no crash; the JSON that is written parses, and its tensors lie in the file; a pickle
// made from JSON is one that the machine runs; what came out of a pickle goes back into one, but
// for what the way back refuses.
#include <map>
#include <span>

#include "base/checked.h"
#include "format/torch/object_json.h"
#include "format/torch/object_pickle.h"
#include "fuzz_target.h"
#include "pickle/pickle.h"

namespace {

using namespace weighlock;

void GoBack(const JsonValue& json, std::span<const Tensor> tensors) {
  std::map<std::string, size_t> index_of;
  for (size_t i = 0; i < tensors.size(); ++i) index_of[tensors[i].name] = i;
  const auto object = PickleOfJson(json, tensors, index_of);
  if (!object) {
    WL_FUZZ_CHECK(object.error().code() == Code::kMalformed ||
                  object.error().code() == Code::kUnsupported ||
                  object.error().code() == Code::kNotFound);
    return;
  }
  const auto source = ByteSource::FromMemory(object->pickle, "made");
  const auto pickle = pickle::RunPickle(source, 0, {});
  WL_FUZZ_CHECK(pickle.has_value() || pickle.error().code() == Code::kLimit ||
                pickle.error().code() == Code::kMalformed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes = std::as_bytes(std::span(data, size));
  Limits limits;
  limits.pickle_nodes = 1'000'000;
  limits.json_depth = 4 * limits.pickle_depth;
  const auto as_json = ParseJson(bytes, limits);
  if (as_json) GoBack(*as_json, {});

  const auto source = ByteSource::FromMemory({bytes.begin(), bytes.end()}, "fuzz");
  const auto object = ReadObjectJson(source, {}, limits);
  if (!object) {
    WL_FUZZ_CHECK(object.error().offset() == kNoOffset || object.error().offset() <= size);
    return 0;
  }
  for (const Tensor& tensor : object->model.tensors) {
    WL_FUZZ_CHECK(FitsIn(tensor.data.offset, tensor.data.size, size));
  }
  const auto json = ParseJson(AsBytes(object->text), limits);
  WL_FUZZ_CHECK(json.has_value());
  GoBack(*json, object->model.tensors);
  return 0;
}

// The pickle machine on any bytes.
//
// Promised: no crash; errors lie inside the input; every handle of the graph names a value that
// was made before the graph was handed out.
#include <span>
#include <string>

#include "fuzz_target.h"
#include "pickle/pickle.h"

namespace weighlock::pickle {
namespace {

void CheckAll(const PickleGraph& graph, std::span<const ValueId> ids) {
  for (const ValueId id : ids) WL_FUZZ_CHECK(id < graph.size());
}

void CheckGraph(const PickleGraph& graph) {
  for (ValueId id = 0; id < graph.size(); ++id) {
    const ValueKind kind = graph.kind(id);
    if (kind >= ValueKind::kList && kind <= ValueKind::kFrozenSet) CheckAll(graph, graph.items(id));
    if (graph.is_string(id)) WL_FUZZ_CHECK(graph.text(id).size() <= UINT32_MAX);
    if (kind == ValueKind::kCall) {
      const Call call = graph.call(id);
      WL_FUZZ_CHECK(call.callee < id && call.args < graph.size());
    }
    if (const Changes* changes = graph.changes(id)) {
      for (const auto* list : {&changes->states, &changes->appended, &changes->items}) {
        CheckAll(graph, *list);
      }
    }
  }
}

}  // namespace
}  // namespace weighlock::pickle

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto source = ByteSource::FromMemory({bytes.begin(), bytes.end()}, "fuzz");
  Limits limits;
  limits.pickle_nodes = 1'000'000;
  const pickle::PartialPickle part = pickle::RunPickleKeepingPart(source, 0, limits);
  WL_FUZZ_CHECK(part.error.has_value() == (part.pickle.root == pickle::kNoValue));
  if (part.error) WL_FUZZ_CHECK(part.error->offset() <= size);
  WL_FUZZ_CHECK(part.pickle.end <= size);
  pickle::CheckGraph(part.pickle.graph);
  return 0;
}

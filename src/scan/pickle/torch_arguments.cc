// Tensors are judged where they are rebuilt; here it only counts that nothing else is in their
// place.
#include "scan/pickle/torch_arguments.h"

#include <span>
#include <string_view>

#include "scan/pickle/named_callee.h"

namespace weighlock::scan {
namespace {

using pickle::Call;
using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;
using Broken = std::optional<std::string>;

std::span<const ValueId> ArgsOf(const PickleGraph& graph, const Call& call) {
  if (graph.kind(call.args) != ValueKind::kTuple) return {};
  return graph.items(call.args);
}

bool IsTensor(const Pickle& pickle, ValueId id) {
  if (pickle.graph.kind(id) != ValueKind::kCall) return false;
  const auto made = CalleeOf(pickle, pickle.graph.call(id).callee);
  if (!made || made->policy.standing != Standing::kAllowed) return false;
  const std::string_view rule = made->policy.rule;
  return rule == "tensor" || rule == "parameter" || rule == "torch-rebuild" ||
         rule == "rebuild-from-type";
}

bool IsPlain(const PickleGraph& graph, ValueId id) {
  const ValueKind kind = graph.kind(id);
  return kind == ValueKind::kNone || kind == ValueKind::kBool || kind == ValueKind::kInt;
}

// {"max_seqlen": a tensor}, or empty.
bool IsCache(const Pickle& pickle, ValueId id) {
  const PickleGraph& graph = pickle.graph;
  if (graph.kind(id) != ValueKind::kDict) return false;
  const auto items = graph.items(id);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    const bool is_told = graph.is_string(items[i]) &&
                         (IsPlain(graph, items[i + 1]) || IsTensor(pickle, items[i + 1]));
    if (!is_told) return false;
  }
  return true;
}

}  // namespace

Broken BrokenGenerator(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.empty() || (args.size() == 1 && graph.is_string(args[0]))) return std::nullopt;
  const auto made = args.size() == 1 && graph.kind(args[0]) == ValueKind::kCall
                        ? CalleeOf(pickle, graph.call(args[0]).callee)
                        : std::nullopt;
  if (made && made->module == "torch" && made->name == "device") return std::nullopt;
  return "is made for something that is no device";
}

Broken BrokenJagged(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.size() != 1 || graph.kind(args[0]) != ValueKind::kDict) {
    return "has other arguments than those of a nested tensor";
  }
  const auto items = graph.items(args[0]);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    const ValueId value = items[i + 1];
    const bool is_known = graph.is_string(items[i]) &&
                          (IsPlain(graph, value) || IsTensor(pickle, value) ||
                           (graph.text(items[i]) == "_metadata_cache" && IsCache(pickle, value)));
    if (!is_known) return "has a part that is no tensor";
  }
  return std::nullopt;
}

}  // namespace weighlock::scan

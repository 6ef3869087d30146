// Every part is asked for, so that a call of the partial can do nothing but what NEWOBJ_EX would.
#include "scan/pickle/partial_new.h"

#include <string_view>
#include <utility>

namespace weighlock::scan {
namespace {

using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

bool IsCallOf(const Pickle& pickle, ValueId id, std::string_view module, std::string_view name) {
  const PickleGraph& graph = pickle.graph;
  if (graph.kind(id) != ValueKind::kCall) return false;
  const ValueId callee = graph.call(id).callee;
  // The tables are only asked for what can be it: pickles have millions of calls.
  if (graph.kind(callee) != ValueKind::kGlobal || graph.global(callee).name != name) return false;
  if (graph.kind(graph.call(id).args) != ValueKind::kTuple) return false;
  if (graph.call(id).kwargs != pickle::kNoValue) return false;
  const auto named = CalleeOf(pickle, callee);
  return named && named->module == module && named->name == name;
}

// A class that NEWOBJ_EX may make with arguments by name: a tuple that has more attributes.
std::optional<NamedCallee> ClassOf(const Pickle& pickle, ValueId id) {
  if (pickle.graph.kind(id) != ValueKind::kGlobal) return std::nullopt;
  auto named = CalleeOf(pickle, id);
  const bool may_be_made =
      named && named->policy.standing == Standing::kLibrary && named->policy.rule == "result";
  return may_be_made ? std::move(named) : std::nullopt;
}

bool IsNewOfClass(const Pickle& pickle, ValueId id) {
  const PickleGraph& graph = pickle.graph;
  if (!IsCallOf(pickle, id, "builtins", "getattr")) return false;
  const auto args = graph.items(graph.call(id).args);
  return args.size() == 2 && graph.is_string(args[1]) && graph.text(args[1]) == "__new__" &&
         graph.changes(id) == nullptr && ClassOf(pickle, args[0]).has_value();
}

}  // namespace

std::optional<PartialNew> PartialNewOf(const Pickle& pickle, ValueId partial) {
  const PickleGraph& graph = pickle.graph;
  if (!IsCallOf(pickle, partial, "functools", "partial")) return std::nullopt;
  const auto kept = graph.items(graph.call(partial).args);
  if (kept.size() != 1 || !IsNewOfClass(pickle, kept[0])) return std::nullopt;
  const pickle::Changes* changes = graph.changes(partial);
  const bool is_set_once = changes != nullptr && changes->states.size() == 1 &&
                           changes->items.empty() && changes->appended.empty();
  if (!is_set_once) return std::nullopt;
  const ValueId state = changes->states[0];
  if (graph.kind(state) != ValueKind::kTuple || graph.items(state).size() != 4) return std::nullopt;
  const auto parts = graph.items(state);  // function, arguments, keywords, attributes
  const bool has_arguments =
      graph.kind(parts[1]) == ValueKind::kTuple && !graph.items(parts[1]).empty();
  const bool has_keywords =
      graph.kind(parts[2]) == ValueKind::kDict || graph.kind(parts[2]) == ValueKind::kNone;
  const bool is_whole = parts[0] == kept[0] && has_arguments && has_keywords &&
                        graph.kind(parts[3]) == ValueKind::kNone;
  if (!is_whole) return std::nullopt;
  auto made = ClassOf(pickle, graph.items(parts[1])[0]);
  if (!made) return std::nullopt;
  return PartialNew{kept[0], *std::move(made)};
}

}  // namespace weighlock::scan

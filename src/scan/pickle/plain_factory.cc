// A partial has its function twice, in its call and in its state: the last one counts.
#include "scan/pickle/plain_factory.h"

#include <algorithm>

#include "scan/pickle/named_callee.h"

namespace weighlock::scan {
namespace {

using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

// What makes plain data of nothing: a type of Python's, a container of a library.
bool IsPlainType(const Pickle& pickle, ValueId id) {
  const auto factory = CalleeOf(pickle, id);
  if (!factory) return false;
  const std::string_view rule = factory->policy.rule;
  if (factory->policy.standing == Standing::kLibrary) return rule == "container";
  return factory->policy.standing == Standing::kAllowed &&
         (factory->module == "builtins" || factory->module == "collections") &&
         (rule == "data" || rule == "container" || rule == "bytes" || rule == "defaultdict");
}

// functools.partial(a plain factory, ...), and its state with the same.
bool IsPlainPartial(const Pickle& pickle, ValueId id) {
  const PickleGraph& graph = pickle.graph;
  if (graph.kind(id) != ValueKind::kCall) return false;
  const auto callee = CalleeOf(pickle, graph.call(id).callee);
  const ValueId arguments = graph.call(id).args;
  if (!callee || callee->policy.rule != "partial" || graph.kind(arguments) != ValueKind::kTuple) {
    return false;
  }
  const auto args = graph.items(arguments);
  if (args.empty() || !IsPlainType(pickle, args[0])) return false;
  const pickle::Changes* changes = graph.changes(id);
  return changes == nullptr ||
         std::all_of(changes->states.begin(), changes->states.end(), [&](ValueId state) {
           return graph.kind(state) == ValueKind::kTuple && !graph.items(state).empty() &&
                  IsPlainType(pickle, graph.items(state)[0]);
         });
}

}  // namespace

bool IsPlainFactory(const Pickle& pickle, ValueId id) {
  return IsPlainType(pickle, id) || IsPlainPartial(pickle, id);
}

}  // namespace weighlock::scan

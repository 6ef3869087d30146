// Names of Python 2 are looked up as Python 3 imports them; of both readings the worse counts.
#include "scan/pickle/named_callee.h"

#include <fmt/format.h>

#include <utility>

#include "pickle/names.h"

namespace weighlock::scan {
namespace {

using pickle::Call;
using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

// getattr(class, "name") is a name behind a name, as later protocols write it; of interest only
// where the tables allow it.
std::optional<NamedCallee> AttributeOf(const Pickle& pickle, ValueId callee) {
  const PickleGraph& graph = pickle.graph;
  const Call call = graph.call(callee);
  if (graph.kind(call.callee) != ValueKind::kGlobal) return std::nullopt;
  if (graph.kind(call.args) != ValueKind::kTuple) return std::nullopt;
  const auto args = graph.items(call.args);
  const auto function = CalleeOf(pickle, call.callee);
  const bool is_getattr =
      function && function->module == "builtins" && function->name == "getattr" && args.size() == 2;
  if (!is_getattr || graph.kind(args[0]) != ValueKind::kGlobal || !graph.is_string(args[1])) {
    return std::nullopt;
  }
  auto named = CalleeOf(pickle, args[0]);
  if (!named) return std::nullopt;
  named->name += fmt::format(".{}", graph.text(args[1]));
  named->policy = LookupName(named->module, named->name);
  const std::string_view rule = named->policy.rule;
  const bool is_listed =
      named->policy.standing == Standing::kAllowed ||
      (named->policy.standing == Standing::kLibrary && (rule == "value" || rule == "enum"));
  return is_listed ? std::move(named) : std::nullopt;
}

}  // namespace

std::optional<NamedCallee> CalleeOf(const Pickle& pickle, ValueId callee) {
  const PickleGraph& graph = pickle.graph;
  if (graph.kind(callee) == ValueKind::kCall) return AttributeOf(pickle, callee);
  if (graph.kind(callee) != ValueKind::kGlobal || graph.global(callee).computed)
    return std::nullopt;
  const pickle::Global global = graph.global(callee);
  pickle::QualifiedName resolved{global.module, global.name};
  const pickle::QualifiedName modern = pickle::ModernName(global.module, global.name);
  if (pickle.protocol < 3) resolved = modern;
  NamePolicy policy = LookupName(resolved.module, resolved.name);
  // Later protocols import names as they stand; what was dangerous in Python 2 is no less so there.
  const NamePolicy other = LookupName(modern.module, modern.name);
  if (other.standing == Standing::kDangerous || other.standing == Standing::kTampering) {
    policy = other;
    resolved = modern;
  }
  return NamedCallee{std::string(resolved.module), std::string(resolved.name), policy};
}

}  // namespace weighlock::scan

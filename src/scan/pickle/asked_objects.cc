// list(a DataLoader) would load by the functions that it keeps, and list(a view of networkx) filter
// by them: so no class would be safe from being called with arguments of the file. No pickle of
// real objects hands them to others this way: containers are filled from lists, arrays from bytes.
#include "scan/pickle/asked_objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "scan/pickle/named_callee.h"

namespace weighlock::scan {
namespace {

using pickle::Call;
using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

// Arguments by name; more are a finding.
constexpr size_t kMostNames = 64;

std::string_view PackageOf(std::string_view module) {
  return module.substr(0, module.find('.'));
}

// Rules whose functions look into what they are given.
bool MayLookInto(std::string_view rule) {
  constexpr std::array<std::string_view, 16> kRules = {
      "container",     "bytes",  "defaultdict", "range",   "function", "new-index",
      "object",        "data",   "callable",    "mapping", "forwards", "newobj",
      "reconstructor", "masked", "array-class", "enum"};
  return std::find(kRules.begin(), kRules.end(), rule) != kRules.end();
}

// Of types of Python's under `data`, dates want their time zones as they are.
bool LooksInto(std::string_view rule, std::string_view module) {
  if (rule == "data") return module == "builtins" || module == "collections" || module == "array";
  return MayLookInto(rule);
}

// Whether a call under the rule may be one of these, by the module as it is written: dates are
// many, and looking up what each of them calls would take longer than all else.
bool MayLook(const PickleGraph& graph, std::string_view rule, const Call& call) {
  if (rule != "data" || graph.kind(call.callee) != ValueKind::kGlobal) return MayLookInto(rule);
  const std::string_view module = graph.global(call.callee).module;
  return module == "__builtin__" || LooksInto(rule, module);
}

class Asked {
 public:
  Asked(const Pickle& pickle, std::string_view package)
      : pickle_(pickle), graph_(pickle.graph), package_(package) {}

  // The library's name of an object that is none of the package's own; empty where there is none.
  std::string Foreign(ValueId id) const {
    if (graph_.kind(id) != ValueKind::kCall) return {};
    const auto named = CalleeOf(pickle_, ClassOf(id));
    if (!named || named->policy.standing != Standing::kLibrary) return {};
    const std::string_view package = PackageOf(named->module);
    const bool is_plain = named->policy.rule == "enum" || named->policy.rule == "tzfile" ||
                          package == "pytz" || package == "dateutil";
    if (is_plain || package == package_) return {};
    return fmt::format("{}.{}", named->module, named->name);
  }

  // Of the values of a dictionary, which are given by name.
  std::string ForeignIn(ValueId id) const {
    if (graph_.kind(id) != ValueKind::kDict) return Foreign(id);
    const auto items = graph_.items(id);
    for (size_t i = 1; i < items.size(); i += 2) {
      if (std::string found = Foreign(items[i]); !found.empty()) return found;
    }
    return {};
  }

 private:
  // The class of copyreg._reconstructor(class, base, state) and its like.
  ValueId ClassOf(ValueId id) const {
    const Call call = graph_.call(id);
    const auto named = CalleeOf(pickle_, call.callee);
    const bool is_made =
        named && (named->policy.rule == "reconstructor" || named->policy.rule == "newobj");
    if (!is_made || graph_.kind(call.args) != ValueKind::kTuple) return call.callee;
    const auto args = graph_.items(call.args);
    return args.empty() ? call.callee : args[0];
  }

  const Pickle& pickle_;
  const PickleGraph& graph_;
  std::string_view package_;
};

}  // namespace

std::optional<std::string> AsksObjects(const Pickle& pickle, std::string_view rule,
                                       const Call& call) {
  const PickleGraph& graph = pickle.graph;
  if (graph.kind(call.args) != ValueKind::kTuple) return std::nullopt;
  const auto args = graph.items(call.args);
  const bool has_object = std::any_of(args.begin(), args.end(), [&](ValueId id) {
    return graph.kind(id) == ValueKind::kCall || graph.kind(id) == ValueKind::kDict;
  });
  if (!has_object || !MayLook(graph, rule, call)) return std::nullopt;
  auto callee = CalleeOf(pickle, call.callee);
  if (!callee || !LooksInto(rule, callee->module)) return std::nullopt;
  // Of functions that make a class by name, the class is what looks.
  if ((rule == "reconstructor" || rule == "newobj" || rule == "new-index") && !args.empty()) {
    if (auto made = CalleeOf(pickle, args[0])) callee = std::move(made);
  }
  const std::string_view package = PackageOf(callee->module);
  const Asked asked(pickle, package);
  for (const ValueId arg : args) {
    const bool is_large = graph.kind(arg) == ValueKind::kDict && package == "pandas" &&
                          graph.items(arg).size() > 2 * kMostNames;
    if (is_large) return "has more arguments by name than anything of pandas takes";
    const std::string found = rule == "new-index" ? asked.ForeignIn(arg) : asked.Foreign(arg);
    if (found.empty()) continue;
    return fmt::format("asks an object of {} for what is in it", Escape(found));
  }
  return std::nullopt;
}

std::vector<ValueId> AskedLists(const Pickle& pickle, std::string_view rule, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  std::vector<ValueId> lists;
  if (graph.kind(call.args) != ValueKind::kTuple) return lists;
  const auto args = graph.items(call.args);
  const bool has_list = std::any_of(args.begin(), args.end(), [&](ValueId id) {
    const ValueKind kind = graph.kind(id);
    return kind == ValueKind::kList || kind == ValueKind::kTuple || kind == ValueKind::kDict;
  });
  const bool may_look = has_list && MayLook(graph, rule, call);
  const auto callee = may_look ? CalleeOf(pickle, call.callee) : std::nullopt;
  if (!callee) return lists;
  const bool makes_pairs = rule == "defaultdict" || callee->name == "dict" ||
                           callee->name == "OrderedDict" || callee->name == "Counter";
  const bool makes_tables = PackageOf(callee->module) == "pandas" && LooksInto(rule, "pandas");
  if (!makes_pairs && !makes_tables) return lists;
  const auto take = [&](ValueId id) {
    const ValueKind kind = graph.kind(id);
    const bool is_copied = kind == ValueKind::kDict && makes_pairs;
    if (kind == ValueKind::kList || kind == ValueKind::kTuple ||
        (kind == ValueKind::kDict && !is_copied)) {
      lists.push_back(id);
    }
  };
  for (const ValueId arg : args) {
    take(arg);
    const bool has_names = makes_tables && graph.kind(arg) == ValueKind::kDict &&
                           graph.items(arg).size() <= 2 * kMostNames;
    if (!has_names) continue;
    for (const ValueId value : graph.items(arg)) take(value);
  }
  return lists;
}

std::optional<std::string> HoldsObjects(const Pickle& pickle, ValueId list) {
  const Asked asked(pickle, "pandas");
  const auto items = pickle.graph.items(list);
  const bool is_dict = pickle.graph.kind(list) == ValueKind::kDict;
  for (size_t i = is_dict ? 1 : 0; i < items.size(); i += is_dict ? 2 : 1) {
    const std::string found = asked.Foreign(items[i]);
    if (found.empty()) continue;
    return fmt::format("asks an object of {} for what is in it", Escape(found));
  }
  return std::nullopt;
}

}  // namespace weighlock::scan

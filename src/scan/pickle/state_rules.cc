// A state is set attribute by attribute, or looked at by the class; which names in it an unpickler
// or Python itself would call is known.
#include "scan/pickle/state_rules.h"

#include <fmt/format.h>

#include <span>

#include "base/escape.h"
#include "scan/pickle/argument_rules.h"
#include "scan/pickle/pickled_dtype.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;
using Broken = std::optional<std::string>;

// The name of an attribute that leads into Python itself, or that unpicklers call on the object.
bool IsHook(std::string_view name) {
  return IsDunder(name) || name == "default_factory";
}

// Keys and values of a dict, or of an OrderedDict or its like that was filled after it was made.
std::span<const ValueId> ItemsOf(const PickleGraph& graph, ValueId dict) {
  if (graph.kind(dict) == ValueKind::kDict) return graph.items(dict);
  if (graph.kind(dict) != ValueKind::kCall || graph.changes(dict) == nullptr) return {};
  return graph.changes(dict)->items;
}

// What a dict of attributes sets that no state has. `dict` may be any value.
Broken SetsHooks(const PickleGraph& graph, ValueId dict) {
  const auto items = ItemsOf(graph, dict);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (graph.is_string(items[i]) && IsHook(graph.text(items[i]))) {
      return fmt::format("sets the attribute {}", Quote(graph.text(items[i]), 40));
    }
  }
  return std::nullopt;
}

// What unpicklers look up on the object itself, and then call: __setstate__ at the next BUILD, the
// others where elements follow.
Broken SetsCalled(const PickleGraph& graph, ValueId dict, const pickle::Changes& changes) {
  const auto items = ItemsOf(graph, dict);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (!graph.is_string(items[i])) continue;
    const std::string_view name = graph.text(items[i]);
    const bool takes_elements = name == "append" || name == "extend" || name == "add";
    if (name == "__setstate__" || (takes_elements && !changes.appended.empty())) {
      return fmt::format("sets the attribute {}, which the unpickler calls", Quote(name, 40));
    }
  }
  return std::nullopt;
}

// (version, shape, dtype, order, elements, ...), before numpy 1.0 without the version.
Broken ArrayState(const PickleGraph& graph, ValueId state) {
  if (graph.kind(state) != ValueKind::kTuple) return std::nullopt;
  const auto parts = graph.items(state);
  if (parts.size() < 4) return std::nullopt;
  const size_t dtype = parts.size() == 4 ? 1 : 2;
  if (MayHoldElements(graph, parts[dtype], parts[dtype + 2])) return std::nullopt;
  return "takes bytes of the file for the addresses of objects";
}

// joblib before 0.10 keeps arrays in files of their own, beside the pickle: nowhere else.
Broken FileElsewhere(const PickleGraph& graph, ValueId state) {
  if (graph.kind(state) != ValueKind::kDict) return std::nullopt;
  const auto items = graph.items(state);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    const bool is_name = graph.is_string(items[i]) && graph.text(items[i]) == "filename" &&
                         graph.is_string(items[i + 1]);
    if (is_name && graph.text(items[i + 1]).find_first_of("/\\") != std::string_view::npos) {
      return fmt::format("loads the file {}", Quote(graph.text(items[i + 1]), 80));
    }
  }
  return std::nullopt;
}

}  // namespace

Broken TorchState(const PickleGraph& graph, ValueId state) {
  if (graph.kind(state) != ValueKind::kTuple) return SetsHooks(graph, state);
  for (const ValueId part : graph.items(state)) {
    if (auto broken = SetsHooks(graph, part)) return broken;
  }
  return std::nullopt;
}

Broken BrokenState(const PickleGraph& graph, std::string_view word, const pickle::Changes& changes,
                   ValueId state) {
  if (!HasState(word)) return "is given a state, and has none";
  if (word == "joblib") return FileElsewhere(graph, state);
  if (word == "ndarray" || word == "masked" || word == "array-class")
    return ArrayState(graph, state);
  // (state, slots): the second is set attribute by attribute.
  if (graph.kind(state) == ValueKind::kTuple && graph.items(state).size() == 2) {
    if (auto broken = SetsHooks(graph, graph.items(state)[1])) return broken;
    return SetsCalled(graph, graph.items(state)[0], changes);
  }
  return SetsCalled(graph, state, changes);
}

bool TakesItems(std::string_view rule, Standing standing) {
  return rule == "container" || rule == "defaultdict" || rule == "reconstructor" ||
         rule == "newobj" || (standing == Standing::kLibrary && rule == "object");
}

bool TakesElements(std::string_view rule, Standing standing) {
  return TakesItems(rule, standing);
}

}  // namespace weighlock::scan

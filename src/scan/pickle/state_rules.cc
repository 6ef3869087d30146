// A state is set attribute by attribute, or looked at by the class; which names in it an unpickler
// or Python itself would call is known.
#include "scan/pickle/state_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <vector>

#include "base/escape.h"
#include "pickle/names.h"
#include "scan/pickle/argument_rules.h"
#include "scan/pickle/pickled_dtype.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;
using Broken = std::optional<std::string>;

// Names that unpicklers, Python or numpy look up on an object and call or follow, of which no state
// of a real object has any; and methods that classes of libraries call on themselves when their
// state is set (an attribute stands before a method).
constexpr std::array<std::string_view, 37> kHooks = {"__array__",
                                                     "__array_finalize__",
                                                     "__array_interface__",
                                                     "__array_struct__",
                                                     "__call__",
                                                     "__class__",
                                                     "__del__",
                                                     "__float__",
                                                     "__getattr__",
                                                     "__getitem__",
                                                     "__index__",
                                                     "__init__",
                                                     "__int__",
                                                     "__iter__",
                                                     "__len__",
                                                     "__new__",
                                                     "__reduce__",
                                                     "__reduce_ex__",
                                                     "__setstate__",
                                                     "__signature__",
                                                     "__torch_function__",
                                                     "_attach_argparser_methods",
                                                     "_attach_methods",
                                                     "_build_debug_param_to_name_mapping",
                                                     "_build_f",
                                                     "_build_params_for_reducer",
                                                     "_build_replicated_tensor_module",
                                                     "_check_version",
                                                     "_ddp_init_helper",
                                                     "_free_handle",
                                                     "_hook_for_profile",
                                                     "_init_flat_weights",
                                                     "_patch_step_function",
                                                     "_warn_for_older_version",
                                                     "_wrap_compute",
                                                     "_wrap_update",
                                                     "free_network"};

bool IsName(const PickleGraph& graph, ValueId id, std::string_view module, std::string_view name) {
  if (graph.kind(id) != ValueKind::kGlobal || graph.global(id).computed) return false;
  return graph.global(id).module == module && graph.global(id).name == name;
}

// The attributes that a state sets; a state or a name in it that a call made cannot be told.
struct Attributes {
  std::span<const ValueId> items;  // keys and values
  Broken broken;
};
Attributes AttributesOf(const PickleGraph& graph, ValueId state) {
  Attributes out;
  if (graph.kind(state) == ValueKind::kDict) out.items = graph.items(state);
  if (graph.kind(state) == ValueKind::kCall) {
    const pickle::Call call = graph.call(state);
    if (IsName(graph, call.callee, "_codecs", "encode"))
      return out;  // bytes, as protocol 2 has them
    const pickle::Changes* changes = graph.changes(state);
    const bool is_empty =
        graph.kind(call.args) == ValueKind::kTuple && graph.items(call.args).empty();
    // A dictionary whose attributes are its items has itself for a state.
    const bool is_itself =
        changes != nullptr && changes->states.size() == 1 && changes->states[0] == state;
    const bool is_filled = changes == nullptr || changes->states.empty() || is_itself;
    if (!is_empty || !is_filled) {
      out.broken = "is given a state that a call makes";
      return out;
    }
    if (changes != nullptr) out.items = changes->items;
  }
  for (size_t i = 0; i < out.items.size(); i += 2) {
    const ValueKind kind = graph.kind(out.items[i]);
    if (kind == ValueKind::kCall || kind == ValueKind::kGlobal) {
      out.broken = "is given an attribute whose name a call makes";
    }
  }
  return out;
}

bool IsHook(std::string_view name) {
  return std::find(kHooks.begin(), kHooks.end(), name) != kHooks.end();
}

bool IsOf(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || more.find(c) != more.npos;
  });
}

// One line of what scipy writes for its distributions: names, their defaults, and calls of its own.
bool IsOfDistribution(std::string_view line) {
  constexpr std::string_view kNames = "_, ", kDefaults = "_, ='.-";
  for (const std::string_view start :
       {"def _parse_args(self, ", "def _parse_args_rvs(self, ", "def _parse_args_stats(self, "}) {
    if (!line.starts_with(start) || !line.ends_with("):")) continue;
    return IsOf(line.substr(start.size(), line.size() - start.size() - 2), kDefaults);
  }
  if (constexpr std::string_view kReturns = "    return "; line.starts_with(kReturns)) {
    line.remove_prefix(kReturns.size());
    constexpr std::string_view kCalls = "self._argcheck_rvs(";
    if (line.starts_with(kCalls) && line.ends_with(')')) {
      return IsOf(line.substr(kCalls.size(), line.size() - kCalls.size() - 1), "_, =");
    }
    const size_t end = line.find(')');
    return line.starts_with('(') && end != line.npos && IsOf(line.substr(1, end - 1), kNames) &&
           IsOf(line.substr(end + 1), kNames);
  }
  return line.empty();
}

// Distributions of scipy run this text as Python when their state is set.
bool IsParseTemplate(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (!IsOfDistribution(text.substr(at, end - at))) return false;
    at = end + 1;
  }
  return true;
}

// What pandas asks for its chunks.
bool IsOfArrow(const PickleGraph& graph, ValueId id) {
  if (graph.kind(id) != ValueKind::kCall) return false;
  const ValueId callee = graph.call(id).callee;
  return graph.kind(callee) == ValueKind::kGlobal && !graph.global(callee).computed &&
         graph.global(callee).module.starts_with("pyarrow.");
}

bool HasKey(const PickleGraph& graph, std::span<const ValueId> items, std::string_view key) {
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (graph.is_string(items[i]) && graph.text(items[i]) == key) return true;
  }
  return false;
}

// statsmodels makes the data of such a state anew, by evaluating its formula as Python: one of
// names alone ("y ~ a + b") only looks them up.
bool RunsFormula(const PickleGraph& graph, std::span<const ValueId> items) {
  for (size_t i = items.size(); i >= 2; i -= 2) {  // of keys that stand twice the last counts
    if (!graph.is_string(items[i - 2]) || graph.text(items[i - 2]) != "formula") continue;
    return !graph.is_string(items[i - 1]) || !IsOf(graph.text(items[i - 1]), " _~+-*:");
  }
  return true;
}

// What a state sets that none has. `slots`: each attribute is set by setattr, as no dict is.
Broken SetsHooks(const PickleGraph& graph, ValueId state, const pickle::Changes& changes,
                 bool slots) {
  auto [items, broken] = AttributesOf(graph, state);
  if (broken) return broken;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (!graph.is_string(items[i])) continue;
    const std::string_view name = graph.text(items[i]);
    if (name == "_parse_arg_template" &&
        (!graph.is_string(items[i + 1]) || !IsParseTemplate(graph.text(items[i + 1])))) {
      return "sets the attribute '_parse_arg_template', which scipy runs as Python";
    }
    if ((name == "restore_design_info" || name == "restore_model_spec") &&
        RunsFormula(graph, items)) {
      return "has a formula, which statsmodels evaluates as Python";
    }
    if (name == "expr" && HasKey(graph, items, "_eval_method") &&
        (!graph.is_string(items[i + 1]) || !IsOf(graph.text(items[i + 1]), " _"))) {
      return "has a formula, which formulaic evaluates as Python";
    }
    if (name == "_pa_array" && !IsOfArrow(graph, items[i + 1])) {
      return "keeps an array that is none of pyarrow's";
    }
    if (name == "tmp_pkl_" && graph.kind(items[i + 1]) != ValueKind::kNone) {
      return "names a pickle, which pmdarima loads";
    }
    const bool takes_elements = name == "append" || name == "extend" || name == "add";
    if (IsHook(name) || (takes_elements && !changes.appended.empty()) ||
        (slots && (IsDunder(name) || name == "default_factory"))) {
      return fmt::format("sets the attribute {}, which others call", Quote(name, 40));
    }
  }
  return std::nullopt;
}

// (function, arguments, keywords, attributes) of functools.partial.
Broken PartialState(const PickleGraph& graph, ValueId state) {
  if (graph.kind(state) != ValueKind::kTuple || graph.items(state).size() != 4) {
    return "is given a state that is none of its own";
  }
  const ValueId function = graph.items(state)[0];
  const bool is_method =
      graph.kind(function) == ValueKind::kCall && IsGetattr(graph, graph.call(function).callee);
  if (is_method) return std::nullopt;  // judged where getattr is called
  if (graph.kind(function) != ValueKind::kGlobal || graph.global(function).computed) {
    return "keeps a function that is no name";
  }
  const auto modern =
      pickle::ModernName(graph.global(function).module, graph.global(function).name);
  const Standing standing = LookupName(modern.module, modern.name).standing;
  if (standing == Standing::kAllowed || standing == Standing::kLibrary) return std::nullopt;
  return "keeps a function that is on no list";
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
Broken FileElsewhere(const PickleGraph& graph, ValueId state, const pickle::Changes& changes) {
  const auto [items, broken] = AttributesOf(graph, state);
  if (broken) return broken;
  if (auto hooks = SetsHooks(graph, state, changes, false)) return hooks;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    // As the second part of another object's state it would be asked for these.
    if (graph.is_string(items[i]) && graph.text(items[i]) == "items") {
      return "sets the attribute 'items', which others call";
    }
    if (graph.is_string(items[i]) && graph.text(items[i]) == "state") {  // ZNDArrayWrapper's
      const ValueId array = items[i + 1];
      const auto type = graph.kind(array) == ValueKind::kTuple && graph.items(array).size() > 2
                            ? DTypeOf(graph, graph.items(array)[2])
                            : std::nullopt;
      if (!type || type->has_objects) return "takes bytes of a file for the addresses of objects";
    }
    const bool is_name = graph.is_string(items[i]) && graph.text(items[i]) == "filename" &&
                         graph.is_string(items[i + 1]);
    if (is_name && graph.text(items[i + 1]).find_first_of("/\\") != std::string_view::npos) {
      return fmt::format("loads the file {}", Quote(graph.text(items[i + 1]), 80));
    }
  }
  return std::nullopt;
}

}  // namespace

bool IsGetattr(const PickleGraph& graph, ValueId id) {
  return IsName(graph, id, "builtins", "getattr") || IsName(graph, id, "__builtin__", "getattr");
}

Broken TorchState(const PickleGraph& graph, ValueId state) {
  if (graph.kind(state) != ValueKind::kTuple) return SetsHooks(graph, state, {}, true);
  for (const ValueId part : graph.items(state)) {
    if (auto broken = SetsHooks(graph, part, {}, true)) return broken;
  }
  return std::nullopt;
}

// Generators read on in their state where its position says, and look no further.
Broken WrongPosition(const PickleGraph& graph, ValueId state) {
  struct Position {
    std::string_view key;
    int64_t most;
  };
  constexpr std::array kPositions = {Position{"pos", 624}, Position{"buffer_pos", 4}};
  std::vector<ValueId> open = {state};
  for (size_t looked = 0; !open.empty() && looked < 1000; ++looked) {
    const ValueId value = open.back();
    open.pop_back();
    if (graph.kind(value) == ValueKind::kTuple) {  // (state, seed sequence)
      for (const ValueId part : graph.items(value)) open.push_back(part);
    }
    if (graph.kind(value) != ValueKind::kDict) continue;
    const auto items = graph.items(value);
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      open.push_back(items[i + 1]);
      if (!graph.is_string(items[i])) continue;
      for (const auto& [key, most] : kPositions) {
        if (graph.text(items[i]) != key) continue;
        const bool is_inside = graph.kind(items[i + 1]) == ValueKind::kInt &&
                               graph.integer(items[i + 1]) >= 0 &&
                               graph.integer(items[i + 1]) <= most;
        if (!is_inside) return "has a position that is not in its state";
      }
    }
  }
  return std::nullopt;
}

Broken BrokenState(const PickleGraph& graph, std::string_view word, const pickle::Changes& changes,
                   ValueId state) {
  if (!HasState(word)) return "is given a state, and has none";
  if (word == "forwards" && changes.states.size() > 1) {
    return "is given a second state, which it hands on to what the first has set";
  }
  if (word == "joblib") return FileElsewhere(graph, state, changes);
  if (word == "ndarray" || word == "masked" || word == "array-class") {
    return ArrayState(graph, state);
  }
  if (word == "partial") return PartialState(graph, state);
  // TorchScript's own unpickler has no attributes but those that its class declares, and hands a
  // tuple to the class (__setstate__), as weights of quantised layers are kept.
  if (word == "script" && graph.kind(state) == ValueKind::kTuple) return std::nullopt;
  // (state, slots): the second is set attribute by attribute.
  if (graph.kind(state) == ValueKind::kTuple && graph.items(state).size() == 2) {
    if (auto broken = SetsHooks(graph, graph.items(state)[1], changes, true)) return broken;
    return SetsHooks(graph, graph.items(state)[0], changes, false);
  }
  return SetsHooks(graph, state, changes, false);
}

bool TakesItems(std::string_view rule, Standing standing) {
  return rule == "container" || rule == "defaultdict" || rule == "reconstructor" ||
         rule == "newobj" ||
         (standing == Standing::kLibrary &&
          (rule == "object" || rule == "result" || rule == "mapping"));
}

bool TakesElements(std::string_view rule, Standing standing) {
  return TakesItems(rule, standing);
}

}  // namespace weighlock::scan

// One function a rule, in one table.
#include "scan/pickle/argument_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "pickle/names.h"

namespace weighlock::scan {
namespace {

using pickle::Call;
using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;
using Broken = std::optional<std::string>;

// What one object may be made to allocate by a number.
constexpr int64_t kMostBytes = int64_t{1} << 30;

std::span<const ValueId> ArgsOf(const PickleGraph& graph, const Call& call) {
  if (graph.kind(call.args) != ValueKind::kTuple) return {};
  return graph.items(call.args);
}

bool IsText(const PickleGraph& graph, ValueId id, std::initializer_list<std::string_view> wanted) {
  if (!graph.is_string(id)) return false;
  return std::find(wanted.begin(), wanted.end(), graph.text(id)) != wanted.end();
}

bool IsBytesLike(const PickleGraph& graph, ValueId id) {
  const ValueKind kind = graph.kind(id);
  return kind == ValueKind::kBytes || kind == ValueKind::kByteArray ||
         kind == ValueKind::kNarrowStr || kind == ValueKind::kBuffer || kind == ValueKind::kCall;
}

Broken Nothing(const Pickle&, const Call&) {
  return std::nullopt;
}

// Instances made without their __init__, which may do anything with what it is given.
Broken Instance(const Pickle& pickle, const Call& call) {
  const bool makes =
      call.form == pickle::CallForm::kNewObj || call.form == pickle::CallForm::kNewObjEx;
  if (makes || (call.form != pickle::CallForm::kReduce && ArgsOf(pickle.graph, call).empty())) {
    return std::nullopt;
  }
  return "is called, so that its __init__ runs: pickles of such objects make them without";
}

Broken NeverCalled(const Pickle&, const Call&) {
  return "is called, and is only a value to refer to";
}

// A class that an argument names: it will be instantiated.
Broken WrongClass(const Pickle& pickle, ValueId id, std::string_view what) {
  const auto named = CalleeOf(pickle, id);
  if (!named) return fmt::format("makes {} of what is no class by name", what);
  const Standing standing = named->policy.standing;
  if (standing == Standing::kAllowed || standing == Standing::kLibrary) return std::nullopt;
  return fmt::format("makes {} of {}.{}, which is not on the list", what, Escape(named->module),
                     Escape(named->name));
}

Broken DefaultDict(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.empty() || pickle.graph.kind(args[0]) == ValueKind::kNone) return std::nullopt;
  const auto factory = CalleeOf(pickle, args[0]);
  const bool harmless = factory && factory->policy.standing == Standing::kAllowed &&
                        (factory->module == "builtins" || factory->module == "collections") &&
                        (factory->policy.rule == "data" || factory->policy.rule == "container" ||
                         factory->policy.rule == "bytes" || factory->policy.rule == "defaultdict");
  if (harmless) return std::nullopt;
  return "has a default factory that is no plain type: it is called at each missing key";
}

Broken ByteString(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.empty()) return std::nullopt;
  if (args.size() == 2) {
    if (graph.is_string(args[0]) && IsText(graph, args[1], {"latin1", "latin-1"})) {
      return std::nullopt;
    }
    return "decodes text by another codec than latin-1";
  }
  if (graph.kind(args[0]) == ValueKind::kInt && graph.integer(args[0]) > kMostBytes) {
    return fmt::format("asks for {} bytes", graph.integer(args[0]));
  }
  return std::nullopt;
}

Broken Latin1(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.size() == 2 && graph.is_string(args[0]) &&
      IsText(graph, args[1], {"latin1", "latin-1"})) {
    return std::nullopt;
  }
  return "encodes by another codec than latin-1";
}

Broken EnumMember(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.size() == 1 && pickle.graph.kind(args[0]) != ValueKind::kGlobal) return std::nullopt;
  return fmt::format("is called with {} arguments, an enumeration wants one value", args.size());
}

// copyreg._reconstructor(class, base, state)
Broken Reconstructor(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.size() != 3) return fmt::format("has {} arguments, wanted 3", args.size());
  const auto base = CalleeOf(pickle, args[1]);
  const bool is_plain =
      base && base->module == "builtins" && base->policy.standing == Standing::kAllowed;
  if (!is_plain) return "has a base that is no plain type";
  return WrongClass(pickle, args[0], "an instance");
}

// copyreg.__newobj__(class, *arguments)
Broken NewObject(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.empty()) return "has no class";
  return WrongClass(pickle, args[0], "an instance");
}

Broken Parameter(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.empty()) return std::nullopt;
  for (size_t i = 2; i < args.size(); ++i) {  // hooks: called at each backward pass
    const ValueKind kind = graph.kind(args[i]);
    const bool has_items = (kind == ValueKind::kDict && !graph.items(args[i]).empty() && i == 2) ||
                           (kind == ValueKind::kCall && graph.changes(args[i]) != nullptr &&
                            !graph.changes(args[i])->items.empty() && i == 2);
    if (has_items) return "has backward hooks: functions that run with the model";
  }
  return std::nullopt;
}

// torch._tensor._rebuild_from_type_v2(function, type, arguments, state) and wrappers like it.
Broken TorchRebuild(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto callee = CalleeOf(pickle, call.callee);
  if (!callee || callee->name != "_rebuild_from_type_v2") return std::nullopt;
  const auto args = ArgsOf(graph, call);
  if (args.size() != 4) return fmt::format("has {} arguments, wanted 4", args.size());
  const auto function = CalleeOf(pickle, args[0]);
  const bool rebuilds =
      function && function->policy.standing == Standing::kAllowed &&
      (function->policy.rule == "tensor" || function->policy.rule == "parameter" ||
       function->policy.rule == "torch-rebuild");
  if (!rebuilds) return "calls a function that does not rebuild tensors";
  return WrongClass(pickle, args[1], "a tensor");
}

Broken NdArray(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.empty()) return std::nullopt;
  return WrongClass(pickle, args[0], "an array");
}

// Whether a value is a dtype whose elements are Python objects: their bytes would be addresses.
bool IsObjectDType(const PickleGraph& graph, ValueId id) {
  if (graph.kind(id) != ValueKind::kCall) return false;
  const auto args = ArgsOf(graph, graph.call(id));
  return !args.empty() && graph.is_string(args[0]) && !IsPlainDType(graph.text(args[0]));
}

Broken Scalar(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.empty() || args.size() > 2) {
    return fmt::format("has {} arguments, wanted 1 or 2", args.size());
  }
  if (args.size() == 2 && IsObjectDType(pickle.graph, args[0]) &&
      IsBytesLike(pickle.graph, args[1])) {
    return "takes bytes of the file for the address of an object";
  }
  return std::nullopt;
}

Broken FromBuffer(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.size() < 2) return fmt::format("has {} arguments, wanted 4", args.size());
  if (!IsBytesLike(pickle.graph, args[0])) return "reads from something else than bytes";
  if (IsObjectDType(pickle.graph, args[1])) {
    return "takes bytes of the file for the addresses of objects";
  }
  return std::nullopt;
}

Broken DTypeText(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.empty()) return "has no type";
  if (graph.is_string(args[0])) return std::nullopt;
  return WrongClass(pickle, args[0], "a type");
}

struct Rule {
  std::string_view word;
  Broken (*broken)(const Pickle&, const Call&);
  bool has_state;  // BUILD may follow
};
constexpr std::array kRules = {
    Rule{"value", NeverCalled, false},     Rule{"storage", NeverCalled, false},
    Rule{"data", Nothing, false},          Rule{"object", Instance, true},
    Rule{"function", Nothing, true},       Rule{"callable", Instance, true},
    Rule{"container", Nothing, true},      Rule{"defaultdict", DefaultDict, true},
    Rule{"bytes", ByteString, false},      Rule{"latin1", Latin1, false},
    Rule{"enum", EnumMember, false},       Rule{"reconstructor", Reconstructor, true},
    Rule{"newobj", NewObject, true},       Rule{"tensor", Nothing, true},
    Rule{"parameter", Parameter, true},    Rule{"torch-rebuild", TorchRebuild, true},
    Rule{"load-bytes", Nothing, false},    Rule{"ndarray", NdArray, true},
    Rule{"scalar", Scalar, false},         Rule{"dtype", DTypeText, true},
    Rule{"frombuffer", FromBuffer, false}, Rule{"random", Nothing, true},
    Rule{"masked", Nothing, true},         Rule{"joblib", Nothing, true},
    Rule{"script", Nothing, true},
};

const Rule* FindRule(std::string_view word) {
  const auto found = std::find_if(kRules.begin(), kRules.end(),
                                  [&](const Rule& rule) { return rule.word == word; });
  return found == kRules.end() ? nullptr : &*found;
}

// The name that an attribute of a state has, where it leads into Python itself.
Broken DunderKey(const PickleGraph& graph, ValueId dict) {
  if (graph.kind(dict) != ValueKind::kDict) return std::nullopt;
  const auto items = graph.items(dict);
  for (size_t i = 0; i < items.size(); i += 2) {
    if (graph.is_string(items[i]) && IsDunder(graph.text(items[i]))) {
      return fmt::format("sets the attribute {}", Quote(graph.text(items[i]), 40));
    }
  }
  return std::nullopt;
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

std::optional<NamedCallee> CalleeOf(const Pickle& pickle, ValueId callee) {
  const PickleGraph& graph = pickle.graph;
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

bool IsArgumentRule(std::string_view word) {
  return FindRule(word) != nullptr;
}

Broken BrokenRule(const Pickle& pickle, std::string_view word, const Call& call) {
  const Rule* rule = FindRule(word);
  if (rule == nullptr) return fmt::format("stands under the unknown rule {}", Quote(word, 40));
  if (pickle.graph.kind(call.args) != ValueKind::kTuple)
    return "has arguments that are made at run time";
  return rule->broken(pickle, call);
}

Broken BrokenState(const Pickle& pickle, std::string_view word, ValueId state) {
  const Rule* rule = FindRule(word);
  if (rule == nullptr || !rule->has_state) return "is given a state, and has none";
  if (word == "joblib") return FileElsewhere(pickle.graph, state);
  // (state, slots): the second is set attribute by attribute.
  const PickleGraph& graph = pickle.graph;
  if (graph.kind(state) == ValueKind::kTuple && graph.items(state).size() == 2) {
    return DunderKey(graph, graph.items(state)[1]);
  }
  return std::nullopt;
}

bool TakesItems(std::string_view rule, Standing standing) {
  return rule == "container" || rule == "defaultdict" || rule == "reconstructor" ||
         rule == "newobj" || (standing == Standing::kLibrary && rule == "object");
}

bool TakesElements(std::string_view rule, Standing standing) {
  return TakesItems(rule, standing);
}

bool IsPlainDType(std::string_view text) {
  return !text.empty() && text.find('O') == text.npos && text.find("object") == text.npos;
}

}  // namespace weighlock::scan

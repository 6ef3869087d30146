// One function a rule, in one table.
#include "scan/pickle/argument_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "scan/pickle/arrow_arrays.h"
#include "scan/pickle/asked_objects.h"
#include "scan/pickle/named_callee.h"
#include "scan/pickle/pickled_dtype.h"
#include "scan/pickle/plain_factory.h"
#include "scan/pickle/state_rules.h"
#include "scan/pickle/torch_arguments.h"

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
  if (IsPlainFactory(pickle, args[0])) return std::nullopt;
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
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.empty()) return "has no class";
  // (class, arguments, keywords) of __newobj_ex__; the class stands under its own rule.
  const auto named = CalleeOf(pickle, args[0]);
  const auto callee = CalleeOf(pickle, call.callee);
  const bool by_name = callee && callee->name == "__newobj_ex__";
  if (by_name && (args.size() != 3 || graph.kind(args[2]) != ValueKind::kDict ||
                  !graph.items(args[2]).empty())) {
    return "has arguments by name, as no pickle has";
  }
  const std::string_view rule = named ? named->policy.rule : std::string_view();
  if (rule == "value" || rule == "storage" || (rule == "array-class" && args.size() > 2)) {
    return "makes what its class does not allow";
  }
  return WrongClass(pickle, args[0], "an instance");
}

Broken UnderRule(const Pickle& pickle, std::string_view word, const Call& call);

Broken Parameter(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.empty()) return std::nullopt;
  for (size_t i = 2; i < args.size(); ++i) {  // hooks: called at each backward pass
    const ValueKind kind = graph.kind(args[i]);
    if (i > 2) {
      if (auto broken = TorchState(graph, args[i])) return broken;
    }
    const bool has_items = (kind == ValueKind::kDict && !graph.items(args[i]).empty() && i == 2) ||
                           (kind == ValueKind::kCall && graph.changes(args[i]) != nullptr &&
                            !graph.changes(args[i])->items.empty() && i == 2);
    if (has_items) return "has backward hooks: functions that run with the model";
  }
  return std::nullopt;
}

// torch._tensor._rebuild_from_type_v2(function, type, arguments, state) calls the function, so that
// its arguments stand under its own rule; and so did _rebuild_from_type before it.
Broken RebuildFromType(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.size() != 4) return fmt::format("has {} arguments, wanted 4", args.size());
  const auto function = CalleeOf(pickle, args[0]);
  const bool rebuilds =
      function && function->policy.standing == Standing::kAllowed &&
      (function->policy.rule == "tensor" || function->policy.rule == "parameter" ||
       function->policy.rule == "torch-rebuild");
  if (!rebuilds) return "calls a function that does not rebuild tensors";
  if (graph.kind(args[2]) != ValueKind::kTuple) return "has arguments that are made at run time";
  Call inner = call;
  inner.callee = args[0];
  inner.args = args[2];
  if (auto broken = UnderRule(pickle, function->policy.rule, inner)) return broken;
  if (auto broken = TorchState(graph, args[3])) return broken;
  return WrongClass(pickle, args[1], "a tensor");
}

Broken TorchRebuild(const Pickle& pickle, const Call& call) {
  const auto callee = CalleeOf(pickle, call.callee);
  if (callee && callee->name == "_rebuild_njt") return BrokenJagged(pickle, call);
  const auto args = ArgsOf(pickle.graph, call);
  if (callee && callee->name == "_rebuild_wrapper_subclass" && !args.empty()) {
    return WrongClass(pickle, args[0], "a tensor");
  }
  return std::nullopt;
}

// pandas' _new_Index(class, arguments by name) and its like call the class.
Broken NewIndex(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  const auto index = args.empty() ? std::nullopt : CalleeOf(pickle, args[0]);
  if (index && (index->module == "pandas" || index->module.starts_with("pandas.")))
    return WrongClass(pickle, args[0], "an index");
  return "makes an index of what is no class of pandas";
}

// range(...): what it is given to writes it out.
Broken Range(const Pickle& pickle, const Call& call) {
  for (const ValueId arg : ArgsOf(pickle.graph, call)) {
    const bool is_small = pickle.graph.kind(arg) == ValueKind::kInt &&
                          pickle.graph.integer(arg) <= kMostBytes &&
                          pickle.graph.integer(arg) >= -kMostBytes;
    if (!is_small) return "has a bound that is no number of elements";
  }
  return std::nullopt;
}

// functools.partial(function, ...): only kept. What it names is judged where it is imported.
Broken Partial(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  const auto function = args.empty() ? std::nullopt : CalleeOf(pickle, args[0]);
  if (function && (function->policy.standing == Standing::kAllowed ||
                   function->policy.standing == Standing::kLibrary)) {
    return std::nullopt;
  }
  // A method is judged where getattr is called.
  const bool is_method = !args.empty() && pickle.graph.kind(args[0]) == ValueKind::kCall &&
                         IsGetattr(pickle.graph, pickle.graph.call(args[0]).callee);
  if (is_method) return std::nullopt;
  return "keeps a function that is on no list";
}

// numpy's constructors of random generators: given their names, or each other.
Broken Random(const Pickle& pickle, const Call& call) {
  constexpr std::array<std::string_view, 6> kGenerators = {"MT19937", "PCG64", "PCG64DXSM",
                                                           "Philox",  "SFC64", "SeedSequence"};
  const PickleGraph& graph = pickle.graph;
  for (const ValueId arg : ArgsOf(graph, call)) {
    const ValueKind kind = graph.kind(arg);
    if (graph.is_string(arg)) {
      const std::string_view name = graph.text(arg);
      if (std::find(kGenerators.begin(), kGenerators.end(), name) == kGenerators.end()) {
        return fmt::format("makes the generator {}, which is none of numpy's", Quote(name, 40));
      }
    }
    if (kind != ValueKind::kGlobal && kind != ValueKind::kCall) continue;
    const auto named = CalleeOf(pickle, kind == ValueKind::kCall ? graph.call(arg).callee : arg);
    const bool is_data = kind == ValueKind::kCall && named &&
                         (named->policy.rule == "ndarray" || named->policy.rule == "container");
    if (!is_data && (!named || named->policy.rule != "random")) {
      return "is given something to call that is none of numpy's generators";
    }
  }
  return std::nullopt;
}

// numpy.ndarray(shape, dtype, buffer, ...): no pickle of numpy's calls it.
Broken ArrayOfBuffer(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.size() < 2) return std::nullopt;
  for (size_t i = 2; i < args.size(); ++i) {
    if (IsBytesLike(pickle.graph, args[i]) && !MayHoldElements(pickle.graph, args[1], args[i])) {
      return "takes bytes of the file for the addresses of objects";
    }
  }
  return std::nullopt;
}

Broken NdArray(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.empty()) return std::nullopt;
  return WrongClass(pickle, args[0], "an array");
}

// numpy.ma.core._mareconstruct(class, class of the data, shape, type): both are made.
Broken Masked(const Pickle& pickle, const Call& call) {
  const auto callee = CalleeOf(pickle, call.callee);
  if (!callee || !callee->name.ends_with("reconstruct")) return std::nullopt;
  const auto args = ArgsOf(pickle.graph, call);
  for (size_t i = 0; i < std::min<size_t>(2, args.size()); ++i) {
    const auto named = CalleeOf(pickle, args[i]);
    if (!named || !named->module.starts_with("numpy"))
      return "makes an array of what is none of numpy's";
    if (auto broken = WrongClass(pickle, args[i], "an array")) return broken;
  }
  return std::nullopt;
}

Broken Scalar(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.empty() || args.size() > 2) {
    return fmt::format("has {} arguments, wanted 1 or 2", args.size());
  }
  if (args.size() == 2 && IsBytesLike(pickle.graph, args[1]) &&
      !MayHoldElements(pickle.graph, args[0], args[1])) {
    return "takes bytes of the file for the address of an object";
  }
  return std::nullopt;
}

Broken FromBuffer(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.size() < 2) return fmt::format("has {} arguments, wanted 4", args.size());
  if (!IsBytesLike(pickle.graph, args[0])) return "reads from something else than bytes";
  if (!MayHoldElements(pickle.graph, args[1], args[0])) {
    return "takes bytes of the file for the addresses of objects";
  }
  return std::nullopt;
}

// jax's _reconstruct_array(function, arguments, state, more): calls the function, which numpy's
// arrays are made by, and gives what it returns the state.
Broken JaxArray(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (args.size() != 4) return fmt::format("has {} arguments, wanted 4", args.size());
  const auto function = CalleeOf(pickle, args[0]);
  if (!function || function->policy.rule != "ndarray") {
    return "calls a function that makes no array";
  }
  if (pickle.graph.kind(args[1]) != ValueKind::kTuple) {
    return "has arguments that are made at run time";
  }
  Call inner = call;
  inner.callee = args[0];
  inner.args = args[1];
  if (auto broken = UnderRule(pickle, "ndarray", inner)) return broken;
  return BrokenState(pickle.graph, "ndarray", {}, args[2]);
}

Broken DTypeText(const Pickle& pickle, const Call& call) {
  const PickleGraph& graph = pickle.graph;
  const auto args = ArgsOf(graph, call);
  if (args.empty()) return "has no type";
  if (graph.is_string(args[0])) return std::nullopt;
  return WrongClass(pickle, args[0], "a type");
}

// dateutil's tzfile(None, name): given something else, it opens and reads that.
Broken TimeZoneFile(const Pickle& pickle, const Call& call) {
  const auto args = ArgsOf(pickle.graph, call);
  if (!args.empty() && pickle.graph.kind(args[0]) == ValueKind::kNone) return std::nullopt;
  return "opens a file";
}

struct Rule {
  std::string_view word;
  Broken (*broken)(const Pickle&, const Call&);
  bool has_state;  // BUILD may follow
};
constexpr std::array kRules = {
    Rule{"value", NeverCalled, false},
    Rule{"storage", NeverCalled, false},
    Rule{"data", Nothing, false},
    Rule{"object", Instance, true},
    Rule{"function", Nothing, true},
    Rule{"result", Instance, true},    // a tuple that has more attributes, given by name
    Rule{"mapping", Instance, false},  // a dictionary that finds what it is asked for in its items
    Rule{"forwards", Instance, true},  // hands what it is asked for on to an attribute
    Rule{"callable", Instance, true},
    Rule{"container", Nothing, true},
    Rule{"defaultdict", DefaultDict, true},
    Rule{"bytes", ByteString, false},
    Rule{"latin1", Latin1, false},
    Rule{"enum", EnumMember, false},
    Rule{"reconstructor", Reconstructor, true},
    Rule{"newobj", NewObject, true},
    Rule{"tensor", Nothing, true},
    Rule{"parameter", Parameter, true},
    Rule{"torch-rebuild", TorchRebuild, true},
    Rule{"rebuild-from-type", RebuildFromType, true},
    Rule{"generator", BrokenGenerator, true},
    Rule{"array-class", ArrayOfBuffer, true},
    Rule{"plain", Nothing, true},
    Rule{"partial", Partial, true},
    Rule{"new-index", NewIndex, true},
    Rule{"range", Range, false},
    Rule{"tzfile", TimeZoneFile, true},
    Rule{"load-bytes", Nothing, false},
    Rule{"ndarray", NdArray, true},
    Rule{"jax-array", JaxArray, false},
    Rule{"arrow", BrokenArrow, false},
    Rule{"scalar", Scalar, false},
    Rule{"dtype", DTypeText, true},
    Rule{"frombuffer", FromBuffer, false},
    Rule{"random", Random, true},
    Rule{"masked", Masked, true},
    Rule{"joblib", Nothing, true},
    Rule{"script", Nothing, true},
};

const Rule* FindRule(std::string_view word) {
  const auto found = std::find_if(kRules.begin(), kRules.end(),
                                  [&](const Rule& rule) { return rule.word == word; });
  return found == kRules.end() ? nullptr : &*found;
}

Broken UnderRule(const Pickle& pickle, std::string_view word, const Call& call) {
  return FindRule(word)->broken(pickle, call);
}

// Whether keywords are more than none.
bool HasItems(const PickleGraph& graph, ValueId kwargs) {
  if (kwargs == pickle::kNoValue) return false;
  return graph.kind(kwargs) != ValueKind::kDict || !graph.items(kwargs).empty();
}

// Functions ask objects for attributes and call them: those of a Namespace can be anything.
bool IsNamespace(const Pickle& pickle, ValueId id) {
  if (pickle.graph.kind(id) != ValueKind::kCall) return false;
  const auto made_of = CalleeOf(pickle, pickle.graph.call(id).callee);
  return made_of && (made_of->name == "Namespace" || made_of->name == "SimpleNamespace");
}

}  // namespace

bool HasState(std::string_view word) {
  const Rule* rule = FindRule(word);
  return rule != nullptr && rule->has_state;
}

bool IsArgumentRule(std::string_view word) {
  return FindRule(word) != nullptr;
}

Broken BrokenRule(const Pickle& pickle, std::string_view word, const Call& call) {
  const Rule* rule = FindRule(word);
  if (rule == nullptr) return fmt::format("stands under the unknown rule {}", Quote(word, 40));
  if (pickle.graph.kind(call.args) != ValueKind::kTuple)
    return "has arguments that are made at run time";
  const bool takes_names = word == "result" && call.kwargs != pickle::kNoValue &&
                           pickle.graph.kind(call.kwargs) == ValueKind::kDict;
  if (HasItems(pickle.graph, call.kwargs) && !takes_names)
    return "has arguments by name, as no pickle of its has";
  for (const ValueId arg : ArgsOf(pickle.graph, call)) {
    if (IsNamespace(pickle, arg)) return "is given an object whose attributes the file chooses";
  }
  if (auto asks = AsksObjects(pickle, word, call)) return asks;
  return rule->broken(pickle, call);
}

}  // namespace weighlock::scan

// Allowed is what the tables allow and the rules find nothing wrong with. Everything else is a
// finding: the tables of dangerous names only make it worse.
#include "scan/pickle/pickle_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/escape.h"
#include "scan/pickle/argument_rules.h"
#include "scan/pickle/handed_on.h"
#include "scan/pickle/named_callee.h"
#include "scan/pickle/partial_new.h"
#include "scan/pickle/pickle_text.h"
#include "scan/pickle/state_rules.h"

namespace weighlock::scan {
namespace {

using pickle::Call;
using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

std::string_view StandingWord(Standing standing) {
  switch (standing) {
    case Standing::kAllowed:
      return "allowed";
    case Standing::kLibrary:
      return "library";
    case Standing::kDangerous:
    case Standing::kTampering:
      return "dangerous";
    default:
      return "unknown";
  }
}

bool IsBad(Standing standing) {
  return standing == Standing::kDangerous || standing == Standing::kTampering;
}

class Judgement {
 public:
  Judgement(const Pickle& pickle, PickleHome home, AllowList* allow)
      : pickle_(pickle), graph_(pickle.graph), home_(home), allow_(allow) {}

  PickleCalls Run() {
    FindPartialNews();
    graph_.ForEachOf({ValueKind::kGlobal, ValueKind::kCall}, [this](ValueId id) {
      if (graph_.kind(id) == ValueKind::kGlobal) LookUp(id);
      if (graph_.kind(id) == ValueKind::kCall) called_.insert(LookUp(graph_.call(id).callee));
    });
    graph_.ForEachOf({ValueKind::kGlobal, ValueKind::kCall, ValueKind::kExtension,
                      ValueKind::kPersistentId, ValueKind::kBuffer},
                     [this](ValueId id) { Value(id); });
    for (const ValueId id : graph_.changed()) Changed(id);
    References();
    Libraries();
    for (auto& [name, use] : uses_) out_.globals.push_back(std::move(use));
    std::stable_sort(out_.raised.begin(), out_.raised.end(),
                     [](const RaisedFinding& a, const RaisedFinding& b) { return a.at < b.at; });
    return std::move(out_);
  }

 private:
  void Raise(std::string_view rule, ValueId at, std::string text) {
    out_.raised.push_back({rule, at, std::move(text)});
  }

  // An unknown name that is imported, or called in the form `form`.
  void RaiseUnknown(std::string_view rule, ValueId at, std::string text, const NamedCallee& named,
                    std::string_view form) {
    Raise(rule, at, std::move(text));
    if (allow_ == nullptr) return;
    const AllowEntry* entry = allow_->Find(named.module, named.name, form);
    if (entry == nullptr) return;
    out_.raised.back().accepted = entry->reason;
    if (form.empty() || entry->rule.empty()) return;
    if (const auto broken = BrokenRule(pickle_, entry->rule, graph_.call(at))) {
      Raise("WL-S-112", at, fmt::format("{} {}", Repr(graph_, at), *broken));
    }
  }

  // Names repeat: the policy is asked once for each.
  std::string NameKey(ValueId global) const {
    if (graph_.kind(global) != ValueKind::kGlobal || graph_.global(global).computed) return {};
    return fmt::format("{}\n{}", graph_.global(global).module, graph_.global(global).name);
  }

  // The class of ("module", class, file, source), by which old files name modules with their
  // source.
  ValueId ModuleClass(ValueId id) const {
    if (home_ != PickleHome::kTorchLegacy || graph_.kind(id) != ValueKind::kPersistentId) return id;
    const ValueId pid = graph_.persistent_id(id);
    if (graph_.kind(pid) != ValueKind::kTuple) return id;
    const auto parts = graph_.items(pid);
    const bool is_module =
        parts.size() == 4 && graph_.is_string(parts[0]) && graph_.text(parts[0]) == "module";
    return is_module ? parts[1] : id;
  }

  const NamedCallee* LookUp(ValueId id) {
    const ValueId global = ModuleClass(id);
    if (graph_.kind(global) == ValueKind::kCall) return LookUpAttribute(global);
    if (graph_.kind(global) != ValueKind::kGlobal || graph_.global(global).computed) return nullptr;
    if (const auto known = by_value_.find(global); known != by_value_.end()) return known->second;
    auto [entry, is_new] = names_.try_emplace(NameKey(global));
    if (is_new) {
      entry->second = *CalleeOf(pickle_, global);
      if (home_ == PickleHome::kTorchScript && entry->second.module.starts_with("__torch__")) {
        entry->second.policy = {Standing::kAllowed, "script"};
      }
    }
    const NamedCallee& named = entry->second;
    by_value_.emplace(global, &named);
    GlobalUse& use = uses_.try_emplace(entry->first).first->second;
    if (use.count++ == 0) {
      use.module = named.module;
      use.name = named.name;
      use.standing = StandingWord(named.policy.standing);
    }
    return &named;
  }

  // Objects that are made by functools.partial(C.__new__, class, ...)() are of that class.
  void FindPartialNews() {
    graph_.ForEachOf({ValueKind::kCall}, [this](ValueId id) {
      auto partial = PartialNewOf(pickle_, id);
      if (!partial) return;
      is_new_.insert(partial->getattr);
      made_by_new_.emplace(id, std::move(partial->made));
    });
  }

  const NamedCallee* LookUpAttribute(ValueId id) {
    if (const auto made = made_by_new_.find(id); made != made_by_new_.end()) return &made->second;
    auto named = CalleeOf(pickle_, id);
    if (!named) return nullptr;
    const std::string key = fmt::format("{}\n{}", named->module, named->name);
    return &names_.try_emplace(key, *std::move(named)).first->second;
  }

  void Value(ValueId id) {
    switch (graph_.kind(id)) {
      case ValueKind::kGlobal:
        return Import(id);
      case ValueKind::kCall:
        return Called(id);
      case ValueKind::kExtension:
        return Raise("WL-S-106", id,
                     fmt::format("names object {} of the copyreg registry: what that is, only the "
                                 "loading process knows",
                                 graph_.integer(id)));
      case ValueKind::kPersistentId:
        return Persistent(id);
      case ValueKind::kBuffer:
        return Raise("WL-S-117", id, "refers to a buffer outside of the file");
      default:
        return;
    }
  }

  // A name that is imported, and at most referred to.
  void Import(ValueId id) {
    const NamedCallee* named = LookUp(id);
    if (named == nullptr) {
      return Raise("WL-S-102", id, "imports a name that it makes at run time");
    }
    const bool is_getattr = named->module == "builtins" && named->name == "getattr";
    if (is_getattr || named->policy.rule == "load-bytes") only_called_.insert(id);
    if (named->policy.rule == "torch-rebuild") Unchecked(id, *named);
    if (called_.contains(named)) return;  // said where it is called
    if (named->policy.standing == Standing::kLibrary) libraries_.try_emplace(named, id);
    const std::string text = fmt::format("{}.{}", Escape(named->module), Escape(named->name));
    if (named->policy.standing == Standing::kTampering) {
      return Raise("WL-S-105", id, fmt::format("imports {}, a scanner of pickles", text));
    }
    if (IsBad(named->policy.standing)) {
      return Raise("WL-S-101", id, fmt::format("imports {}", text));
    }
    if (named->policy.standing != Standing::kUnknown) return;
    const std::string_view name = named->name;
    const size_t dot = name.find('.');
    // As its getattr is: worth a look, and others may be given it.
    const bool is_method =
        dot != name.npos &&
        IsMethodName(LookupName(named->module, name.substr(0, dot)), name.substr(dot + 1));
    if (!is_method) unknown_.insert(id);
    if (!once_.insert(named).second) return;
    if (dot != name.npos) {
      if (is_method) {
        return Raise("WL-S-115", id, fmt::format("{} runs when it is used", text));
      }
      return Raise("WL-S-108", id,
                   fmt::format("imports {}: an attribute reached through another module", text));
    }
    RaiseUnknown("WL-S-110", id, fmt::format("imports {}, which is on no list", text), *named, "");
  }

  // Tensors that lie where other tensors say. torch.load looks at those of sparse ones, and those
  // of nested ones are read from its storages (nested_tensors.cc).
  void Unchecked(ValueId id, const NamedCallee& named) {
    const bool is_sparse = named.name.starts_with("_rebuild_sparse");
    const bool is_jagged = named.name == "_rebuild_njt";
    const bool is_nested = named.name == "_rebuild_nested_tensor" || is_jagged;
    const bool is_checked = IsOfTorch() && !is_jagged;
    if ((!is_nested && !is_sparse) || is_checked) return;
    if (!once_.insert(&named).second) return;
    Raise("WL-S-120", id,
          fmt::format("makes {} tensors, whose {} are not checked", is_nested ? "nested" : "sparse",
                      is_nested ? "sizes" : "indices"));
  }

  void Called(ValueId id) {
    const Call call = graph_.call(id);
    const NamedCallee* named = LookUp(call.callee);
    if (named == nullptr) {
      // What a computed name or an extension calls was said at its import.
      const ValueKind kind = graph_.kind(call.callee);
      if (kind == ValueKind::kGlobal || kind == ValueKind::kExtension) return;
      return Raise("WL-S-109", id,
                   fmt::format("calls {}, which it made itself: {}", pickle::KindWord(kind),
                               Repr(graph_, id)));
    }
    if (is_new_.contains(id) || made_by_new_.contains(id)) return;
    if (made_by_new_.contains(call.callee)) return CalledPartialNew(id, call, *named);
    const bool is_getattr = named->module == "builtins" && named->name == "getattr";
    if (is_getattr && LookUpAttribute(id) != nullptr) return;
    if (named->module == "builtins" && named->name == "type" && IsTypeOfNone(call)) return;
    if (is_getattr && IsMethod(call)) {
      return Raise("WL-S-115", id,
                   fmt::format("{} holds a function that runs when it is used", Repr(graph_, id)));
    }
    switch (named->policy.standing) {
      case Standing::kTampering:
        return Raise("WL-S-105", id,
                     fmt::format("calls a scanner of pickles: {}", Repr(graph_, id)));
      case Standing::kDangerous:
        return Raise("WL-S-101", id, fmt::format("calls {}", Repr(graph_, id)));
      case Standing::kUnknown:
        if (named->name.find('.') != std::string::npos) {
          return Raise("WL-S-108", id,
                       fmt::format("calls an attribute reached through another module: {}",
                                   Repr(graph_, id)));
        }
        return RaiseUnknown("WL-S-109", id,
                            fmt::format("calls {}, which is on no list", Repr(graph_, id)), *named,
                            pickle::CallFormWord(call.form));
      default:
        return Listed(id, call, *named);
    }
  }

  // The arguments stand in the partial's state, and are judged there: there are no others.
  void CalledPartialNew(ValueId id, const Call& call, const NamedCallee& made) {
    libraries_.try_emplace(&made, id);
    const bool is_bare = call.form == pickle::CallForm::kReduce &&
                         graph_.kind(call.args) == ValueKind::kTuple &&
                         graph_.items(call.args).empty();
    if (is_bare) return;
    Raise("WL-S-112", id, fmt::format("{} has more arguments than it keeps", Repr(graph_, id)));
  }

  // type(None), as pickles have the class of None.
  bool IsTypeOfNone(const Call& call) const {
    return graph_.kind(call.args) == ValueKind::kTuple && graph_.items(call.args).size() == 1 &&
           graph_.kind(graph_.items(call.args)[0]) == ValueKind::kNone;
  }

  // getattr(an object or a class of a library, "_name"): how Python pickles their methods, which
  // classes keep that vectorize or choose among their own. What is called of it is a finding.
  bool IsMethod(const Call& call) {
    if (graph_.kind(call.args) != ValueKind::kTuple || graph_.items(call.args).size() != 2) {
      return false;
    }
    const ValueId object = graph_.items(call.args)[0], name = graph_.items(call.args)[1];
    const bool is_made = graph_.kind(object) == ValueKind::kCall;
    const NamedCallee* of = LookUp(is_made ? graph_.call(object).callee : object);
    return of != nullptr && graph_.is_string(name) && IsMethodName(of->policy, graph_.text(name));
  }

  static bool IsMethodName(const NamePolicy& of, std::string_view name) {
    return of.standing == Standing::kLibrary && (of.rule == "object" || of.rule == "result") &&
           !name.starts_with("__") && name.find('.') == name.npos;
  }

  void Listed(ValueId id, const Call& call, const NamedCallee& named) {
    const std::string_view rule = named.policy.rule;
    if (named.policy.standing == Standing::kLibrary) {
      libraries_.try_emplace(&named, id);
    }
    if (rule == "callable" || rule == "partial") {
      Raise("WL-S-115", id,
            fmt::format("{} holds a function that runs when it is used", Repr(graph_, id)));
    }
    if (rule == "load-bytes") out_.nested.push_back(id);
    if (rule == "rebuild-from-type" && IsOfTorch()) RebuildsNested(id, call);
    if (rule == "script" && home_ != PickleHome::kTorchScript) {
      return Raise("WL-S-112", id,
                   fmt::format("{} belongs into TorchScript archives only", Repr(graph_, id)));
    }
    if (const auto broken = BrokenRule(pickle_, rule, call)) {
      Raise("WL-S-112", id, fmt::format("{} {}", Repr(graph_, id), *broken));
    }
  }

  // Through another function, nested tensors are not found where they are held against their
  // buffer.
  void RebuildsNested(ValueId id, const Call& call) {
    if (graph_.kind(call.args) != ValueKind::kTuple || graph_.items(call.args).empty()) return;
    const NamedCallee* function = LookUp(graph_.items(call.args)[0]);
    if (function == nullptr || function->name != "_rebuild_nested_tensor") return;
    Raise("WL-S-120", id, "makes nested tensors by another function, whose sizes are not checked");
  }

  bool IsOfTorch() const {
    return home_ == PickleHome::kTorchZip || home_ == PickleHome::kTorchScript ||
           home_ == PickleHome::kTorchLegacy || home_ == PickleHome::kTorchTar;
  }

  // What the loader makes of an id: torch's storages, and nothing else.
  void Persistent(ValueId id) {
    const ValueId pid = graph_.persistent_id(id);
    if (IsOfTorch()) return;  // the storages are read, and each id must name one (torch_judges)
    Raise("WL-S-107", id,
          fmt::format("asks its loader for the object {}: ordinary loaders have none",
                      Repr(graph_, pid)));
  }

  // BUILD, APPENDS, SETITEMS on what is no plain container.
  void Changed(ValueId id) {
    const pickle::Changes& changes = *graph_.changes(id);
    const ValueKind kind = graph_.kind(id);
    if (kind == ValueKind::kList || kind == ValueKind::kByteArray) {
      if (!changes.items.empty()) {
        Raise("WL-S-114", id, fmt::format("stores items by key in {}", pickle::KindWord(kind)));
      }
      if (!changes.states.empty()) {
        Raise("WL-S-114", id, fmt::format("sets a state on {}", pickle::KindWord(kind)));
      }
      return;
    }
    if (kind == ValueKind::kGlobal) {
      return Raise("WL-S-103", id,
                   fmt::format("changes {} itself: {}", ImportText(graph_, id),
                               changes.states.empty() ? "items are stored in it"
                                                      : Repr(graph_, changes.states[0])));
    }
    if (kind != ValueKind::kCall) {
      if (kind == ValueKind::kPersistentId || kind == ValueKind::kExtension ||
          kind == ValueKind::kBuffer || !changes.states.empty()) {
        Raise("WL-S-114", id,
              fmt::format("changes {}, which is no object that it made", pickle::KindWord(kind)));
      }
      return;
    }
    const NamedCallee* named = LookUp(graph_.call(id).callee);
    if (named == nullptr) {
      return Raise("WL-S-103", id,
                   fmt::format("changes what an unknown call returned: {}", Repr(graph_, id)));
    }
    ChangedCall(id, changes, named->policy);
  }

  // The class of copyreg._reconstructor(class, base, state), as the first protocols make objects.
  const NamedCallee* ReconstructedClass(ValueId id) {
    const ValueId args = graph_.call(id).args;
    if (graph_.kind(args) != ValueKind::kTuple || graph_.items(args).empty()) return nullptr;
    return LookUp(graph_.items(args)[0]);
  }

  // An object that is no dictionary and has no `items`: a state that unpicklers take no attributes
  // from.
  bool IsNoMapping(ValueId id) {
    if (graph_.kind(id) != ValueKind::kCall) return false;
    const NamedCallee* made = LookUp(graph_.call(id).callee);
    if (made != nullptr && made->policy.rule == "reconstructor") made = ReconstructedClass(id);
    if (made == nullptr) return false;
    const std::string_view rule = made->policy.rule;
    if (made->policy.standing == Standing::kAllowed) {
      return rule == "ndarray" || rule == "frombuffer" || rule == "random" || rule == "dtype" ||
             rule == "scalar" || rule == "joblib";
    }
    const std::string_view name = made->name;
    return made->policy.standing == Standing::kLibrary && made->module.starts_with("pandas") &&
           (name.ends_with("Array") || name.ends_with("Dtype") || name.ends_with("Index") ||
            name.ends_with("Categorical") || name.ends_with("NDArrayBacked"));
  }

  // An array, or arrays, numbers and None in a tuple.
  bool IsOfArrays(ValueId state) {
    if (graph_.kind(state) != ValueKind::kTuple) return IsNoMapping(state);
    const auto parts = graph_.items(state);
    const auto is_array = [this](ValueId id) { return IsNoMapping(id); };
    return std::any_of(parts.begin(), parts.end(), is_array) &&
           std::all_of(parts.begin(), parts.end(), [&](ValueId id) {
             const ValueKind kind = graph_.kind(id);
             return kind == ValueKind::kBool || kind == ValueKind::kInt || is_array(id);
           });
  }

  // The attributes of (attributes, an object), which only a class that takes a state as it is can
  // make something of: numpy's generators, arrays of pandas.
  ValueId AttributesOf(ValueId state) {
    if (graph_.kind(state) != ValueKind::kTuple || graph_.items(state).size() != 2) return state;
    return IsNoMapping(graph_.items(state)[1]) ? graph_.items(state)[0] : state;
  }

  void ChangedCall(ValueId id, const pickle::Changes& changes, const NamePolicy& policy) {
    if (made_by_new_.contains(id)) return;  // a partial: its state is all that it is
    if (IsBad(policy.standing) || policy.standing == Standing::kUnknown) return;  // said already
    for (const ValueId state : changes.states) {
      const auto wrong = policy.rule == "random" ? WrongPosition(graph_, state) : std::nullopt;
      if (wrong) Raise("WL-S-112", id, fmt::format("{} {}", Repr(graph_, id), *wrong));
      if (IsOfArrays(state)) continue;  // no attributes: the class takes it as it is
      if (const auto broken = BrokenState(graph_, policy.rule, changes, AttributesOf(state))) {
        Raise("WL-S-103", id, fmt::format("{} {}", Repr(graph_, id), *broken));
      }
    }
    if (!changes.items.empty() && !TakesItems(policy.rule, policy.standing)) {
      Raise("WL-S-114", id,
            fmt::format("stores items in {}, which is no dictionary", Repr(graph_, id)));
    }
    // Objects of libraries that are lists have no attributes; of others `append` may be one.
    const bool has_attributes = policy.standing == Standing::kLibrary &&
                                policy.rule != "container" && !changes.states.empty();
    if (!changes.appended.empty() &&
        (has_attributes || !TakesElements(policy.rule, policy.standing))) {
      Raise("WL-S-114", id, fmt::format("appends to {}, which is no list", Repr(graph_, id)));
    }
  }

  // What is judged where it is called, and what nobody knows: given to others, who knows what they
  // do with it.
  void References() {
    for (const ValueId id : Kept(graph_, only_called_)) {
      const NamedCallee& named = *LookUp(id);
      Raise("WL-S-112", id,
            fmt::format("{}.{}, which is judged where it is called, is kept for others to call",
                        Escape(named.module), Escape(named.name)));
    }
    std::set<const NamedCallee*> said;
    for (const ValueId id : HandedOn(graph_, unknown_)) {
      const NamedCallee& named = *LookUp(id);
      if (!said.insert(&named).second) continue;
      RaiseUnknown("WL-S-109", id,
                   fmt::format("hands on {}.{}, which is on no list, for others to call",
                               Escape(named.module), Escape(named.name)),
                   named, "");
    }
  }

  // One finding for all classes of libraries.
  void Libraries() {
    if (libraries_.empty()) return;
    const auto first = std::min_element(libraries_.begin(), libraries_.end(),
                                        [](auto& a, auto& b) { return a.second < b.second; });
    const std::string name =
        fmt::format("{}.{}", Escape(first->first->module), Escape(first->first->name));
    Raise("WL-S-111", first->second,
          libraries_.size() == 1 ? fmt::format("makes objects of a library: {}", name)
                                 : fmt::format("makes objects of libraries: {} and {} more classes",
                                               name, libraries_.size() - 1));
  }

  const Pickle& pickle_;
  const PickleGraph& graph_;
  PickleHome home_;
  AllowList* allow_;  // borrowed, may be null
  PickleCalls out_;
  std::map<std::string, NamedCallee> names_;  // by name as written
  std::unordered_map<ValueId, const NamedCallee*> by_value_;
  std::unordered_map<ValueId, NamedCallee> made_by_new_;  // by partial, what it makes
  std::set<ValueId> is_new_;                              // getattr(C, "__new__") of those
  std::set<const NamedCallee*> called_;                   // names that some call has
  std::set<const NamedCallee*> once_;
  std::set<ValueId> only_called_;  // globals of functions that may be called, and nothing else
  std::set<ValueId> unknown_;      // globals that are on no list and that the pickle does not call
  std::map<std::string, GlobalUse> uses_;
  std::map<const NamedCallee*, ValueId> libraries_;  // classes, and the first call of each
};

}  // namespace

PickleCalls JudgeCalls(const Pickle& pickle, PickleHome home, AllowList* allow) {
  return Judgement(pickle, home, allow).Run();
}

}  // namespace weighlock::scan

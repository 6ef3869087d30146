// Allowed is what the tables allow and the rules find nothing wrong with. Everything else is a
// finding: the tables of dangerous names only make it worse.
#include "scan/pickle/pickle_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/escape.h"
#include "scan/pickle/argument_rules.h"
#include "scan/pickle/asked_objects.h"
#include "scan/pickle/handed_on.h"
#include "scan/pickle/kept_classes.h"
#include "scan/pickle/pickle_changes.h"
#include "scan/pickle/pickle_names.h"
#include "scan/pickle/pickle_text.h"

namespace weighlock::scan {
namespace {

using pickle::Call;
using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

class Judgement {
 public:
  Judgement(const Pickle& pickle, PickleHome home, AllowList* allow)
      : pickle_(pickle), graph_(pickle.graph), home_(home), allow_(allow), names_(pickle, home) {}

  PickleCalls Run() {
    graph_.ForEachOf({ValueKind::kGlobal, ValueKind::kCall}, [this](ValueId id) {
      if (graph_.kind(id) == ValueKind::kGlobal) names_.LookUp(id);
      if (graph_.kind(id) == ValueKind::kCall)
        called_.insert(names_.LookUp(graph_.call(id).callee));
    });
    graph_.ForEachOf({ValueKind::kGlobal, ValueKind::kCall, ValueKind::kExtension,
                      ValueKind::kPersistentId, ValueKind::kBuffer},
                     [this](ValueId id) { Value(id); });
    AskedElements();
    JudgeChanges(graph_, names_, out_.raised);
    References();
    Libraries();
    out_.globals = names_.TakeUses();
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
    const NamedCallee* named = names_.LookUp(id);
    if (named == nullptr) {
      return Raise("WL-S-102", id, "imports a name that it makes at run time");
    }
    const bool is_getattr = named->module == "builtins" && named->name == "getattr";
    if (is_getattr || named->policy.rule == "load-bytes") only_called_.insert(id);
    if (named->policy.rule == "torch-rebuild") Unchecked(id, *named);
    if (HasBusyConstructor(*named)) busy_.insert(id);
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
    const NamedCallee* named = names_.LookUp(call.callee);
    if (named == nullptr) {
      // What a computed name or an extension calls was said at its import.
      const ValueKind kind = graph_.kind(call.callee);
      if (kind == ValueKind::kGlobal || kind == ValueKind::kExtension) return;
      return Raise("WL-S-109", id,
                   fmt::format("calls {}, which it made itself: {}", pickle::KindWord(kind),
                               Repr(graph_, id)));
    }
    if (names_.IsNew(id) || names_.IsMadeByNew(id)) return;
    if (names_.IsMadeByNew(call.callee)) return CalledPartialNew(id, call, *named);
    const bool is_getattr = named->module == "builtins" && named->name == "getattr";
    if (is_getattr && names_.LookUpAttribute(id) != nullptr) return;
    if (named->module == "builtins" && named->name == "type" && IsTypeOfNone(call)) return;
    if (is_getattr && IsMember(call)) return;
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
    const NamedCallee* of = names_.LookUp(is_made ? graph_.call(object).callee : object);
    return of != nullptr && graph_.is_string(name) && IsMethodName(of->policy, graph_.text(name));
  }

  // getattr(an enumeration, "NAME"): how Python 3.11 pickles their members.
  bool IsMember(const Call& call) {
    if (graph_.kind(call.args) != ValueKind::kTuple || graph_.items(call.args).size() != 2) {
      return false;
    }
    const ValueId name = graph_.items(call.args)[1];
    const NamedCallee* of = names_.LookUp(graph_.items(call.args)[0]);
    return of != nullptr && of->policy.standing == Standing::kLibrary &&
           of->policy.rule == "enum" && graph_.is_string(name) &&
           !graph_.text(name).starts_with('_') &&
           graph_.text(name).find('.') == std::string_view::npos;
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
    for (const ValueId list : AskedLists(pickle_, rule, call)) asked_.try_emplace(list, id);
    if (const auto broken = BrokenRule(pickle_, rule, call)) {
      Raise("WL-S-112", id, fmt::format("{} {}", Repr(graph_, id), *broken));
    }
  }

  void AskedElements() {
    for (const auto& [list, id] : asked_) {
      if (const auto broken = HoldsObjects(pickle_, list)) {
        Raise("WL-S-112", id, fmt::format("{} {}", Repr(graph_, id), *broken));
      }
    }
  }

  // Through another function, nested tensors are not found where they are held against their
  // buffer.
  void RebuildsNested(ValueId id, const Call& call) {
    if (graph_.kind(call.args) != ValueKind::kTuple || graph_.items(call.args).empty()) return;
    const NamedCallee* function = names_.LookUp(graph_.items(call.args)[0]);
    if (function == nullptr || function->name != "_rebuild_nested_tensor") return;
    Raise("WL-S-120", id, "makes nested tensors by another function, whose sizes are not checked");
  }

  bool IsOfTorch() const {
    return home_ == PickleHome::kTorchZip || home_ == PickleHome::kTorchScript ||
           home_ == PickleHome::kTorchPackage || home_ == PickleHome::kTorchLegacy ||
           home_ == PickleHome::kTorchTar;
  }

  // What the loader makes of an id: torch's storages, and nothing else.
  void Persistent(ValueId id) {
    const ValueId pid = graph_.persistent_id(id);
    if (IsOfTorch()) return;  // the storages are read, and each id must name one (torch_storages)
    Raise("WL-S-107", id,
          fmt::format("asks its loader for the object {}: ordinary loaders have none",
                      Repr(graph_, pid)));
  }

  // What is judged where it is called, and what nobody knows: given to others, who knows what they
  // do with it.
  void References() {
    for (const ValueId id : Kept(graph_, only_called_)) {
      const NamedCallee& named = *names_.LookUp(id);
      Raise("WL-S-112", id,
            fmt::format("{}.{}, which is judged where it is called, is kept for others to call",
                        Escape(named.module), Escape(named.name)));
    }
    for (const ValueId id : KeptClasses(pickle_, busy_)) {
      const NamedCallee& named = *names_.LookUp(id);
      Raise(
          "WL-S-112", id,
          fmt::format("{}.{}, whose __init__ does more than to set attributes, is kept for others "
                      "to call",
                      Escape(named.module), Escape(named.name)));
    }
    std::set<const NamedCallee*> said;
    for (const ValueId id : HandedOn(graph_, unknown_)) {
      const NamedCallee& named = *names_.LookUp(id);
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
  PickleNames names_;
  PickleCalls out_;
  std::set<const NamedCallee*> called_;  // names that some call has
  std::set<const NamedCallee*> once_;
  std::map<ValueId, ValueId> asked_;  // lists, and the first call that asks their elements
  std::set<ValueId> only_called_;     // globals of functions that may be called, and nothing else
  std::set<ValueId> busy_;            // classes that nobody but the pickle may make
  std::set<ValueId> unknown_;  // globals that are on no list and that the pickle does not call
  std::map<const NamedCallee*, ValueId> libraries_;  // classes, and the first call of each
};

}  // namespace

PickleCalls JudgeCalls(const Pickle& pickle, PickleHome home, AllowList* allow) {
  return Judgement(pickle, home, allow).Run();
}

}  // namespace weighlock::scan

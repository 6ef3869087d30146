// States are set by the class or attribute by attribute (state_rules.h); items and elements belong
// into what is a dictionary or a list.
#include "scan/pickle/pickle_changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "scan/pickle/pickle_text.h"
#include "scan/pickle/state_rules.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

class ChangeJudge {
 public:
  ChangeJudge(const PickleGraph& graph, PickleNames& names, std::vector<RaisedFinding>& raised)
      : graph_(graph), names_(names), raised_(raised) {}

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
    const NamedCallee* named = names_.LookUp(graph_.call(id).callee);
    if (named == nullptr) {
      return Raise("WL-S-103", id,
                   fmt::format("changes what an unknown call returned: {}", Repr(graph_, id)));
    }
    ChangedCall(id, changes, named->policy);
  }

 private:
  void Raise(std::string_view rule, ValueId at, std::string text) {
    raised_.push_back({rule, at, std::move(text)});
  }

  // The class of copyreg._reconstructor(class, base, state), as the first protocols make objects.
  const NamedCallee* ReconstructedClass(ValueId id) {
    const ValueId args = graph_.call(id).args;
    if (graph_.kind(args) != ValueKind::kTuple || graph_.items(args).empty()) return nullptr;
    return names_.LookUp(graph_.items(args)[0]);
  }

  // An object that is no dictionary and has no `items`: a state that unpicklers take no attributes
  // from.
  bool IsNoMapping(ValueId id) {
    if (graph_.kind(id) != ValueKind::kCall) return false;
    const NamedCallee* made = names_.LookUp(graph_.call(id).callee);
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
    if (names_.IsMadeByNew(id)) return;  // a partial: its state is all that it is
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

  const PickleGraph& graph_;
  PickleNames& names_;
  std::vector<RaisedFinding>& raised_;
};

}  // namespace

void JudgeChanges(const PickleGraph& graph, PickleNames& names,
                  std::vector<RaisedFinding>& raised) {
  ChangeJudge judge(graph, names, raised);
  for (const ValueId id : graph.changed()) judge.Changed(id);
}

}  // namespace weighlock::scan

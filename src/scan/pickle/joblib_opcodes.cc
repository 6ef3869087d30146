// An array of objects is a pickle with a memo of its own. Read as a part of the outer one, it takes
// other values out of the memo than it has put there, so that names are put together from halves of
// others, or from no texts at all: real unpicklers end there.
#include "scan/pickle/joblib_opcodes.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "pickle/pickle.h"
#include "scan/pickle/named_callee.h"
#include "scan/pickle/nested_pickles.h"
#include "scan/pickle/pickle_calls.h"
#include "scan/pickle/pickle_evidence.h"

namespace weighlock::scan {
namespace {

using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

bool IsKnown(const NamedCallee& named) {
  return named.policy.standing == Standing::kAllowed || named.policy.standing == Standing::kLibrary;
}

// An object of a class that is given nothing: a text would be an empty one, which nothing is
// called. What else the class could make of it is a finding of its own, where it is on no list.
bool IsMadeOfNothing(const PickleGraph& graph, ValueId id) {
  if (graph.kind(id) != ValueKind::kCall) return false;
  const pickle::Call call = graph.call(id);
  return call.form == pickle::CallForm::kNewObj && graph.kind(call.args) == ValueKind::kTuple &&
         graph.items(call.args).empty();
}

// Whether a value is no text for sure, and so no part of a name: a class, or an object of one.
bool IsNoText(const Pickle& pickle, ValueId id) {
  const PickleGraph& graph = pickle.graph;
  const auto named =
      CalleeOf(pickle, graph.kind(id) == ValueKind::kCall ? graph.call(id).callee : id);
  if (named && IsMadeOfNothing(graph, id)) return true;
  if (!named || !IsKnown(*named)) return false;
  constexpr std::array<std::string_view, 5> kReturnsAnything = {"function", "load-bytes", "script",
                                                                "partial", "callable"};
  if (graph.kind(id) == ValueKind::kGlobal) return true;
  const pickle::CallForm form = graph.call(id).form;
  const bool is_instance = form == pickle::CallForm::kNewObj || form == pickle::CallForm::kNewObjEx;
  return is_instance || std::find(kReturnsAnything.begin(), kReturnsAnything.end(),
                                  named->policy.rule) == kReturnsAnything.end();
}

class Elements {
 public:
  Elements(const Pickle& pickle, const FileScan& scan) : pickle_(pickle), graph_(pickle.graph) {
    for (const GlobalUse& use : scan.file().globals) {
      modules_.insert(use.module);
      names_.insert(use.module);
      names_.insert(use.name);
    }
    graph_.ForEachOf({ValueKind::kGlobal}, [this](ValueId id) {
      if (!graph_.global(id).computed) return;
      const auto [module, name] = graph_.computed_of(id);
      if (IsNoText(pickle_, module) || IsNoText(pickle_, name)) {
        end_ = std::min(end_, pickle_.OffsetOf(id));
      }
    });
  }

  // Whether the unpickler gets as far as this.
  bool IsReached(const RaisedFinding& raised) const {
    const pickle::Changes* changes = graph_.changes(raised.at);
    const bool is_state =
        raised.rule == "WL-S-103" && changes != nullptr && !changes->states.empty();
    return pickle_.OffsetOf(is_state ? changes->states.back() : raised.at) < end_;
  }

  // Whether something is done with a name that is put together from halves of names that the file
  // has, and is none itself: as a type of an array's state, too.
  bool IsMixed(ValueId id) const {
    if (HasMixedName(id)) return true;
    const pickle::Changes* changes = graph_.changes(id);
    if (changes == nullptr || changes->states.empty()) return false;
    const ValueId state = changes->states.back();
    if (graph_.kind(state) != ValueKind::kTuple) return false;
    const auto parts = graph_.items(state);
    return std::any_of(parts.begin(), parts.end(), [this](ValueId part) {
      return graph_.kind(part) == ValueKind::kCall && HasMixedName(part);
    });
  }

 private:
  static constexpr int kMostLevels = 16;

  bool HasMixedName(ValueId id) const {
    for (int level = 0; level < kMostLevels && graph_.kind(id) == ValueKind::kCall; ++level) {
      id = graph_.call(id).callee;
    }
    if (graph_.kind(id) != ValueKind::kGlobal || graph_.global(id).computed) return false;
    const auto named = CalleeOf(pickle_, id);
    return named && named->policy.standing == Standing::kUnknown &&
           modules_.contains(named->module) && names_.contains(named->name);
  }

  const Pickle& pickle_;
  const PickleGraph& graph_;
  std::set<std::string> modules_, names_;
  uint64_t end_ = UINT64_MAX;
};

}  // namespace

void JudgeElementsAsOpcodes(const ByteSource& source, uint64_t start, uint64_t array,
                            uint64_t stream, const FileScan& scan) {
  const auto part = pickle::RunPickleKeepingPart(source, start, scan.limits());
  PickleCalls calls =
      JudgeCalls(part.pickle, PickleHome::kJoblibObjects, &scan.scanner().allow_list());
  const Elements elements(part.pickle, scan);
  std::erase_if(calls.raised, [&](const RaisedFinding& raised) {
    return part.pickle.OffsetOf(raised.at) < array || !elements.IsReached(raised) ||
           !IsEvidence(part.pickle, raised) || elements.IsMixed(raised.at);
  });
  std::erase_if(calls.nested, [&](ValueId id) { return part.pickle.OffsetOf(id) < array; });
  AddFindings(part.pickle, stream, calls.raised, scan);
  JudgeNested(part.pickle, calls.nested, scan);
}

}  // namespace weighlock::scan

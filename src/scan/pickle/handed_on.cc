// Containers take over what they hold, until nothing changes; then calls and states are asked.
#include "scan/pickle/handed_on.h"

#include <span>
#include <unordered_map>

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

constexpr int kMostLevels = 16;

class Holders {
 public:
  Holders(const PickleGraph& graph, const std::set<ValueId>& functions)
      : graph_(graph), functions_(functions.size()) {
    for (const ValueId function : functions) holds_.emplace(function, function);
    for (int level = 0; level < kMostLevels && Spread(); ++level) {
    }
  }

  // Whether anything but the functions themselves holds one, or is made of one.
  bool HasOthers() {
    bool kept = holds_.size() > functions_;
    for (const ValueId id : graph_.changed()) {
      for (const ValueId state : graph_.changes(id)->states) kept = kept || holds_.contains(state);
    }
    return kept;
  }

  std::vector<ValueId> Taken() {
    std::set<ValueId> taken;
    const auto take = [&](ValueId value) {
      if (const auto held = holds_.find(value); held != holds_.end()) taken.insert(held->second);
    };
    graph_.ForEachOf({ValueKind::kCall}, [&](ValueId id) {
      take(graph_.call(id).args);
      if (graph_.call(id).kwargs != pickle::kNoValue) take(graph_.call(id).kwargs);
    });
    for (const ValueId id : graph_.changed()) {
      for (const ValueId state : graph_.changes(id)->states) take(state);
    }
    return {taken.begin(), taken.end()};
  }

 private:
  // Whether some container has taken over a function.
  bool Spread() {
    const size_t before = holds_.size();
    graph_.ForEachOf({ValueKind::kTuple, ValueKind::kList, ValueKind::kDict, ValueKind::kSet,
                      ValueKind::kFrozenSet},
                     [this](ValueId id) { TakeOver(id, graph_.items(id)); });
    for (const ValueId id : graph_.changed()) {
      TakeOver(id, graph_.changes(id)->items);
      TakeOver(id, graph_.changes(id)->appended);
    }
    return holds_.size() > before;
  }

  void TakeOver(ValueId holder, std::span<const ValueId> items) {
    for (const ValueId item : items) {
      if (const auto held = holds_.find(item); held != holds_.end()) {
        holds_.emplace(holder, held->second);
        return;
      }
    }
  }

  const PickleGraph& graph_;
  size_t functions_;
  std::unordered_map<ValueId, ValueId> holds_;  // one function for each holder, itself included
};

}  // namespace

bool IsKept(const PickleGraph& graph, ValueId function) {
  return Holders(graph, {function}).HasOthers();
}

std::vector<ValueId> HandedOn(const PickleGraph& graph, const std::set<ValueId>& functions) {
  if (functions.empty()) return {};
  return Holders(graph, functions).Taken();
}

}  // namespace weighlock::scan

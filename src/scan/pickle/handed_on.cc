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
      : graph_(graph), functions_(functions) {
    for (const ValueId function : functions) holds_.emplace(function, function);
    for (int level = 0; Spread(); ++level) {
      if (level == kMostLevels) {
        too_deep_ = true;
        break;
      }
    }
  }

  std::vector<ValueId> Taken() {
    std::set<ValueId> taken;
    if (too_deep_) taken = functions_;
    const auto take = [&](ValueId value) {
      if (const auto held = holds_.find(value); held != holds_.end()) taken.insert(held->second);
    };
    graph_.ForEachOf({ValueKind::kCall}, [&](ValueId id) {
      take(graph_.call(id).args);
      if (graph_.call(id).kwargs != pickle::kNoValue) take(graph_.call(id).kwargs);
    });
    ForEachState(take);
    return {taken.begin(), taken.end()};
  }

  std::vector<ValueId> Kept() {
    std::set<ValueId> kept;
    for (const auto& [holder, function] : holds_) {
      if (holder != function) kept.insert(function);
    }
    ForEachState([&](ValueId state) {
      if (const auto held = holds_.find(state); held != holds_.end()) kept.insert(held->second);
    });
    return {kept.begin(), kept.end()};
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

  template <class Take>
  void ForEachState(const Take& take) const {
    for (const ValueId id : graph_.changed()) {
      for (const ValueId state : graph_.changes(id)->states) take(state);
    }
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
  const std::set<ValueId>& functions_;
  bool too_deep_ = false;
  std::unordered_map<ValueId, ValueId> holds_;  // one function for each holder, itself included
};

}  // namespace

std::vector<ValueId> HandedOn(const PickleGraph& graph, const std::set<ValueId>& functions) {
  if (functions.empty()) return {};
  return Holders(graph, functions).Taken();
}

std::vector<ValueId> Kept(const PickleGraph& graph, const std::set<ValueId>& functions) {
  if (functions.empty()) return {};
  return Holders(graph, functions).Kept();
}

}  // namespace weighlock::scan

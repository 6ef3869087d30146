// IsotonicRegression calls an attribute of its own when its state is set, and others do so when
// they are filled or thrown away: with such a class there, ultralytics would evaluate a text of the
// file.
#include "scan/pickle/kept_classes.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>

namespace weighlock::scan {
namespace {

using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

// Tuples that have a class where it belongs, at their start or behind a word: and how many of their
// elements that are.
std::map<ValueId, size_t> TuplesOfClasses(const Pickle& pickle) {
  const PickleGraph& graph = pickle.graph;
  std::map<ValueId, size_t> tuples;
  graph.ForEachOf({ValueKind::kCall, ValueKind::kPersistentId}, [&](ValueId id) {
    if (graph.kind(id) == ValueKind::kPersistentId) {
      tuples.emplace(graph.persistent_id(id), 2);
      return;
    }
    const auto named = CalleeOf(pickle, graph.call(id).callee);
    if (!named) return;
    const std::string_view rule = named->policy.rule;
    if (rule == "reconstructor" || rule == "newobj") tuples.emplace(graph.call(id).args, 1);
  });
  return tuples;
}

}  // namespace

bool HasBusyConstructor(const NamedCallee& named) {
  constexpr std::array<std::string_view, 18> kPackages = {
      "PIL",     "accelerate",  "alignment", "catboost",          "cmdstanpy",
      "fairseq", "gensim",      "hydra",     "lightgbm",          "lightning",
      "open_r1", "prophet",     "pyannote",  "pytorch_lightning", "sentence_transformers",
      "setfit",  "ultralytics", "xgboost"};
  if (named.policy.standing != Standing::kLibrary) return false;
  const std::string_view rule = named.policy.rule;
  if (rule == "enum" || rule == "value") return false;
  const std::string_view module = named.module;
  const std::string_view package = module.substr(0, module.find('.'));
  if (package == "transformers") return module.find("tokenization") != module.npos;
  return std::find(kPackages.begin(), kPackages.end(), package) != kPackages.end();
}

std::vector<ValueId> KeptClasses(const Pickle& pickle, const std::set<ValueId>& classes) {
  if (classes.empty()) return {};
  const PickleGraph& graph = pickle.graph;
  const std::map<ValueId, size_t> tuples = TuplesOfClasses(pickle);
  std::set<ValueId> kept;
  const auto take = [&](std::span<const ValueId> items) {
    for (const ValueId item : items) {
      if (classes.contains(item)) kept.insert(item);
    }
  };
  graph.ForEachOf({ValueKind::kTuple, ValueKind::kList, ValueKind::kDict, ValueKind::kSet,
                   ValueKind::kFrozenSet},
                  [&](ValueId id) {
                    const auto items = graph.items(id);
                    const auto found = tuples.find(id);
                    const size_t own = found == tuples.end() ? 0 : found->second;
                    take(items.subspan(std::min(own, items.size())));
                  });
  for (const ValueId id : graph.changed()) {
    const pickle::Changes& changes = *graph.changes(id);
    take(changes.items);
    take(changes.appended);
    take(changes.states);
  }
  return {kept.begin(), kept.end()};
}

}  // namespace weighlock::scan

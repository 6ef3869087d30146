// MergeModulelist and Concatenate of transformers' core_model_loading.py, on shapes: the experts of
// each kind on top of each other, then the kinds one behind the other.
#include "check/stacked_experts.h"

#include <algorithm>

#include "base/checked.h"

namespace weighlock {
namespace {

constexpr std::string_view kExperts = "experts.";

// "model.layers.0.mlp.experts." of "model.layers.0.mlp.experts.7.w1.weight"; empty where the name
// is none of an expert's.
std::string_view BeforeNumber(std::string_view name, std::string_view end) {
  if (!name.ends_with(end)) return {};
  name.remove_suffix(end.size());
  const size_t digits = name.find_last_not_of("0123456789") + 1;
  if (digits == name.size()) return {};
  name = name.substr(0, digits);
  return name.ends_with(kExperts) ? name : std::string_view();
}

}  // namespace

bool StackedExperts::Take(const std::string& name, size_t file, const Tensor& tensor) {
  std::map<std::string_view, size_t> kinds;
  for (const auto& [piece, into] : model_.stacked) {
    const size_t kind = kinds[into]++;
    const std::string_view before = BeforeNumber(name, piece);
    if (before.empty()) continue;
    Pieces& pieces =
        pieces_.try_emplace(std::string(before) + into, Pieces{file, &tensor, {}}).first->second;
    pieces.by_kind.resize(std::max(pieces.by_kind.size(), kind + 1));
    pieces.by_kind[kind].push_back(&tensor);
    return true;
  }
  return false;
}

size_t StackedExperts::KindsOf(const std::string& into) const {
  return static_cast<size_t>(
      std::count_if(model_.stacked.begin(), model_.stacked.end(),
                    [&](const auto& row) { return into.ends_with("." + row.second); }));
}

StackedExperts::Shape StackedExperts::ShapeOf(const Pieces& pieces, size_t kinds) {
  Shape whole;
  if (pieces.by_kind.size() != kinds) return std::nullopt;
  for (const std::vector<const Tensor*>& experts : pieces.by_kind) {
    if (experts.empty()) return std::nullopt;
    const auto& one = experts[0]->shape;
    const bool alike = std::all_of(experts.begin(), experts.end(), [&](const Tensor* tensor) {
      return std::equal(one.begin(), one.end(), tensor->shape.begin(), tensor->shape.end());
    });
    if (!alike || one.size() == 0) return std::nullopt;
    std::vector<uint64_t> shape = {experts.size()};
    shape.insert(shape.end(), one.begin(), one.end());
    if (!whole) {
      whole = std::move(shape);
      continue;
    }
    const auto rows = CheckedAdd((*whole)[1], shape[1]);
    shape[1] = (*whole)[1];
    if (!rows || shape != *whole) return std::nullopt;
    (*whole)[1] = *rows;
  }
  return whole;
}

std::map<std::string, StackedExperts::Stack> StackedExperts::Stacks() const {
  std::map<std::string, Stack> stacks;
  for (const auto& [into, pieces] : pieces_) {
    stacks[into] = {pieces.file, pieces.first, ShapeOf(pieces, KindsOf(into))};
  }
  return stacks;
}

}  // namespace weighlock

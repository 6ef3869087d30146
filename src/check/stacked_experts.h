// Weights of experts that are saved one by one, and that transformers 5 stacks into one parameter
// when it loads them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compat/families.h"
#include "weighlock/model.h"

namespace weighlock {

class StackedExperts {
 public:
  // What becomes of a parameter's pieces: nothing where they do not fit together.
  using Shape = std::optional<std::vector<uint64_t>>;

  explicit StackedExperts(const ExpectedModel& model) : model_(model) {}

  // Takes the tensor if its name, as the target reads it, is that of a piece.
  bool Take(const std::string& name, size_t file, const Tensor& tensor);

  struct Stack {
    size_t file;           // of the first piece
    const Tensor* tensor;  // the first piece
    Shape shape;
  };
  // By the parameter's name. O(pieces).
  std::map<std::string, Stack> Stacks() const;

 private:
  struct Pieces {
    size_t file;
    const Tensor* first;
    std::vector<std::vector<const Tensor*>> by_kind;
  };
  size_t KindsOf(const std::string& into) const;
  static Shape ShapeOf(const Pieces& pieces, size_t kinds);

  const ExpectedModel& model_;
  std::map<std::string, Pieces> pieces_;
};

}  // namespace weighlock

// Columns that line up.
#pragma once

#include <string>
#include <vector>

namespace weighlock {

class Table {
 public:
  enum class Align { kLeft, kRight };
  explicit Table(std::vector<Align> columns) : columns_(std::move(columns)) {}

  void Row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Every row behind `indent` spaces, columns two spaces apart, no spaces at line ends.
  std::string Render(size_t indent) const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace weighlock

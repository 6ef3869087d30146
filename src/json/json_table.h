// Tables in JSON of which a run needs a few rows: objects whose members are parsed when they are
// asked for, each once.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/json.h"

namespace weighlock {

// For texts that the program itself holds: of what is no JSON there are as many rows as can be
// told, and those that cannot be parsed are missing. Not for several threads at once.
class JsonTable {
 public:
  // Borrows the text of an object, whose names are spelled without escapes. The first question
  // goes along it, O(text), without parsing it.
  explicit JsonTable(std::string_view object = {}) : text_(object) {}

  // In the order of the text.
  const std::vector<std::string_view>& names() const WL_LIFETIME_BOUND;
  // The text of a row; empty: there is none.
  std::string_view TextOf(std::string_view name) const;
  // A row's value, or null. Offsets in it count from where the row's value begins.
  const JsonValue* Find(std::string_view name) const WL_LIFETIME_BOUND;
  // A row that is a table itself; without rows where it is none.
  const JsonTable& Table(std::string_view name) const WL_LIFETIME_BOUND;

 private:
  struct Row {
    std::string_view text;
    // Null: not asked for yet.
    std::unique_ptr<Result<JsonValue>> value;
    std::unique_ptr<JsonTable> table;
  };

  void FindRows() const;
  Row* RowOf(std::string_view name) const;

  std::string_view text_;
  mutable bool are_rows_found_ = false;
  mutable std::vector<std::string_view> names_;
  mutable std::unordered_map<std::string_view, Row> rows_;
};

}  // namespace weighlock

// Tables in JSON of which a run needs a few rows: objects whose members are parsed when they are
// asked for, each once.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/json.h"
#include "json/json_edit.h"

namespace weighlock {

// For texts that the program itself holds: of what is no JSON there are as many rows as can be
// told, and those that cannot be parsed are missing. Not for several threads at once.
class JsonTable {
 public:
  // Borrows a text that begins with an object, whose names are spelled without escapes. A question
  // goes along it, without parsing it, up to the row that it is about.
  explicit JsonTable(std::string_view object = {});

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
    size_t begin;           // in text_
    std::string_view text;  // empty: not asked for yet
    // Null: the same.
    std::unique_ptr<Result<JsonValue>> value;
    std::unique_ptr<JsonTable> table;
  };

  // The next row that was not met before, or null at the end.
  Row* NextRow() const;
  Row* RowOf(std::string_view name) const;
  std::string_view TextOf(Row& row) const;

  std::string_view text_;
  mutable JsonSpanWalk walk_;
  mutable std::vector<std::string_view> names_;
  mutable std::unordered_map<std::string_view, Row> rows_;
};

}  // namespace weighlock

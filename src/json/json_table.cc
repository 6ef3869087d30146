// The walk along the text is json_edit's; a row's own text is parsed as any other JSON.
#include "json/json_table.h"

#include <algorithm>

#include "base/bytes.h"
#include "json/json_edit.h"

namespace weighlock {

JsonTable::JsonTable(std::string_view object) : text_(object) {
  const size_t begin = std::min(text_.find_first_not_of(" \t\r\n"), text_.size());
  if (text_.substr(begin).starts_with('{')) walk_ = JsonSpanWalk(text_, begin);
}

JsonTable::Row* JsonTable::NextRow() const {
  while (walk_.Next()) {
    const auto [row, is_new] = rows_.try_emplace(walk_.name(), Row{walk_.begin(), {}, {}, {}});
    if (!is_new) continue;
    names_.push_back(walk_.name());
    return &row->second;
  }
  return nullptr;
}

const std::vector<std::string_view>& JsonTable::names() const {
  while (NextRow() != nullptr) {
  }
  return names_;
}

JsonTable::Row* JsonTable::RowOf(std::string_view name) const {
  const auto found = rows_.find(name);
  if (found != rows_.end()) return &found->second;
  while (Row* row = NextRow()) {
    if (names_.back() == name) return row;
  }
  return nullptr;
}

std::string_view JsonTable::TextOf(Row& row) const {
  if (row.text.empty()) {
    row.text = text_.substr(row.begin, JsonValueEnd(text_, row.begin) - row.begin);
  }
  return row.text;
}

std::string_view JsonTable::TextOf(std::string_view name) const {
  Row* row = RowOf(name);
  return row == nullptr ? std::string_view() : TextOf(*row);
}

const JsonValue* JsonTable::Find(std::string_view name) const {
  Row* row = RowOf(name);
  if (row == nullptr) return nullptr;
  if (row->value == nullptr) {
    row->value = std::make_unique<Result<JsonValue>>(ParseJson(AsBytes(TextOf(*row)), Limits()));
  }
  return *row->value ? &**row->value : nullptr;
}

const JsonTable& JsonTable::Table(std::string_view name) const {
  static const JsonTable kNone;
  Row* row = RowOf(name);
  if (row == nullptr) return kNone;
  // Where the row ends its own walk will see.
  if (row->table == nullptr) row->table = std::make_unique<JsonTable>(text_.substr(row->begin));
  return *row->table;
}

}  // namespace weighlock

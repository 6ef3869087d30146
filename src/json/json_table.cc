// The walk along the text is json_edit's; a row's own text is parsed as any other JSON.
#include "json/json_table.h"

#include <algorithm>

#include "base/bytes.h"
#include "json/json_edit.h"

namespace weighlock {

void JsonTable::FindRows() const {
  if (are_rows_found_) return;
  are_rows_found_ = true;
  const size_t begin = std::min(text_.find_first_not_of(" \t\r\n"), text_.size());
  if (!text_.substr(begin).starts_with('{')) return;
  ForEachJsonSpan(text_, begin, [&](const JsonSpan& span) {
    const std::string_view text = text_.substr(span.begin, span.end - span.begin);
    if (rows_.try_emplace(span.name, Row{text, nullptr, nullptr}).second) {
      names_.push_back(span.name);
    }
    return true;
  });
}

const std::vector<std::string_view>& JsonTable::names() const {
  FindRows();
  return names_;
}

JsonTable::Row* JsonTable::RowOf(std::string_view name) const {
  FindRows();
  const auto found = rows_.find(name);
  return found == rows_.end() ? nullptr : &found->second;
}

std::string_view JsonTable::TextOf(std::string_view name) const {
  const Row* row = RowOf(name);
  return row == nullptr ? std::string_view() : row->text;
}

const JsonValue* JsonTable::Find(std::string_view name) const {
  Row* row = RowOf(name);
  if (row == nullptr) return nullptr;
  if (row->value == nullptr) {
    row->value = std::make_unique<Result<JsonValue>>(ParseJson(AsBytes(row->text), Limits()));
  }
  return *row->value ? &**row->value : nullptr;
}

const JsonTable& JsonTable::Table(std::string_view name) const {
  static const JsonTable kNone;
  Row* row = RowOf(name);
  if (row == nullptr) return kNone;
  if (row->table == nullptr) row->table = std::make_unique<JsonTable>(row->text);
  return *row->table;
}

}  // namespace weighlock

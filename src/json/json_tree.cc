// Values go straight into their place in the tree; a stack of the open ones stands for recursion.
#include "json/json_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace weighlock {

bool JsonTree::Null(size_t offset) {
  Add(JsonValue::Kind::kNull, offset, 4);
  return CountValue();
}

bool JsonTree::Boolean(size_t offset, bool value) {
  Add(JsonValue::Kind::kBool, offset, value ? 4 : 5).boolean = value;
  return CountValue();
}

bool JsonTree::Number(size_t offset, std::string_view spelled) {
  Add(JsonValue::Kind::kNumber, offset, spelled.size()).text = spelled;
  return CountValue();
}

bool JsonTree::String(size_t offset, size_t length, std::string text) {
  Add(JsonValue::Kind::kString, offset, length).text = std::move(text);
  return CountValue();
}

bool JsonTree::Open(JsonValue::Kind kind, size_t offset) {
  JsonValue& value = Add(kind, offset, 1);
  if (open_.size() >= limits_.json_depth) {
    error_ = Error(Code::kLimit,
                   fmt::format("JSON: nested deeper than {} levels", limits_.json_depth), offset);
    return false;
  }
  open_.push_back(&value);
  return CountValue();
}

void JsonTree::Key(size_t offset, size_t length, std::string name) {
  position_ = offset + length;
  open_.back()->members.push_back({std::move(name), {}});
}

bool JsonTree::Close() {
  JsonValue& closed = *open_.back();
  if (closed.Is(JsonValue::Kind::kObject) && !SettleDuplicates(closed)) return false;
  open_.pop_back();
  return true;
}

JsonValue& JsonTree::Slot() {
  if (open_.empty()) return root_;
  JsonValue& parent = *open_.back();
  if (parent.Is(JsonValue::Kind::kObject)) return parent.members.back().value;
  return parent.items.emplace_back();
}

JsonValue& JsonTree::Add(JsonValue::Kind kind, size_t offset, size_t length) {
  JsonValue& value = Slot();
  value.kind = kind;
  value.offset = offset;
  position_ = offset + length;
  return value;
}

bool JsonTree::CountValue() {
  if (++values_ <= limits_.json_values) return true;
  error_ =
      Error(Code::kLimit, fmt::format("JSON: more than {} values", limits_.json_values), position_);
  return false;
}

bool JsonTree::SettleDuplicates(JsonValue& object) {
  if (object.members.size() < 2) return true;
  // Sorted, not hashed: keys that all hash alike are easily made.
  std::vector<JsonMember*> sorted;
  sorted.reserve(object.members.size());
  for (JsonMember& member : object.members) sorted.push_back(&member);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const JsonMember* a, const JsonMember* b) { return a->name < b->name; });
  const JsonMember* first = nullptr;  // of those that repeat an earlier one
  std::vector<bool> repeated(object.members.size());
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->name != sorted[i - 1]->name) continue;
    repeated[static_cast<size_t>(sorted[i - 1] - object.members.data())] = true;
    if (first == nullptr || sorted[i]->value.offset < first->value.offset) first = sorted[i];
  }
  if (first == nullptr) return true;
  if (duplicates_ == DuplicateKeys::kLastCounts) {
    const JsonMember* const begin = object.members.data();
    std::erase_if(object.members, [&](const JsonMember& member) {
      return repeated[static_cast<size_t>(&member - begin)];
    });
    return true;
  }
  error_ = Error(Code::kMalformed,
                 fmt::format("JSON: the key {} stands twice in one object", Quote(first->name)),
                 first->value.offset);
  return false;
}

}  // namespace weighlock

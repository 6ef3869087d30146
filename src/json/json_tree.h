// The values of a JSON text as its tokens come, whoever tells them apart: where each one stood,
// keys that stand twice, depth, and how many there are. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace weighlock {

// Tokens in the order of the text, with their places in bytes from its beginning. What answers
// false has refused the text, and TakeError says why.
class JsonTree {
 public:
  JsonTree(const Limits& limits, DuplicateKeys duplicates)
      : limits_(limits), duplicates_(duplicates) {}

  // `length`: in bytes, as it is spelled, quotes included.
  bool Null(size_t offset);
  bool Boolean(size_t offset, bool value);
  bool Number(size_t offset, std::string_view spelled);
  bool String(size_t offset, size_t length, std::string text);
  bool Open(JsonValue::Kind kind, size_t offset);
  void Key(size_t offset, size_t length, std::string name);
  bool Close();  // the array or object that was opened last

  bool IsAtRoot() const { return open_.empty(); }
  bool IsInObject() const { return !open_.empty() && open_.back()->Is(JsonValue::Kind::kObject); }
  // Behind the last token; of a bracket that closes nothing is known.
  size_t position() const { return position_; }

  JsonValue&& TakeRoot() { return std::move(root_); }
  Error&& TakeError() { return *std::move(error_); }

 private:
  JsonValue& Slot();
  JsonValue& Add(JsonValue::Kind kind, size_t offset, size_t length);
  bool CountValue();
  bool SettleDuplicates(JsonValue& object);

  const Limits& limits_;
  const DuplicateKeys duplicates_;
  uint64_t values_ = 0;  // so far
  size_t position_ = 0;
  JsonValue root_;
  // Arrays and objects not closed yet, outermost first. A parent grows only while it is the last,
  // so the pointers to those above it stay good.
  std::vector<JsonValue*> open_;
  std::optional<Error> error_;
};

}  // namespace weighlock

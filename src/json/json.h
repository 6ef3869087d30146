// Strict JSON (RFC 8259) as values that remember where they stood.
//
// Stricter than most readers where they disagree with each other: a key that stands twice in one
// object is an error, and so are bytes behind the value. Numbers keep their spelling, so that what
// does not fit a machine type is neither lost nor rounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "weighlock/limits.h"
#include "weighlock/result.h"

namespace weighlock {

struct JsonMember;

struct JsonValue {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  uint64_t offset = 0;              // in bytes from the start of the text
  std::string text;                 // kString: unescaped, UTF-8; kNumber: as it was spelled
  std::vector<JsonValue> items;     // kArray
  std::vector<JsonMember> members;  // kObject, in the order of the text

  bool Is(Kind k) const { return kind == k; }

  // The member of an object, or null: no such key, or no object.
  const JsonValue* Find(std::string_view key) const WL_LIFETIME_BOUND;
  // The text of a string member, or null.
  const std::string* FindString(std::string_view key) const WL_LIFETIME_BOUND;
  // Whether the member is there and is `true`.
  bool FindTrue(std::string_view key) const;

  // The number as an unsigned integer: digits only (no sign, fraction or exponent), at most 2^64-1.
  std::optional<uint64_t> AsUint() const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// "an object", "a string", ...: for messages.
std::string_view KindName(JsonValue::Kind kind);

// What becomes of a key that stands twice in one object. Python's json keeps the last.
enum class DuplicateKeys : uint8_t { kRefused, kLastCounts };

// Parses `text` whole. kMalformed with the offset in `text`; kLimit where arrays and objects nest
// deeper than limits.json_depth, or there are more than limits.json_values values. The caller has
// bounded the text's size. O(n log n) in it.
Result<JsonValue> ParseJson(Bytes text, const Limits& limits,
                            DuplicateKeys duplicates = DuplicateKeys::kRefused);

}  // namespace weighlock

// The structs that the tokenizers library reads tokenizer.json into, and what serde says of a value
// that fits none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "json/json.h"

namespace weighlock::tokenizer_structs {

enum class Type : uint8_t { kText, kBool, kSize, kId, kNumber, kList, kObject, kAny };

struct Field {
  std::string_view name;
  Type type;
  bool is_wanted = true;  // it must be there
  bool may_be_null = false;
};

struct Struct {
  std::string_view name;  // "BertNormalizer", as `type` says
  std::span<const Field> fields;
};

struct Slot {
  std::string_view name;     // of the member
  std::string_view wrapper;  // what releases before 0.20 wanted, where it is no object
  std::span<const Struct> structs;
};
// What is wrong with an object: the value of the first member that does not fit, in the order of
// the text, or the first field that is missing, in the order of the struct.
struct Misfit {
  const JsonValue* value = nullptr;
  const Field* field = nullptr;
  bool exists() const { return field != nullptr; }
};

// The parts of one of several kinds; the models; what is read as it comes.
std::span<const Slot> Slots();
std::span<const Struct> Models();
std::span<const Field> AddedToken();
std::span<const Field> Truncation();
std::span<const Field> Padding();

bool Fits(const JsonValue& value, const Field& field);
Misfit FirstMisfit(const JsonValue& object, std::span<const Field> fields);
// The one of that name, or null.
const Struct* StructOf(std::span<const Struct> structs, std::string_view name);

// What serde says that it met: "integer `5`".
std::string Met(const JsonValue& value);
// "a string", "u32".
std::string_view Wanted(Type type);
// "invalid type: null, expected a string"; of a number that is too large or negative its value is
// what is wrong.
std::string Refusal(const JsonValue& value, std::string_view wanted);
// "missing field `x`", or what is wrong with the value that is there.
std::string WordsOf(const Misfit& misfit);

}  // namespace weighlock::tokenizer_structs

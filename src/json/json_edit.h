// Changes of a JSON text that leave every other byte as it is.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace weighlock {

// Where the value that begins at `begin` ends. Requires well-formed JSON. No recursion.
size_t JsonValueEnd(std::string_view text, size_t begin);

// A member of an object, or an item of an array (without a name), where they stand in the text.
struct JsonSpan {
  std::string_view name;  // as it is spelled, without its quotes
  size_t begin, end;      // of the value
};

// Goes along what lies directly in the object or array that begins at `begin`, and skips a value
// only where it is passed. Of what is no JSON it is as much as can be told.
class JsonSpanWalk {
 public:
  JsonSpanWalk() = default;
  JsonSpanWalk(std::string_view text, size_t begin);

  // Goes to the next. False: there is none.
  bool Next();
  std::string_view name() const { return name_; }
  size_t begin() const { return begin_; }  // of the value
  size_t End();
  // The value as it is spelled.
  std::string_view Value() { return text_.substr(begin_, End() - begin_); }
  // Where the value ends, of whom has gone along it already.
  void EndsAt(size_t end) { end_ = end; }
  // Where the object or array ends, once there is no next.
  size_t Behind() const { return at_; }

 private:
  // The first byte from `at` on that is no space, or the end of the text.
  size_t SkipSpaces(size_t at) const;
  // At the bracket, or at what should not be there, which is as if the text ended.
  bool Finish();

  std::string_view text_;
  bool is_object_ = false, is_done_ = true;
  size_t at_ = 0;  // where the walk goes on
  std::string_view name_;
  size_t begin_ = 0, end_ = 0;  // end_: 0 where it is not known yet
};

// Calls `each` with what lies directly in the object or array that begins at `begin`, until it says
// false: for texts that are too large for values. Of what is no JSON it is as much as can be told.
void ForEachJsonSpan(std::string_view text, size_t begin,
                     const std::function<bool(const JsonSpan&)>& each);
std::vector<JsonSpan> JsonSpans(std::string_view text, size_t begin);

class JsonEdits {
 public:
  // Borrowed, and well-formed; values are those of ParseJson of this very text.
  explicit JsonEdits(std::string_view text) : text_(text) {}

  // `json` in place of a value.
  void Replace(const JsonValue& value, std::string json);
  // Bytes [begin, end) of the text become `json`.
  void ReplaceAt(size_t begin, size_t end, std::string json);
  // Another name for a member. False: its name is spelled with escapes, and nothing was done.
  bool Rename(const JsonMember& member, std::string_view name);
  // A member more, at the beginning of an object.
  void Insert(const JsonValue& object, std::string_view name, std::string_view json);

  // Members of an object out of it, by their names as they are spelled.
  void Remove(const JsonValue& object, const std::set<std::string_view>& names);

  bool empty() const { return edits_.empty(); }
  // The text with all changes, which may not overlap.
  std::string Apply() &&;

 private:
  struct Edit {
    size_t begin, end;
    std::string json;
  };

  std::string_view text_;
  std::vector<Edit> edits_;
};

}  // namespace weighlock

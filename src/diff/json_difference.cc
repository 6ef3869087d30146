// A walk over both values at once, with its own stack.
#include "diff/json_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/escape.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

// What a person needs to see of a value.
std::string Shown(const JsonValue& value) {
  switch (value.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return value.boolean ? "true" : "false";
    case Kind::kNumber:
      return value.text;
    case Kind::kString:
      return Quote(value.text, 60);
    case Kind::kArray:
      return fmt::format("[{} items]", value.items.size());
    case Kind::kObject:
      return fmt::format("{{{} keys}}", value.members.size());
  }
  return {};
}

// RFC 6901 §3.
std::string Step(std::string_view key) {
  std::string step = "/";
  for (const char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

bool SameNumber(const std::string& a, const std::string& b) {
  if (a == b) return true;
  // 1e-5 and 0.00001, but not two integers that one double stands for.
  const bool plain = a.find_first_of(".eE") == a.npos && b.find_first_of(".eE") == b.npos;
  return !plain && std::strtod(a.c_str(), nullptr) == std::strtod(b.c_str(), nullptr);
}

bool SameScalar(const JsonValue& a, const JsonValue& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == Kind::kBool) return a.boolean == b.boolean;
  if (a.kind == Kind::kNumber) return SameNumber(a.text, b.text);
  return a.text == b.text;
}

struct Pair {
  const JsonValue *a, *b;  // null: that side has nothing here
  std::string pointer;
};

using Members = std::map<std::string_view, std::pair<const JsonValue*, const JsonValue*>>;

Members Together(const JsonValue& a, const JsonValue& b) {
  Members members;
  for (const JsonMember& member : a.members) members[member.name].first = &member.value;
  for (const JsonMember& member : b.members) members[member.name].second = &member.value;
  return members;
}

}  // namespace

void AddJsonDifferences(const std::string& path, const JsonValue& a, const JsonValue& b,
                        std::vector<FileDifference>& differences) {
  std::vector<Pair> stack = {{&a, &b, ""}};
  while (!stack.empty()) {
    const Pair top = std::move(stack.back());
    stack.pop_back();
    std::vector<Pair> inside;
    if (top.a != nullptr && top.b != nullptr && top.a->kind == top.b->kind &&
        top.a->Is(Kind::kObject)) {
      for (const auto& [key, values] : Together(*top.a, *top.b)) {
        inside.push_back({values.first, values.second, top.pointer + Step(key)});
      }
    } else if (top.a != nullptr && top.b != nullptr && top.a->kind == top.b->kind &&
               top.a->Is(Kind::kArray) && top.a->items.size() == top.b->items.size()) {
      for (size_t i = 0; i < top.a->items.size(); ++i) {
        inside.push_back(
            {&top.a->items[i], &top.b->items[i], fmt::format("{}/{}", top.pointer, i)});
      }
    } else if (top.a == nullptr || top.b == nullptr || !SameScalar(*top.a, *top.b) ||
               top.a->Is(Kind::kArray)) {
      differences.push_back({path, top.pointer, top.a == nullptr ? "" : Shown(*top.a),
                             top.b == nullptr ? "" : Shown(*top.b)});
    }
    stack.insert(stack.end(), std::make_move_iterator(inside.rbegin()),
                 std::make_move_iterator(inside.rend()));
  }
}

}  // namespace weighlock

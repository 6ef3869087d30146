// Tables by text, one of each kind a thread.
#include "compat/known_spec.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace weighlock {
namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

template <typename T>
const T* Known(std::string_view text) {
  thread_local std::unordered_map<std::string, std::optional<T>, TextHash, std::equal_to<>> read;
  auto found = read.find(text);
  if (found == read.end()) {
    auto parsed = T::Parse(text);
    found = read.emplace(text, parsed ? std::optional(*std::move(parsed)) : std::nullopt).first;
  }
  return found->second ? &*found->second : nullptr;
}

}  // namespace

const VersionSpec* KnownSpec(std::string_view text) {
  return Known<VersionSpec>(text);
}

const Version* KnownVersion(std::string_view text) {
  return Known<Version>(text);
}

std::optional<Version> LeastOf(std::string_view spec) {
  const size_t at = spec.find(">=");
  if (at == std::string_view::npos) return std::nullopt;
  auto least = Version::Parse(spec.substr(at + 2, spec.find(',', at) - at - 2));
  if (!least) return std::nullopt;
  return *std::move(least);
}

bool IsWithinRanges(const JsonValue& ranges, const Version& version) {
  return std::any_of(ranges.items.begin(), ranges.items.end(), [&](const JsonValue& range) {
    if (range.items.size() != 2) return false;
    const Version* first = KnownVersion(range.items[0].text);
    if (first == nullptr || first->Compare(version) > 0) return false;
    if (range.items[1].Is(JsonValue::Kind::kNull)) return true;
    const Version* last = KnownVersion(range.items[1].text);
    return last != nullptr && version.Compare(*last) <= 0;
  });
}

const JsonValue* HoldingRow(const JsonValue* rows, const Version& version) {
  for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
    const auto& row = rows->items[i].items;
    if (row.size() == 2 && IsWithinRanges(row[1], version)) return &row[0];
  }
  return nullptr;
}

}  // namespace weighlock

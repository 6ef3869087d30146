// Values may go on behind the name that counts, as where a log writes more into the line.
#include "explain/slot_values.h"

#include <algorithm>

#include "package/name_pattern.h"

namespace weighlock {

std::string NameIn(const SlotValues& values, const std::string& slot) {
  for (const auto& [name, value] : values) {
    if (name != slot) continue;
    const size_t end = value.find_first_of(" \n\t'\"`,)]}");
    return value.substr(0, end);
  }
  return {};
}

bool IsOneName(const SlotValues& values) {
  return std::all_of(values.begin(), values.end(), [](const auto& slot) {
    const std::string& text = slot.second;
    const size_t end = std::min(text.find_first_of(" \t,()[]{}=<>/\\'\"`"), text.size());
    const std::string name = text.substr(0, end);
    const bool letters = std::any_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    return letters && name.find('.') == name.npos && (end == text.size() || text[end] != ' ');
  });
}

bool HasJsonClass(const SlotValues& values) {
  static constexpr std::string_view kClasses[] = {"NoneType", "list", "str", "int",
                                                  "float",    "bool", "dict"};
  return std::all_of(values.begin(), values.end(), [](const auto& slot) {
    const std::string name = slot.second.substr(0, slot.second.find_first_of(" \n\t"));
    return slot.first != "class" ||
           std::find(std::begin(kClasses), std::end(kClasses), name) != std::end(kClasses);
  });
}

bool SlotsFit(const SlotValues& values, const std::vector<SlotWords>& slots) {
  return std::all_of(slots.begin(), slots.end(), [&](const SlotWords& slot) {
    const std::string name = NameIn(values, slot.slot);
    return std::any_of(slot.patterns.begin(), slot.patterns.end(),
                       [&](const std::string& p) { return NamePattern(p).Fits(name); });
  });
}

}  // namespace weighlock

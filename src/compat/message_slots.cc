// From brace to brace.
#include "compat/message_slots.h"

namespace weighlock {

std::string FillSlots(std::string_view text,
                      const std::function<std::optional<std::string>(std::string_view)>& value_of) {
  std::string out;
  while (true) {
    const size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    text.remove_prefix(open);
    const std::string_view slot = text.substr(0, text.find('}') + 1);
    const auto value = slot.empty() ? std::nullopt : value_of(slot);
    out += value ? std::string_view(*value) : text.substr(0, 1);
    text.remove_prefix(value ? slot.size() : 1);
  }
}

}  // namespace weighlock

// The slots of a message in the knowledge base: "TypeError: '{class}' object is not callable".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weighlock {

// `text` with the value of each slot in its place. `value_of` takes a slot with its braces; where
// it gives nothing they stay as they are.
std::string FillSlots(std::string_view text,
                      const std::function<std::optional<std::string>(std::string_view)>& value_of);

}  // namespace weighlock

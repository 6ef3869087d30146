// The traceback that a message ends: where its exception was raised.
#pragma once

#include <string>
#include <string_view>

namespace weighlock {

struct Surroundings {
  bool traced = false;      // frames of Python stand before the message
  bool shows_code = false;  // the last of them with its line of code
  std::string place;        // of the innermost frame that is neither Python's own nor torch's
  std::string letters;      // canonical, from that frame up to the message
};

// `at` is where the message begins in `text`, which has no colours. Linear in what is looked at:
// some kilobytes.
Surroundings SurroundingsOf(std::string_view text, size_t at);

}  // namespace weighlock

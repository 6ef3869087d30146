// What fills the holes of a message.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/message_form.h"

namespace weighlock {

class SlotReader {
 public:
  // Both must outlive it.
  SlotReader(const MessageForm& form, std::string_view text) : form_(form), text_(text) {}

  // The first hole, where the message begins with it: the word before `end`.
  void ReadFirst(size_t end);
  // Holes `first` up to `next` in the text from `begin`, right behind the last letter of the
  // literal before them, to `end`, where the literal behind them begins; npos: as far as the line
  // goes. Of several, what parts them is too short to be looked for elsewhere; where it is not
  // found, none of them is told.
  void Read(size_t first, size_t next, size_t begin, size_t end);

  std::vector<std::pair<std::string, std::string>> Take() { return std::move(values_); }

 private:
  const MessageForm& form_;
  const std::string_view text_;
  std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace weighlock

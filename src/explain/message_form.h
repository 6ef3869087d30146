// A message of the catalogue in the form in which it is looked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weighlock {

// What stands between two holes, in pieces of some ten letters: short enough that a line that is
// broken, or cut off, spoils one of them and not all.
struct FormPiece {
  std::string letters;
  size_t literal = 0;         // which of the message's literals it belongs to
  bool is_exception = false;  // "oserror": the type in front, which people leave out
};

struct MessageForm {
  std::vector<FormPiece> pieces;
  std::vector<std::string> holes;     // holes[i] stands between literals i and i + 1
  std::vector<std::string> literals;  // as they are spelled, without the exception's type
  size_t letters = 0;                 // of all pieces
  size_t core = 0;                    // of those that are no exception's type

  // Whether words stand before its first hole.
  bool BeginsWithWords() const;
};

// Holes are {name}, {two words}, {name.part} and {/pointer} of lower-case letters; all else is
// literal.
MessageForm FormOf(std::string_view message);

// The message with {} for each of its holes, whatever they are called.
std::string WithBareHoles(std::string_view message);

}  // namespace weighlock

// Literals and holes, then literals into pieces, at the borders of words.
#include "explain/message_form.h"

#include <algorithm>

#include "explain/canonical.h"

namespace weighlock {
namespace {

constexpr size_t kPiece = 10;     // letters that a piece has at least
constexpr size_t kRemainder = 5;  // fewer than these are left: they go to the piece before them
constexpr size_t kShortest = 4;   // what is shorter stands everywhere, and says nothing

// The length of the hole at the start of `text`; 0: there is none.
size_t HoleAt(std::string_view text) {
  if (text.size() < 3 || text[0] != '{') return 0;
  const size_t end = text.find('}');
  if (end == std::string_view::npos) return 0;
  const std::string_view name = text.substr(1, end - 1);
  constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyz_/. ";
  return !name.empty() && name.find_first_not_of(kOfNames) == std::string_view::npos ? end + 1 : 0;
}

// How long the exception's type at the start of a message is: "OSError: ", or 0.
size_t ExceptionAt(std::string_view message) {
  const size_t colon = message.find(": ");
  if (colon == std::string_view::npos || message.find(' ') < colon) return 0;
  const std::string_view type = message.substr(0, colon);
  return type.ends_with("Error") || type.ends_with("Exception") ? colon + 2 : 0;
}

class Former {
 public:
  explicit Former(std::string_view message) : rest_(message) {}

  MessageForm Run() {
    if (const size_t type = ExceptionAt(rest_)) {
      const std::string_view name = rest_.substr(0, type - 2);
      Add(Canonicalise(name.substr(name.rfind('.') + 1)).letters, true);
      rest_.remove_prefix(type);
    }
    while (!rest_.empty()) {
      if (const size_t hole = HoleAt(rest_)) {
        form_.holes.emplace_back(rest_.substr(1, hole - 2));
        form_.literals.resize(++literal_);
        rest_.remove_prefix(hole);
      } else {
        Literal();
      }
    }
    form_.literals.resize(literal_ + 1);
    return std::move(form_);
  }

 private:
  void Add(std::string letters, bool is_exception) {
    if (letters.size() < kShortest) return;
    form_.letters += letters.size();
    if (!is_exception) form_.core += letters.size();
    form_.pieces.push_back({std::move(letters), literal_, is_exception});
  }

  // Up to the next hole.
  void Literal() {
    size_t end = 1;
    while (end < rest_.size() && HoleAt(rest_.substr(end)) == 0) ++end;
    std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    form_.literals.resize(literal_ + 1);
    form_.literals.back() = text;
    std::vector<std::string> pieces;
    std::string piece;
    while (!text.empty()) {
      const size_t space = text.find_first_of(" \n\t");
      piece += Canonicalise(text.substr(0, space)).letters;
      text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
      if (piece.size() < kPiece) continue;
      pieces.push_back(std::move(piece));
      piece.clear();
    }
    if (piece.size() < kRemainder && !pieces.empty()) {
      pieces.back() += piece;
    } else if (!piece.empty()) {
      pieces.push_back(std::move(piece));
    }
    for (std::string& one : pieces) Add(std::move(one), false);
  }

  std::string_view rest_;
  MessageForm form_;
  size_t literal_ = 0;
};

}  // namespace

bool MessageForm::BeginsWithWords() const {
  const auto first = std::find_if(pieces.begin(), pieces.end(),
                                  [](const FormPiece& piece) { return !piece.is_exception; });
  return first != pieces.end() && first->literal == 0;
}

MessageForm FormOf(std::string_view message) {
  return Former(message).Run();
}

std::string WithBareHoles(std::string_view message) {
  std::string bare;
  while (!message.empty()) {
    const size_t hole = HoleAt(message);
    bare += hole == 0 ? message.substr(0, 1) : std::string_view("{}");
    message.remove_prefix(std::max<size_t>(hole, 1));
  }
  return bare;
}

}  // namespace weighlock

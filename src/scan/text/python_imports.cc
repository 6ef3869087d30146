// Two passes over the words: imports first, wherever they stand, then every word that they named.
#include "scan/text/python_imports.h"

#include <cctype>
#include <map>
#include <utility>
#include <vector>

namespace weighlock::scan {
namespace {

// As many as this no code has.
constexpr size_t kMostNames = 10'000;
// A name that stands for a longer one is none.
constexpr size_t kLongestName = 200;

bool IsOfWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Imports {
 public:
  explicit Imports(std::string_view code) : code_(code) {
    while (at_ < code_.size()) {
      const std::string_view word = Next();
      if (word == "import") Import();
      if (word == "from") From();
    }
  }

  const std::map<std::string_view, std::string>& full_names() const { return full_names_; }

 private:
  // The next word, with the dots in it, or one sign; empty at the end. Of white space only the end
  // of a line counts, where it ends a statement.
  std::string_view Next() {
    while (at_ < code_.size()) {
      const char c = code_[at_];
      const bool is_joined =
          c == '\\' && at_ + 1 < code_.size() && (code_[at_ + 1] == '\n' || code_[at_ + 1] == '\r');
      if (c == '\n' && depth_ == 0) break;
      if (!is_joined && std::isspace(static_cast<unsigned char>(c)) == 0) break;
      at_ += is_joined ? 2 : 1;
    }
    const size_t begin = at_;
    while (at_ < code_.size() && (IsOfWord(code_[at_]) || code_[at_] == '.')) ++at_;
    if (at_ == begin && at_ < code_.size()) ++at_;
    return code_.substr(begin, at_ - begin);
  }

  void Give(std::string_view name, std::string full) {
    const bool is_other = name != full && !name.empty() && IsOfWord(name[0]);
    const bool fits = full.size() <= kLongestName && full_names_.size() < kMostNames;
    if (is_other && fits) full_names_.insert_or_assign(name, std::move(full));
  }

  // "a.b as c, d"
  void Import() {
    std::string_view module = Next();
    while (!module.empty() && IsOfWord(module[0])) {
      std::string_view word = Next();
      if (word == "as") {
        Give(Next(), std::string(module));
        word = Next();
      }
      if (word != ",") return;
      module = Next();
    }
  }

  // "a import b as c, d", also in parentheses
  void From() {
    const std::string_view module = Next();
    if (module.empty() || !IsOfWord(module[0]) || Next() != "import") return;
    std::string_view name = Next();
    const bool is_wrapped = name == "(";
    if (is_wrapped) {
      depth_ = 1;
      name = Next();
    }
    while (!name.empty() && IsOfWord(name[0])) {
      const std::string full = std::string(module) + "." + std::string(name);
      std::string_view word = Next();
      if (word == "as") {
        Give(Next(), full);
        word = Next();
      } else {
        Give(name, full);
      }
      if (word != ",") break;
      name = Next();
    }
    depth_ = 0;
  }

  std::string_view code_;
  size_t at_ = 0;
  int depth_ = 0;
  std::map<std::string_view, std::string> full_names_;
};

}  // namespace

std::string WithFullNames(std::string_view code) {
  const Imports imports(code);
  if (imports.full_names().empty()) return std::string(code);
  std::string out;
  out.reserve(code.size());
  for (size_t at = 0; at < code.size();) {
    size_t end = at;
    while (end < code.size() && IsOfWord(code[end])) ++end;
    if (end == at) {
      out += code[at++];
      continue;
    }
    const std::string_view word = code.substr(at, end - at);
    const bool is_attribute = at > 0 && code[at - 1] == '.';
    const auto named = is_attribute ? imports.full_names().end() : imports.full_names().find(word);
    out += named == imports.full_names().end() ? word : std::string_view(named->second);
    at = end;
  }
  return out;
}

}  // namespace weighlock::scan

// Of YAML no more than what cards are written in: a value, or a list of values.
#include "contract/card_licences.h"

#include <algorithm>

#include "contract/text_file.h"

namespace weighlock {
namespace {

// Without the quotes around it, or the comment behind it.
std::string_view Scalar(std::string_view text) {
  text = TrimSpace(text);
  if (text.size() > 1 && (text[0] == '"' || text[0] == '\'')) {
    const size_t end = text.find(text[0], 1);
    if (end != text.npos) return text.substr(1, end - 1);
  }
  if (text.starts_with('#')) return {};
  const size_t comment = text.find(" #");
  return TrimSpace(text.substr(0, comment));
}

void AddValue(std::vector<std::string>& values, std::string_view text) {
  const std::string_view value = Scalar(text);
  if (!value.empty() && value != "~" && value != "null") values.emplace_back(value);
}

class FrontMatter {
 public:
  explicit FrontMatter(std::string_view card) : lines_(Lines(card)) {
    if (!lines_.empty() && lines_[0].starts_with("\xEF\xBB\xBF")) lines_[0].remove_prefix(3);
    const bool has = !lines_.empty() && TrimSpace(lines_[0]) == "---";
    size_t end = 1;
    while (has && end < lines_.size() && TrimSpace(lines_[end]) != "---") ++end;
    // Without its end it is no front matter, but a rule across the page.
    lines_.resize(has && end < lines_.size() ? end : 0);
  }

  // The value of a key at the top, or all of its list.
  std::vector<std::string> Values(std::string_view key) const {
    std::vector<std::string> values;
    for (size_t i = 1; i < lines_.size(); ++i) {
      const std::string_view line = lines_[i];
      if (!line.starts_with(key) || !line.substr(key.size()).starts_with(':')) continue;
      std::string_view rest = TrimSpace(line.substr(key.size() + 1));
      if (rest.starts_with('[')) {
        Flow(i, rest.substr(1), values);
      } else if (Scalar(rest).empty()) {
        Block(i + 1, values);
      } else {
        AddValue(values, rest);
      }
      break;
    }
    return values;
  }

 private:
  // "mit, apache-2.0]", which may go on in the next lines.
  void Flow(size_t line, std::string_view rest, std::vector<std::string>& values) const {
    while (true) {
      const size_t end = std::min(rest.find_first_of(",]"), rest.size());
      AddValue(values, rest.substr(0, end));
      if (end < rest.size() && rest[end] == ']') return;
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!TrimSpace(rest).empty()) continue;
      if (++line >= lines_.size()) return;
      rest = lines_[line];
    }
  }

  // "- mit" in each line, indented or not.
  void Block(size_t line, std::vector<std::string>& values) const {
    for (; line < lines_.size(); ++line) {
      const std::string_view item = TrimSpace(lines_[line]);
      if (item.empty() || item.starts_with('#')) continue;
      if (!item.starts_with("- ")) return;
      AddValue(values, item.substr(2));
    }
  }

  std::vector<std::string_view> lines_;
};

}  // namespace

std::vector<std::string> CardLicences(std::string_view card) {
  const FrontMatter front(card);
  std::vector<std::string> licences = front.Values("license");
  if (licences == std::vector<std::string>{"other"}) {
    std::vector<std::string> names = front.Values("license_name");
    if (!names.empty()) return names;
  }
  return licences;
}

}  // namespace weighlock

// The grammar of PEP 508, read once from left to right; "and" and "or" with a third value for what
// is not known. Versions are compared as versions where what stands behind the operator is one,
// else as texts, as pip does.
#include "contract/pip_marker.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace weighlock {
namespace {

using Answer = MarkerAnswer;

struct Variable {
  std::string_view name;
  std::string_view value;
};

// Those that pip reads and of which every server has the same value.
constexpr std::array<Variable, 10> kFixed = {{{"sys_platform", "linux"},
                                              {"sys.platform", "linux"},
                                              {"platform_system", "Linux"},
                                              {"os_name", "posix"},
                                              {"os.name", "posix"},
                                              {"platform_python_implementation", "CPython"},
                                              {"python_implementation", "CPython"},
                                              {"platform.python_implementation", "CPython"},
                                              {"implementation_name", "cpython"},
                                              {"extra", ""}}};

constexpr std::string_view kVersion = "python_version", kFullVersion = "python_full_version",
                           kImplementationVersion = "implementation_version";

Answer Not(Answer answer) {
  return answer == Answer::kUnknown ? answer
         : answer == Answer::kHolds ? Answer::kFails
                                    : Answer::kHolds;
}

Answer Of(bool holds) {
  return holds ? Answer::kHolds : Answer::kFails;
}

// A name or a text between quotes.
struct Side {
  bool is_name = false;
  std::string_view text;
};

// "3.8" of "3.8.10".
std::string_view Minor(std::string_view version) {
  const size_t first = version.find('.');
  return first == version.npos ? version : version.substr(0, version.find('.', first + 1));
}

bool IsFull(std::string_view version) {
  return Minor(version).size() != version.size();
}

Answer CompareTexts(std::string_view left, std::string_view op, std::string_view right) {
  if (op == "==" || op == "===") return Of(left == right);
  if (op == "!=") return Of(left != right);
  if (op == "<") return Of(left < right);
  if (op == "<=") return Of(left <= right);
  if (op == ">") return Of(left > right);
  if (op == ">=") return Of(left >= right);
  return Answer::kUnknown;  // pip refuses "~=" between texts
}

class Marker {
 public:
  Marker(std::string_view text, const Component* python) : rest_(text), python_(python) {}

  Answer Run() {
    const Answer answer = Or();
    SkipSpaces();
    return is_bad_ || !rest_.empty() ? Answer::kUnknown : answer;
  }

 private:
  // Parentheses within each other, of which nobody writes many.
  static constexpr int kDeepest = 50;

  void SkipSpaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool TakeWord(std::string_view word) {
    SkipSpaces();
    if (!rest_.starts_with(word)) return false;
    const std::string_view behind = rest_.substr(word.size());
    if (!behind.empty() && IsOfName(behind[0])) return false;
    rest_ = behind;
    return true;
  }

  static bool IsOfName(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  }

  Answer Or() {
    Answer answer = And();
    while (!is_bad_ && TakeWord("or")) {
      const Answer other = And();
      if (other == Answer::kHolds || answer == Answer::kFails) answer = other;
    }
    return answer;
  }

  Answer And() {
    Answer answer = One();
    while (!is_bad_ && TakeWord("and")) {
      const Answer other = One();
      if (other == Answer::kFails || answer == Answer::kHolds) answer = other;
    }
    return answer;
  }

  Answer One() {
    SkipSpaces();
    if (!rest_.starts_with('(')) return Comparison();
    rest_.remove_prefix(1);
    if (++depth_ > kDeepest) return Bad();
    const Answer answer = Or();
    --depth_;
    SkipSpaces();
    if (!rest_.starts_with(')')) return Bad();
    rest_.remove_prefix(1);
    return answer;
  }

  Answer Bad() {
    is_bad_ = true;
    return Answer::kUnknown;
  }

  Answer Comparison() {
    const auto left = TakeSide();
    const std::string_view op = left ? TakeOperator() : std::string_view();
    const auto right = op.empty() ? std::nullopt : TakeSide();
    // Two texts, or two names, are no condition.
    if (!right || left->is_name == right->is_name) return Bad();
    return left->is_name ? Compare(*left, op, right->text, true)
                         : Compare(*right, op, left->text, false);
  }

  std::optional<Side> TakeSide() {
    SkipSpaces();
    if (rest_.starts_with('"') || rest_.starts_with('\'')) {
      const size_t end = rest_.find(rest_[0], 1);
      if (end == rest_.npos) return std::nullopt;
      const Side side = {false, rest_.substr(1, end - 1)};
      rest_.remove_prefix(end + 1);
      return side;
    }
    size_t size = 0;
    while (size < rest_.size() && IsOfName(rest_[size])) ++size;
    if (size == 0) return std::nullopt;
    const Side side = {true, rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return side;
  }

  // "not in" comes as "!".
  std::string_view TakeOperator() {
    SkipSpaces();
    for (const std::string_view op : {"===", "==", "!=", "<=", ">=", "~=", "<", ">"}) {
      if (!rest_.starts_with(op)) continue;
      rest_.remove_prefix(op.size());
      return op;
    }
    if (TakeWord("in")) return "in";
    return TakeWord("not") && TakeWord("in") ? "!" : "";
  }

  Answer Compare(const Side& name, std::string_view op, std::string_view text, bool name_first) {
    if (name.text == kVersion || name.text == kFullVersion || name.text == kImplementationVersion) {
      return CompareVersion(name.text, op, text, name_first);
    }
    for (const Variable& variable : kFixed) {
      if (variable.name != name.text) continue;
      const std::string_view left = name_first ? variable.value : text;
      const std::string_view right = name_first ? text : variable.value;
      if (op == "in") return Of(right.find(left) != right.npos);
      if (op == "!") return Of(right.find(left) == right.npos);
      return CompareTexts(left, op, right);
    }
    // The machine, the kernel, or a name that is none.
    return Answer::kUnknown;
  }

  Answer CompareVersion(std::string_view name, std::string_view op, std::string_view text,
                        bool name_first) {
    if (python_ == nullptr || python_->absent) return Answer::kUnknown;
    if (!python_->version) {
      return python_->range && name_first ? CompareRange(*python_->range, name, op, text)
                                          : Answer::kUnknown;
    }
    const std::string& known = python_->version->text();
    if (known.find('.') == known.npos) return Answer::kUnknown;
    if (name != kVersion && !IsFull(known)) {
      const auto all = VersionSpec::Parse("==" + known + ".*");  // any of 3.8
      return all && name_first ? CompareWithin(*all, op, text) : Answer::kUnknown;
    }
    const std::string_view value = name == kVersion ? Minor(known) : known;
    const std::string_view left = name_first ? value : text, right = name_first ? text : value;
    if (op == "in") return Of(right.find(left) != right.npos);
    if (op == "!") return Of(right.find(left) == right.npos);
    const auto spec = VersionSpec::Parse(std::string(op) + std::string(right));
    const auto version = Version::Parse(left);
    return spec && version ? Of(spec->Contains(*version)) : CompareTexts(left, op, right);
  }

  static Answer CompareWithin(const VersionSpec& known, std::string_view op,
                              std::string_view text) {
    const auto spec = VersionSpec::Parse(std::string(op) + std::string(text));
    const Overlap overlap = spec ? known.Within(*spec) : Overlap::kSome;
    return overlap == Overlap::kSome ? Answer::kUnknown : Of(overlap == Overlap::kAll);
  }

  // A range decides where all of it does. Of 3.8.10 python_version is "3.8": so all of 3.8 equals
  // it, and none of it is above.
  static Answer CompareRange(const VersionSpec& known, std::string_view name, std::string_view op,
                             std::string_view text) {
    if (name != kVersion) return CompareWithin(known, op, text);
    if (IsFull(text)) return Answer::kUnknown;
    const std::string all = std::string(text) + ".*";
    const Answer equal = CompareWithin(known, "==", all);
    if (op == "==") return equal;
    if (op == "!=") return Not(equal);
    if (op != "<=" && op != ">") return CompareWithin(known, op, text);
    const Answer below = CompareWithin(known, "<", text);
    const bool is_most = below == Answer::kHolds || equal == Answer::kHolds;
    const bool is_unknown = below == Answer::kUnknown || equal == Answer::kUnknown;
    const Answer at_most = is_unknown && !is_most ? Answer::kUnknown : Of(is_most);
    return op == "<=" ? at_most : Not(at_most);
  }

  std::string_view rest_;
  const Component* python_;
  int depth_ = 0;
  bool is_bad_ = false;
};

}  // namespace

MarkerAnswer AnswerMarker(std::string_view marker, const Component* python) {
  return Marker(marker, python).Run();
}

}  // namespace weighlock

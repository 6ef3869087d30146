// What a graph could do it can only do by names, and all of them are strings: so the strings are
// read, and nothing else is. Wherever an operator that reaches out is named, the graph may have it.
#include "scan/model/protobuf_text_judge.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>
#include <utility>

#include "base/escape.h"
#include "scan/model/graph_findings.h"
#include "scan/model/own_ops.h"
#include "scan/model/tensorflow_judge.h"
#include "scan/text/plain_text.h"

namespace weighlock::scan {
namespace {

bool IsOctal(char c) {
  return c >= '0' && c <= '7';
}

bool IsHex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

// The strings of the text, each with those that follow it joined to it, as readers join them.
class Strings {
 public:
  explicit Strings(std::string_view text) : text_(text) {}

  // The next one, which begins at byte at() of the text; false at the end.
  bool Next() {
    value_.clear();
    bool found = false, in_word = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"' || c == '\'') {
        if (!found) begin_ = at_;
        found = true;
        TakeQuoted(c);
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++at_;
      } else {
        if (found) return true;
        in_word = TakeBare(c, in_word);
        continue;
      }
      in_word = false;
    }
    return found;
  }

  const std::string& value() const { return value_; }
  uint64_t at() const { return begin_; }
  // The field that has the string for its value; and what stands before that.
  std::string_view field() const { return field_; }
  std::string_view before_field() const { return before_; }

 private:
  // A character outside of strings; whether it is one of a word.
  bool TakeBare(char c, bool in_word) {
    const size_t at = at_++;
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
    if (!in_word) before_ = std::exchange(field_, text_.substr(at, 0));
    field_ = {field_.data(), field_.size() + 1};
    return true;
  }

  void TakeQuoted(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        TakeEscape();
      } else {
        value_ += text_[at_];
      }
    }
    ++at_;
  }

  // at_ stands at the letter behind the backslash, and then at the last byte of the escape.
  void TakeEscape() {
    constexpr std::string_view kLetters = "abfnrtv", kBytes = "\a\b\f\n\r\t\v";
    const char c = text_[at_];
    if (const size_t letter = kLetters.find(c); letter != kLetters.npos) {
      value_ += kBytes[letter];
    } else if (IsOctal(c)) {
      --at_;
      value_ += static_cast<char>(Digits(3, 8, IsOctal));
    } else if (c == 'x' || c == 'X') {
      value_ += static_cast<char>(Digits(2, 16, IsHex));
    } else if (c == 'u' || c == 'U') {
      const uint32_t character = Digits(c == 'u' ? 4 : 8, 16, IsHex);
      value_ += character < 0x80 ? static_cast<char>(character) : '?';  // no name here has others
    } else {
      value_ += c;  // a quote, a backslash, a question mark
    }
  }

  // The number of up to `most` digits behind at_.
  uint32_t Digits(int most, uint32_t base, bool (*is_digit)(char)) {
    uint32_t number = 0;
    for (int i = 0; i < most && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]); ++i) {
      const char c = text_[++at_];
      const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
      number = number * base + static_cast<uint32_t>(digit);
    }
    return number;
  }

  std::string_view text_;
  size_t at_ = 0, begin_ = 0;
  std::string value_;
  std::string_view field_, before_;  // the last words
};

}  // namespace

bool IsProtobufText(const Subject& subject) {
  constexpr std::array kEndings = {".pbtxt", ".prototxt", ".textproto", ".onnxtxt"};
  const auto ends = [&](const char* ending) { return subject.name.ends_with(ending); };
  return std::any_of(kEndings.begin(), kEndings.end(), ends) && IsPlainText(subject);
}

void JudgeProtobufText(const Subject& subject, const FileScan& scan) {
  const uint64_t size = subject.source.size();
  if (size > scan.limits().json_bytes) {
    return scan.Unjudged("WL-S-003", 0, "a message of more than 64 MiB as text");
  }
  const auto bytes = subject.source.Read(0, size);
  if (!bytes) return scan.Unreadable(bytes.error());
  const std::string_view text = AsText(*bytes);
  if (!IsUtf8(text) || text.find('\0') != text.npos) {
    return scan.Unreadable(Error(Code::kMalformed, "text with bytes that are no text", 0));
  }
  std::set<std::string> ops;
  OwnOps own;
  bool prints = false, names_file = false, calls_python = false;
  for (Strings strings(text); strings.Next();) {
    const std::string& value = strings.value();
    if (IsReachingOp(value)) ops.insert(value);
    if (strings.field() == "op") own.TakeOp(value);
    if (strings.field() == "name" && strings.before_field() == "signature") own.TakeFunction(value);
    calls_python = calls_python || value == "Python";  // a layer of Caffe, whose module is imported
    prints = prints || value == "PrintV2";
    names_file = names_file || value.starts_with("file:");
    if (value == "EXECUTION_ENV_PATH" && subject.name == "config.pbtxt") {
      scan.Add("WL-S-340", strings.at(), "Triton unpacks an environment of Python, and runs it");
    }
    if (value.find("../") != value.npos) (void)PathBeside(value, strings.at(), scan);
    if (value.find("class_name") != value.npos) {
      JudgeObjectMetadata(AsBytes(value), strings.at(), scan);
    }
  }
  if (prints && names_file) ops.insert("PrintV2");
  if (calls_python && text.find("python_param") != text.npos) ops.insert("Python");
  AddNames("WL-S-353", "its graph has", ops, scan);
  own.Report(scan);
}

}  // namespace weighlock::scan

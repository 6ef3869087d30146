// {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }, with fields as a list of tuples.
#include "scan/pickle/numpy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/checked.h"
#include "base/escape.h"

namespace weighlock::scan {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr uint64_t kMostHeader = uint64_t{1} << 20;
constexpr int kMostLevels = 8;  // of fields in fields

struct ElementSize {
  uint64_t bytes = 0;
  bool has_objects = false;
};

class Literal {
 public:
  explicit Literal(std::string_view text) : text_(text) {}

  Result<NumpyHeader> Read() {
    NumpyHeader header;
    std::optional<ElementSize> element;
    std::optional<uint64_t> count;
    if (!Take('{')) return Wrong("a dict");
    while (!Take('}')) {
      WL_TRY(const std::string key, String());
      if (!Take(':')) return Wrong("a colon");
      if (key == "descr" && !element) {
        WL_TRY(element, Descr(0));
      } else if (key == "shape" && !count) {
        WL_TRY(count, Shape());
      } else if (key == "fortran_order" && !has_order_) {
        WL_CHECKED(Bool());
        has_order_ = true;
      } else {
        return Wrong("descr, fortran_order and shape, each once");
      }
      if (!Take(',') && Peek() != '}') return Wrong("a comma");
    }
    Space();
    if (at_ != text_.size() || !element || !count || !has_order_) {
      return Wrong("descr, fortran_order and shape, and nothing else");
    }
    header.has_objects = element->has_objects;
    if (header.has_objects) return header;
    const auto size = CheckedMul(element->bytes, *count);
    if (!size) return Error(Code::kLimit, "its array is larger than any file");
    header.data_size = *size;
    return header;
  }

 private:
  Error Wrong(std::string_view wanted) const {
    return Error(Code::kMalformed, fmt::format("the header of an array wants {} at byte {}: {}",
                                               wanted, at_, Quote(text_.substr(at_, 40))));
  }
  void Space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  char Peek() {
    Space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  Result<std::string> String() {
    const char quote = Peek();
    if (quote != '\'' && quote != '"') return Wrong("a string");
    const size_t end = text_.find(quote, at_ + 1);
    if (end == text_.npos) return Wrong("the end of a string");
    const std::string out(text_.substr(at_ + 1, end - at_ - 1));
    if (out.find('\\') != out.npos) return Wrong("a string without escapes");
    at_ = end + 1;
    return out;
  }

  Status Bool() {
    for (const std::string_view word : {"True", "False"}) {
      Space();
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return {};
    }
    return Wrong("True or False");
  }

  Result<uint64_t> Number() {
    Space();
    uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc()) return Wrong("a number");
    at_ = static_cast<size_t>(end - text_.data());
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // of Python 2
    return number;
  }

  // (3, 4), (3,), (): the product. Fields may have a bare number.
  Result<uint64_t> Shape() {
    if (Peek() != '(') return Number();
    Take('(');
    uint64_t count = 1;
    while (!Take(')')) {
      WL_TRY(const uint64_t size, Number());
      const auto product = CheckedMul(count, size);
      if (!product) return Error(Code::kLimit, "its array is larger than any file");
      count = *product;
      if (!Take(',') && Peek() != ')') return Wrong("a comma");
    }
    return count;
  }

  // '<f8', or fields: [('a', '<f8'), ('b', '<i4', (2,))]. Levels are bounded, so recursion is.
  Result<ElementSize> Descr(int level) {
    if (level > kMostLevels) return Error(Code::kLimit, "fields within fields within fields");
    if (Peek() == '\'' || Peek() == '"') {
      WL_TRY(const std::string code, String());
      return SizeOf(code);
    }
    if (!Take('[')) return Wrong("a type");
    ElementSize all;
    while (!Take(']')) {
      if (!Take('(')) return Wrong("a field");
      if (Take('(')) {  // a title, and the name
        WL_TRY(std::ignore, String());
        if (!Take(',')) return Wrong("a comma");
        WL_TRY(std::ignore, String());
        if (!Take(')')) return Wrong("a bracket");
      } else {
        WL_TRY(std::ignore, String());
      }
      if (!Take(',')) return Wrong("a comma");
      WL_TRY(const ElementSize one, Descr(level + 1));
      uint64_t count = 1;
      if (Take(',') && Peek() != ')') {
        WL_TRY(count, Shape());
      }
      Take(',');
      if (!Take(')')) return Wrong("a bracket");
      const auto bytes = CheckedMul(one.bytes, count);
      const auto sum = bytes ? CheckedAdd(all.bytes, *bytes) : std::nullopt;
      if (!sum) return Error(Code::kLimit, "its elements are larger than any file");
      all.bytes = *sum;
      all.has_objects = all.has_objects || one.has_objects;
      if (!Take(',') && Peek() != ']') return Wrong("a comma");
    }
    return all;
  }

  static Result<ElementSize> SizeOf(std::string_view code) {
    const Error unknown(Code::kUnsupported,
                        fmt::format("arrays of {} are not known here", Quote(code, 40)));
    std::string_view rest = code;
    if (!rest.empty() && std::string_view("<>|=").find(rest[0]) != std::string_view::npos) {
      rest.remove_prefix(1);
    }
    if (rest.empty()) return Error(unknown.code(), unknown.what());
    const char kind = rest[0];
    // Also "object", and "i4,O": what numpy takes for a type with objects in it, it unpickles.
    if (code.find('O') != code.npos || code.find("object") != code.npos) {
      return ElementSize{0, true};
    }
    if (kind == '?') return ElementSize{1, false};
    if (std::string_view("biufcmMSUVa").find(kind) == std::string_view::npos) {
      return Error(unknown.code(), unknown.what());
    }
    uint64_t size = 0;
    const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), size);
    const std::string_view unit(end, static_cast<size_t>(rest.data() + rest.size() - end));
    const bool is_time = kind == 'm' || kind == 'M';
    if (error != std::errc() || (!unit.empty() && !(is_time && unit.starts_with('[')))) {
      return Error(unknown.code(), unknown.what());
    }
    const auto bytes = CheckedMul(size, kind == 'U' ? 4 : 1);
    if (!bytes) return Error(unknown.code(), unknown.what());
    return ElementSize{*bytes, false};
  }

  std::string_view text_;
  size_t at_ = 0;
  bool has_order_ = false;
};

}  // namespace

bool LooksLikeNumpy(Bytes head) {
  return AsText(head).starts_with(kMagic);
}

Result<NumpyHeader> ReadNumpyHeader(const ByteSource& source) {
  WL_TRY(const ByteVector start, source.Head(12));
  if (start.size() < 12) return Error(Code::kTruncated, "the header of an array is cut off", 0);
  const auto major = static_cast<uint8_t>(start[6]);
  if (major < 1 || major > 3) {
    return Error(Code::kUnsupported, fmt::format("version {} of .npy, 1 to 3 are known", major), 6);
  }
  const uint64_t prefix = major == 1 ? 10 : 12;
  const uint64_t size = major == 1 ? LoadLe<uint16_t>(Bytes(start).subspan(8))
                                   : LoadLe<uint32_t>(Bytes(start).subspan(8));
  if (size > kMostHeader) return Error(Code::kLimit, "the header of an array has over a MiB", 8);
  if (size > source.size() - std::min(prefix, source.size())) {
    return Error(Code::kTruncated, "the header of an array is cut off", prefix);
  }
  WL_TRY(const ByteVector text, source.Read(prefix, size));
  WL_TRY(NumpyHeader header, Literal(AsText(text)).Read());
  header.data_offset = prefix + size;
  return header;
}

}  // namespace weighlock::scan

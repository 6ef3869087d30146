// One object of UBJSON (draft 12) and nothing behind it, as XGBoost writes its models: numbers,
// texts and arrays of numbers, and nothing that names code.
#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "scan/model/forward_reader.h"
#include "scan/model/inert_formats.h"

namespace weighlock::scan {
namespace {

constexpr size_t kMostDepth = 128;

// Bytes of a value of a type of fixed size; nothing for texts and containers.
std::optional<uint64_t> SizeOf(uint8_t type) {
  switch (type) {
    case 'Z':
    case 'N':
    case 'T':
    case 'F':
      return 0;
    case 'i':
    case 'U':
    case 'C':
      return 1;
    case 'I':
      return 2;
    case 'l':
    case 'd':
      return 4;
    case 'L':
    case 'D':
      return 8;
    default:
      return std::nullopt;
  }
}

class UbjsonWalk {
 public:
  explicit UbjsonWalk(const ByteSource& source) : reader_(source) {}

  Status Walk() {
    WL_TRY(const auto first, reader_.Le<uint8_t>());
    if (first != '{') return Broken("an object");
    WL_CHECKED(Open(true));
    while (!open_.empty()) WL_CHECKED(Step());
    if (reader_.left() == 0) return {};
    return Error(Code::kMalformed, fmt::format("{} bytes follow the object", reader_.left()),
                 reader_.at());
  }

 private:
  struct Container {
    bool is_object;
    std::optional<uint64_t> left;  // values that are counted; else an end mark ends it
  };

  Error Broken(std::string_view wanted) const {
    return Error(Code::kMalformed, fmt::format("UBJSON wants {}", wanted), reader_.at());
  }

  // The next key or value of the innermost container, or its end.
  Status Step() {
    Container& inner = open_.back();
    if (inner.left == 0) {
      open_.pop_back();
      return {};
    }
    if (inner.left) --*inner.left;
    WL_TRY(uint8_t mark, Mark());
    if (!inner.left && mark == (inner.is_object ? '}' : ']')) {
      open_.pop_back();
      return {};
    }
    if (inner.is_object) {
      WL_CHECKED(Text(mark));
      WL_TRY(mark, reader_.Le<uint8_t>());
    }
    return Value(mark);
  }

  Status Value(uint8_t mark) {
    if (mark == '{' || mark == '[') return Open(mark == '{');
    if (const auto size = SizeOf(mark)) return reader_.Skip(*size);
    if (mark != 'S' && mark != 'H') return Broken("a value");
    WL_TRY(const uint8_t length_mark, reader_.Le<uint8_t>());
    return Text(length_mark);
  }

  // Bytes behind their number, whose type is `mark`.
  Status Text(uint8_t mark) {
    WL_TRY(const uint64_t size, Count(mark));
    return reader_.Skip(size);
  }

  Result<uint64_t> Count(uint8_t mark) {
    const bool is_integer = mark == 'i' || mark == 'U' || mark == 'I' || mark == 'l' || mark == 'L';
    if (!is_integer) return Broken("a number of bytes or values");
    const uint64_t size = *SizeOf(mark);
    WL_TRY(const Bytes bytes, reader_.Take(size));
    uint64_t value = 0;
    for (const std::byte byte : bytes) value = value << 8 | static_cast<uint64_t>(byte);
    const bool is_negative = mark != 'U' && (value >> (8 * size - 1)) != 0;
    if (is_negative) return Broken("a number that is none below zero");
    return value;
  }

  // "$" type and "#" count may stand before the values.
  Status Open(bool is_object) {
    if (open_.size() == kMostDepth) return Error(Code::kLimit, "it nests too deep", reader_.at());
    WL_TRY(const uint8_t sign, Mark());
    if (sign != '$' && sign != '#') {
      kept_ = sign;
      open_.push_back({is_object, std::nullopt});
      return {};
    }
    std::optional<uint64_t> size;
    if (sign == '$') {
      WL_TRY(const uint8_t type, reader_.Le<uint8_t>());
      size = SizeOf(type);
      if (!size || is_object) {
        return Error(Code::kUnsupported, "values of one type that have no fixed size",
                     reader_.at() - 1);
      }
      WL_TRY(const uint8_t hash, reader_.Le<uint8_t>());
      if (hash != '#') return Broken("a count behind the type");
    }
    WL_TRY(const uint8_t mark, reader_.Le<uint8_t>());
    WL_TRY(const uint64_t count, Count(mark));
    if (!size) {
      if (count > reader_.left()) {
        return Error(Code::kTruncated, fmt::format("{} values are promised", count), reader_.at());
      }
      open_.push_back({is_object, count});
      return {};
    }
    const auto bytes = CheckedMul(count, *size);
    if (!bytes) return Broken("an array that fits into a file");
    return reader_.Skip(*bytes);
  }

  // The next byte, which Open may have looked at.
  Result<uint8_t> Mark() {
    if (!kept_) return reader_.Le<uint8_t>();
    return *std::exchange(kept_, std::nullopt);
  }

  ForwardReader reader_;
  std::optional<uint8_t> kept_;
  std::vector<Container> open_;
};

}  // namespace

bool IsUbjson(const Subject& subject) {
  if (subject.head.size() < 2 || subject.head[0] != std::byte{'{'}) return false;
  // The length of a key stands where JSON has a quote or white space.
  const auto second = static_cast<char>(subject.head[1]);
  return std::string_view("iUIlL").find(second) != std::string_view::npos &&
         UbjsonWalk(subject.source).Walk();
}

void JudgeUbjson(const Subject& subject, const FileScan& scan) {
  if (const Status status = UbjsonWalk(subject.source).Walk(); !status) {
    scan.Unreadable(status.error());
  }
}

}  // namespace weighlock::scan

// Walked and not run: what matters is only whether anybody could take the bytes for a pickle.
#include "scan/model/late_pickle.h"

#include <algorithm>
#include <string_view>

#include "base/checked.h"
#include "base/escape.h"
#include "pickle/opcodes.h"

namespace weighlock::scan {
namespace {

using pickle::Op;

constexpr size_t kMostOpcodes = 50'000'000;
constexpr uint64_t kMostName = 4096;  // both lines of an import
constexpr uint64_t kWindow = 64u << 10;

// "os", "sklearn.tree._tree": letters, digits, underscores and dots, none of the digits first.
bool IsName(std::string_view text) {
  const auto is_part = [](unsigned char c) {
    return c >= 0x80 || c == '_' || c == '.' || (c >= '0' && c <= '9') ||
           ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  };
  return !text.empty() && (text[0] < '0' || text[0] > '9') &&
         std::all_of(text.begin(), text.end(), is_part) && IsUtf8(text);
}

class Walk {
 public:
  explicit Walk(const ByteSource& source) : source_(source) {}

  bool FindsImport() {
    size_t strings = 0;
    for (size_t i = 0; i < kMostOpcodes; ++i) {
      const Bytes head = From(at_, 1);
      if (head.empty()) return false;
      const auto* op = pickle::FindOpcode(static_cast<uint8_t>(head[0]));
      if (op == nullptr || op->op == Op::kStop) return false;
      ++at_;
      const pickle::ArgShape shape = pickle::ShapeOf(op->arg);
      if (op->op == Op::kStackGlobal && strings >= 2) return true;
      if (shape.length > 0 && op->op != Op::kLong1 && op->op != Op::kLong4) ++strings;
      if (op->op == Op::kGlobal || op->op == Op::kInst) return TakesNames();
      if (!Pass(shape)) return false;
    }
    return true;  // that many opcodes are no noise
  }

 private:
  bool TakesNames() {
    const std::string_view text = AsText(From(at_, kMostName));
    const size_t first = text.find('\n');
    const size_t second = first == text.npos ? text.npos : text.find('\n', first + 1);
    return second != text.npos && IsName(text.substr(0, first)) &&
           IsName(text.substr(first + 1, second - first - 1));
  }

  bool Pass(const pickle::ArgShape& shape) {
    uint64_t size = shape.fixed;
    if (shape.length > 0) {
      const Bytes bytes = From(at_, shape.length);
      if (bytes.size() < shape.length) return false;
      for (size_t i = shape.length; i-- > 0;) size = size << 8 | static_cast<uint8_t>(bytes[i]);
      at_ += shape.length;
    }
    if (shape.lines > 0) {
      const std::string_view text = AsText(From(at_, kWindow));
      const size_t end = text.find('\n');
      if (end == text.npos) return false;
      size = end + 1;
    }
    if (!FitsIn(at_, size, source_.size())) return false;
    at_ += size;
    return true;
  }

  // Up to `most` bytes from `at` on; none where they cannot be read.
  Bytes From(uint64_t at, uint64_t most) {
    const uint64_t wanted = std::min(most, source_.size() - std::min(at, source_.size()));
    if (at < window_at_ || !FitsIn(at - window_at_, wanted, window_.size())) {
      const uint64_t size = std::min(kWindow, source_.size() - std::min(at, source_.size()));
      auto bytes = source_.Read(at, size);
      if (!bytes) return {};
      window_ = *std::move(bytes);
      window_at_ = at;
    }
    return Bytes(window_).subspan(static_cast<size_t>(at - window_at_),
                                  static_cast<size_t>(wanted));
  }

  const ByteSource& source_;
  uint64_t at_ = 0;
  ByteVector window_;
  uint64_t window_at_ = 0;
};

}  // namespace

bool IsLatePickle(const ByteSource& source) {
  return Walk(source).FindsImport();
}

}  // namespace weighlock::scan

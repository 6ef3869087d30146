// One walk; of the opcodes in front of the wanted one the last few are kept.
#include "pickle/disassemble.h"

#include <fmt/format.h>

#include <deque>
#include <map>

#include "base/escape.h"
#include "pickle/opcode_walk.h"

namespace weighlock::pickle {
namespace {

constexpr size_t kMostText = 60;

uint64_t Number(Bytes bytes) {
  uint64_t value = 0;
  for (size_t i = std::min<size_t>(bytes.size(), 8); i-- > 0;) {
    value = value << 8 | static_cast<uint8_t>(bytes[i]);
  }
  return value;
}

std::string ArgumentText(const OpcodeInfo& op, Bytes whole) {
  const ArgShape shape = ShapeOf(op.arg);
  const Bytes argument = whole.subspan(1);
  if (shape.fixed > 0) {
    if (op.arg == Arg::kFloat8) {
      const uint64_t bits = __builtin_bswap64(Number(argument));
      double value;
      std::memcpy(&value, &bits, sizeof value);
      return fmt::format("{}", value);
    }
    if (op.arg == Arg::kInt4) return fmt::format("{}", static_cast<int32_t>(Number(argument)));
    return fmt::format("{}", Number(argument));
  }
  if (shape.length > 0) {
    const Bytes text = argument.subspan(std::min<size_t>(shape.length, argument.size()));
    return fmt::format("{} ({} bytes)", Quote(AsText(text), kMostText), text.size());
  }
  if (shape.lines == 0) return {};
  std::string text(AsText(argument));
  if (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t line = text.find('\n');
  if (line != text.npos) text[line] = ' ';
  return Quote(text, 2 * kMostText);
}

// Which opcode wrote a memo slot.
class MemoNotes {
 public:
  // What there is to say of the opcode; `whole` is it and its argument.
  std::string Note(const OpcodeInfo& op, Bytes whole, uint64_t offset) {
    switch (op.op) {
      case Op::kBinput:
      case Op::kLongBinput:
        Put(Number(whole.subspan(1)), offset);
        return {};
      case Op::kPut:
        Put(Line(whole), offset);
        return {};
      case Op::kMemoize: {
        const uint64_t slot = writers_.size();
        Put(slot, offset);
        return fmt::format("slot {}", slot);
      }
      case Op::kBinget:
      case Op::kLongBinget:
        return Got(Number(whole.subspan(1)));
      case Op::kGet:
        return Got(Line(whole));
      default:
        return {};
    }
  }

 private:
  static uint64_t Line(Bytes whole) {
    uint64_t value = 0;
    for (const char c : AsText(whole.subspan(1))) {
      if (c >= '0' && c <= '9') value = value * 10 + static_cast<uint64_t>(c - '0');
    }
    return value;
  }
  void Put(uint64_t slot, uint64_t offset) { writers_[slot] = offset; }
  std::string Got(uint64_t slot) const {
    const auto found = writers_.find(slot);
    return found == writers_.end() ? "an empty slot"
                                   : fmt::format("what 0x{:x} put there", found->second);
  }

  std::map<uint64_t, uint64_t> writers_;  // slot -> offset
};

}  // namespace

std::vector<Instruction> Disassemble(const Pickle& pickle, uint64_t around, size_t before,
                                     size_t after) {
  std::deque<Instruction> out;
  MemoNotes memo;
  const Bytes source = pickle.graph.source();
  bool reached = false;
  for (OpcodeWalk walk(source); walk.op() != nullptr; walk.Next()) {
    const uint64_t offset = pickle.OffsetAt(walk.at());
    if (reached && after-- == 0) break;
    const Bytes whole = source.subspan(walk.at(), walk.size());
    out.push_back({walk.index(), offset, std::string(walk.op()->name),
                   ArgumentText(*walk.op(), whole), memo.Note(*walk.op(), whole, offset)});
    reached = reached || offset + walk.size() > around;
    if (!reached && out.size() > before) out.pop_front();
  }
  return {out.begin(), out.end()};
}

}  // namespace weighlock::pickle

// The machine's loop: opcode, argument, handler.
#include "pickle/machine.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/escape.h"

namespace weighlock::pickle {
namespace {

constexpr size_t kMostOddities = 16;
constexpr uint64_t kEndless = INT64_MAX;  // lengths above it are errors before anything is read

// What the loop needs to know of an opcode, by its byte.
struct Decoding {
  const OpcodeInfo* row;  // null: no opcode has this byte
  ArgShape shape;
  // Values that must lie above the mark. POP may take a mark instead, and the containers of
  // opcodes that go down to a mark lie below it.
  uint8_t needs;
};

constexpr std::array<Decoding, 256> DecodingByByte() {
  std::array<Decoding, 256> decodings = {};
  for (const OpcodeInfo& row : kOpcodes) {
    const bool looks_itself = row.to_mark || row.op == Op::kPop;
    decodings[static_cast<uint8_t>(row.op)] = {&row, ShapeOf(row.arg),
                                               looks_itself ? uint8_t{0} : row.pops};
  }
  return decodings;
}
constexpr std::array<Decoding, 256> kDecodings = DecodingByByte();

// The first `size` bytes as an unsigned number. Requires size to be 1, 2, 4 or 8, and bytes for it.
uint64_t LoadUnsigned(Bytes bytes, uint8_t size) {
  if (bytes.size() >= 8) return LoadLe<uint64_t>(bytes) & (UINT64_MAX >> (64 - 8 * size));
  switch (size) {
    case 1:
      return LoadLe<uint8_t>(bytes);
    case 2:
      return LoadLe<uint16_t>(bytes);
    default:
      return LoadLe<uint32_t>(bytes);
  }
}

// How the opcodes of integers keep their argument: its bits are the low ones of the four bytes
// behind the opcode, read as a signed number.
struct IntegerShape {
  uint8_t size;  // opcode and argument, bytes; 0 for every other opcode
  uint32_t bits;
};

constexpr auto kIntegers = [] {
  std::array<IntegerShape, 256> table = {};
  table[static_cast<uint8_t>(Op::kBinint1)] = {2, 0xff};
  table[static_cast<uint8_t>(Op::kBinint2)] = {3, 0xffff};
  table[static_cast<uint8_t>(Op::kBinint)] = {5, 0xffffffff};
  return table;
}();

int64_t SignExtend32(uint64_t value) {
  return static_cast<int32_t>(static_cast<uint32_t>(value));
}

}  // namespace

Machine::Machine(const ByteSource& source, uint64_t offset, const Limits& limits,
                 const AfterBuild* after_build)
    : window_(source, offset, std::min<uint64_t>(limits.pickle_bytes, UINT32_MAX - 1)),
      limits_(limits),
      after_build_(after_build) {
  pickle_.start = offset;
}

Error Machine::Fail(Code code, std::string_view wants) const {
  return Error(code, fmt::format("{} {}", op_ ? op_->name : "the pickle", wants),
               pickle_.OffsetAt(at_));
}

Status Machine::Run() {
  while (!done_) {
    at_ = static_cast<uint32_t>(pos_);
    WL_CHECKED(Step());
    if (op_->arg == Arg::kUint1 || op_->arg == Arg::kUint2 || op_->arg == Arg::kInt4) PushRun();
  }
  return {};
}

// Pushes the integers that stand next in the window, as long as nothing about them can be wrong:
// lists of integers are the bulk of many pickles, and this is ten times as quick as a Step each.
// The three opcodes take one path, since no processor can guess which of them is next.
void Machine::PushRun() {
  constexpr size_t kLongest = 5;  // opcode and argument
  size_t end = graph_.bytes_.size();
  if (frame_end_ != 0) end = std::min<size_t>(end, frame_end_);
  const uint64_t most = std::min(limits_.pickle_opcodes - opcodes_, limits_.pickle_nodes - nodes_);
  const ValueId first = graph_.size_;
  while (graph_.size_ - first < most && pos_ < end && end - pos_ >= kLongest) {
    const std::byte* const at = graph_.bytes_.data() + pos_;
    const IntegerShape shape = kIntegers[static_cast<uint8_t>(*at)];
    if (shape.size == 0) break;
    Node node = {};
    node.at = static_cast<uint32_t>(pos_);
    node.kind = ValueKind::kInt;
    node.integer = static_cast<int32_t>(LoadLe<uint32_t>({at + 1, 4}) & shape.bits);
    graph_.Add(node);
    pos_ += shape.size;
  }
  const size_t count = graph_.size_ - first;
  stack_.resize(stack_.size() + count);
  std::iota(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end(), first);
  opcodes_ += count;
  nodes_ += count;
}

Status Machine::Step() {
  op_ = nullptr;
  if (pos_ == graph_.bytes_.size()) WL_CHECKED(FillForOpcode());
  const auto byte = static_cast<uint8_t>(graph_.bytes_[pos_]);
  const Decoding& decoding = kDecodings[byte];
  op_ = decoding.row;
  if (op_ == nullptr) {
    return Fail(Code::kMalformed, fmt::format("wants an opcode, got byte 0x{:02x}", byte));
  }
  if (++opcodes_ > limits_.pickle_opcodes) {
    return Fail(Code::kLimit,
                fmt::format("is opcode {} of at most {}", opcodes_, limits_.pickle_opcodes));
  }
  ++pos_;
  const ArgShape shape = decoding.shape;
  if (shape.fixed != 0) {
    WL_CHECKED(TakeNumber(shape.fixed, arg_.number));
    if (shape.is_signed) arg_.number = static_cast<uint64_t>(SignExtend32(arg_.number));
    if (op_->arg == Arg::kFloat8) arg_.number = __builtin_bswap64(arg_.number);
  } else if (shape.length != 0) {
    WL_CHECKED(TakeCounted(shape));
  } else if (shape.lines != 0) {
    WL_CHECKED(TakeLine(arg_.text));
    if (shape.lines == 2) WL_CHECKED(TakeLine(arg_.second));
  }
  if (frame_end_ != 0 && (at_ >= frame_end_ || pos_ > frame_end_)) LeaveFrame();
  WL_CHECKED(Need(decoding.needs));
  return (this->*handlers_[byte])();
}

inline Status Machine::TakeNumber(uint8_t size, uint64_t& out) {
  if (size > graph_.bytes_.size() - pos_) WL_CHECKED(FillFor(size));
  out = LoadUnsigned(Bytes(graph_.bytes_).subspan(pos_), size);
  pos_ += size;
  return {};
}

Status Machine::FillForOpcode() {
  WL_CHECKED(window_.Fill(graph_.bytes_, pos_ + 1));
  if (pos_ < graph_.bytes_.size()) return {};
  if (window_.is_cut(graph_.bytes_)) {
    return Fail(Code::kLimit, fmt::format("is longer than {} bytes", window_.limit()));
  }
  return Fail(Code::kTruncated, "wants STOP, the bytes end");
}

Status Machine::TakeCounted(ArgShape shape) {
  uint64_t length = 0;
  WL_CHECKED(TakeNumber(shape.length, length));
  if (shape.is_signed && SignExtend32(length) < 0) {
    return Fail(Code::kMalformed, fmt::format("has a negative length, {}", SignExtend32(length)));
  }
  if (length > kEndless) {
    return Fail(Code::kMalformed, fmt::format("wants {} bytes, more than any memory", length));
  }
  return TakeBytes(length, arg_.text);
}

Status Machine::FillFor(uint64_t count) {
  // The whole is compared with what the source holds before anything is read for it.
  const uint64_t left = window_.size_of_rest() - pos_;
  if (count > left) {
    return Fail(Code::kTruncated, fmt::format("wants {} bytes, {} are left", count, left));
  }
  WL_CHECKED(window_.Fill(graph_.bytes_, pos_ + count));
  if (count > graph_.bytes_.size() - pos_) {
    return Fail(Code::kLimit, fmt::format("ends behind the limit of {} bytes", window_.limit()));
  }
  return {};
}

Status Machine::TakeLine(Text& out) {
  size_t searched = pos_;
  for (;;) {
    const ByteVector& bytes = graph_.bytes_;
    const void* found = searched == bytes.size()
                            ? nullptr
                            : std::memchr(bytes.data() + searched, '\n', bytes.size() - searched);
    if (found != nullptr) {
      const auto end = static_cast<uint64_t>(static_cast<const std::byte*>(found) - bytes.data());
      out = {static_cast<uint32_t>(pos_), static_cast<uint32_t>(end - pos_)};
      pos_ = end + 1;
      return {};
    }
    searched = bytes.size();
    WL_CHECKED(window_.Fill(graph_.bytes_, searched + 1));
    if (searched != graph_.bytes_.size()) continue;
    if (window_.is_cut(graph_.bytes_)) {
      return Fail(Code::kLimit, fmt::format("has a line that goes on behind the limit of {} bytes",
                                            window_.limit()));
    }
    return Fail(Code::kTruncated, fmt::format("wants a line, {} bytes are left without an end of "
                                              "line",
                                              searched - pos_));
  }
}

// Unpicklers in C and in Python disagree about opcodes that cross a frame's end: one reads on,
// the other fails, or even reads different bytes.
void Machine::LeaveFrame() {
  if (at_ < frame_end_) {
    Note(Oddity::Kind::kFrame, fmt::format("{} crosses the end of its frame", op_->name));
  }
  frame_end_ = 0;
}

void Machine::Note(Oddity::Kind kind, std::string text) {
  if (pickle_.oddities.size() == kMostOddities) return;
  pickle_.oddities.push_back({kind, pickle_.OffsetAt(at_), std::move(text)});
}

Status Machine::SkipWhatTheLoaderReads(ValueId object) {
  const uint64_t left = window_.size_of_rest() - pos_;
  WL_TRY(const uint64_t count, (*after_build_)(graph_, object, pickle_.start + pos_ + skipped_));
  if (count == 0) return {};
  if (count > left) {
    return Fail(Code::kTruncated,
                fmt::format("is followed by {} bytes of an array, {} are left", count, left));
  }
  window_.Skip(graph_.bytes_, pos_, count);
  pickle_.gaps.push_back({static_cast<uint32_t>(pos_), count});
  skipped_ += count;
  return {};
}

Error Machine::TooFew(size_t count) const {
  return Fail(Code::kMalformed,
              fmt::format("wants {} value{} on the stack, {} {} there{}", count,
                          count == 1 ? "" : "s", above_mark(), above_mark() == 1 ? "is" : "are",
                          marks_.empty() ? "" : " above the mark"));
}

Status Machine::TakeMark(size_t& start) {
  if (marks_.empty()) return Fail(Code::kMalformed, "wants a MARK, none is open");
  start = marks_.back();
  marks_.pop_back();
  fence_ = marks_.empty() ? 0 : marks_.back();
  return {};
}

ValueId Machine::Pop() {
  const ValueId top = stack_.back();
  stack_.pop_back();
  return top;
}

Error Machine::TooManyValues() const {
  return Fail(Code::kLimit, fmt::format("makes more than {} values", limits_.pickle_nodes));
}

Status Machine::LoadProto() {
  if (arg_.number > 5) {
    return Fail(Code::kMalformed, fmt::format("wants a protocol of 0 to 5, got {}", arg_.number));
  }
  pickle_.protocol = static_cast<uint8_t>(arg_.number);
  if (at_ != 0) Note(Oddity::Kind::kProtocol, "PROTO stands inside the pickle");
  return {};
}

Status Machine::LoadFrame() {
  const uint64_t left = window_.size_of_rest() - pos_;
  if (arg_.number > left) {
    return Fail(Code::kTruncated, fmt::format("wants {} bytes, {} are left", arg_.number, left));
  }
  if (pos_ < frame_end_) Note(Oddity::Kind::kFrame, "FRAME starts inside a frame");
  frame_end_ = pos_ + arg_.number;
  return {};
}

Status Machine::LoadStop() {
  pickle_.root = Pop();
  if (pos_ < frame_end_) {
    Note(Oddity::Kind::kFrame,
         fmt::format("STOP stands {} bytes before the end of its frame", frame_end_ - pos_));
  }
  done_ = true;
  return {};
}

std::vector<std::string> Machine::CollectGlobals() const {
  std::vector<std::pair<std::string_view, std::string_view>> names;
  for (const PickleGraph::GlobalTexts& g : graph_.globals_) {
    if (g.computed) {
      names.emplace_back("<computed>", "<computed>");
    } else {
      names.emplace_back(graph_.View(g.module, g.module_decoded),
                         graph_.View(g.name, g.name_decoded));
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::string> out;
  for (const auto& [module, name] : names) out.push_back(fmt::format("{} {}", module, name));
  return out;
}

Pickle Machine::Take() && {
  pickle_.end = done_ ? pickle_.start + pos_ + skipped_ : pickle_.OffsetAt(at_);
  graph_.bytes_.resize(std::min<uint64_t>(graph_.bytes_.size(), pos_));
  pickle_.globals = CollectGlobals();
  return std::move(pickle_);
}

namespace {

PartialPickle Run(const ByteSource& source, uint64_t offset, const Limits& limits,
                  const AfterBuild* after_build) {
  PartialPickle out;
  if (offset > source.size()) {
    out.error =
        Error(Code::kTruncated,
              fmt::format("a pickle is wanted at byte {} of {}", offset, source.size()), offset);
    return out;
  }
  Machine machine(source, offset, limits, after_build);
  if (auto status = machine.Run(); !status) out.error = std::move(status).error();
  out.pickle = std::move(machine).Take();
  return out;
}

}  // namespace

PartialPickle RunPickleKeepingPart(const ByteSource& source, uint64_t offset,
                                   const Limits& limits) {
  return Run(source, offset, limits, nullptr);
}

PartialPickle RunPickleKeepingPart(const ByteSource& source, uint64_t offset, const Limits& limits,
                                   const AfterBuild& after_build) {
  return Run(source, offset, limits, &after_build);
}

Result<Pickle> RunPickle(const ByteSource& source, uint64_t offset, const Limits& limits) {
  PartialPickle part = RunPickleKeepingPart(source, offset, limits);
  if (part.error) return *std::move(part.error);
  return std::move(part.pickle);
}

}  // namespace weighlock::pickle

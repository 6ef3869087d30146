// Handlers of opcodes that push numbers, strings and buffers.
#include <bit>

#include "base/escape.h"
#include "pickle/machine.h"
#include "pickle/text_args.h"

namespace weighlock::pickle {

Status Machine::LoadNone() {
  return Push(NewNode(ValueKind::kNone));
}

Status Machine::LoadTrue() {
  Node node = NewNode(ValueKind::kBool);
  node.integer = 1;
  return Push(node);
}

Status Machine::LoadFalse() {
  return Push(NewNode(ValueKind::kBool));
}

Status Machine::LoadSmallInt() {
  Node node = NewNode(ValueKind::kInt);
  node.integer = static_cast<int64_t>(arg_.number);
  return Push(node);
}

Status Machine::LoadIntLine() {
  const auto parsed = ParseIntLine(ViewOf(arg_.text));
  if (parsed && parsed->boolean) return parsed->small == 1 ? LoadTrue() : LoadFalse();
  if (!parsed || arg_.text.size == 0) {
    return Fail(Code::kMalformed,
                fmt::format("wants an integer, got {}", Quote(ViewOf(arg_.text), 40)));
  }
  if (!parsed->big.empty()) return PushDecoded(ValueKind::kBigInt, parsed->big);
  arg_.number = static_cast<uint64_t>(parsed->small);
  return LoadSmallInt();
}

Status Machine::LoadLongLine() {
  const auto parsed = ParseLongLine(ViewOf(arg_.text));
  if (!parsed) {
    return Fail(Code::kMalformed,
                fmt::format("wants an integer, got {}", Quote(ViewOf(arg_.text), 40)));
  }
  if (!parsed->big.empty()) return PushDecoded(ValueKind::kBigInt, parsed->big);
  arg_.number = static_cast<uint64_t>(parsed->small);
  return LoadSmallInt();
}

Status Machine::LoadLongBytes() {
  const std::string_view trimmed = TrimTwosComplement(ViewOf(arg_.text));
  if (trimmed.size() <= 8) {
    arg_.number = static_cast<uint64_t>(LoadTwosComplement(trimmed));
    return LoadSmallInt();
  }
  return PushText(ValueKind::kBigInt, {arg_.text.begin, static_cast<uint32_t>(trimmed.size())},
                  false);
}

Status Machine::LoadFloatLine() {
  const auto parsed = ParseFloatLine(ViewOf(arg_.text));
  if (!parsed) {
    return Fail(Code::kMalformed,
                fmt::format("wants a number, got {}", Quote(ViewOf(arg_.text), 40)));
  }
  Node node = NewNode(ValueKind::kFloat);
  node.number = *parsed;
  return Push(node);
}

Status Machine::LoadBinFloat() {
  Node node = NewNode(ValueKind::kFloat);
  node.number = std::bit_cast<double>(arg_.number);
  return Push(node);
}

Status Machine::PushText(ValueKind kind, Text text, bool decoded) {
  Node node = NewNode(kind);
  node.text = text;
  node.decoded = decoded;
  return Push(node);
}

// Keeps a copy of text that does not stand in the stream as it is meant.
Status Machine::PushDecoded(ValueKind kind, std::string_view text) {
  const Text place = {static_cast<uint32_t>(graph_.decoded_.size()),
                      static_cast<uint32_t>(text.size())};
  graph_.decoded_ += text;
  return PushText(kind, place, true);
}

Status Machine::LoadStringLine() {
  const auto parsed = ParseStringLine(ViewOf(arg_.text));
  if (!parsed) {
    return Fail(Code::kMalformed,
                fmt::format("wants a quoted string, got {}", Quote(ViewOf(arg_.text), 40)));
  }
  return PushDecoded(ValueKind::kNarrowStr, *parsed);
}

Status Machine::LoadUnicodeLine() {
  const auto parsed = ParseUnicodeLine(ViewOf(arg_.text));
  if (!parsed) {
    return Fail(Code::kMalformed,
                fmt::format("has a broken \\u escape in {}", Quote(ViewOf(arg_.text), 40)));
  }
  return PushDecoded(ValueKind::kStr, *parsed);
}

Status Machine::LoadNarrow() {
  return PushText(ValueKind::kNarrowStr, arg_.text, false);
}

Status Machine::LoadUnicode() {
  if (!IsUtf8WithSurrogates(ViewOf(arg_.text))) {
    return Fail(Code::kMalformed, fmt::format("wants UTF-8, got {}", Quote(ViewOf(arg_.text), 40)));
  }
  return PushText(ValueKind::kStr, arg_.text, false);
}

Status Machine::LoadBytes() {
  return PushText(ValueKind::kBytes, arg_.text, false);
}

Status Machine::LoadByteArray() {
  return PushText(ValueKind::kByteArray, arg_.text, false);
}

// Only a loader that was handed buffers can run this; which they are is not in the stream.
Status Machine::LoadNextBuffer() {
  Note(Oddity::Kind::kOutOfBand, "NEXT_BUFFER refers to data outside of the pickle");
  Node node = NewNode(ValueKind::kBuffer);
  node.integer = at_;
  return Push(node);
}

Status Machine::LoadReadOnlyBuffer() {
  switch (graph_.kind(stack_.back())) {
    case ValueKind::kBytes:
    case ValueKind::kByteArray:
    case ValueKind::kBuffer:
    case ValueKind::kCall:
    case ValueKind::kPersistentId:
      return {};
    default:
      return Fail(Code::kMalformed,
                  fmt::format("wants a buffer, got {}", KindWord(graph_.kind(stack_.back()))));
  }
}

}  // namespace weighlock::pickle

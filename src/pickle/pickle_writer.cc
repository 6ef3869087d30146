// Opcode bytes as in CPython's pickletools.
#include "pickle/pickle_writer.h"

namespace weighlock {

void PickleWriter::Protocol2() {
  Append(bytes_, std::string_view("\x80\x02"));
}
void PickleWriter::Stop() {
  Opcode('.');
}
void PickleWriter::Mark() {
  Opcode('(');
}

void PickleWriter::Global(std::string_view module, std::string_view name) {
  Opcode('c');
  Append(bytes_, module);
  Opcode('\n');
  Append(bytes_, name);
  Opcode('\n');
}

void PickleWriter::Text(std::string_view utf8) {
  Opcode('X');
  AppendLe(bytes_, static_cast<uint32_t>(utf8.size()));
  Append(bytes_, utf8);
}

void PickleWriter::Int(int64_t value) {
  if (value >= 0 && value <= 0xFF) {
    Opcode('K');
    AppendLe(bytes_, static_cast<uint8_t>(value));
  } else if (value >= 0 && value <= 0xFFFF) {
    Opcode('M');
    AppendLe(bytes_, static_cast<uint16_t>(value));
  } else if (value >= INT32_MIN && value <= INT32_MAX) {
    Opcode('J');
    AppendLe(bytes_, static_cast<int32_t>(value));
  } else {
    // LONG1: the fewest bytes of two's complement that keep the sign.
    uint8_t count = 8;
    while (count > 1 && (value >> (8 * (count - 1) - 1)) == (value < 0 ? -1 : 0)) --count;
    Opcode('\x8a');
    AppendLe(bytes_, count);
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
}

void PickleWriter::None() {
  Opcode('N');
}
void PickleWriter::Bool(bool value) {
  Opcode(value ? '\x88' : '\x89');
}
void PickleWriter::EmptyTuple() {
  Opcode(')');
}
void PickleWriter::EmptyList() {
  Opcode(']');
}
void PickleWriter::EmptyDict() {
  Opcode('}');
}
void PickleWriter::Tuple() {
  Opcode('t');
}
void PickleWriter::Appends() {
  Opcode('e');
}
void PickleWriter::SetItems() {
  Opcode('u');
}
void PickleWriter::Reduce() {
  Opcode('R');
}
void PickleWriter::PersistentId() {
  Opcode('Q');
}

}  // namespace weighlock

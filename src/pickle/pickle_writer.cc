// Opcode bytes as in CPython's pickletools.
#include "pickle/pickle_writer.h"

#include <bit>

namespace weighlock {

void PickleWriter::Protocol() {
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

void PickleWriter::BigInt(Bytes twos_complement) {
  const size_t size = twos_complement.size();
  Opcode(size <= 0xFF ? '\x8a' : '\x8b');
  if (size <= 0xFF) {
    AppendLe(bytes_, static_cast<uint8_t>(size));
  } else {
    AppendLe(bytes_, static_cast<int32_t>(size));
  }
  Append(bytes_, twos_complement);
}

// The one opcode with a big-endian operand.
void PickleWriter::Float(double value) {
  Opcode('G');
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes_.push_back(static_cast<std::byte>(bits >> shift));
  }
}

void PickleWriter::NarrowString(Bytes bytes) {
  Opcode('T');
  AppendLe(bytes_, static_cast<int32_t>(bytes.size()));
  Append(bytes_, bytes);
}

void PickleWriter::BytesObject(Bytes bytes) {
  if (bytes.size() <= UINT32_MAX) {
    Needs(3);
    Opcode('B');
    AppendLe(bytes_, static_cast<uint32_t>(bytes.size()));
  } else {
    Needs(4);
    Opcode('\x8e');
    AppendLe(bytes_, static_cast<uint64_t>(bytes.size()));
  }
  Append(bytes_, bytes);
}

void PickleWriter::ByteArray(Bytes bytes) {
  Needs(5);
  Opcode('\x96');
  AppendLe(bytes_, static_cast<uint64_t>(bytes.size()));
  Append(bytes_, bytes);
}

void PickleWriter::EmptySet() {
  Needs(4);
  Opcode('\x8f');
}
void PickleWriter::AddItems() {
  Needs(4);
  Opcode('\x90');
}
void PickleWriter::FrozenSet() {
  Needs(4);
  Opcode('\x91');
}
void PickleWriter::NewObj() {
  Opcode('\x81');
}
void PickleWriter::NewObjEx() {
  Needs(4);
  Opcode('\x92');
}
void PickleWriter::Obj() {
  Opcode('o');
}
void PickleWriter::Build() {
  Opcode('b');
}
void PickleWriter::Put(uint32_t number) {
  Opcode('r');
  AppendLe(bytes_, number);
}
void PickleWriter::Get(uint32_t number) {
  Opcode('j');
  AppendLe(bytes_, number);
}

ByteVector PickleWriter::Take() && {
  if (bytes_.size() > 1) bytes_[1] = std::byte{protocol_};
  return std::move(bytes_);
}

}  // namespace weighlock

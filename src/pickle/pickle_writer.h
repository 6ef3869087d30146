// Writes the few pickle opcodes that a state dict needs: protocol 2, no memo.
//
// Every reader since Python 2.3 takes these, and so does torch's weights_only unpickler of any
// release. The caller builds a well-formed stack; nothing here looks at it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace weighlock {

class PickleWriter {
 public:
  void Protocol2();
  void Stop();
  void Mark();
  void Global(std::string_view module, std::string_view name);
  void Text(std::string_view utf8);  // BINUNICODE; at most 2^32-1 bytes
  void Int(int64_t value);           // BININT1, BININT2, BININT or LONG1: the shortest that fits
  void None();
  void Bool(bool value);
  void EmptyTuple();
  void EmptyList();
  void EmptyDict();
  void Tuple();         // everything since the mark
  void Appends();       // everything since the mark, onto the list below it
  void SetItems();      // pairs since the mark, into the dict below it
  void Reduce();        // callable, argument tuple -> result
  void PersistentId();  // value -> the object it names

  size_t size() const { return bytes_.size(); }
  ByteVector Take() && { return std::move(bytes_); }

 private:
  void Opcode(char opcode) { bytes_.push_back(static_cast<std::byte>(opcode)); }
  ByteVector bytes_;
};

}  // namespace weighlock

// Writes pickle opcodes. The caller builds a well-formed stack; nothing here looks at it.
//
// What a state dict needs is protocol 2, without a memo: every reader since Python 2.3 takes it,
// and so does torch's weights_only unpickler of any release. Opcodes of later protocols say so;
// Take gives the pickle the lowest protocol that knows all that were used.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace weighlock {

class PickleWriter {
 public:
  void Protocol();  // first
  void Stop();
  void Mark();
  void Global(std::string_view module, std::string_view name);
  void Text(std::string_view utf8);    // BINUNICODE; at most 2^32-1 bytes
  void Int(int64_t value);             // BININT1, BININT2, BININT or LONG1: the shortest that fits
  void BigInt(Bytes twos_complement);  // LONG1 or LONG4, little-endian; at most 2^31-1 bytes
  void Float(double value);
  void NarrowString(Bytes bytes);  // BINSTRING, a str of Python 2; at most 2^31-1 bytes
  void BytesObject(Bytes bytes);   // BINBYTES (protocol 3), BINBYTES8 (4)
  void ByteArray(Bytes bytes);     // BYTEARRAY8 (protocol 5)
  void None();
  void Bool(bool value);
  void EmptyTuple();
  void EmptyList();
  void EmptyDict();
  void Tuple();               // everything since the mark
  void EmptySet();            // protocol 4
  void AddItems();            // everything since the mark, into the set below it (protocol 4)
  void FrozenSet();           // everything since the mark (protocol 4)
  void Appends();             // everything since the mark, onto the list below it
  void SetItems();            // pairs since the mark, into the dict below it
  void Reduce();              // callable, argument tuple -> result
  void NewObj();              // class, argument tuple -> object
  void NewObjEx();            // class, argument tuple, keyword dict -> object (protocol 4)
  void Obj();                 // class and arguments since the mark -> object
  void Build();               // object, state -> object
  void Put(uint32_t number);  // the top of the stack gets a number
  void Get(uint32_t number);  // and is there again
  void PersistentId();        // value -> the object it names

  size_t size() const { return bytes_.size(); }
  ByteVector Take() &&;

 private:
  void Opcode(char opcode) { bytes_.push_back(static_cast<std::byte>(opcode)); }
  void Needs(uint8_t protocol) { protocol_ = std::max(protocol_, protocol); }

  ByteVector bytes_;
  uint8_t protocol_ = 2;
};

}  // namespace weighlock

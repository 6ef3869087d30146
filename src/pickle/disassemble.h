// Opcodes with their arguments in words, for people to read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pickle/pickle.h"

namespace weighlock::pickle {

struct Instruction {
  uint64_t index = 0;    // of the opcode in the stream, from 0
  uint64_t offset = 0;   // in bytes from the start of the source
  std::string opcode;    // "BINUNICODE"
  std::string argument;  // in words, escaped and cut; empty: none
  std::string note;      // "what 0x1f put there"; empty: nothing to say
};

// The opcodes of a pickle that was run, from `before` in front of the one that stands at or behind
// byte `around` of the source, to `after` behind it. Linear in the stream.
std::vector<Instruction> Disassemble(const Pickle& pickle, uint64_t around, size_t before,
                                     size_t after);

}  // namespace weighlock::pickle

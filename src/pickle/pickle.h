// Runs a pickle symbolically: all opcodes of protocols 0 to 5, no import, no call.
//
// The stack, marks and memo behave as those of CPython's C unpickler do, error for error; objects
// are not made but described (values.h). docs/formats/pickle.md says what is accepted and refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "pickle/values.h"
#include "weighlock/limits.h"
#include "weighlock/result.h"

namespace weighlock::pickle {

// Something that unpicklers do not agree about, at a byte of the source.
struct Oddity {
  uint64_t offset;
  std::string text;
};

struct Pickle {
  PickleGraph graph;
  ValueId root = kNoValue;
  uint64_t start = 0;                // bytes from the start of the source
  uint64_t end = 0;                  // the byte after STOP
  uint8_t protocol = 0;              // the last that a PROTO opcode named
  std::vector<std::string> globals;  // "module name" as written, sorted, each once
  std::vector<Oddity> oddities;      // the first few

  // Where a value's opcode stands, in bytes from the start of the source.
  uint64_t OffsetOf(ValueId id) const { return start + graph.offset(id); }
};

// Runs the pickle that starts at `offset` and ends with its STOP; what follows is not looked at,
// and of a longer source only growing windows are read. Errors give the offset of the opcode in
// the source, and its name: kTruncated, kMalformed, kLimit (Limits::pickle_*), and those of
// reading. Time and memory are linear in the pickle's bytes.
Result<Pickle> RunPickle(const ByteSource& source, uint64_t offset, const Limits& limits);

// The same, but what was built before an error is kept: code that a loader would have run before
// it noticed is evidence. `pickle.root` is kNoValue exactly where there is an error, and then
// `pickle.end` is the opcode that failed.
struct PartialPickle {
  Pickle pickle;
  std::optional<Error> error;
};
PartialPickle RunPickleKeepingPart(const ByteSource& source, uint64_t offset, const Limits& limits);

}  // namespace weighlock::pickle

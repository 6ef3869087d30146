// Runs a pickle symbolically: all opcodes of protocols 0 to 5, no import, no call.
//
// The stack, marks and memo behave as those of CPython's C unpickler do, error for error; objects
// are not made but described (values.h). docs/formats/pickle.md says what is accepted and refused.
#pragma once

#include <cstdint>
#include <functional>
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
  // kFrame: a frame that the opcodes do not keep to; unpicklers in C and in Python read other
  // bytes. kComputedImport: a name that the stream makes at run time. kProtocol: PROTO in the
  // middle. kOutOfBand: data that only a loader that was handed buffers has.
  enum class Kind : uint8_t { kFrame, kComputedImport, kProtocol, kOutOfBand };
  Kind kind;
  uint64_t offset;
  std::string text;
};

// Bytes of the source that are no opcodes: a loader reads them itself while it runs the pickle, as
// joblib does with arrays. They are not in the graph's source().
struct Gap {
  uint32_t at;    // where they were left out, in bytes of the graph's source()
  uint64_t size;  // bytes
};

struct Pickle {
  PickleGraph graph;
  ValueId root = kNoValue;
  uint64_t start = 0;                // bytes from the start of the source
  uint64_t end = 0;                  // the byte after STOP
  uint8_t protocol = 0;              // the last that a PROTO opcode named
  std::vector<std::string> globals;  // "module name" as written, sorted, each once
  std::vector<Oddity> oddities;      // the first few
  std::vector<Gap> gaps;             // in their order

  // Where a value's opcode stands, in bytes from the start of the source.
  uint64_t OffsetOf(ValueId id) const { return OffsetAt(graph.offset(id)); }
  // Where byte `at` of the graph's source() stands in the source.
  uint64_t OffsetAt(uint32_t at) const {
    uint64_t offset = start + at;
    for (const Gap& gap : gaps) {
      if (gap.at > at) break;
      offset += gap.size;
    }
    return offset;
  }
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

// The same for a loader that reads from the file itself once it has set a state (BUILD) on an
// object: `after_build` is told the object and the byte of the source behind the opcode, and
// returns how many bytes the loader takes there, usually 0. More than are left is kTruncated.
using AfterBuild =
    std::function<Result<uint64_t>(const PickleGraph& graph, ValueId object, uint64_t offset)>;
PartialPickle RunPickleKeepingPart(const ByteSource& source, uint64_t offset, const Limits& limits,
                                   const AfterBuild& after_build);

}  // namespace weighlock::pickle

// Arrays as joblib writes them: not in the pickle, but in the file between its opcodes, where the
// loader reads them as soon as the state of their wrapper is set. docs/scanning.md.
#pragma once

#include "pickle/pickle.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// Tells how many bytes joblib reads behind the state of a NumpyArrayWrapper: padding and elements,
// or of an array of objects a pickle of its own, which is judged on the way as a further stream.
class JoblibArrays {
 public:
  // All are borrowed. `stream` is the number of the pickle that the wrappers stand in, `level` how
  // many others are around it.
  JoblibArrays(const ByteSource& source, uint64_t stream, unsigned level, const FileScan& scan)
      : source_(source), stream_(stream), level_(level), scan_(scan) {}

  // As pickle::AfterBuild. kMalformed where the wrapper says nothing that could be an array; kLimit
  // where arrays of objects hold arrays of objects without end.
  Result<uint64_t> BytesBehind(const pickle::PickleGraph& graph, pickle::ValueId object,
                               uint64_t offset);

 private:
  Result<uint64_t> PaddingAt(const pickle::PickleGraph& graph, pickle::ValueId state,
                             uint64_t offset) const;

  const ByteSource& source_;
  uint64_t stream_;
  unsigned level_;
  const FileScan& scan_;
};

}  // namespace weighlock::scan

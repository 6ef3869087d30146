// Arrays as joblib writes them: not in the pickle, but in the file between its opcodes, where the
// loader reads them as soon as the state of their wrapper is set. docs/scanning.md.
#pragma once

#include <optional>

#include "pickle/pickle.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// Tells how many bytes joblib reads behind the state of a NumpyArrayWrapper: padding and elements,
// or of an array of objects a pickle of its own, which is judged on the way as a further stream.
class JoblibArrays {
 public:
  // `source` and `scan` are borrowed. The pickle that the wrappers stand in is the `stream`th of
  // its file.
  JoblibArrays(const ByteSource& source, uint64_t stream, const FileScan& scan)
      : source_(source), stream_(stream), scan_(scan) {}

  // As pickle::AfterBuild. kMalformed where the wrapper says nothing that could be an array.
  Result<uint64_t> BytesBehind(const pickle::PickleGraph& graph, pickle::ValueId object,
                               uint64_t offset);

  // Where the first array begins; nothing where there is none.
  std::optional<uint64_t> first() const { return first_; }

 private:
  Result<uint64_t> PaddingAt(const pickle::PickleGraph& graph, pickle::ValueId state,
                             uint64_t offset) const;

  const ByteSource& source_;
  uint64_t stream_;
  const FileScan& scan_;
  std::optional<uint64_t> first_;
};

}  // namespace weighlock::scan

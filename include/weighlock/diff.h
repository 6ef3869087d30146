// Two packages, or two weights files of any formats, compared tensor by tensor and file by file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/progress.h"
#include "weighlock/result.h"

namespace weighlock {

enum class TensorChange : uint8_t {
  kMissing,  // in A only
  kExtra,    // in B only
  kDType,
  kShape,
  kValues,
};
std::string_view TensorChangeName(TensorChange change);  // "missing", "extra", "dtype", ...

// How far the values of two tensors of one shape lie apart. NaNs are compared as bits, and so are
// types that hold no numbers. A complex number counts as two elements.
struct ValueDistance {
  uint64_t elements = 0;
  uint64_t different = 0;  // elements; of one dtype by their bits, so +0 and -0 differ
  // Of the elements that differ and are finite in both: the largest |a - b|, and the largest
  // |a - b| / max(|a|, |b|). Nothing where there is none, or the type holds no numbers.
  std::optional<double> max_absolute, max_relative;
};

struct TensorDifference {
  std::string name;
  TensorChange change;
  // What each side has; of kMissing and kExtra only one says something.
  std::optional<DType> dtype_a, dtype_b;
  Shape shape_a, shape_b;
  std::optional<ValueDistance> values;  // where both have the elements to compare
};

// One place where two JSON files differ, or a file that differs as a whole.
struct FileDifference {
  std::string path;     // in the package
  std::string pointer;  // RFC 6901, in JSON files that both sides have; empty: the whole file
  std::string a, b;     // what stands there, shortened; empty: nothing
};

struct DiffSide {
  std::string path;
  std::string weights;  // what was compared: "model.safetensors"; empty: the package has none
  size_t tensors = 0;   // names
};

struct DiffOptions {
  unsigned threads = 0;          // 0: as many as the machine has, at most 8
  Progress* progress = nullptr;  // borrowed; counts the bytes of archives
  Limits limits = {};
};

struct DiffReport {
  DiffSide a, b;
  size_t equal_tensors = 0;
  std::vector<TensorDifference> tensors;  // sorted by name
  size_t equal_files = 0;
  std::vector<FileDifference> files;  // sorted by path
  std::vector<std::string> notes;

  bool same() const { return tensors.empty() && files.empty(); }
};

// Compares the weights of `a` and `b`, each a weights file, an index, a folder or an archive, and
// where both are packages also their configuration, tokenizer and other files (JSON by its values,
// others by their bytes; training state, documents and junk are not compared). Names that share
// bytes on one side count like any others. Errors: what cannot be read. Memory: a few MiB a thread;
// a .tar.gz is unpacked into a file without a name in the folder for temporary files.
Result<DiffReport> Diff(const std::string& a, const std::string& b, const DiffOptions& options);

}  // namespace weighlock

// Attributes and data of an HDF5 object: what they are of, and where their values lie.
#pragma once

#include <string>
#include <vector>

#include "scan/hdf5/hdf5_file.h"

namespace weighlock::scan {

// A datatype message (section IV.A.2.d), as far as it matters here.
struct Hdf5Datatype {
  enum class Class : uint8_t {
    kInteger = 0,
    kString = 3,
    kOpaque = 5,
    kVariable = 9,
  };
  Class kind{};
  uint32_t bytes = 0;          // of one element where it stands
  uint32_t element_bytes = 0;  // kVariable: of one element in the heap
  bool nested = false;         // kVariable: of values that lie in the heap in turn
};

struct Hdf5Attribute {
  std::string name;
  uint64_t address = 0;  // of the message
  // The values that may be texts or bytes that something reads: texts one by one, bytes as a whole.
  // None for numbers and what is made of them.
  std::vector<Extent> values;
};

// kUnsupported for types and spaces that are shared, and for heaps of heaps.
Result<Hdf5Attribute> ParseHdf5Attribute(Hdf5File& file, const Hdf5Message& message);

Result<Hdf5Datatype> ParseHdf5Datatype(Hdf5Fields fields);

// A data layout message (IV.A.2.i).
struct Hdf5Layout {
  enum class Kind : uint8_t { kCompact, kContiguous, kChunked, kVirtual };
  Kind kind = Kind::kContiguous;
  Extent bytes;  // kCompact, kContiguous; offset kHdf5Nowhere where nothing is stored
};
Result<Hdf5Layout> ParseHdf5Layout(const Hdf5Message& message);

// The files that an external file list (IV.A.2.h) takes the data from.
Result<std::vector<std::string>> ParseHdf5ExternalFiles(Hdf5File& file, const Hdf5Message& message);

// The filters that a pipeline (IV.A.2.l) runs the data through, by number.
Result<std::vector<uint16_t>> ParseHdf5Filters(const Hdf5Message& message);

}  // namespace weighlock::scan

// Many links or attributes of one HDF5 object: records of a tree of version 2 lead to messages in a
// fractal heap.
#pragma once

#include <vector>

#include "scan/hdf5/hdf5_file.h"

namespace weighlock::scan {

// Kinds of trees, as their headers say.
enum class Hdf5Index : uint8_t { kLinkNames = 5, kAttributeNames = 8 };

// The messages that the tree at `index` leads to, in the heap at `heap`. kUnsupported for heaps
// that are compressed and for messages too large for one. O(n log n) in them.
Result<std::vector<Hdf5Message>> Hdf5HeapObjects(Hdf5File& file, uint64_t heap, uint64_t index,
                                                 Hdf5Index kind);

}  // namespace weighlock::scan

// What lies in a group of an HDF5 file: its links, kept in the group's header, in a tree over a
// heap of names, or in a heap of links.
#pragma once

#include <string>
#include <vector>

#include "scan/hdf5/hdf5_file.h"

namespace weighlock::scan {

struct Hdf5Link {
  enum class Kind : uint8_t { kObject, kPath, kOtherFile, kUnknown };

  std::string name;
  Kind kind = Kind::kUnknown;
  uint64_t object = kHdf5Nowhere;  // kObject: address of its header
  std::string file;                // kOtherFile
  uint64_t said_at = 0;            // byte of the file
};

// The links that the messages of an object's header say; none where it is no group. Linear in them;
// kLimit where a tree comes back to itself.
Result<std::vector<Hdf5Link>> Hdf5Links(Hdf5File& file, const std::vector<Hdf5Message>& messages);

// The name at byte `offset` of a local heap, which a header's address gives.
Result<std::string> Hdf5HeapName(Hdf5File& file, uint64_t heap, uint64_t offset);

}  // namespace weighlock::scan

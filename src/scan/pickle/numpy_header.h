// The header of a .npy file (NEP 1): a Python literal that is read and never evaluated.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_source.h"
#include "weighlock/result.h"

namespace weighlock::scan {

struct NumpyHeader {
  uint64_t data_offset = 0;  // bytes from the start of the file
  bool has_objects = false;  // the elements are a pickle, and not bytes
  uint64_t data_size = 0;    // bytes that the elements take; 0 where they are objects
};

bool LooksLikeNumpy(Bytes head);

// kMalformed, kTruncated, kUnsupported (a type that is not known), kLimit.
Result<NumpyHeader> ReadNumpyHeader(const ByteSource& source);

}  // namespace weighlock::scan

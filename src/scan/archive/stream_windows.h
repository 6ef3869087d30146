// Which bytes of a large zip or HDF5 file a judge will want although they lie anywhere in it: their
// structure, told from the numbers around it while the file goes by.
#pragma once

#include <vector>

#include "base/byte_source.h"

namespace weighlock::scan {

// Of a zip: what stands around the header of each member, and all of the members that are no
// storages of torch, up to 4 MiB each. Of HDF5: pages of 1 KiB that hold text or runs of zeros, as
// headers, heaps and trees do and weights do not, and the pages around them. Of other files
// nothing, up to where HDF5 begins in them: their judges read them from front to back. A guess that
// is wrong costs coverage, never a verdict: what was let go is inconclusive.
class StreamWindows {
 public:
  static constexpr uint64_t kMost = uint64_t{32} << 20;  // bytes that are kept, about

  // `head`: the first bytes of the file, by which its format is known; windows are kept of what
  // stands behind `from`.
  StreamWindows(Bytes head, uint64_t from);

  // The next bytes. Where HDF5 may begin in a file, they do.
  void Take(Bytes bytes);

  // What is kept from byte `at` on, up to where it was let go; empty where nothing is.
  Bytes From(uint64_t at) const;

 private:
  enum class Format : uint8_t { kOther, kZip, kHdf5 };

  void TakeZip(Bytes bytes);
  void TakePages(Bytes bytes);
  void Open(uint64_t at, uint64_t size);
  void Feed(Bytes buffer, uint64_t base);
  uint64_t End() const;

  Format format_ = Format::kOther;
  std::vector<ByteSource::Part> windows_;  // ascending, apart from one another
  ByteVector carry_;                       // the last bytes that were taken, not yet judged
  uint64_t seen_;                          // bytes of the file
  uint64_t next_page_;                     // of HDF5: the first that was not looked at
  uint64_t kept_ = 0;
  uint64_t wanted_end_ = 0;  // of the last window, in bytes of the file
};

}  // namespace weighlock::scan

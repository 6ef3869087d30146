// Its structure is not walked here, so it is never called clean. A model that brings a layer of
// code says so in an attribute of JSON, which is found by its text wherever it lies in the file.
#include "scan/model/hdf5_judge.h"

#include <algorithm>

namespace weighlock::scan {
namespace {

// The longest text that is looked for.
constexpr size_t kSeam = 64;

}  // namespace

bool IsHdf5(const Subject& subject) {
  return AsText(subject.head).starts_with("\x89HDF\r\n\x1a\n");
}

void JudgeHdf5(const Subject& subject, const FileScan& scan) {
  ByteVector block;
  std::string seam;
  uint64_t at = 0;
  bool found = false;
  const Status status = ForEachBlock(subject.source, block, [&](Bytes bytes) -> Status {
    const size_t carried = seam.size();
    seam += AsText(bytes);
    for (const char* text : {"\"class_name\": \"Lambda\"", "\"class_name\":\"Lambda\"",
                             "\"class_name\": \"__lambda__\""}) {
      const size_t where = seam.find(text);
      if (where == seam.npos || found) continue;
      found = true;
      scan.Add("WL-S-361", at - carried + where,
               "a Lambda layer: code of the file runs, also in safe mode");
    }
    at += bytes.size();
    seam.erase(0, seam.size() - std::min(seam.size(), kSeam));
    return {};
  });
  if (!status) return scan.Unreadable(status.error());
  scan.Unjudged("WL-S-001", kNoOffset,
                "HDF5 is searched for layers of code, and not read to its end");
}

}  // namespace weighlock::scan

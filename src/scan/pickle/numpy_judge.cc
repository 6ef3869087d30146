// What stands behind the elements is judged as a file of its own: numpy never reads it, others may.
#include "scan/pickle/numpy_judge.h"

#include <fmt/format.h>

#include "scan/pickle/numpy_header.h"
#include "scan/pickle/pickle_judge.h"

namespace weighlock::scan {

bool IsNumpy(const Subject& subject) {
  return LooksLikeNumpy(subject.head);
}

void JudgeNumpy(const Subject& subject, const FileScan& scan) {
  const ByteSource& source = subject.source;
  const auto header = ReadNumpyHeader(source);
  if (!header) return scan.Unreadable(header.error());
  const uint64_t left = source.size() - header->data_offset;
  if (header->has_objects) {
    scan.Add("WL-S-310", header->data_offset, "an array of objects: loading it runs a pickle");
    const uint64_t end = JudgePickleAt(source, header->data_offset, PickleHome::kNumpy, 0, scan);
    if (end != kNoOffset) JudgeBehind(source, end, 1, scan);
    return;
  }
  if (header->data_size > left) {
    return scan.Unreadable(
        Error(Code::kTruncated,
              fmt::format("the array wants {} bytes, {} are left", header->data_size, left),
              header->data_offset));
  }
  const uint64_t end = header->data_offset + header->data_size;
  if (end == source.size()) return;
  scan.Add("WL-S-311", end, fmt::format("{} bytes stand behind the array", source.size() - end));
  const std::string name = fmt::format("+0x{:x}", end);
  scan.Descend(source.Slice(end, source.size() - end, name), name, end);
}

}  // namespace weighlock::scan

// A zip as the judges of the formats that are built on zip see it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "container/zip/zip_reader.h"
#include "scan/scanner.h"

namespace weighlock::scan {

struct ZipView {
  ByteSource source;
  const ZipDirectory& directory;
  const Limits& limits;
  Scanner& scanner;  // whose budget unpacking spends

  // The member's content: a part of the source where it is stored, else unpacked, within the
  // limits, its checksum compared. Errors: those of reading, kUnsupported for other methods.
  Result<ByteSource> Content(const ZipMember& member) const;
  // Where the content begins in the zip, kNoOffset where it is packed.
  static uint64_t OffsetOf(const ZipMember& member) {
    return member.is_stored() ? member.payload_offset.value_or(kNoOffset) : kNoOffset;
  }
};

// A format built on zip: torch's, Keras's, a TorchServe archive... Its judge sets explained[i] for
// the members that it has vouched for itself; all others are then judged by their content, each as
// a file of its own.
struct ZipFormat {
  std::string_view format;  // as ScannedFile::format has it
  bool (*fits)(const ZipView& zip);
  void (*judge)(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained);
};

// The most telling first; none need fit: then it is a "zip".
std::span<const ZipFormat> ZipFormats();

}  // namespace weighlock::scan

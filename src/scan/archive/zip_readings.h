// Every member that any reader of a zip could find: those of all local headers in the file,
// whatever a directory says of them.
#pragma once

#include <string>

#include "base/byte_source.h"
#include "scan/scanner.h"

namespace weighlock::scan {

struct ZipReading {
  std::string name;  // as a local header spells it
  uint64_t offset;   // of its data, in bytes from the start of the zip
  uint64_t size;     // of its data at the most
  uint16_t method;   // 0 stored, 8 deflated; others cannot be judged
};

// Judges the content of one reading, stored or unpacked as far as it unpacks.
void JudgeReading(const ZipReading& reading, const ByteSource& zip, const FileScan& scan);

// Looks for local headers in the whole file, and judges what each of them begins. At most a
// thousand.
void JudgeAllReadings(const ByteSource& zip, const FileScan& scan);

}  // namespace weighlock::scan

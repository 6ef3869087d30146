// The formats that can be judged, in one table: how each is told by its bytes (or, for what is
// plain text, by its name), and who judges it.
#pragma once

#include <span>

#include "scan/scanner.h"

namespace weighlock::scan {

struct Judge {
  std::string_view format;               // as ScannedFile::format has it
  bool (*fits)(const Subject& subject);  // by bytes first; never by a name that bytes contradict
  void (*judge)(const Subject& subject, const FileScan& scan);
};

// The most telling first; the last one takes anything.
std::span<const Judge> Judges();

}  // namespace weighlock::scan

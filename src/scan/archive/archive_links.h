// Links among the members of an archive: where they lead, once all of them are known.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scan/scanner.h"

namespace weighlock::scan {

struct ArchiveLink {
  std::string name, target;  // as spelt
  bool is_hard = false;
  uint64_t offset = 0;  // of its header
};

class ArchiveLinks {
 public:
  void Add(ArchiveLink link);
  // A regular file among the members, by its name as spelt.
  void AddFile(std::string_view name);

  // A finding for each: high where it leads out of the archive, or gives a file the name of code,
  // by which it was not judged; else medium.
  void Report(const FileScan& scan) const;

 private:
  bool LeadsOut(const ArchiveLink& link) const;

  std::vector<ArchiveLink> links_;
  std::set<std::string, std::less<>> names_, files_;  // without empty and "." components
};

}  // namespace weighlock::scan

// The records of torch's zips, by their names in the folder that all of them lie in.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "container/zip/zip_reader.h"

namespace weighlock::scan {

// The folder of the first member, which torch takes for that of all, with its slash; or "".
std::string TorchRootOf(const ZipDirectory& directory);

class TorchRecords {
 public:
  // Borrowed.
  explicit TorchRecords(const ZipDirectory& directory)
      : directory_(directory), root_(TorchRootOf(directory)) {}

  const std::string& root() const { return root_; }
  // A member's name below the root; empty where it lies elsewhere.
  std::string_view NameOf(size_t member) const;
  // The member of a whole name. The first question lists them all.
  std::optional<size_t> Find(std::string_view name) const;

 private:
  const ZipDirectory& directory_;
  std::string root_;
  mutable std::map<std::string_view, size_t> places_;
};

}  // namespace weighlock::scan

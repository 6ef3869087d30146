// Many archives are asked for no name at all: the list of them is made when it is wanted.
#include "scan/pickle/torch_records.h"

namespace weighlock::scan {

std::string TorchRootOf(const ZipDirectory& directory) {
  if (directory.members.empty()) return {};
  const std::string& first = directory.members.front().name;
  return first.substr(0, first.find('/') + 1);
}

std::string_view TorchRecords::NameOf(size_t member) const {
  const std::string_view name = directory_.members[member].name;
  return name.starts_with(root_) ? name.substr(root_.size()) : std::string_view();
}

std::optional<size_t> TorchRecords::Find(std::string_view name) const {
  for (size_t i = places_.size(); i < directory_.members.size(); ++i) {
    places_.emplace(directory_.members[i].name, i);
  }
  const auto found = places_.find(name);
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

}  // namespace weighlock::scan

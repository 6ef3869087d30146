#include "compat/known_spec.h"

#include <map>
#include <optional>
#include <string>

namespace weighlock {

const VersionSpec* KnownSpec(std::string_view text) {
  thread_local std::map<std::string, std::optional<VersionSpec>, std::less<>> read;
  auto found = read.find(text);
  if (found == read.end()) {
    auto spec = VersionSpec::Parse(text);
    found = read.emplace(text, spec ? std::optional(*std::move(spec)) : std::nullopt).first;
  }
  return found->second ? &*found->second : nullptr;
}

}  // namespace weighlock

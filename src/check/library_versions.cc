// Which versions of a library a target may have, and what they all say.
#include <algorithm>

#include "check/situation.h"

namespace weighlock {

std::vector<Version> VersionsOf(const Situation& s, std::string_view library,
                                const LibraryAnswers& answers) {
  const Component* own = s.target.Find(library);
  if (own != nullptr && own->version) return {*own->version};
  const Release* release =
      s.transformers() == nullptr ? nullptr : s.base.releases.Find(*s.transformers());
  const VersionSpec* range = own != nullptr && own->range ? &*own->range : nullptr;
  if (release == nullptr) {
    return range == nullptr ? std::vector<Version>() : answers.Within(*range);
  }
  for (const auto& [name, versions] : release->wants) {
    const VersionSpec* spec = KnownSpec(versions);
    if (name != library || !spec) continue;
    std::vector<Version> within = answers.Within(*spec);
    // Both hold, unless the team has installed what the release does not want.
    if (range != nullptr) {
      std::erase_if(within, [&](const Version& version) { return !range->Contains(version); });
      if (within.empty()) within = answers.Within(*range);
    }
    if (!within.empty()) return within;
    // "==0.9.4", or a range between two that are told apart.
    const std::string first = versions.substr(0, versions.find(','));
    const size_t digits = first.find_first_of("0123456789");
    auto version = Version::Parse(first.substr(std::min(digits, first.size())));
    if (version) return {*version};
  }
  return range == nullptr ? std::vector<Version>() : answers.Within(*range);
}

std::string_view CommonAnswer(const LibraryAnswers& answers, std::string_view name,
                              const std::vector<Version>& versions) {
  std::string_view all;
  for (const Version& version : versions) {
    const std::string_view answer = answers.Answer(name, version);
    if (answer.empty() || (!all.empty() && answer != all)) return "?";
    all = answer;
  }
  return all;
}

}  // namespace weighlock

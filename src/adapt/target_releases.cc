// A version is one release, a range those of the table that it contains.
#include "adapt/target_releases.h"

namespace weighlock {

std::vector<Version> ReleasesOf(const RepairSituation& situation) {
  const Component* own = situation.target.Find("transformers");
  std::vector<Version> versions;
  if (own != nullptr && own->version) return {*own->version};
  if (own == nullptr || !own->range) return versions;
  for (const Release& release : situation.releases.all()) {
    if (own->range->Contains(release.version)) versions.push_back(release.version);
  }
  return versions;
}

bool TokenizersBefore(const RepairSituation& situation, const std::string& floor) {
  const auto enough = VersionSpec::Parse(">=" + floor);
  const Component* own = situation.target.Find("tokenizers");
  if (own != nullptr && (own->version || own->range)) {
    return Any(situation, ">=4.0.0") && own->Within(*enough) != Overlap::kAll;
  }
  return Any(situation, ">=4.0.0", [&](const Version& version) {
    const Release* release = situation.releases.Find(version);
    for (size_t i = 0; release != nullptr && i < release->wants.size(); ++i) {
      const auto& [name, versions] = release->wants[i];
      const auto spec = VersionSpec::Parse(versions);
      if (name == "tokenizers" && spec) return spec->Within(*enough) != Overlap::kAll;
    }
    return false;
  });
}

}  // namespace weighlock

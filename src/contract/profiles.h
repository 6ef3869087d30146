// The targets that are built in (kb/targets.json).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "weighlock/contract.h"

namespace weighlock {

struct ProfileTable {
  std::vector<Profile> profiles;
  // Packages that the knowledge base asks about: what a complete list does not name is absent.
  std::vector<std::string> packages;
  // Names of other packages that are nearly one of those, and names that people use for them.
  std::vector<std::string> lookalikes;
  std::vector<std::pair<std::string, std::string>> other_names;

  const Profile* Find(std::string_view name) const WL_LIFETIME_BOUND;
  // "..., the nearest is X", or nothing where none is near.
  std::string NearestHint(std::string_view name) const;
  // The component that somebody who wrote `name` meant; empty: it is one, or is something else.
  std::string_view ComponentMeantBy(std::string_view name) const WL_LIFETIME_BOUND;

  static Result<ProfileTable> Builtin();
  // kMalformed names the entry.
  static Result<ProfileTable> Parse(Bytes text);
};

// A profile's components as a target.
Target TargetOf(const Profile& profile);

}  // namespace weighlock

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

  const Profile* Find(std::string_view name) const WL_LIFETIME_BOUND;
  // "..., the nearest is X", or nothing where none is near.
  std::string NearestHint(std::string_view name) const;

  static Result<ProfileTable> Builtin();
  // kMalformed names the entry.
  static Result<ProfileTable> Parse(Bytes text);
};

// A profile's components as a target.
Target TargetOf(const Profile& profile);

}  // namespace weighlock

// Rows of kb/targets.json as targets.
#include "contract/profiles.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "contract/nearest.h"
#include "json/json.h"

namespace weighlock {

// kb/targets.json, embedded by the build.
extern const std::string_view kBuiltinTargets;

namespace {

using Kind = JsonValue::Kind;

Result<Profile> ReadProfile(const JsonValue& row) {
  const auto text = [&](const char* key) {
    const std::string* found = row.FindString(key);
    return found == nullptr ? std::string() : *found;
  };
  Profile profile;
  profile.name = text("name");
  profile.title = text("title");
  profile.source = text("source");
  const JsonValue* components = row.Find("components");
  if (profile.name.empty() || components == nullptr || !components->Is(Kind::kObject)) {
    return Error(Code::kMalformed, "a target wants a name and components", row.offset);
  }
  if (row.Find("platform") != nullptr) {
    auto platform = ParsePlatform(text("platform"));
    if (!platform) return Error(Code::kMalformed, platform.error().what(), row.offset);
    profile.platform = *platform;
  }
  for (const JsonMember& member : components->members) {
    auto component = ParseComponent(member.value.text);
    if (!component) {
      return Error(Code::kMalformed, component.error().what(), member.value.offset);
    }
    profile.components.emplace_back(member.name, *std::move(component));
  }
  if (const JsonValue* notes = row.Find("notes")) {
    for (const JsonValue& note : notes->items) profile.notes.push_back(note.text);
  }
  return profile;
}

}  // namespace

Result<ProfileTable> ProfileTable::Builtin() {
  return Parse(AsBytes(kBuiltinTargets));
}

Result<ProfileTable> ProfileTable::Parse(Bytes text) {
  WL_TRY(const JsonValue root, ParseJson(text, Limits()));
  const std::string* schema = root.FindString("schema");
  const JsonValue* rows = root.Find("targets");
  const JsonValue* packages = root.Find("packages");
  if (schema == nullptr || *schema != "weighlock-targets/1" || rows == nullptr ||
      packages == nullptr) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-targets/1\", packages and targets",
                 root.offset);
  }
  ProfileTable table;
  for (const JsonValue& row : rows->items) {
    WL_TRY(Profile profile, ReadProfile(row));
    if (table.Find(profile.name) != nullptr) {
      return Error(Code::kMalformed, Quote(profile.name) + " stands twice", row.offset);
    }
    table.profiles.push_back(std::move(profile));
  }
  for (const JsonValue& package : packages->items) table.packages.push_back(package.text);
  if (const JsonValue* lookalikes = root.Find("lookalikes")) {
    for (const JsonValue& name : lookalikes->items) table.lookalikes.push_back(name.text);
  }
  if (const JsonValue* names = root.Find("other_names")) {
    for (const JsonMember& name : names->members) {
      table.other_names.emplace_back(name.name, name.value.text);
    }
  }
  return table;
}

const Profile* ProfileTable::Find(std::string_view name) const {
  const auto found = std::find_if(profiles.begin(), profiles.end(),
                                  [&](const Profile& profile) { return profile.name == name; });
  return found == profiles.end() ? nullptr : &*found;
}

std::string ProfileTable::NearestHint(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const Profile& profile : profiles) names.push_back(profile.name);
  const std::string_view nearest = Nearest(name, names);
  return nearest.empty() ? "" : fmt::format("; the nearest is {}", nearest);
}

std::string_view ProfileTable::ComponentMeantBy(std::string_view name) const {
  std::vector<std::string_view> known = {"python"};
  known.insert(known.end(), packages.begin(), packages.end());
  for (const Profile& profile : profiles) {
    for (const auto& [component, versions] : profile.components) known.push_back(component);
  }
  const auto is = [&](std::string_view other) { return other == name; };
  if (std::any_of(known.begin(), known.end(), is) ||
      std::any_of(lookalikes.begin(), lookalikes.end(), is)) {
    return {};
  }
  for (const auto& [other, component] : other_names) {
    if (other == name) return component;
  }
  return SlipOf(name, known);
}

Target TargetOf(const Profile& profile) {
  Target target;
  target.text = profile.name;
  target.platform = profile.platform;
  for (const auto& [name, component] : profile.components) {
    target.components.emplace(name, component);
  }
  return target;
}

Result<std::vector<Profile>> Profiles() {
  WL_TRY(ProfileTable table, ProfileTable::Builtin());
  return std::move(table.profiles);
}

}  // namespace weighlock

// Which of the ways of giving a target it is, and the reading of it.
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "contract/conda_file.h"
#include "contract/contract_file.h"
#include "contract/pip_list.h"
#include "contract/profiles.h"
#include "contract/text_file.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

bool IsFile(const std::string& path) {
  struct stat st;
  return ::stat(path.c_str(), &st) == 0 && !S_ISDIR(st.st_mode);
}

bool EndsWithAny(std::string_view text, std::initializer_list<const char*> ends) {
  for (const char* end : ends) {
    if (text.ends_with(end)) return true;
  }
  return false;
}

// What a complete list does not name is not there.
void MarkAbsent(Target& target, const std::vector<std::string>& packages) {
  for (const std::string& name : packages) {
    Component absent;
    absent.absent = true;
    target.components.emplace(name, std::move(absent));
  }
}

Result<GivenTarget> FromList(const std::string& path, bool conda, const ProfileTable& table,
                             const Limits& limits) {
  WL_TRY(const std::string text, ReadTextFile(path, limits.target_bytes));
  WL_TRY(PipList list, conda ? ReadCondaFile(path, text) : ReadPipList(path, text));
  conda = conda || list.of_conda;
  GivenTarget given;
  const size_t count = list.target.components.size();
  given.source = conda           ? TargetSource::kConda
                 : list.complete ? TargetSource::kPipFreeze
                                 : TargetSource::kRequirements;
  given.read_as = fmt::format("{}, {} package{}; what it does not name is {}",
                              conda           ? "environment of conda"
                              : list.complete ? "pip freeze"
                                              : "requirements",
                              count, count == 1 ? "" : "s", list.complete ? "absent" : "unknown");
  given.target = std::move(list.target);
  given.target.text = path;
  if (list.complete) MarkAbsent(given.target, table.packages);
  given.notes = std::move(list.notes);
  return given;
}

// A name that nearly is a component's would go unasked: no rule looks at it.
Status RefuseSlips(const Target& target, const ProfileTable& table) {
  for (const auto& [name, component] : target.components) {
    const std::string_view meant = table.ComponentMeantBy(name);
    if (meant.empty()) continue;
    return Error(Code::kUsage, fmt::format("target {}: {} is no component that is known; the "
                                           "nearest is {}",
                                           Quote(target.text, 80), Quote(name, 60), meant));
  }
  return {};
}

GivenTarget FromProfile(const Profile& profile) {
  GivenTarget given;
  given.source = TargetSource::kProfile;
  given.target = TargetOf(profile);
  given.read_as = fmt::format("built-in target; {}", profile.title);
  given.notes = profile.notes;
  return given;
}

// "sagemaker-hf/4.11.0,torch==2.0": what stands behind the name wins over what it says.
Result<GivenTarget> FromProfileWith(const Profile& profile, const std::string& text,
                                    std::string_view pins, const ProfileTable& table) {
  GivenTarget given = FromProfile(profile);
  WL_TRY(const Target own, ParseTarget(pins));
  WL_CHECKED(RefuseSlips(own, table));
  std::string changes;
  for (const auto& [name, component] : own.components) {
    changes += fmt::format("{}{} {}", changes.empty() ? "" : ", ", name, component.Text());
    given.target.components.insert_or_assign(name, component);
  }
  if (own.platform != Platform::kUnknown) {
    changes +=
        fmt::format("{}platform {}", changes.empty() ? "" : ", ", PlatformName(own.platform));
    given.target.platform = own.platform;
  }
  given.target.text = text;
  given.read_as =
      fmt::format("built-in target {}, but with {}; {}", profile.name, changes, profile.title);
  return given;
}

}  // namespace

std::string_view TargetSourceName(TargetSource source) {
  constexpr std::string_view kNames[] = {"inline",       "profile", "pip-freeze",
                                         "requirements", "conda",   "contract"};
  return kNames[static_cast<size_t>(source)];
}

Result<GivenTarget> ReadTarget(const std::string& given, const Limits& limits) {
  WL_TRY(const ProfileTable table, ProfileTable::Builtin());
  if (const Profile* profile = table.Find(given)) return FromProfile(*profile);
  const bool is_file = IsFile(given);
  if (is_file && given.ends_with(".toml")) return ReadContractTarget(given, table, limits);
  if (is_file) return FromList(given, EndsWithAny(given, {".yml", ".yaml"}), table, limits);
  const size_t comma = std::min(given.find(','), given.size());
  const std::string first = given.substr(0, comma);
  if (const Profile* profile = table.Find(first)) {
    return FromProfileWith(*profile, given, std::string_view(given).substr(comma + 1), table);
  }
  if (comma < given.size() && IsFile(first)) {
    return Error(Code::kUsage,
                 fmt::format("target {}: pins go behind a built-in name only; write them into {}",
                             Quote(given, 80), Quote(first, 80)));
  }
  // Of "sagemaker-hf/4.11.9,torch==2.0" the name is what to mend.
  const bool named = first.find('/') != std::string::npos;
  const bool is_list = (named ? first : given).find_first_of("=<>!~,") != std::string::npos;
  const bool named_as_file = EndsWithAny(given, {".toml", ".yml", ".yaml", ".txt"});
  if (!is_list && named_as_file) {
    return Error(Code::kUsage, "there is no such file", kNoOffset, given);
  }
  const std::string hint = is_list ? "" : table.NearestHint(first);
  if (!is_list && (!hint.empty() || named)) {
    return Error(Code::kUsage,
                 fmt::format("target {}: neither a built-in target nor a file{}; weighlock target "
                             "list names the built-in ones",
                             Quote(first, 80), hint));
  }
  GivenTarget result;
  WL_TRY(result.target, ParseTarget(given));
  WL_CHECKED(RefuseSlips(result.target, table));
  return result;
}

}  // namespace weighlock

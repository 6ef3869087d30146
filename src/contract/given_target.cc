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

GivenTarget FromProfile(const Profile& profile) {
  GivenTarget given;
  given.source = TargetSource::kProfile;
  given.target = TargetOf(profile);
  given.read_as = fmt::format("built-in target; {}", profile.title);
  given.notes = profile.notes;
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
  const bool is_list = given.find_first_of("=<>!~,") != std::string::npos;
  const bool named_as_file = EndsWithAny(given, {".toml", ".yml", ".yaml", ".txt"});
  if (!is_list && named_as_file) {
    return Error(Code::kUsage, "there is no such file", kNoOffset, given);
  }
  const std::string hint = is_list ? "" : table.NearestHint(given);
  if (!is_list && (!hint.empty() || given.find('/') != std::string::npos)) {
    return Error(Code::kUsage,
                 fmt::format("target {}: neither a built-in target nor a file{}; weighlock target "
                             "list names the built-in ones",
                             Quote(given, 80), hint));
  }
  GivenTarget result;
  WL_TRY(result.target, ParseTarget(given));
  return result;
}

}  // namespace weighlock

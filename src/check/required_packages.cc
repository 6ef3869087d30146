// import transformers: it holds some packages against what it was released for, and raises before
// anything is loaded.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/situation.h"

namespace weighlock {
namespace {

// The packages that are looked at, from the release on.
constexpr struct {
  std::string_view name, since;
} kLookedAt[] = {
    {"tokenizers", ">=4.1.0"}, {"huggingface-hub", ">=4.31.0"}, {"safetensors", ">=4.31.0"}};

// ">=0.14,<0.19" of "<0.19,>=0.14": as setup.py has it, where a wheel's metadata are sorted.
std::string AsInSetup(std::string_view versions) {
  std::vector<std::string_view> conditions;
  for (size_t at = 0; at < versions.size();) {
    const size_t comma = std::min(versions.find(',', at), versions.size());
    conditions.push_back(versions.substr(at, comma - at));
    at = comma + 1;
  }
  std::stable_partition(conditions.begin(), conditions.end(),
                        [](std::string_view c) { return c.starts_with('>'); });
  return fmt::format("{}", fmt::join(conditions, ","));
}

CheckFinding Unfit(std::string_view name, std::string_view versions, const Component& own) {
  CheckFinding finding = MakeFinding(
      Stage::kConfig, Verdict::kFail, "WL-R-010",
      fmt::format("this transformers wants {} {}, and the target has {}: it does not even start",
                  name, versions.empty() ? "to be there" : AsInSetup(versions),
                  own.absent ? "none" : Escape(own.Text())),
      "");
  if (!own.absent && own.version) {
    finding.message = fmt::format(
        "ImportError: {0}{1} is required for a normal functioning of this module, but found "
        "{0}=={2}.",
        name, AsInSetup(versions), own.version->text());
  }
  const auto least = LeastOf(versions);
  const bool is_older = own.absent || (own.version && least && own.version->Compare(*least) < 0);
  if (least && is_older) {
    finding.removed_by = {std::string(name), least->text()};
  }
  finding.source =
      "dependency_versions_check.py of transformers 4.1.1 to 5.23.0; the pins of each release "
      "(kb/transformers.json)";
  return finding;
}

}  // namespace

std::vector<CheckFinding> JudgeRequiredPackages(const Situation& s) {
  const Release* release =
      s.transformers() == nullptr ? nullptr : s.base.releases.Find(*s.transformers());
  if (release == nullptr || !s.TransformersIs(">=4.1.0")) return {};
  const auto is_unfit = [&](std::string_view name, std::string_view versions) {
    const Component* own = s.target.Find(name);
    const VersionSpec* wanted = KnownSpec(versions);
    return own != nullptr && wanted != nullptr && own->Within(*wanted) == Overlap::kNone;
  };
  if (is_unfit("python", release->python)) {
    return {Unfit("python", release->python, *s.target.Find("python"))};
  }
  for (const auto& [name, since] : kLookedAt) {
    if (!s.TransformersIs(since)) continue;
    for (const auto& [wanted, versions] : release->wants) {
      if (wanted != name || !is_unfit(name, versions)) continue;
      return {Unfit(name, versions, *s.target.Find(name))};
    }
  }
  return {};
}

}  // namespace weighlock

// Trial by release: nothing is said of a rule's range that was not judged.
#include "check/advice.h"

#include <fmt/format.h>

#include <algorithm>

namespace weighlock {
namespace {

// The target with another transformers, and with what that wants where the target's own does not
// do.
Target With(const Target& target, const Release& release, std::vector<AdviceStep>& pins) {
  Target changed = target;
  changed.components["transformers"] = {release.version, /*absent=*/false};
  for (const auto& [name, versions] : release.wants) {
    const auto own = changed.components.find(name);
    if (own == changed.components.end()) continue;
    const VersionSpec* spec = KnownSpec(versions);
    const bool fits = !own->second.absent && (!own->second.version || spec == nullptr ||
                                              spec->Contains(*own->second.version));
    if (fits || name == "torch") continue;
    pins.push_back(
        {name, versions, "",
         fmt::format("{} in the target, and transformers {} wants {}", own->second.Text(),
                     release.version.text(), versions.empty() ? "it" : versions)});
    changed.components.erase(own);
    // torch is no dependency, but what the team installs: another one is another proposal.
  }
  return changed;
}

bool Matters(const CheckFinding& finding) {
  return finding.verdict >= Verdict::kDiffers && !finding.inherited;
}

bool Same(const CheckFinding& a, const CheckFinding& b) {
  return a.rule == b.rule && a.pointer == b.pointer && a.path == b.path;
}

// Whether `there` holds what `finding` says, if only perhaps.
bool Holds(const std::vector<CheckFinding>& there, const CheckFinding& finding) {
  return std::any_of(there.begin(), there.end(),
                     [&](const CheckFinding& f) { return Same(f, finding); });
}

// Doubts that the target itself leaves open do not count; those that the release brings do.
bool StandsAgainst(const CheckFinding& finding, const std::vector<CheckFinding>& now) {
  if (finding.verdict != Verdict::kRisk) return Matters(finding);
  const auto now_too =
      std::find_if(now.begin(), now.end(), [&](const CheckFinding& f) { return Same(finding, f); });
  return now_too == now.end() || now_too->verdict != Verdict::kRisk;
}

// What the release before the one of the advice has still, or again, or new.
void AddLate(const std::vector<CheckFinding>& before, const std::string& last,
             CheckAdvice& advice) {
  for (const CheckFinding& finding : before) {
    const bool is_told =
        std::any_of(advice.because.begin(), advice.because.end(),
                    [&](const AdviceStep& step) { return step.rule == finding.rule; });
    if (is_told || finding.inherited) continue;
    advice.because.push_back({"transformers", advice.transformers, finding.rule,
                              fmt::format("releases up to {} say: {}", last, finding.text)});
  }
}

// Whether a release goes on without torch: what it would say of weights is not known then.
bool LoadsNothing(const std::vector<CheckFinding>& there) {
  return std::any_of(there.begin(), there.end(),
                     [](const CheckFinding& f) { return f.rule == "WL-W-007"; });
}

}  // namespace

// The target with what else must be newer: torch, to read what transformers only hands on.
Target WithOthers(const Target& target, const std::vector<CheckFinding>& findings,
                  CheckAdvice& advice) {
  Target changed = target;
  for (const CheckFinding& finding : findings) {
    const auto& [component, version] = finding.removed_by;
    const auto wanted = Version::Parse(version);
    if (component.empty() || finding.inherited || !wanted) continue;
    Component& own = changed.components[component];
    if (own.version && own.version->Compare(*wanted) >= 0) continue;
    own = {*wanted, /*absent=*/false};
    advice.others.push_back(finding.removed_by);
  }
  return changed;
}

CheckAdvice Advise(const Situation& situation, std::vector<CheckFinding>& findings) {
  CheckAdvice advice;
  const Version* now = situation.transformers();
  if (now == nullptr || std::none_of(findings.begin(), findings.end(), Matters)) return advice;
  const Target others = WithOthers(situation.target, findings, advice);
  std::vector<CheckFinding> before;  // what stands against the release before
  std::string last;
  for (const Release& release : situation.base.releases.all()) {
    const int order = release.version.Compare(*now);
    if (order < 0 || (order == 0 && advice.others.empty())) continue;
    std::vector<AdviceStep> pins;
    const Target target = order == 0 ? others : With(others, release, pins);
    const auto there = Judge(situation.In(target));
    for (CheckFinding& finding : findings) {
      if (!finding.removed_by.component.empty() || finding.verdict < Verdict::kDiffers) continue;
      const bool unknown = finding.stage >= Stage::kWeights && LoadsNothing(there);
      if (!Holds(there, finding) && !unknown) {
        finding.removed_by = {"transformers", release.version.text()};
      }
    }
    std::vector<CheckFinding> against;
    std::copy_if(there.begin(), there.end(), std::back_inserter(against),
                 [&](const CheckFinding& f) { return StandsAgainst(f, findings); });
    if (!against.empty()) {
      before = std::move(against);
      last = release.version.text();
      continue;
    }
    advice.transformers = release.version.text();
    advice.python = release.python;
    advice.wants = release.wants;
    AddLate(before, last, advice);
    advice.because.insert(advice.because.end(), pins.begin(), pins.end());
    return advice;
  }
  advice.others.clear();
  return advice;
}

void AddSteps(const std::vector<CheckFinding>& findings, CheckAdvice& advice) {
  if (advice.transformers.empty()) return;
  std::vector<AdviceStep> own;
  for (const CheckFinding& finding : findings) {
    const auto& [component, version] = finding.removed_by;
    if (component.empty() || !Matters(finding)) continue;
    const bool is_told = std::any_of(own.begin(), own.end(), [&](const AdviceStep& step) {
      return step.rule == finding.rule && step.version == version;
    });
    if (is_told) continue;
    own.push_back(
        {component, version, finding.rule, fmt::format("gone with {} {}", component, version)});
  }
  std::stable_sort(own.begin(), own.end(), [](const AdviceStep& a, const AdviceStep& b) {
    if (a.component != b.component) return a.component > b.component;
    const auto x = Version::Parse(a.version), y = Version::Parse(b.version);
    return x && y && x->Compare(*y) < 0;
  });
  // What goes with the very release is told by its own finding.
  std::erase_if(advice.because, [&](const AdviceStep& late) {
    return !late.rule.empty() && std::any_of(own.begin(), own.end(), [&](const AdviceStep& step) {
      return step.rule == late.rule && step.version == advice.transformers;
    });
  });
  advice.because.insert(advice.because.begin(), own.begin(), own.end());
}

}  // namespace weighlock

// Trial by release: nothing is said of a rule's range that was not judged.
#include "check/advice.h"

#include <algorithm>

namespace weighlock {
namespace {

// The target with another transformers, and with what that wants where the target's own does not
// do.
Target With(const Target& target, const Release& release) {
  Target changed = target;
  changed.components["transformers"] = {release.version, /*absent=*/false};
  for (const auto& [name, versions] : release.wants) {
    const auto own = changed.components.find(name);
    if (own == changed.components.end()) continue;
    const VersionSpec* spec = KnownSpec(versions);
    const bool fits = !own->second.absent && (!own->second.version || spec == nullptr ||
                                              spec->Contains(*own->second.version));
    if (!fits && name != "torch") changed.components.erase(own);
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
  for (const Release& release : situation.base.releases.all()) {
    const int order = release.version.Compare(*now);
    if (order < 0 || (order == 0 && advice.others.empty())) continue;
    const Target target = order == 0 ? others : With(others, release);
    const auto there = Judge(situation.In(target));
    for (CheckFinding& finding : findings) {
      if (!finding.removed_by.component.empty() || finding.verdict < Verdict::kDiffers) continue;
      const bool unknown = finding.stage >= Stage::kWeights && LoadsNothing(there);
      if (!Holds(there, finding) && !unknown) {
        finding.removed_by = {"transformers", release.version.text()};
      }
    }
    // Doubts that the target itself leaves open do not count; those that the release brings do.
    const bool fits = std::all_of(there.begin(), there.end(), [&](const CheckFinding& f) {
      if (f.verdict != Verdict::kRisk) return !Matters(f);
      const auto now_too = std::find_if(findings.begin(), findings.end(),
                                        [&](const CheckFinding& g) { return Same(f, g); });
      return now_too != findings.end() && now_too->verdict == Verdict::kRisk;
    });
    if (!fits) continue;
    advice.transformers = release.version.text();
    advice.python = release.python;
    advice.wants = release.wants;
    return advice;
  }
  advice.others.clear();
  return advice;
}

}  // namespace weighlock

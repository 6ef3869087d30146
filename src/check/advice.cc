// Trial by release: nothing is said of a rule's range that was not judged.
#include "check/advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "check/raised_target.h"
#include "weighlock/contract.h"

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
    const bool fits =
        !own->second.absent && (spec == nullptr || own->second.Within(*spec) != Overlap::kNone);
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

// A release that is tried, beside packages that were raised for it.
struct Trial {
  const Release& release;
  std::vector<AdviceStep> pins;  // what gives way to the release's own
  RaisedTarget raised;
  std::vector<CheckFinding> there;    // what is found in it
  std::vector<CheckFinding> against;  // of these, what stands against it
};

class Adviser {
 public:
  Adviser(const Situation& situation, std::vector<CheckFinding>& findings)
      : s_(situation), findings_(findings), others_(situation.base, situation.target) {
    for (const CheckFinding& finding : findings) {
      if (!finding.inherited) others_.Remove(finding);
    }
  }

  // Where the first release that helps is one that the contract does not let the runtime become,
  // the nearest that it does; where there is none, that first one, with the reason.
  CheckAdvice Run() {
    std::optional<CheckAdvice> first;
    for (const Release& release : s_.base.releases.all()) {
      const int order = release.version.Compare(*s_.transformers());
      if (order < 0 || (order == 0 && others_.raised().empty())) continue;
      Trial trial = Try(release, order == 0);
      MarkRemoved(trial);
      std::vector<CheckFinding> against = trial.against;
      if (against.empty() || Raise(trial)) {
        CheckAdvice advice = AdviceOf(trial, /*is_first=*/!first);
        advice.not_allowed = NotAllowed(advice);
        if (advice.not_allowed.empty()) return Instead(std::move(advice), first);
        if (!first) first = std::move(advice);
        continue;
      }
      before_ = std::move(against);
      last_ = release.version.text();
    }
    return first ? *std::move(first) : CheckAdvice();
  }

 private:
  Trial Try(const Release& release, bool is_own) const {
    std::vector<AdviceStep> pins;
    Target target = is_own ? others_.target() : With(others_.target(), release, pins);
    Trial trial{release, std::move(pins), others_.In(std::move(target)), {}, {}};
    Judge(trial);
    return trial;
  }

  void Judge(Trial& trial) const {
    trial.there = weighlock::Judge(s_.In(trial.raised.target()));
    trial.against.clear();
    std::copy_if(trial.there.begin(), trial.there.end(), std::back_inserter(trial.against),
                 [&](const CheckFinding& f) { return StandsAgainst(f, findings_); });
  }

  // Where nothing stands against a release but that torch, or Python, is too old for it, they are
  // raised too. What one stage says first may hide what another would.
  bool Raise(Trial& trial) const {
    constexpr int kMost = 4;
    for (int i = 0; i < kMost && !trial.against.empty(); ++i) {
      bool any = false;
      for (const CheckFinding& finding : trial.against) {
        if (!finding.inherited && finding.removed_by.component.empty()) return false;
        if (!finding.inherited) any |= trial.raised.Remove(finding);
      }
      if (!any) return false;
      trial.raised.WantOf(trial.release);
      Judge(trial);
    }
    return trial.against.empty();
  }

  // What is not found there any more goes with the release.
  void MarkRemoved(const Trial& trial) {
    const bool loads_nothing = LoadsNothing(trial.there);
    for (CheckFinding& finding : findings_) {
      if (!finding.removed_by.component.empty() || finding.verdict < Verdict::kDiffers) continue;
      if (finding.stage >= Stage::kWeights && loads_nothing) continue;
      if (Holds(trial.there, finding)) continue;
      finding.removed_by = {"transformers", trial.release.version.text()};
    }
  }

  // `is_first`: the release before it still had something against it.
  CheckAdvice AdviceOf(const Trial& trial, bool is_first) const {
    CheckAdvice advice;
    advice.others = trial.raised.raised();
    advice.transformers = trial.release.version.text();
    advice.python = trial.release.python;
    advice.wants = trial.release.wants;
    // What the target's own findings ask for they say themselves.
    for (const AdviceStep& step : trial.raised.because()) {
      const bool is_told =
          std::any_of(findings_.begin(), findings_.end(), [&](const CheckFinding& finding) {
            return finding.rule == step.rule && finding.removed_by.component == step.component;
          });
      if (!is_told) advice.because.push_back(step);
    }
    if (is_first) AddLate(before_, last_, advice);
    advice.because.insert(advice.because.end(), trial.pins.begin(), trial.pins.end());
    return advice;
  }

  // "transformers 4.30.0: runtime.may_change (line 8) allows ... alone" of each change.
  std::vector<std::string> NotAllowed(const CheckAdvice& advice) const {
    std::vector<std::string> all;
    if (s_.contract == nullptr) return all;
    std::vector<Removal> changes = advice.others;
    changes.push_back({"transformers", advice.transformers});
    for (const auto& [component, text] : changes) {
      const auto version = Version::Parse(text);
      const Component* own = s_.target.Find(component);
      if (!version || (own != nullptr && own->version && own->version->Compare(*version) == 0)) {
        continue;
      }
      const std::string why = s_.contract->WhyNotBecome(component, *version);
      if (!why.empty()) all.push_back(component + " " + text + ": " + why);
    }
    return all;
  }

  // Says which release would have done before.
  static CheckAdvice Instead(CheckAdvice advice, const std::optional<CheckAdvice>& first) {
    if (!first) return advice;
    for (const std::string& why : first->not_allowed) {
      advice.because.push_back(
          {"contract", "", "", fmt::format("does not let the runtime become {}", why)});
    }
    return advice;
  }

  const Situation& s_;
  std::vector<CheckFinding>& findings_;
  RaisedTarget others_;               // for what the target's own transformers asks already
  std::vector<CheckFinding> before_;  // what stands against the release before
  std::string last_;
};

}  // namespace

CheckAdvice Advise(const Situation& situation, std::vector<CheckFinding>& findings) {
  if (situation.transformers() == nullptr ||
      std::none_of(findings.begin(), findings.end(), Matters)) {
    return {};
  }
  return Adviser(situation, findings).Run();
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

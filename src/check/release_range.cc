// Release by release, with the findings put together again: the same one in several releases is
// one, with the releases that it holds in. No rule's range is trusted that was not tried.
#include "check/release_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/escape.h"
#include "check/advice.h"

namespace weighlock {
namespace {

using Findings = std::vector<CheckFinding>;

bool IsRange(const Component* component) {
  return component != nullptr && !component->version && component->range;
}

Target WithVersion(const Target& target, std::string_view name, const Version& version) {
  Target changed = target;
  changed.components.insert_or_assign(std::string(name), Component{version, /*absent=*/false});
  return changed;
}

Findings JudgeWith(const Situation& s, const Target& target) {
  return Judge(s.In(target));
}

bool SamePlace(const CheckFinding& a, const CheckFinding& b) {
  return std::tie(a.rule, a.path, a.pointer, a.stage) ==
         std::tie(b.rule, b.path, b.pointer, b.stage);
}

bool IsRisk(const CheckFinding& finding) {
  return finding.verdict == Verdict::kRisk;
}

// A doubt that the oldest or the newest conceivable version of a component ends hangs on its range.
// Only then is anything judged again.
void NameRanges(const Situation& s, Findings& findings) {
  if (std::none_of(findings.begin(), findings.end(), IsRisk)) return;
  for (const auto& [name, component] : s.target.components) {
    if (name == "transformers" || !IsRange(&component)) continue;
    std::vector<Findings> extremes;
    for (const char* version : {"0", "999999"}) {
      extremes.push_back(JudgeWith(s, WithVersion(s.target, name, *Version::Parse(version))));
    }
    for (CheckFinding& finding : findings) {
      if (!IsRisk(finding)) continue;
      const auto decided = [&](const Findings& there) {
        return std::none_of(there.begin(), there.end(), [&](const CheckFinding& f) {
          return IsRisk(f) && SamePlace(f, finding);
        });
      };
      if (std::none_of(extremes.begin(), extremes.end(), decided)) continue;
      finding.text +=
          fmt::format("; not every {} of {} answers alike", name, Quote(component.range->text()));
    }
  }
}

Findings JudgeRelease(const Situation& s) {
  Findings findings = Judge(s);
  NameRanges(s, findings);
  return findings;
}

// The findings of several releases, as one list.
class Merger {
 public:
  explicit Merger(std::vector<const Release*> releases) : releases_(std::move(releases)) {}

  // In the order of the releases.
  void Add(size_t release, const Findings& findings) {
    std::map<Key, size_t> seen;  // how often this release has said the same
    for (const CheckFinding& finding : findings) {
      Key key{finding.stage,
              finding.inherited,
              finding.verdict,
              finding.rule,
              finding.path,
              finding.pointer,
              0};
      std::get<6>(key) = seen[key]++;
      const auto [place, is_new] = merged_.try_emplace(std::move(key), finding);
      place->second.in.push_back(release);
      // Behind the failure of an earlier stage nothing is said; a later release may get there.
      std::string& message = place->second.finding.message;
      if (message.empty()) message = finding.message;
    }
  }

  // By stage, worst first, then by release.
  Findings Take() const {
    std::vector<const Merged*> order;
    for (const auto& [key, merged] : merged_) order.push_back(&merged);
    std::stable_sort(order.begin(), order.end(), [](const Merged* a, const Merged* b) {
      const CheckFinding &f = a->finding, &g = b->finding;
      if (f.stage != g.stage) return f.stage < g.stage;
      if (f.inherited != g.inherited) return f.inherited;
      if (f.verdict != g.verdict) return f.verdict > g.verdict;
      return a->in.front() < b->in.front();
    });
    Findings findings;
    for (const Merged* merged : order) {
      findings.push_back(merged->finding);
      // No release of a library unpacks a package.
      if (merged->finding.stage != Stage::kPackaging) findings.back().releases = Runs(merged->in);
    }
    return findings;
  }

 private:
  using Key = std::tuple<Stage, bool, Verdict, std::string, std::string, std::string, size_t>;
  struct Merged {
    explicit Merged(CheckFinding f) : finding(std::move(f)) {}
    CheckFinding finding;    // in the words of the oldest release
    std::vector<size_t> in;  // ascending
  };

  // Releases in a row, as their first and last.
  std::vector<ReleaseRun> Runs(const std::vector<size_t>& in) const {
    std::vector<ReleaseRun> runs;
    for (size_t i = 0; i < in.size(); ++i) {
      const std::string& text = releases_[in[i]]->version.text();
      if (i > 0 && in[i] == in[i - 1] + 1) {
        runs.back().last = text;
      } else {
        runs.push_back({text, text});
      }
    }
    return runs;
  }

  std::vector<const Release*> releases_;
  std::map<Key, Merged> merged_;
};

void MergeStages(std::array<StageOutcome, kStages>& all,
                 const std::array<StageOutcome, kStages>& one, bool first) {
  for (size_t i = 0; i < kStages; ++i) {
    all[i].verdict = std::max(all[i].verdict, one[i].verdict);
    all[i].reached = (!first && all[i].reached) || one[i].reached;
    if (all[i].message.empty()) all[i].message = one[i].message;
  }
}

CheckFinding OfRange(Verdict verdict, std::string rule, std::string text) {
  CheckFinding finding;
  finding.rule = std::move(rule);
  finding.verdict = verdict;
  finding.stage = Stage::kConfig;
  finding.text = std::move(text);
  finding.source = "the releases that were read (kb/transformers.json)";
  return finding;
}

void AddFirst(Judgement& judgement, CheckFinding finding) {
  StageOutcome& outcome = judgement.stages[static_cast<size_t>(finding.stage)];
  outcome.verdict = std::max(outcome.verdict, finding.verdict);
  const auto at = std::find_if(judgement.findings.begin(), judgement.findings.end(),
                               [&](const CheckFinding& f) { return f.stage >= finding.stage; });
  judgement.findings.insert(at, std::move(finding));
}

// Whose range has no release that is known: judged as one of which no version is.
Judgement JudgeUnknown(const Situation& s, const VersionSpec& range) {
  Target target = s.target;
  target.components.insert_or_assign("transformers", Component{std::nullopt, /*absent=*/false});
  Judgement judgement;
  judgement.findings = JudgeWith(s, target);
  judgement.stages = Outcomes(judgement.findings);
  AddFirst(judgement,
           OfRange(Verdict::kRisk, "WL-R-002",
                   fmt::format("no release of transformers that is known, up to {}, lies in {}",
                               s.base.releases.through().text(), Quote(range.text()))));
  return judgement;
}

}  // namespace

Judgement JudgeAll(const Situation& s) {
  Judgement judgement;
  const Component* transformers = s.target.Find("transformers");
  if (!IsRange(transformers)) {
    judgement.findings = JudgeRelease(s);
    judgement.stages = Outcomes(judgement.findings);
    judgement.advice = Advise(s, judgement.findings);
    AddSteps(judgement.findings, judgement.advice);
    return judgement;
  }
  const VersionSpec& range = *transformers->range;
  std::vector<const Release*> releases;
  for (const Release& release : s.base.releases.all()) {
    if (range.Contains(release.version)) releases.push_back(&release);
  }
  if (releases.empty()) return JudgeUnknown(s, range);

  Merger merger(releases);
  const Release* last_bad = releases.front();  // the newest in which something is amiss
  for (size_t i = 0; i < releases.size(); ++i) {
    const Target target = WithVersion(s.target, "transformers", releases[i]->version);
    const Findings findings = JudgeRelease(s.In(target));
    MergeStages(judgement.stages, Outcomes(findings), i == 0);
    if (std::any_of(findings.begin(), findings.end(),
                    [](const CheckFinding& f) { return f.verdict >= Verdict::kDiffers; })) {
      last_bad = releases[i];
    }
    merger.Add(i, findings);
  }
  judgement.findings = merger.Take();
  const Target from = WithVersion(s.target, "transformers", last_bad->version);
  judgement.advice = Advise(s.In(from), judgement.findings);
  // What ends within the range is gone with the release behind its last.
  for (CheckFinding& finding : judgement.findings) {
    if (finding.removed_by.component != "transformers") continue;
    const auto last = std::find_if(releases.begin(), releases.end(), [&](const Release* release) {
      return release->version.text() == finding.releases.back().last;
    });
    if (last + 1 < releases.end()) finding.removed_by.version = (*(last + 1))->version.text();
  }
  AddSteps(judgement.findings, judgement.advice);
  if (range.ReachesBeyond(s.base.releases.through())) {
    // Of a release that nobody names and that may never be, a doubt would be of no use to anybody:
    // no package would ever be all right (docs/contract.md).
    AddFirst(judgement,
             OfRange(Verdict::kOk, "WL-R-001",
                     fmt::format("the range {} was judged by transformers {} to {}: later releases "
                                 "are not in the base, and nothing is said of them",
                                 Quote(range.text()), releases.front()->version.text(),
                                 releases.back()->version.text())));
  }
  return judgement;
}

}  // namespace weighlock

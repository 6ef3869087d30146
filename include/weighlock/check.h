// What a target would make of a package, said before anything is handed over.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "weighlock/contract.h"
#include "weighlock/package.h"
#include "weighlock/progress.h"
#include "weighlock/target.h"
#include "weighlock/verdict.h"

namespace weighlock {

// The stages of loading, in their order; packaging is what the platform does before any of them.
enum class Stage : uint8_t { kPackaging, kConfig, kTokenizer, kWeights, kForward };
inline constexpr size_t kStages = 5;
std::string_view StageName(Stage stage);  // "packaging", "config", ...

struct Removal {
  std::string component;  // "transformers", "torch"
  std::string version;
};

// Releases of transformers in a row.
struct ReleaseRun {
  std::string first, last;
};

struct CheckFinding {
  std::string rule;  // "WL-W-001"
  Verdict verdict = Verdict::kFail;
  Stage stage = Stage::kWeights;
  std::string text;     // one sentence: what is the case
  std::string message;  // what the target would say, literally; empty: nothing, or not known
  std::string path;     // the artefact that shows it; may be empty
  std::string pointer;  // where in it: a JSON pointer, or empty
  uint64_t offset = kNoOffset;  // or bytes from its start
  // The lowest upgrade of the target without this finding; empty component: none is known.
  Removal removed_by;
  std::vector<std::string> adaptations;  // "W1": what could be done to the package instead
  // The same, where the contract does not let it be done, and its key that says so.
  std::vector<std::pair<std::string, std::string>> forbidden;
  std::string source;  // where the rule is from
  // The stage meets the failure of an earlier one; what it would do itself is not reached.
  bool inherited = false;
  // Where the target's transformers is a range: the known releases of it that this holds in, in
  // their order. `text` and `message` are in the words of the first.
  std::vector<ReleaseRun> releases;
  // The contract accepts it until this day, for this reason, and it counts in no verdict; else
  // empty.
  std::string waived_until, waived_for;
};

// What one stage comes to; of a range of releases, the worst of them.
struct StageOutcome {
  Verdict verdict = Verdict::kOk;
  std::string message;  // of a failure: what is raised, in the oldest release that raises it
  bool reached = true;  // false: an earlier stage fails, and so does this one
};

// What asks for a version of the advice.
struct AdviceStep {
  std::string component;  // "transformers"
  std::string version;    // from which on nothing stands against it, or a spec of versions
  std::string rule;       // of the finding that asks for it; empty: the release's own pins do
  std::string text;       // in words, behind the rule or the component
};

// One set of versions in which nothing of what was found is left.
struct CheckAdvice {
  std::string transformers;     // a release, perhaps the target's own; empty: none is known
  std::vector<Removal> others;  // other packages of the target to upgrade
  std::string python;           // versions that it wants
  std::vector<std::pair<std::string, std::string>> wants;  // other packages, and their versions
  // Why no older release does, and why other packages change with it; by component, then version.
  std::vector<AdviceStep> because;
  // The package's file that sets the target's transformers; empty: the target itself does.
  std::string set_by;
  // Why the contract does not let the runtime become so: "transformers 4.45.0: ..."; empty: it may.
  std::vector<std::string> not_allowed;
};

struct CheckReport {
  Package package;
  Verdict verdict = Verdict::kOk;
  std::array<StageOutcome, kStages> stages;  // by Stage
  std::vector<CheckFinding> findings;        // by stage, worst first
  CheckAdvice advice;                        // empty where nothing was found
  std::vector<std::string> notes;            // on the contract
  std::string base;                          // the newest release that the knowledge base knows
};

struct CheckOptions {
  std::string knowledge;  // path of a knowledge base to use in place of the built-in one
  const Contract* contract = nullptr;  // borrowed; the rules that the package is held to besides
  Progress* progress = nullptr;        // borrowed
  Limits limits = {};
};

// Reads headers, indexes and the small files only; a .tar.gz is read from end to end, once. Errors
// as of Inspect. What is wrong with the package is a finding.
Result<CheckReport> Check(const std::string& path, const Target& target,
                          const CheckOptions& options);

}  // namespace weighlock

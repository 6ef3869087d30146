// Inventories, plans and proofs as text for people.
#pragma once

#include <string>

#include "report/adaptations.h"
#include "weighlock/adapt.h"
#include "weighlock/check.h"
#include "weighlock/contract.h"
#include "weighlock/convert.h"
#include "weighlock/diff.h"
#include "weighlock/explain.h"
#include "weighlock/metadata.h"
#include "weighlock/pack.h"
#include "weighlock/package.h"
#include "weighlock/unpack.h"

namespace weighlock {

struct TextOptions {
  bool all_tensors = false;  // list every tensor, and not only the first of many
};

std::string InventoryText(const Package& package, const TextOptions& options);
std::string ConversionText(const std::string& input, const std::string& output,
                           const ConvertReport& report, const TextOptions& options);

// What the target makes of the package, the recommended way, and the steps; `done` says whether
// they have been carried out.
std::string PlanText(const std::string& input, const std::string& output, const Target& target,
                     const Plan& plan, bool done);
// What was written, and the proof.
std::string AdaptationText(const std::string& output, const AdaptReport& report,
                           const TextOptions& options);

// What the target would make of what was written, by a check of it.
std::string ResultText(const std::string& output, const CheckReport& result);

// What differs between two packages, and how far.
std::string DiffText(const DiffReport& report, const TextOptions& options);

// What became of a file whose metadata was set.
std::string RepairText(const std::string& path, const RepairReport& report);

// What goes into an archive and what does not; `done` says whether it was written.
std::string PackText(const std::string& folder, const std::string& output, PackLayout layout,
                     const PackReport& report, bool done);
// What lands where, or what is in its way.
std::string UnpackText(const std::string& archive, const std::string& folder, bool into,
                       const UnpackReport& report, bool done);

// What the target would make of the package, stage by stage, why, and what to do.
std::string CheckText(const std::string& input, const GivenTarget& given,
                      const CheckReport& report);

// Findings, worst first, one a line.
std::string FindingsText(const std::vector<Finding>& findings);

// What is refused, so that nothing was done; `done` is "packed" or "written".
std::string RefusalsText(const std::vector<Finding>& refusals, std::string_view done);

// A message, which may have several lines and tabs, indented as one block.
std::string Indented(const std::string& message, size_t spaces);

// How many rows of a list of `count` are shown, and the line that says how many are not.
size_t TensorsShown(size_t count, const TextOptions& options);
std::string MoreOf(size_t count, size_t shown);

// The verbs of target.
std::string ProfilesText(const std::vector<Profile>& profiles);
std::string TargetText(const GivenTarget& given);
std::string LintText(const std::vector<TargetProblem>& problems);
std::string TargetDiffText(const GivenTarget& a, const GivenTarget& b,
                           const std::vector<TargetDifference>& differences);

// What an error's text means; what a rule or a failure of the catalogue says.
std::string ExplainText(const ExplainReport& report);
// What it could mean, where nothing is known of it.
std::string GuessesText(const ExplainReport& report);
std::string RuleBookText(const RuleText& rule);
// `also` is the adaptation of the same name, where there is one.
std::string FailureBookText(const FailureText& failure, const std::optional<AdaptationPage>& also);
std::string AdaptationBookText(const AdaptationPage& page);

// "438.0 MB": powers of 1000, as disks and downloads are sold.
std::string SizeText(uint64_t bytes);

}  // namespace weighlock

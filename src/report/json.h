// Inventories, plans and proofs as JSON for machines: versioned schemas, documented in
// docs/json.md. Keys stand in a fixed order, and the same value gives the same bytes.
#pragma once

#include <string>

#include "report/adaptations.h"
#include "weighlock/adapt.h"
#include "weighlock/check.h"
#include "weighlock/contract.h"
#include "weighlock/convert.h"
#include "weighlock/diff.h"
#include "weighlock/explain.h"
#include "weighlock/pack.h"
#include "weighlock/package.h"
#include "weighlock/unpack.h"

namespace weighlock {

std::string InventoryJson(const Package& package);
std::string ConversionJson(const std::string& input, const std::string& output,
                           const ConvertReport& report);
std::string PlanJson(const std::string& input, const std::string& output, const Target& target,
                     const Plan& plan);
std::string AdaptationJson(const std::string& input, const std::string& output,
                           const Target& target, const AdaptReport& report,
                           const CheckReport* result);
std::string PackJson(const std::string& folder, const std::string& output, PackLayout layout,
                     const PackReport& report, bool done);
std::string UnpackJson(const std::string& archive, const std::string& folder, bool into,
                       const UnpackReport& report, bool done);
std::string DiffJson(const DiffReport& report);
std::string CheckJson(const std::string& input, const GivenTarget& given,
                      const CheckReport& report);
std::string ExplainJson(const ExplainReport& report);
std::string RuleBookJson(const RuleText& rule);
// `also` is the adaptation of the same name, where there is one.
std::string FailureBookJson(const FailureText& failure, const std::optional<AdaptationPage>& also);
std::string AdaptationBookJson(const AdaptationPage& page);
std::string ProfilesJson(const std::vector<Profile>& profiles);
std::string TargetJson(const GivenTarget& given);
std::string LintJson(const GivenTarget& given, const std::vector<TargetProblem>& problems);
std::string TargetDiffJson(const GivenTarget& a, const GivenTarget& b,
                           const std::vector<TargetDifference>& differences);

}  // namespace weighlock

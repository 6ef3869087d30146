// A package against the rules of a contract.
#pragma once

#include <vector>

#include "package/package_reader.h"
#include "weighlock/check.h"
#include "weighlock/contract.h"

namespace weighlock {

// Rules WL-H-001 to WL-H-029, all of Stage::kPackaging: what the package has that the contract does
// not take, and what it lacks. In the order of the contract's tables, files in the package's order.
// Linear in artefacts and tensors.
std::vector<CheckFinding> JudgeContract(const Contract& contract, const OpenedPackage& opened,
                                        const Limits& limits);

// Marks what the waivers accept. A waiver that has expired is a finding of its own (WL-H-030); one
// that accepts nothing is told in `notes`.
void ApplyWaivers(const Contract& contract, const Date& today, std::vector<CheckFinding>& findings,
                  std::vector<std::string>& notes);

}  // namespace weighlock

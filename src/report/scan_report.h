// A scan for people, for machines (docs/json.md, weighlock-scan/1), and for what runs in CI.
#pragma once

#include <string>

#include "weighlock/scan.h"

namespace weighlock {

// `all`: nothing is left out of long lists.
std::string ScanText(const ScanReport& report, bool all);
std::string ScanJson(const ScanReport& report);

// SARIF 2.1.0, as GitHub's code scanning takes it: a result for each finding, at its byte offset.
std::string ScanSarif(const ScanReport& report);

// JUnit: a test for each file, failed by findings at `fail_on` and above, in error where it was not
// judged.
std::string ScanJunit(const ScanReport& report, Level fail_on);

// weighlock-baseline/1: the findings that count, but for critical ones, until a day.
std::string BaselineJson(const ScanReport& report, const Date& until);
// What a baseline can take: no critical finding, none that is accepted already, none that is only
// worth knowing.
bool IsForBaseline(const ScanFinding& finding);

// The page of a rule.
std::string ScanRuleText(const ScanRule& rule);
std::string ScanRuleJson(const ScanRule& rule);

// The opcodes around a byte, which an arrow points to.
std::string PickleWindowText(const PickleWindow& window);
std::string PickleWindowJson(const PickleWindow& window);

}  // namespace weighlock

// What the receiving side accepts of a scan: names that pickles may have besides those that are
// known (the allow-list), and findings that somebody has looked at (the baseline).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weighlock/date.h"
#include "weighlock/result.h"

namespace weighlock {

struct ScanReport;

// A class or function that pickles may call, though no table of ours knows it.
struct AllowEntry {
  std::string module, name;        // exactly, as Python 3 imports them
  std::vector<std::string> forms;  // "REDUCE", "NEWOBJ", ...: of the call; empty: any
  std::string rule;                // for its arguments, "data", "object", ...; empty: none
  std::string sha256;              // of the one outermost file that it is for; empty: all
  std::string reason;              // never empty
  Date until;                      // the last day on which it holds
  uint64_t line = 0;               // of the file
};

// Reads a file of [[allow]] tables (docs/scanning.md). kUsage says what is wrong in which line: a
// key that is not known or lacks, a name that is dangerous (nobody can allow it), no date. kLimit.
Result<std::vector<AllowEntry>> ReadAllowList(const std::string& path);

// The text of such a file for the names that are unknown in a scan, with the forms in which they
// are called; empty where there are none. What is known to be dangerous is never proposed.
std::string ProposeAllowList(const ScanReport& report, const Date& until);

// A finding that was looked at.
struct BaselineEntry {
  std::string fingerprint;  // as ScanFinding::fingerprint
  std::string rule, path;   // for people
  std::string reason;       // never empty
  std::string by;
  std::optional<Date> until;  // the last day on which it holds; nothing: for good
};

// Reads weighlock-baseline/1 (docs/json.md). kUsage, kMalformed, kLimit, kIo.
Result<std::vector<BaselineEntry>> ReadBaseline(const std::string& path);

}  // namespace weighlock

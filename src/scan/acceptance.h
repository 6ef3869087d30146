// What is accepted: asked for by the judges of pickles, applied to findings at the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "weighlock/acceptance.h"
#include "weighlock/scan.h"

namespace weighlock::scan {

// The user's allow-list, as far as it holds today. It is asked only for names that no table knows.
class AllowList {
 public:
  AllowList(const std::vector<AllowEntry>& entries, const Date& today);

  // The file that entries with a digest are for: hashed once, where such an entry is asked for.
  void SetFile(const ByteSource& file);

  // The entry that accepts the name, called in this form; an empty form: it is imported only.
  const AllowEntry* Find(std::string_view module, std::string_view name, std::string_view form);

  // Which entries have ended, and which accepted nothing.
  void AddNotes(std::vector<std::string>& notes) const;

 private:
  bool IsForFile(const AllowEntry& entry);

  std::vector<AllowEntry> entries_;  // by module and name
  std::vector<bool> used_;
  Date today_;
  std::optional<ByteSource> file_;
  std::string digest_;  // of the file; empty: not asked for yet
};

// Marks the findings that the baseline has, but for critical ones, and notes which of its entries
// have ended or match nothing.
void ApplyBaseline(const std::vector<BaselineEntry>& baseline, const Date& today,
                   ScanReport& report);

}  // namespace weighlock::scan

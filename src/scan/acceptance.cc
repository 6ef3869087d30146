// Entries are sorted, so that a long list costs no more than a short one.
#include "scan/acceptance.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/escape.h"
#include "codec/sha256.h"
#include "json/json.h"

namespace weighlock {
namespace scan {
namespace {

std::string NameText(const AllowEntry& entry) {
  return fmt::format("{}.{}", Escape(entry.module), Escape(entry.name));
}

// "unreadable" where it cannot be read: no digest is that.
std::string DigestOf(const ByteSource& source) {
  Sha256 hash;
  ByteVector block;
  const Status read = ForEachBlock(source, block, [&](Bytes bytes) -> Status {
    hash.Update(bytes);
    return {};
  });
  return read ? Hex(hash.Finish()) : "unreadable";
}

}  // namespace

AllowList::AllowList(const std::vector<AllowEntry>& entries, const Date& today)
    : entries_(entries), today_(today) {
  std::stable_sort(entries_.begin(), entries_.end(), [](const AllowEntry& a, const AllowEntry& b) {
    return std::tie(a.module, a.name) < std::tie(b.module, b.name);
  });
  used_.resize(entries_.size());
}

void AllowList::SetFile(const ByteSource& file) {
  file_ = file;
  digest_.clear();
}

bool AllowList::IsForFile(const AllowEntry& entry) {
  if (entry.sha256.empty()) return true;
  if (!file_) return false;
  if (digest_.empty()) digest_ = DigestOf(*file_);
  return digest_ == entry.sha256;
}

const AllowEntry* AllowList::Find(std::string_view module, std::string_view name,
                                  std::string_view form) {
  auto at = std::lower_bound(entries_.begin(), entries_.end(), std::tie(module, name),
                             [](const AllowEntry& entry, const auto& wanted) {
                               return std::tuple<std::string_view, std::string_view>(
                                          entry.module, entry.name) < wanted;
                             });
  for (; at != entries_.end() && at->module == module && at->name == name; ++at) {
    const bool takes_form = form.empty() || at->forms.empty() ||
                            std::find(at->forms.begin(), at->forms.end(), form) != at->forms.end();
    if (at->until < today_ || !takes_form || !IsForFile(*at)) continue;
    used_[static_cast<size_t>(at - entries_.begin())] = true;
    return &*at;
  }
  return nullptr;
}

void AllowList::AddNotes(std::vector<std::string>& notes) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const AllowEntry& entry = entries_[i];
    if (entry.until < today_) {
      notes.push_back(fmt::format("{} was allowed until {}, and is no more (line {})",
                                  NameText(entry), entry.until.Text(), entry.line));
    } else if (!used_[i]) {
      notes.push_back(
          fmt::format("{} is allowed, and was not met (line {})", NameText(entry), entry.line));
    }
  }
}

void ApplyBaseline(const std::vector<BaselineEntry>& baseline, const Date& today,
                   ScanReport& report) {
  if (baseline.empty()) return;
  std::map<std::string_view, std::vector<ScanFinding*>> by_fingerprint;
  for (ScanFinding& finding : report.findings) {
    by_fingerprint[finding.fingerprint].push_back(&finding);
  }
  for (const BaselineEntry& entry : baseline) {
    const std::string what = fmt::format("{} of {}", Escape(entry.rule), Escape(entry.path));
    const auto found = by_fingerprint.find(entry.fingerprint);
    if (found == by_fingerprint.end()) {
      report.notes.push_back(fmt::format("the baseline accepts {}, which is gone", what));
      continue;
    }
    if (entry.until && *entry.until < today) {
      report.notes.push_back(fmt::format("the baseline accepted {} until {}, and does no more",
                                         what, entry.until->Text()));
      continue;
    }
    for (ScanFinding* finding : found->second) {
      if (finding->level == Level::kCritical) {
        report.notes.push_back(
            fmt::format("the baseline names {}, which is critical: that counts for nothing", what));
      } else if (finding->accepted.empty()) {
        finding->accepted = entry.reason;
      }
    }
  }
}

}  // namespace scan

namespace {

constexpr size_t kMostEntries = 100'000;

Error BadEntry(const std::string& path, size_t index, std::string_view what) {
  return Error(Code::kUsage, fmt::format("entries[{}]: {}", index, what), kNoOffset, path);
}

Result<BaselineEntry> ReadEntry(const std::string& path, const JsonValue& row, size_t index) {
  const auto text = [&](std::string_view key) {
    const std::string* found = row.FindString(key);
    return found == nullptr ? std::string() : *found;
  };
  BaselineEntry entry{text("fingerprint"), text("rule"), text("path"),
                      text("reason"),      text("by"),   std::nullopt};
  if (entry.fingerprint.empty()) return BadEntry(path, index, "wanted a fingerprint");
  if (entry.reason.empty()) return BadEntry(path, index, "wanted a reason");
  const JsonValue* until = row.Find("until");
  if (until == nullptr || until->Is(JsonValue::Kind::kNull)) return entry;
  entry.until = Date::Read(until->text);
  if (!entry.until) {
    return BadEntry(path, index, "until: wanted a date such as 2027-01-31, or null");
  }
  return entry;
}

}  // namespace

Result<std::vector<BaselineEntry>> ReadBaseline(const std::string& path) {
  const Limits limits;
  WL_TRY(const ByteSource source, ByteSource::OpenFile(path, path));
  if (source.size() > limits.json_bytes) {
    return Error(
        Code::kLimit,
        fmt::format("{} bytes, at most {} are read here", source.size(), limits.json_bytes),
        kNoOffset, path);
  }
  WL_TRY(const ByteVector bytes, source.Read(0, source.size()));
  auto root = ParseJson(bytes, limits);
  if (!root) {
    return Error(Code::kUsage, fmt::format("no JSON: {}", root.error().what()),
                 root.error().offset(), path);
  }
  const std::string* schema = root->FindString("schema");
  const JsonValue* rows = root->Find("entries");
  if (schema == nullptr || *schema != "weighlock-baseline/1" || rows == nullptr ||
      !rows->Is(JsonValue::Kind::kArray)) {
    return Error(Code::kUsage,
                 "no baseline: wanted \"schema\": \"weighlock-baseline/1\" and \"entries\"",
                 kNoOffset, path);
  }
  if (rows->items.size() > kMostEntries) {
    return Error(Code::kLimit, fmt::format("more than {} entries", kMostEntries), kNoOffset, path);
  }
  std::vector<BaselineEntry> entries;
  for (size_t i = 0; i < rows->items.size(); ++i) {
    WL_TRY(BaselineEntry entry, ReadEntry(path, rows->items[i], i));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace weighlock

// Files of one path are compared by bytes, JSON then by keys and values, since spaces and the order
// of keys say nothing; only files that can change an answer are looked at.
#include "diff/file_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "diff/json_difference.h"
#include "json/json.h"

namespace weighlock {
namespace {

constexpr size_t kBlock = size_t{1} << 20;

// Whether a difference in this file says something about what the model answers.
bool IsCompared(const Artefact& artefact) {
  return artefact.role == Role::kConfig || artefact.role == Role::kTokenizer ||
         artefact.role == Role::kCode || artefact.role == Role::kOther;
}

using Files = std::map<std::string_view, size_t>;

Files ComparedFiles(const Package& package) {
  Files files;
  for (size_t i = 0; i < package.artefacts.size(); ++i) {
    if (IsCompared(package.artefacts[i])) files[package.artefacts[i].path] = i;
  }
  return files;
}

Result<bool> SameContent(const ByteSource& a, const ByteSource& b) {
  if (a.size() != b.size()) return false;
  ByteVector block_a(kBlock), block_b(kBlock);
  for (uint64_t done = 0; done < a.size();) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(kBlock, a.size() - done));
    WL_CHECKED(a.ReadAt(done, MutableBytes(block_a).first(count)).In(a.name()));
    WL_CHECKED(b.ReadAt(done, MutableBytes(block_b).first(count)).In(b.name()));
    if (!SameBytes(Bytes(block_a).first(count), Bytes(block_b).first(count))) return false;
    done += count;
  }
  return true;
}

// Adds where the two differ as JSON; false where either is none that can be read.
Result<bool> CompareAsJson(const std::string& path, const ByteSource& a, const ByteSource& b,
                           const Limits& limits, std::vector<FileDifference>& differences) {
  if (a.size() > limits.json_bytes || b.size() > limits.json_bytes) return false;
  WL_TRY(const ByteVector text_a, a.Read(0, a.size()));
  WL_TRY(const ByteVector text_b, b.Read(0, b.size()));
  const auto json_a = ParseJson(text_a, limits), json_b = ParseJson(text_b, limits);
  if (!json_a || !json_b) return false;
  AddJsonDifferences(path, *json_a, *json_b, differences);
  return true;
}

Status CompareFile(const std::string& path, const ByteSource& a, const ByteSource& b,
                   const Limits& limits, DiffReport& report) {
  const size_t before = report.files.size();
  WL_TRY(bool same, SameContent(a, b));
  if (!same) {
    bool as_json = false;
    if (path.ends_with(".json")) {
      WL_TRY(as_json, CompareAsJson(path, a, b, limits, report.files));
    }
    if (!as_json) {
      report.files.push_back(
          {path, "", fmt::format("{} bytes", a.size()), fmt::format("{} bytes, others", b.size())});
    }
    same = report.files.size() == before;  // other spaces, or another order of keys
  }
  report.equal_files += same;
  return {};
}

}  // namespace

Status CompareFiles(const OpenedPackage& a, const OpenedPackage& b, const Limits& limits,
                    DiffReport& report) {
  const Files files_a = ComparedFiles(a.package), files_b = ComparedFiles(b.package);
  std::map<std::string_view, std::pair<const size_t*, const size_t*>> all;
  for (const auto& [path, index] : files_a) all[path].first = &index;
  for (const auto& [path, index] : files_b) all[path].second = &index;
  for (const auto& [path, indexes] : all) {
    const auto [in_a, in_b] = indexes;
    if (in_a != nullptr && in_b != nullptr) {
      WL_CHECKED(
          CompareFile(std::string(path), a.sources[*in_a], b.sources[*in_b], limits, report));
      continue;
    }
    const uint64_t size =
        in_a != nullptr ? a.package.artefacts[*in_a].size : b.package.artefacts[*in_b].size;
    const std::string there = fmt::format("{} bytes", size);
    report.files.push_back(
        {std::string(path), "", in_a != nullptr ? there : "", in_b != nullptr ? there : ""});
  }
  return {};
}

Status CompareTwoFiles(const OpenedPackage& a, const OpenedPackage& b, const Limits& limits,
                       DiffReport& report) {
  return CompareFile(a.package.artefacts[0].path, a.sources[0], b.sources[0], limits, report);
}

}  // namespace weighlock

// "snapshots/x/config.json" -> "../../blobs/y", as a hub cache is packed, stays inside. The text of
// a link tells where it leads only as far as no other link stands in the way.
#include "scan/archive/archive_links.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/escape.h"
#include "scan/package_rules.h"

namespace weighlock::scan {
namespace {

// The components of `path`, but for empty ones and ".".
std::vector<std::string_view> PartsOf(std::string_view path) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (!part.empty() && part != ".") parts.push_back(part);
    at = end + 1;
  }
  return parts;
}

std::string Joined(const std::vector<std::string_view>& parts) {
  return fmt::format("{}", fmt::join(parts, "/"));
}

bool NamesCode(std::string_view path) {
  constexpr std::array<std::string_view, 8> kEndings = {".py", ".pyc", ".pyd", ".so",
                                                        ".sh", ".pth", ".dll", ".js"};
  const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return IsTrustedModule(name) ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

void ArchiveLinks::Add(ArchiveLink link) {
  names_.insert(Joined(PartsOf(link.name)));
  links_.push_back(std::move(link));
}

void ArchiveLinks::AddFile(std::string_view name) {
  files_.insert(Joined(PartsOf(name)));
}

void ArchiveLinks::Report(const FileScan& scan) const {
  for (const ArchiveLink& link : links_) {
    ScanFinding& finding =
        scan.Add("WL-S-204", link.offset,
                 fmt::format("member {} is a {} link to {}", Quote(link.name),
                             link.is_hard ? "hard" : "symbolic", Quote(link.target)));
    if (LeadsOut(link) || NamesCode(link.name)) continue;
    finding.level = Level::kMedium;
    finding.verdict = ScanVerdict::kReview;
  }
}

bool ArchiveLinks::LeadsOut(const ArchiveLink& link) const {
  const bool is_absolute = link.target.starts_with('/') || link.name.starts_with('/');
  if (is_absolute || link.target.find_first_of("\\:") != std::string::npos) return true;
  const std::string folder = link.name.substr(0, link.name.rfind('/') + 1);  // npos + 1 is 0
  const std::string path = (link.is_hard ? std::string() : folder) + link.target;
  std::vector<std::string_view> parts;
  for (const std::string_view part : PartsOf(path)) {
    if (part != "..") {
      parts.push_back(part);
    } else {
      if (parts.empty() || names_.contains(Joined(parts))) return true;
      parts.pop_back();
    }
  }
  // A hard link to no member is one to whatever lies where it is unpacked.
  return link.is_hard && !files_.contains(Joined(parts));
}

}  // namespace weighlock::scan

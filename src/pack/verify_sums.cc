// Digests are taken of the files as they lie on the disk.
#include "pack/verify_sums.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "base/escape.h"
#include "base/threads.h"
#include "pack/manifest.h"

namespace weighlock {
namespace {

// The folder whose files a SHA256SUMS lists, with a slash: the top, or the one folder that is
// there.
std::optional<std::string> FolderOfSums(const UnpackReport& report) {
  std::optional<std::string> folder;
  for (const UnpackedMember& member : report.members) {
    if (member.is_folder) continue;
    if (member.path == kSumsName) return "";
    const size_t slash = member.path.find('/');
    if (slash != std::string::npos && member.path.substr(slash + 1) == kSumsName) {
      folder = member.path.substr(0, slash + 1);
    }
  }
  if (!folder) return std::nullopt;
  for (const UnpackedMember& member : report.members) {
    if (!(member.path + "/").starts_with(*folder)) return std::nullopt;
  }
  return folder;
}

}  // namespace

Status VerifySums(const std::string& tree, const Limits& limits, UnpackReport& report) {
  const std::optional<std::string> folder = FolderOfSums(report);
  if (!folder) return {};
  const std::string name = *folder + std::string(kSumsName);
  WL_TRY(const ByteSource file, ByteSource::OpenFile(tree + "/" + name, name));
  if (file.size() > limits.json_bytes)
    return Error(Code::kLimit, "it is too long", kNoOffset, name);
  WL_TRY(const ByteVector text, file.Read(0, file.size()));
  WL_TRY(const auto sums, Result<std::vector<Sum>>(ReadSums(AsText(text), limits)).In(name));
  std::vector<ByteSource> sources;
  std::set<std::string> vouched;
  for (const Sum& sum : sums) {
    const std::string path = *folder + sum.path;
    auto source = ByteSource::OpenFileAtEachRead(tree + "/" + path, path);
    if (!source) {
      return Error(Code::kMismatch,
                   fmt::format("it lists {}, which is not in the archive", Quote(sum.path)),
                   kNoOffset, name);
    }
    sources.push_back(*std::move(source));
    vouched.insert(path);
  }
  WL_TRY(const auto digests, DigestsOf(sources, ThreadCount(0), nullptr));
  for (size_t i = 0; i < sums.size(); ++i) {
    if (digests[i] == sums[i].sha256) continue;
    return Error(Code::kMismatch,
                 fmt::format("its SHA-256 is {}, {} says {}", digests[i], name, sums[i].sha256),
                 kNoOffset, sources[i].name());
  }
  report.verified = sums.size();
  for (const UnpackedMember& member : report.members) {
    if (member.is_folder || member.path == name || vouched.contains(member.path)) continue;
    report.notes.push_back(fmt::format("{} is not listed in {}", Escape(member.path), name));
  }
  return {};
}

}  // namespace weighlock

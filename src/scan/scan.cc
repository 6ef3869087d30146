// Paths to bytes: folders are walked, everything else is told by its bytes.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>

#include "base/byte_source.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "package/links.h"
#include "scan/package_rules.h"
#include "scan/scanner.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;
using scan::Place;
using scan::Scanner;

// Small files are read once, whole.
constexpr uint64_t kSmall = uint64_t{256} << 10;
// Folders of more files than this are worth several threads.
constexpr size_t kFewFiles = 32;

struct FolderFile {
  std::string path;
  bool is_link = false;
  int error = 0;  // of a folder that cannot be listed: what hides there is not known
};

// Files below `root` in byte order of their paths; links are not followed to folders. kLimit.
Result<std::vector<FolderFile>> FilesBelow(const std::string& root, const Limits& limits) {
  std::vector<FolderFile> files;
  std::vector<std::string> folders = {root};
  uint64_t entries = 0;
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    std::error_code error, ignored;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      if (++entries > limits.members) {
        return Error(Code::kLimit, fmt::format("more than {} files and folders", limits.members),
                     kNoOffset, root);
      }
      const bool is_link = it->is_symlink(ignored);
      if (!is_link && it->is_directory(ignored)) {
        folders.push_back(it->path().string());
      } else {
        files.push_back({it->path().string(), is_link});
      }
    }
    if (error) files.push_back({folder, false, error.value()});
  }
  std::sort(files.begin(), files.end(),
            [](const FolderFile& a, const FolderFile& b) { return a.path < b.path; });
  return files;
}

// What cannot be read hides nothing that is found elsewhere.
void AddUnreadable(Scanner& scanner, const std::string& path, const Error& error) {
  const scan::FileScan scan = scanner.Begin({{path}, 0}, 0);
  scan.SetFormat("not read");
  scan.Unreadable(Error(Code::kIo, error.what()));
  scan.file().coverage = Coverage::kFailed;
}

Result<ByteSource> OpenSource(const std::string& path) {
  WL_TRY(ByteSource source, ByteSource::OpenFile(path, path));
  if (source.size() > kSmall) return source;
  WL_TRY(ByteVector bytes, source.Read(0, source.size()));
  return ByteSource::FromMemory(std::move(bytes), path);
}

void ScanFile(Scanner& scanner, const std::string& path) {
  const Place place{{path}, 0};
  const auto source = OpenSource(path);
  Progress* progress = scanner.progress();
  if (source) {
    if (progress != nullptr) progress->Expect(source->size());
    scanner.SetOutermost(*source);
    scanner.ScanBytes(*source, place);
    if (progress != nullptr) progress->Add(source->size());
    return;
  }
  AddUnreadable(scanner, path, source.error());
}

// What a link is worth knowing for: what is read may lie anywhere, and change.
void JudgeLink(const scan::FileScan& scan, const std::string& root, const std::string& path) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  if (error || TargetInside(root, path)) return;
  ScanFinding& finding = scan.Add(
      "WL-S-205", kNoOffset,
      fmt::format("a link to {}, which lies outside of the folder", Quote(target.string())));
  if (IsOfHubCache(path, target)) finding.level = Level::kInfo;
}

// A folder that is reached by a link, too: its files are judged where they lie, and what matters is
// what the link's name makes of them.
void JudgeFolderLink(Scanner& scanner, const std::string& root, const std::string& path,
                     const fs::path& target) {
  const scan::FileScan scan = scanner.Begin({{path}, 0}, 0);
  scan.SetFormat("link");
  const std::string name = fs::path(path).filename().string();
  if (scan::IsTrustedModule(name)) {
    scan.Add(
        "WL-S-405", kNoOffset,
        fmt::format("it is imported in place of the module {}, which is trusted", Quote(name)));
    return;
  }
  const std::string inside = fs::relative(target, fs::weakly_canonical(root)).string();
  ScanFinding& finding =
      scan.Add("WL-S-205", kNoOffset, fmt::format("a link to the folder {}", Quote(inside)));
  const bool is_special = name.starts_with('.') || name == "code" || name == "requirements";
  if (!is_special) finding.level = Level::kInfo;
}

void ScanFolderFile(Scanner& scanner, const std::string& root, const FolderFile& file) {
  if (file.error != 0) {
    return AddUnreadable(scanner, file.path,
                         SystemError(file.error, "cannot list the folder", file.path));
  }
  std::error_code error;
  const auto target = file.is_link ? TargetInside(root, file.path) : std::nullopt;
  if (target && fs::is_directory(*target, error)) {
    return JudgeFolderLink(scanner, root, file.path, *target);
  }
  const size_t index = scanner.report().files.size();
  ScanFile(scanner, file.path);
  if (file.is_link) JudgeLink(scanner.FileAt(index), root, file.path);
}

// The files in their order, several at a time; the report does not depend on how many.
void ScanFiles(Scanner& scanner, const std::string& root, const std::vector<FolderFile>& files,
               const ScanOptions& options) {
  if (files.size() <= kFewFiles) {
    for (const FolderFile& file : files) ScanFolderFile(scanner, root, file);
    return;
  }
  std::vector<std::optional<Scanner>> parts(files.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < files.size() && !Interrupted(); i = next++) {
      ScanFolderFile(parts[i].emplace(options), root, files[i]);
    }
  };
  {
    std::vector<std::jthread> threads;
    StartThreads(threads, ThreadCount(options.threads) - 1, work);
    work();
  }
  for (std::optional<Scanner>& part : parts) {
    if (part) scanner.Absorb(*std::move(part));
  }
}

}  // namespace

Result<ScanReport> Scan(const std::vector<std::string>& paths, const ScanOptions& options) {
  Scanner scanner(options);
  for (const std::string& path : paths) {
    struct stat st;
    if (::stat(path.c_str(), &st) != 0) {
      Error error = SystemError(errno, "cannot open", path);
      if (paths.size() == 1) return error;
      AddUnreadable(scanner, path, error);
      continue;
    }
    if (!S_ISDIR(st.st_mode)) {
      ScanFile(scanner, path);
      continue;
    }
    WL_TRY(const auto files, FilesBelow(path, options.limits));
    ScanFiles(scanner, path, files, options);
  }
  if (Interrupted()) return Error(Code::kInterrupted, "stopped while reading", kNoOffset);
  scan::JudgePackage(scanner);
  return std::move(scanner).Finish();
}

}  // namespace weighlock

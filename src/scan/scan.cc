// Paths to bytes: folders are walked, everything else is told by its bytes.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/byte_source.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "scan/package_rules.h"
#include "scan/scanner.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;
using scan::Place;
using scan::Scanner;

// Regular files below `root` in byte order of their paths, links to files among them; links to
// folders are not followed. kLimit, kIo.
Result<std::vector<std::string>> FilesBelow(const std::string& root, const Limits& limits) {
  std::vector<std::string> files;
  uint64_t entries = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    if (++entries > limits.members) {
      return Error(Code::kLimit, fmt::format("more than {} files and folders", limits.members),
                   kNoOffset, root);
    }
    std::error_code ignored;
    if (!it->is_directory(ignored) || it->is_symlink(ignored)) files.push_back(it->path().string());
  }
  if (error) return SystemError(error.value(), "cannot list the folder", root);
  std::sort(files.begin(), files.end());
  return files;
}

void ScanFile(Scanner& scanner, const std::string& path) {
  const Place place{{path}, 0};
  auto source = ByteSource::OpenFile(path, path);
  if (source) return scanner.ScanBytes(*source, place);
  const scan::FileScan scan = scanner.Begin(place, 0);
  scan.SetFormat("not read");
  scan.Unreadable(Error(Code::kIo, source.error().what()));
  scan.file().coverage = Coverage::kFailed;
}

}  // namespace

Result<ScanReport> Scan(const std::vector<std::string>& paths, const ScanOptions& options) {
  Scanner scanner(options);
  for (const std::string& path : paths) {
    struct stat st;
    if (::stat(path.c_str(), &st) != 0) return SystemError(errno, "cannot open", path);
    if (!S_ISDIR(st.st_mode)) {
      ScanFile(scanner, path);
      continue;
    }
    WL_TRY(const auto files, FilesBelow(path, options.limits));
    for (const std::string& file : files) ScanFile(scanner, file);
  }
  if (Interrupted()) return Error(Code::kInterrupted, "stopped while reading", kNoOffset);
  scan::JudgePackage(scanner);
  return std::move(scanner).Finish();
}

}  // namespace weighlock

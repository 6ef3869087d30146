// Which sink a path asks for, and what the sinks share.
#include "package/package_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "base/escape.h"

namespace weighlock {

Status PackageSink::WriteFrom(const ByteSource& source, Progress* progress) {
  ByteVector block;
  return ForEachBlock(source, block, [&](Bytes bytes) {
    if (progress != nullptr) progress->Add(bytes.size());
    return Write(bytes);
  });
}

Status ComparedFile::Write(Bytes bytes) {
  WL_CHECKED(WriteCompared(file_, position_, bytes, back_));
  StartWriteback(file_, position_, bytes.size());
  position_ += bytes.size();
  return {};
}

// What the eleven octal digits of a tar's header hold.
constexpr uint64_t kMostOfUstar = 077777777777;

uint64_t ModificationTime() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  return epoch == nullptr ? 0 : std::min<uint64_t>(std::strtoull(epoch, nullptr, 10), kMostOfUstar);
}

namespace {

Status CheckEpoch() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  if (epoch == nullptr) return {};
  const std::string_view text = epoch;
  const bool is_number = !text.empty() && text.size() <= 10 &&
                         text.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number && std::strtoull(epoch, nullptr, 10) <= kMostOfUstar) return {};
  return Error(Code::kUsage,
               fmt::format("SOURCE_DATE_EPOCH is {}; wanted the seconds since 1970, at most {}",
                           Quote(text, 60), kMostOfUstar));
}

}  // namespace

Result<PackageKind> OutputKind(const std::string& path) {
  if (path.ends_with(".tar.gz") || path.ends_with(".tgz")) return PackageKind::kTarGz;
  if (path.ends_with(".tar")) return PackageKind::kTar;
  if (path.ends_with(".zip")) return PackageKind::kZip;
  std::string lower = path;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  // What is meant to be a file, and would become a folder.
  constexpr std::array kFiles = {".tar",  ".zip",  ".gz",  ".tgz", ".gzip",       ".bz2",
                                 ".tbz2", ".xz",   ".txz", ".zst", ".rar",        ".7z",
                                 ".mar",  ".nemo", ".bin", ".pt",  ".safetensors"};
  const bool is_file = std::any_of(kFiles.begin(), kFiles.end(),
                                   [&](const char* ending) { return lower.ends_with(ending); });
  if (is_file || path == "-") {
    return Error(Code::kUsage,
                 "wanted the name of a folder, or one ending in .tar, .tar.gz, .tgz or .zip",
                 kNoOffset, path);
  }
  return PackageKind::kFolder;
}

Result<std::unique_ptr<PackageSink>> OpenSink(const std::string& path, unsigned threads) {
  WL_TRY(const PackageKind kind, OutputKind(path));
  WL_CHECKED(CheckEpoch());
  switch (kind) {
    case PackageKind::kFolder:
      return OpenFolderSink(path);
    case PackageKind::kZip:
      return OpenZipSink(path);
    default:
      return OpenTarSink(path, kind == PackageKind::kTarGz, threads);
  }
}

}  // namespace weighlock

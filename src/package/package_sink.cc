// Which sink a path asks for, and what the sinks share.
#include "package/package_sink.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

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

uint64_t ModificationTime() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  constexpr uint64_t kMostOfUstar = 077777777777;
  return epoch == nullptr ? 0 : std::min<uint64_t>(std::strtoull(epoch, nullptr, 10), kMostOfUstar);
}

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

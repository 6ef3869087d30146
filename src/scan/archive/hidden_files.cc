// Where loaders look, and no further: nothing is searched for that none of them would find. What
// was let go of a stream cannot be looked at, and is no finding: it goes by under its own name.
#include "scan/archive/hidden_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "scan/archive/tar_judge.h"
#include "scan/archive/zip_judge.h"
#include "scan/archive/zip_readings.h"
#include "scan/hdf5/hdf5_judge.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kEndRecord = 22, kMostComment = 65535;
constexpr uint64_t kLocator64 = 20, kEndRecord64 = 56;
constexpr uint64_t kLeastDirectory = 46;
constexpr size_t kMostZips = 4;

// A zip, by an end record that leads to a directory.
struct HiddenZip {
  std::optional<uint64_t> start;  // of its first byte, by the offsets in it
  uint64_t record;                // of its end record
  uint64_t end;                   // behind its comment
  bool reaches_end;               // of the file: so every reader of zips finds it
  bool is_gone = false;           // where its directory would stand was let go of a stream
};

bool IsGone(const ByteSource& source, uint64_t at, uint64_t size) {
  if (!FitsIn(at, size, source.size())) return false;
  const auto bytes = source.Read(at, size);
  return !bytes && bytes.error().code() == Code::kUnsupported;
}

bool StartsAt(const ByteSource& source, uint64_t at, std::string_view signature) {
  if (!FitsIn(at, signature.size(), source.size())) return false;
  const auto bytes = source.Read(at, signature.size());
  return bytes && AsText(*bytes) == signature;
}

// Where a directory of `size` bytes that stands before byte `end`, and says that it stands at
// `offset`, begins: Python's zipfile goes by the one, other readers by the other.
std::optional<uint64_t> DirectoryAt(const ByteSource& source, uint64_t end, uint64_t size,
                                    uint64_t offset) {
  constexpr std::string_view kHeader = "PK\x01\x02";
  if (size >= kLeastDirectory && size <= end && StartsAt(source, end - size, kHeader))
    return end - size;
  if (offset < end && StartsAt(source, offset, kHeader)) return offset;
  return std::nullopt;
}

std::optional<uint64_t> StartOf(uint64_t directory, uint64_t offset) {
  return directory >= offset ? std::optional(directory - offset) : std::nullopt;
}

// Readers believe a record of zip64 wherever there is one, whatever stands in the other.
std::optional<HiddenZip> ZipEndingAt(const ByteSource& source, uint64_t at, Bytes record) {
  const uint64_t comment =
      std::min<uint64_t>(LoadLe<uint16_t>(record.subspan(20)), source.size() - at - kEndRecord);
  const uint64_t end = at + kEndRecord + comment;
  const bool reaches_end = end == source.size();
  if (at >= kLocator64 && StartsAt(source, at - kLocator64, "PK\x06\x07")) {
    std::vector<uint64_t> records;
    if (at >= kLocator64 + kEndRecord64) records.push_back(at - kLocator64 - kEndRecord64);
    const auto locator = source.Read(at - kLocator64, kLocator64);
    if (locator) records.push_back(LoadLe<uint64_t>(Bytes(*locator).subspan(8)));
    for (const uint64_t start : records) {
      if (IsGone(source, start, kEndRecord64)) return HiddenZip{{}, at, end, reaches_end, true};
      if (!FitsIn(start, kEndRecord64, at) || !StartsAt(source, start, "PK\x06\x06")) continue;
      const auto large = source.Read(start, kEndRecord64);
      if (!large) continue;
      const uint64_t offset = LoadLe<uint64_t>(Bytes(*large).subspan(48));
      const auto directory =
          DirectoryAt(source, start, LoadLe<uint64_t>(Bytes(*large).subspan(40)), offset);
      if (directory) return HiddenZip{StartOf(*directory, offset), at, end, reaches_end};
    }
  }
  const uint64_t offset = LoadLe<uint32_t>(record.subspan(16));
  const uint64_t size = LoadLe<uint32_t>(record.subspan(12));
  const auto directory = DirectoryAt(source, at, size, offset);
  if (!directory) {
    const bool is_gone =
        size >= kLeastDirectory && size <= at && IsGone(source, at - size, sizeof(uint32_t));
    return is_gone ? std::optional(HiddenZip{{}, at, end, reaches_end, true}) : std::nullopt;
  }
  return HiddenZip{StartOf(*directory, offset), at, end, reaches_end};
}

// Those whose end records stand where readers look for one, the last first. One more than
// kMostZips: there are too many.
std::vector<HiddenZip> HiddenZips(const ByteSource& source) {
  std::vector<HiddenZip> found;
  if (source.size() < kEndRecord) return found;
  const uint64_t size = std::min(source.size(), kEndRecord + kMostComment);
  const auto tail = source.Read(source.size() - size, size);
  if (!tail) return found;
  const std::string_view text = AsText(*tail);
  size_t end = text.size();
  while (found.size() <= kMostZips) {
    const void* const letter = ::memrchr(text.data(), 'P', end);  // rfind looks at each byte
    if (letter == nullptr) break;
    const size_t at = end = static_cast<size_t>(static_cast<const char*>(letter) - text.data());
    if (!text.substr(at).starts_with("PK\x05\x06") || text.size() - at < kEndRecord) continue;
    const auto zip = ZipEndingAt(source, source.size() - size + at, Bytes(*tail).subspan(at));
    if (zip) found.push_back(*zip);
  }
  return found;
}

// Whether a loader that wants a zip or HDF5 would be given the file for its name.
bool IsAskedForByName(std::string_view name) {
  constexpr std::array kEndings = {".keras", ".h5",  ".hdf5", ".skops", ".pt",  ".pth", ".bin",
                                   ".ckpt",  ".pt2", ".mar",  ".npz",   ".zip", ".ptl"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

void JudgeZips(const Subject& subject, const FileScan& scan) {
  const ByteSource& source = subject.source;
  const auto zips = HiddenZips(source);
  if (zips.size() > kMostZips) {
    scan.Unjudged("WL-S-003", zips.back().record, "more directories of zips than are judged");
  }
  bool read_all = false;
  for (const HiddenZip& zip : zips) {
    if (zip.is_gone) {
      scan.Unjudged("WL-S-001", zip.record,
                    "an end record of a zip, whose directory passed by and was not kept");
      continue;
    }
    const bool is_whole = zip.start.value_or(0) > 0 && StartsAt(source, *zip.start, "PK\x03\x04");
    if (is_whole && scan.HasDescended(*zip.start, zip.end - *zip.start)) continue;
    if (!is_whole && read_all) continue;
    ScanFinding& finding =
        scan.Add("WL-S-209", zip.record,
                 zip.reaches_end ? "a zip's directory stands at its end"
                                 : "a zip lies in it, which readers find by its directory");
    if (!zip.reaches_end && !IsAskedForByName(subject.name)) {
      finding.level = Level::kMedium;  // an attachment, or a trap for few
      finding.verdict = ScanVerdict::kReview;
    }
    if (is_whole) {
      const std::string name = fmt::format("+0x{:x}", *zip.start);
      scan.Descend(source.Slice(*zip.start, zip.end - *zip.start, name), name, *zip.start);
    } else {
      JudgeAllReadings(source, scan);
      read_all = true;
    }
  }
}

// The library looks for the signature at 0, 512, 1024, 2048 and so on.
void JudgeHdf5Behind(const Subject& subject, const FileScan& scan) {
  constexpr uint64_t kFirst = 512;
  const ByteSource& source = subject.source;
  for (uint64_t at = kFirst; at < source.size(); at *= 2) {
    if (StartsAt(source, at, kHdf5Signature)) {
      const uint64_t size = source.size() - at;
      if (scan.HasDescended(at, 1)) continue;  // a member of an archive
      if (scan.file().format != "unknown") {
        scan.Add("WL-S-209", at, "an HDF5 file begins in it, where the library looks for one");
      }
      const std::string name = fmt::format("+0x{:x}", at);
      scan.Descend(source.Slice(at, size, name), name, at);
    }
    if (at > source.size() / 2) break;
  }
}

}  // namespace

void JudgeHiddenFiles(const Subject& subject, const FileScan& scan) {
  // What does not pack well lies in a packed file as it is, and was judged when it was unpacked.
  if (IsPacked(subject) && !IsAskedForByName(subject.name)) return;
  if (!IsHdf5(subject)) JudgeHdf5Behind(subject, scan);
  if (!IsZip(subject)) JudgeZips(subject, scan);
}

}  // namespace weighlock::scan

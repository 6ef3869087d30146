// The strict reader refuses what two readers could read differently; that is the finding, and then
// whatever any of them could load is judged: each member begins at some local header.
#include "scan/archive/zip_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/checked.h"
#include "base/escape.h"
#include "base/package_path.h"
#include "codec/deflate.h"
#include "container/zip/zip_reader.h"
#include "package/unpacked.h"
#include "scan/archive/archive_links.h"
#include "scan/archive/zip_readings.h"
#include "scan/archive/zip_sequence.h"
#include "scan/archive/zip_view.h"
#include "scan/model/native_judge.h"

namespace weighlock::scan {
namespace {

constexpr uint16_t kDeflated = 8;
constexpr uint32_t kTypeMask = 0170000, kRegular = 0100000, kDirectory = 0040000, kLink = 0120000,
                   kPipe = 0010000;

void JudgeName(const ZipMember& member, const FileScan& scan) {
  const auto path = NormaliseRead(member.name, scan.limits());
  if (!path) {
    scan.Add("WL-S-203", member.local_header_offset, path.error().what());
  }
  const uint32_t type = member.unix_mode & kTypeMask;
  if (type == 0 || type == kRegular || type == kDirectory || type == kLink) return;
  ScanFinding& finding = scan.Add("WL-S-204", member.local_header_offset,
                                  fmt::format("member {} is no regular file", Quote(member.name)));
  if (type != kPipe) return;
  finding.level = Level::kMedium;  // zip notes that it read from one
  finding.verdict = ScanVerdict::kReview;
}

// Unpackers that know of links read the target from the content; others write that as a file.
void AddLink(const ZipView& zip, const ZipMember& member, ArchiveLinks& links) {
  if ((member.unix_mode & kTypeMask) != kLink) return;
  std::string target = "/";  // what cannot be read leads anywhere
  if (member.size > 0 && member.size <= zip.limits.path_bytes) {
    const auto content = zip.Content(member);
    const auto bytes = content ? content->Read(0, content->size()) : Result<ByteVector>({});
    if (bytes && !bytes->empty()) target = AsText(*bytes);
  }
  links.Add({member.name, target, false, member.local_header_offset});
}

// Ways of packing that torch and this reader of zips do not know and Python's does: what is found
// is told, and that the member was not read stays.
void JudgeOtherPacking(const ZipView& zip, const ZipMember& member, const FileScan& inner) {
  constexpr uint16_t kBzip2 = 12, kLzma = 14, kZstd = 93, kXz = 95;
  constexpr uint64_t kLzmaHead = 4, kLzmaProperties = 5, kMostLzma = uint64_t{16} << 20;
  const uint64_t size = member.compressed_size;
  if (!member.payload_offset || !FitsIn(*member.payload_offset, size, zip.source.size())) return;
  const ByteSource packed = zip.source.Slice(*member.payload_offset, size, member.name);
  if (member.method == kBzip2 || member.method == kZstd || member.method == kXz) {
    return inner.Descend(packed, member.name, *member.payload_offset);
  }
  if (member.method != kLzma || size < kLzmaHead + kLzmaProperties || size > kMostLzma) return;
  // The version of a packer and a size stand in place of the size that a file of lzma begins with.
  const auto bytes = packed.Read(kLzmaHead, size - kLzmaHead);
  if (!bytes) return;
  ByteVector file(bytes->begin(), bytes->begin() + kLzmaProperties);
  AppendLe(file, member.size);
  file.insert(file.end(), bytes->begin() + kLzmaProperties, bytes->end());
  inner.Descend(ByteSource::FromMemory(std::move(file), member.name), member.name, kNoOffset);
}

// One member, by its content. What is wrong with it is its own matter: the others are judged.
void JudgeMember(const ZipView& zip, const ZipMember& member, const FileScan& scan) {
  const uint64_t offset = ZipView::OffsetOf(member);
  const auto content = zip.Content(member);
  if (content) return scan.Descend(*content, member.name, offset);
  const FileScan inner =
      scan.scanner().Begin(scan.place().Inside(member.name, offset), member.size);
  inner.SetFormat("not read");
  inner.file().coverage = Coverage::kFailed;
  inner.Unreadable(content.error());
  if (content.error().code() == Code::kUnsupported) JudgeOtherPacking(zip, member, inner);
  // A wrong checksum hides nothing: loaders that do not look at it go on.
  if (content.error().code() == Code::kMismatch && member.payload_offset) {
    JudgeReading({member.name, *member.payload_offset, member.compressed_size, member.method},
                 zip.source, scan);
  }
}

// A member that a format has vouched for as bare numbers or as its own, and that another loader
// takes for something else: a library that is loaded (AOTInductor), a handler that is run.
void JudgeExplained(const ZipView& zip, const ZipMember& member, const FileScan& scan) {
  constexpr uint64_t kHead = 512;  // what is kept of a storage that goes by
  if (!member.is_stored() || !member.payload_offset) return;
  const uint64_t size = std::min(member.compressed_size, kHead);
  if (!FitsIn(*member.payload_offset, size, zip.source.size())) return;
  const auto head = zip.source.Read(*member.payload_offset, size);
  if (!head || !BeginsProgram(*head)) return;
  scan.Add("WL-S-401", *member.payload_offset,
           fmt::format("the member {} is a program or library", Quote(member.name, 100)));
}

// Storages are named by numbers; what has the name of code is looked at as code.
bool HasNameOfCode(std::string_view name) {
  constexpr std::array kEndings = {".py", ".pyc", ".so", ".pyd", ".dll", ".dylib", ".sh", ".pth"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

// Every format that fits judges: which of them the loader goes by is for the loader to say. What
// TorchScript keeps is that of torch.save and more.
void JudgeMembers(const ZipView& zip, const FileScan& scan) {
  std::vector<bool> explained(zip.directory.members.size(), false);
  scan.SetFormat("zip");
  size_t fitting = 0;
  bool is_script = false;
  for (const ZipFormat& format : ZipFormats()) {
    if (!format.fits(zip) || (is_script && format.format == "torch-zip")) continue;
    is_script = is_script || format.format == "torchscript";
    if (fitting++ == 0) scan.SetFormat(format.format);
    format.judge(zip, scan, explained);
  }
  ArchiveLinks links;
  for (size_t i = 0; i < zip.directory.members.size(); ++i) {
    const ZipMember& member = zip.directory.members[i];
    JudgeName(member, scan);
    AddLink(zip, member, links);
    const bool is_folder = member.name.ends_with('/') && member.size == 0;
    if (is_folder) continue;
    if (explained[i]) JudgeExplained(zip, member, scan);
    // The sources of a TorchScript graph, which its judge has told of.
    const bool is_graph =
        is_script && fitting == 1 && member.name.find("code/") != std::string::npos;
    const bool is_unread = !member.is_stored() && member.method != kDeflated;
    if (!explained[i] || is_unread || (!is_graph && HasNameOfCode(member.name))) {
      JudgeMember(zip, member, scan);
    }
  }
  links.Report(scan);
}

// No reader of zips looks at bytes of no member, behind the end or before it, but others may.
void JudgeUnowned(const ByteSource& source, const ZipGap& bytes_of_none, std::string_view where,
                  const FileScan& scan) {
  constexpr uint64_t kMost = uint64_t{64} << 10;  // readers look no further back for the end
  const auto& [end, left] = bytes_of_none;
  if (left == 0) return;
  const auto bytes = source.Read(end, std::min(left, kMost));
  if (!bytes) return scan.Unreadable(bytes.error());
  const bool is_padding =
      left <= kMost &&
      std::all_of(bytes->begin(), bytes->end(), [](std::byte b) { return b == std::byte{0}; });
  ScanFinding& finding = scan.Add("WL-S-331", end, fmt::format("{} bytes stand {}", left, where));
  if (is_padding) {
    finding.level = Level::kInfo;
    return;
  }
  const std::string name = fmt::format("+0x{:x}", end);
  scan.Descend(source.Slice(end, left, name), name, end);
}

}  // namespace

bool IsZip(const Subject& subject) {
  const std::string_view head = AsText(subject.head);
  return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06");
}

void JudgeZip(const Subject& subject, const FileScan& scan) {
  if (const std::vector<Extent> zips = ZipSequence(subject); !zips.empty()) {
    scan.SetFormat("zips");
    for (const Extent& zip : zips) {
      const std::string name = fmt::format("+0x{:x}", zip.offset);
      scan.Descend(subject.source.Slice(zip.offset, zip.size, name), name, zip.offset);
    }
    return;
  }
  const auto directory = ReadZipDirectory(subject.source, scan.limits());
  if (directory) {
    JudgeMembers({subject.source, *directory, scan.limits(), scan.scanner()}, scan);
    for (const ZipGap& gap : directory->gaps) {
      JudgeUnowned(subject.source, gap, "between the members of the zip", scan);
    }
    const uint64_t end = std::min(directory->end, subject.source.size());
    const ZipGap rest = {end, subject.source.size() - end};
    return JudgeUnowned(subject.source, rest, "behind the zip", scan);
  }
  const Error& error = directory.error();
  if (error.code() == Code::kMalformed || error.code() == Code::kMismatch) {
    scan.Add("WL-S-201", error.offset(),
             fmt::format("two loaders could read different members: {}", error.what()));
  } else {
    scan.Unreadable(error);
  }
  JudgeAllReadings(subject.source, scan);
}

}  // namespace weighlock::scan

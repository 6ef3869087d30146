// Finds the end record, and reads the central directory that it points to.
#include "container/zip/zip_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/checked.h"
#include "base/escape.h"
#include "container/zip/zip_local.h"
#include "container/zip/zip_records.h"

namespace weighlock {
namespace {

using namespace zip;

constexpr uint16_t kExtraUnicodePath = 0x7075;
// A directory is held whole: this bounds what one end record can make us read.
constexpr uint64_t kMostDirectoryBytes = 64u << 20;

// What the end records say, the zip64 ones included.
struct EndInfo {
  uint64_t count = 0;
  uint64_t directory_size = 0;
  uint64_t directory_offset = 0;
  uint64_t records_offset = 0;  // where the first of the end records stands
  uint64_t end = 0;             // behind the last one and its comment
};

struct Tail {
  uint64_t offset;  // of bytes[0]
  ByteVector bytes;
};

// As much of the last 64 KiB as is at hand: of a stream, less may have been kept.
Result<Tail> ReadTail(const ByteSource& source) {
  for (uint64_t wanted = kEndSize + kMax16;; wanted /= 2) {
    const uint64_t size = std::min(source.size(), wanted);
    auto bytes = source.Read(source.size() - size, size);
    if (bytes) return Tail{source.size() - size, *std::move(bytes)};
    if (bytes.error().code() != Code::kUnsupported || wanted < kEndSize) {
      return std::move(bytes).error();
    }
  }
}

// Position in tail.bytes of the last end record: the one that every reader takes.
Result<size_t> FindEnd(const Tail& tail) {
  if (tail.bytes.size() >= kEndSize) {
    for (size_t at = tail.bytes.size() - kEndSize + 1; at-- > 0;) {
      if (LoadLe<uint32_t>(Bytes(tail.bytes).subspan(at)) == kEndSignature) return at;
    }
  }
  return Error(Code::kMalformed, "no end record of a zip in the last 64 KiB", tail.offset);
}

Error Disks(uint64_t at) {
  return Error(Code::kUnsupported, "the zip says that it spans several disks", at);
}

// The zip64 end record, where a locator stands before the classic one. `end` holds the classic
// values: those that are not at their maximum must be repeated.
Status ReadEnd64(const ByteSource& source, uint64_t end_offset, EndInfo& end) {
  if (end_offset < kEnd64LocatorSize) return {};
  const uint64_t locator_offset = end_offset - kEnd64LocatorSize;
  WL_TRY(const ByteVector locator, source.Read(locator_offset, kEnd64LocatorSize));
  if (LoadLe<uint32_t>(locator) != kEnd64LocatorSignature) return {};
  const Bytes l = locator;
  if (LoadLe<uint32_t>(l.subspan(4)) != 0 || LoadLe<uint32_t>(l.subspan(16)) > 1) {
    return Disks(locator_offset);
  }
  const auto at = LoadLe<uint64_t>(l.subspan(8));
  if (!FitsIn(at, kEnd64Size, locator_offset)) {
    return Error(Code::kMalformed, fmt::format("the zip64 end record is said to stand at {}", at),
                 locator_offset);
  }
  WL_TRY(const ByteVector record, source.Read(at, kEnd64Size));
  const Bytes r = record;
  if (LoadLe<uint32_t>(r) != kEnd64Signature ||
      LoadLe<uint64_t>(r.subspan(4)) != locator_offset - at - 12) {
    return Error(Code::kMalformed, "the zip64 end record does not end at its locator", at);
  }
  if (LoadLe<uint32_t>(r.subspan(16)) != 0 || LoadLe<uint32_t>(r.subspan(20)) != 0 ||
      LoadLe<uint64_t>(r.subspan(24)) != LoadLe<uint64_t>(r.subspan(32))) {
    return Disks(at);
  }
  const EndInfo wide = {LoadLe<uint64_t>(r.subspan(32)), LoadLe<uint64_t>(r.subspan(40)),
                        LoadLe<uint64_t>(r.subspan(48)), at};
  const bool agree =
      (end.count == kMax16 || end.count == wide.count) &&
      (end.directory_size == kMax32 || end.directory_size == wide.directory_size) &&
      (end.directory_offset == kMax32 || end.directory_offset == wide.directory_offset);
  if (!agree) {
    return Error(Code::kMismatch, "the zip64 end record and the classic one disagree", at);
  }
  end = wide;
  return {};
}

Result<EndInfo> ReadEnd(const ByteSource& source, std::vector<std::string>& notes) {
  WL_TRY(const Tail tail, ReadTail(source));
  WL_TRY(const size_t at, FindEnd(tail));
  const Bytes r = Bytes(tail.bytes).subspan(at);
  const uint64_t end_offset = tail.offset + at;
  const auto count = LoadLe<uint16_t>(r.subspan(10));
  if (LoadLe<uint16_t>(r.subspan(4)) != 0 || LoadLe<uint16_t>(r.subspan(6)) != 0 ||
      LoadLe<uint16_t>(r.subspan(8)) != count) {
    return Disks(end_offset);
  }
  const uint64_t comment = LoadLe<uint16_t>(r.subspan(20));
  const uint64_t behind = r.size() - kEndSize;
  if (comment > behind) {
    return Error(Code::kTruncated,
                 fmt::format("the comment wants {} bytes, {} are left", comment, behind),
                 end_offset);
  }
  if (comment > 0) notes.push_back(fmt::format("the zip has a comment of {} bytes", comment));
  if (behind > comment) {
    notes.push_back(fmt::format("{} bytes stand behind the zip's end", behind - comment));
  }
  EndInfo end = {count, LoadLe<uint32_t>(r.subspan(12)), LoadLe<uint32_t>(r.subspan(16)),
                 end_offset};
  WL_CHECKED(ReadEnd64(source, end_offset, end));
  end.end = end_offset + kEndSize + comment;
  return end;
}

// The name for readers that ignore case and take a backslash for a slash.
std::string Folded(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c == '\\') c = '/';
  }
  return out;
}

bool HasControlByte(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

Status CheckName(const ZipMember& m, Bytes extra, uint64_t at, const Limits& limits) {
  if (m.name.empty()) return Error(Code::kMalformed, "a member has no name", at);
  if (m.name.size() > limits.path_bytes) {
    return Error(
        Code::kLimit,
        fmt::format("a name of {} bytes, {} are allowed", m.name.size(), limits.path_bytes), at);
  }
  if (HasControlByte(m.name)) {
    return Error(Code::kMalformed, fmt::format("control bytes in the name {}", Quote(m.name)), at);
  }
  if ((m.flags & kFlagUtf8) != 0 && !IsUtf8(m.name)) {
    return Error(Code::kMalformed,
                 fmt::format("the name {} is said to be UTF-8, and is not", Quote(m.name)), at);
  }
  WL_TRY(const auto unicode, FindExtra(extra, kExtraUnicodePath, at));
  if (unicode && unicode->size() >= 5 && AsText(unicode->subspan(5)) != m.name) {
    return Error(Code::kMismatch,
                 fmt::format("{} is called {} in its Unicode name field", Quote(m.name),
                             Quote(AsText(unicode->subspan(5)))),
                 at);
  }
  return {};
}

// Replaces the fields that are at their maximum by those of the zip64 block.
Status WidenSizes(ZipMember& m, Bytes extra, uint64_t at) {
  const bool wide =
      m.size == kMax32 || m.compressed_size == kMax32 || m.local_header_offset == kMax32;
  if (!wide) return {};
  WL_TRY(const auto block, FindExtra(extra, kExtraZip64, at));
  Bytes left = block.value_or(Bytes());
  for (uint64_t* field : {&m.size, &m.compressed_size, &m.local_header_offset}) {
    if (*field != kMax32) continue;
    if (left.size() < 8) {
      return Error(Code::kMalformed, fmt::format("{} lacks a zip64 field", Quote(m.name)), at);
    }
    *field = LoadLe<uint64_t>(left);
    left = left.subspan(8);
  }
  return {};
}

Status CheckMember(const ZipMember& m, uint64_t at, uint64_t directory_offset) {
  if ((m.flags & (kFlagEncrypted | kFlagStrongEncryption | kFlagMaskedHeaders)) != 0) {
    return Error(Code::kUnsupported, fmt::format("{} is encrypted", Quote(m.name)), at);
  }
  if (m.is_stored() && m.size != m.compressed_size) {
    return Error(Code::kMismatch,
                 fmt::format("{} is stored, its size is {} and {}", Quote(m.name), m.size,
                             m.compressed_size),
                 at);
  }
  if (!FitsIn(m.local_header_offset, kLocalSize, directory_offset)) {
    return Error(Code::kMalformed,
                 fmt::format("{} is said to start at {}, the directory stands at {}", Quote(m.name),
                             m.local_header_offset, directory_offset),
                 at);
  }
  return {};
}

// Reads one central entry at directory[pos], and moves `pos` behind it.
Result<ZipMember> ReadCentral(Bytes directory, size_t& pos, const EndInfo& end,
                              const Limits& limits) {
  const uint64_t at = end.directory_offset + pos;
  if (kCentralSize > directory.size() - pos ||
      LoadLe<uint32_t>(directory.subspan(pos)) != kCentralSignature) {
    return Error(Code::kMalformed, "no directory entry stands there", at);
  }
  const Bytes r = directory.subspan(pos, kCentralSize);
  pos += kCentralSize;
  const uint64_t name_size = LoadLe<uint16_t>(r.subspan(28));
  const uint64_t extra_size = LoadLe<uint16_t>(r.subspan(30));
  const uint64_t comment_size = LoadLe<uint16_t>(r.subspan(32));
  if (name_size + extra_size + comment_size > directory.size() - pos) {
    return Error(Code::kTruncated,
                 fmt::format("a directory entry wants {} bytes, {} are left",
                             name_size + extra_size + comment_size, directory.size() - pos),
                 at);
  }
  ZipMember m;
  m.flags = LoadLe<uint16_t>(r.subspan(8));
  m.method = LoadLe<uint16_t>(r.subspan(10));
  m.crc32 = LoadLe<uint32_t>(r.subspan(16));
  m.compressed_size = LoadLe<uint32_t>(r.subspan(20));
  m.size = LoadLe<uint32_t>(r.subspan(24));
  m.local_header_offset = LoadLe<uint32_t>(r.subspan(42));
  // The upper byte of "made by" says whose attributes they are.
  if (LoadLe<uint16_t>(r.subspan(4)) >> 8 == kMadeByUnix) {
    m.unix_mode = LoadLe<uint32_t>(r.subspan(38)) >> 16;
  }
  m.name = std::string(AsText(directory.subspan(pos, name_size)));
  const Bytes extra = directory.subspan(pos + name_size, extra_size);
  pos += name_size + extra_size + comment_size;
  if (const auto disk = LoadLe<uint16_t>(r.subspan(34)); disk != 0) return Disks(at);
  WL_CHECKED(CheckName(m, extra, at, limits));
  WL_CHECKED(WidenSizes(m, extra, at));
  WL_CHECKED(CheckMember(m, at, end.directory_offset));
  return m;
}

Status CheckDistinct(const std::vector<ZipMember>& members, uint64_t at) {
  std::map<std::string, const ZipMember*> seen;
  for (const ZipMember& m : members) {
    const auto [entry, added] = seen.try_emplace(Folded(m.name), &m);
    if (added) continue;
    return Error(Code::kMalformed,
                 fmt::format("members {} and {} have one name for readers that ignore case",
                             Quote(entry->second->name), Quote(m.name)),
                 at);
  }
  return {};
}

Status CheckEnd(const EndInfo& end, const ByteSource& source, const Limits& limits) {
  if (!FitsIn(end.directory_offset, end.directory_size, end.records_offset)) {
    return Error(Code::kMalformed,
                 fmt::format("a directory of {} bytes is said to stand at {} of {}",
                             end.directory_size, end.directory_offset, source.size()),
                 end.records_offset);
  }
  const uint64_t shift = end.records_offset - end.directory_offset - end.directory_size;
  if (shift != 0) {
    return Error(Code::kMalformed,
                 fmt::format("{} bytes too many before the zip or behind its directory: readers "
                             "disagree about such files",
                             shift),
                 end.records_offset);
  }
  if (end.count > limits.members) {
    return Error(Code::kLimit,
                 fmt::format("the zip has {} members, {} are allowed", end.count, limits.members),
                 end.records_offset);
  }
  if (end.directory_size > kMostDirectoryBytes) {
    return Error(Code::kLimit,
                 fmt::format("the directory has {} bytes, {} are allowed", end.directory_size,
                             kMostDirectoryBytes),
                 end.directory_offset);
  }
  if (end.count > end.directory_size / kCentralSize) {
    return Error(
        Code::kMalformed,
        fmt::format("{} members do not fit a directory of {} bytes", end.count, end.directory_size),
        end.records_offset);
  }
  return {};
}

}  // namespace

const ZipMember* ZipDirectory::Find(std::string_view name) const {
  for (const ZipMember& m : members) {
    if (m.name == name) return &m;
  }
  return nullptr;
}

Result<ZipDirectory> ReadZipDirectory(const ByteSource& source, const Limits& limits) {
  ZipDirectory out;
  WL_TRY(const EndInfo end, ReadEnd(source, out.notes));
  WL_CHECKED(CheckEnd(end, source, limits));
  out.directory_offset = end.directory_offset;
  out.end = end.end;
  WL_TRY(const ByteVector directory, source.Read(end.directory_offset, end.directory_size));
  size_t pos = 0;
  bool plain_names = true;
  for (uint64_t i = 0; i < end.count; ++i) {
    WL_TRY(ZipMember m, ReadCentral(directory, pos, end, limits));
    const bool ascii = std::all_of(m.name.begin(), m.name.end(), [](char c) { return c > 0; });
    plain_names = plain_names && (ascii || (m.flags & kFlagUtf8) != 0);
    out.members.push_back(std::move(m));
  }
  if (pos != directory.size()) {
    return Error(
        Code::kMalformed,
        fmt::format("{} bytes are left behind the directory's last entry", directory.size() - pos),
        end.directory_offset + pos);
  }
  if (!plain_names) out.notes.push_back("names are not ASCII, and not said to be UTF-8");
  WL_CHECKED(CheckDistinct(out.members, end.directory_offset));
  WL_CHECKED(CheckLocalHeaders(source, out));
  return out;
}

}  // namespace weighlock

// Checks each member's own records. Readers that stream a zip believe these, others believe the
// directory: only where they agree is it one file.
#include "container/zip/zip_local.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/escape.h"
#include "container/zip/zip_records.h"

namespace weighlock::zip {
namespace {

struct LocalHeader {
  uint16_t flags, method;
  uint32_t crc, compressed_size, size;
  uint16_t name_size, extra_size;
};

LocalHeader Decode(Bytes b) {
  return {LoadLe<uint16_t>(b.subspan(6)),  LoadLe<uint16_t>(b.subspan(8)),
          LoadLe<uint32_t>(b.subspan(14)), LoadLe<uint32_t>(b.subspan(18)),
          LoadLe<uint32_t>(b.subspan(22)), LoadLe<uint16_t>(b.subspan(26)),
          LoadLe<uint16_t>(b.subspan(28))};
}

template <class A, class B>
Error Disagree(const ZipMember& m, std::string_view what, A local, B central) {
  return Error(Code::kMismatch,
               fmt::format("{}: the local header has {} {}, the directory {}", Quote(m.name), what,
                           local, central),
               m.local_header_offset);
}

// Sizes of the local header, those of its zip64 block where they are said to be there.
Status CheckSizes(const ZipMember& m, const LocalHeader& h, Bytes extra) {
  uint64_t size = h.size;
  uint64_t compressed = h.compressed_size;
  if (h.size == kMax32 || h.compressed_size == kMax32) {
    WL_TRY(const auto zip64, FindExtra(extra, kExtraZip64, m.local_header_offset));
    Bytes left = zip64.value_or(Bytes());
    for (uint64_t* field : {&size, &compressed}) {
      if (*field != kMax32) continue;
      if (left.size() < 8) {
        return Error(Code::kMalformed,
                     fmt::format("{}: the local header has no zip64 size", Quote(m.name)),
                     m.local_header_offset);
      }
      *field = LoadLe<uint64_t>(left);
      left = left.subspan(8);
    }
  }
  // With a descriptor behind the data, the header may leave what its writer did not know yet zero:
  // all three of them (torch), or all but the size (libarchive, zip to a pipe).
  const bool late = (m.flags & kFlagDescriptor) != 0;
  const auto agrees = [late](uint64_t local, uint64_t central) {
    return local == central || (late && local == 0);
  };
  if (!agrees(h.crc, m.crc32)) return Disagree(m, "CRC", h.crc, m.crc32);
  if (!agrees(size, m.size)) return Disagree(m, "size", size, m.size);
  if (!agrees(compressed, m.compressed_size)) {
    return Disagree(m, "packed size", compressed, m.compressed_size);
  }
  return {};
}

Status CheckLocalHeader(const ByteSource& source, ZipMember& m) {
  const uint64_t at = m.local_header_offset;
  WL_TRY(const ByteVector fixed, source.Read(at, kLocalSize));
  if (LoadLe<uint32_t>(fixed) != kLocalSignature) {
    return Error(Code::kMalformed, fmt::format("{}: no local header stands there", Quote(m.name)),
                 at);
  }
  const LocalHeader h = Decode(fixed);
  WL_TRY(const ByteVector rest, source.Read(at + kLocalSize, uint64_t{h.name_size} + h.extra_size));
  const std::string_view name = AsText(rest).substr(0, h.name_size);
  if (name != m.name) {
    return Error(Code::kMismatch,
                 fmt::format("the directory calls a member {}, its local header {}", Quote(m.name),
                             Quote(name)),
                 at);
  }
  if (h.flags != m.flags) return Disagree(m, "flags", h.flags, m.flags);
  if (h.method != m.method) return Disagree(m, "method", h.method, m.method);
  WL_CHECKED(CheckSizes(m, h, Bytes(rest).subspan(h.name_size)));
  m.payload_offset = at + kLocalSize + rest.size();
  if (!FitsIn(*m.payload_offset, m.compressed_size, source.size())) {
    return Error(Code::kTruncated,
                 fmt::format("{} wants {} bytes, {} are left", Quote(m.name), m.compressed_size,
                             source.size() - *m.payload_offset),
                 *m.payload_offset);
  }
  return {};
}

// Whether `b` starts with the descriptor of `m`, whose sizes are T, with or without a signature.
// Its length then, else 0.
template <class T>
uint64_t DescriptorLength(Bytes b, const ZipMember& m) {
  constexpr uint64_t kBody = 4 + 2 * sizeof(T);
  const auto matches = [&m](Bytes d) {
    return d.size() >= kBody && LoadLe<uint32_t>(d) == m.crc32 &&
           LoadLe<T>(d.subspan(4)) == static_cast<T>(m.compressed_size) &&
           LoadLe<T>(d.subspan(4 + sizeof(T))) == static_cast<T>(m.size);
  };
  if (b.size() >= 4 && LoadLe<uint32_t>(b) == kDescriptorSignature && matches(b.subspan(4))) {
    return kBody + 4;
  }
  return matches(b) ? kBody : 0;
}

// The descriptor's length. The format does not say which of four forms it has: the one counts
// that agrees with the directory, and where two do, the one that ends at `next`.
Result<uint64_t> CheckDescriptor(const ByteSource& source, const ZipMember& m, uint64_t next) {
  const uint64_t at = *m.payload_offset + m.compressed_size;
  WL_TRY(const ByteVector bytes, source.Read(at, std::min<uint64_t>(24, source.size() - at)));
  const uint64_t narrow = DescriptorLength<uint32_t>(bytes, m);
  const uint64_t wide = DescriptorLength<uint64_t>(bytes, m);
  const bool must_be_wide = m.size >= kMax32 || m.compressed_size >= kMax32;
  if (wide != 0 && (must_be_wide || narrow == 0 || at + wide == next)) return wide;
  if (narrow != 0 && !must_be_wide) return narrow;
  return Error(Code::kMismatch,
               fmt::format("{}: the data descriptor disagrees with the directory", Quote(m.name)),
               at);
}

// What to do with a source that holds only head and tail.
bool IsMissing(const Error& error) {
  return error.code() == Code::kUnsupported;
}

class LocalChecker {
 public:
  LocalChecker(const ByteSource& source, ZipDirectory& directory)
      : source_(source), directory_(directory) {}

  Status Run() {
    std::vector<ZipMember*> members;
    for (ZipMember& m : directory_.members) members.push_back(&m);
    std::sort(members.begin(), members.end(), [](const ZipMember* a, const ZipMember* b) {
      return a->local_header_offset < b->local_header_offset;
    });
    uint64_t end = 0;
    for (size_t i = 0; i < members.size(); ++i) {
      const bool last = i + 1 == members.size();
      const uint64_t next =
          last ? directory_.directory_offset : members[i + 1]->local_header_offset;
      WL_CHECKED(CheckGap(*members[i], end, i == 0));
      WL_TRY(end, CheckMember(*members[i], next));
    }
    WL_CHECKED(TakeGap(end, directory_.directory_offset));
    if (missing_ > 0) {
      directory_.notes.push_back(fmt::format(
          "{} of {} local headers were not at hand, and were not compared with the directory",
          missing_, members.size()));
    }
    uint64_t unlisted = 0;
    for (const ZipGap& gap : directory_.gaps) unlisted += gap.size;
    if (unlisted > 0) {
      directory_.notes.push_back(
          fmt::format("{} bytes belong to no member, the first of them at offset {}", unlisted,
                      directory_.gaps[0].offset));
    }
    return {};
  }

 private:
  Status CheckGap(const ZipMember& m, uint64_t end, bool first) {
    const uint64_t at = m.local_header_offset;
    if (first && at != 0) {
      return Error(Code::kMalformed,
                   fmt::format("{} bytes stand before the first member: readers disagree about "
                               "such files",
                               at),
                   0);
    }
    if (at < end) {
      return Error(
          Code::kMalformed,
          fmt::format("{} starts inside of another member, which ends at {}", Quote(m.name), end),
          at);
    }
    return TakeGap(end, at);
  }

  // Bytes [at, end) that belong to no member. Readers that go along the file find one in them where
  // there is a local header.
  Status TakeGap(uint64_t at, uint64_t end) {
    constexpr uint64_t kBlock = uint64_t{1} << 20, kOverlap = 3;
    if (at >= end || unknown_end_) return {};
    directory_.gaps.push_back({at, end - at});
    constexpr std::string_view kHeader = "PK\x03\x04";
    for (uint64_t from = at; from < end; from += kBlock) {
      auto bytes = source_.Read(from, std::min(kBlock + kOverlap, end - from));
      if (!bytes && IsMissing(bytes.error())) return {};
      if (!bytes) return std::move(bytes).error();
      const size_t found = AsText(*bytes).find(kHeader);
      if (found == std::string_view::npos) continue;
      return Error(Code::kMalformed,
                   "a local header stands between the members: the directory does not list it, and "
                   "readers that go along the file find it",
                   from + found);
    }
    return {};
  }

  // Where the member ends; where its header is not at hand, the least that it can be.
  Result<uint64_t> CheckMember(ZipMember& m, uint64_t next) {
    unknown_end_ = false;
    auto checked = CheckLocalHeader(source_, m);
    uint64_t end = m.local_header_offset + kLocalSize + m.name.size();
    if (!checked && !IsMissing(checked.error())) return std::move(checked).error();
    if (!checked) {
      m.payload_offset.reset();
      unknown_end_ = true;
      ++missing_;
    } else {
      end = *m.payload_offset;
    }
    if (!FitsIn(end, m.compressed_size, directory_.directory_offset)) {
      return Error(Code::kMalformed,
                   fmt::format("{} wants {} bytes, and would end behind the directory's start",
                               Quote(m.name), m.compressed_size),
                   m.local_header_offset);
    }
    end += m.compressed_size;
    if (unknown_end_ || (m.flags & kFlagDescriptor) == 0) return end;
    auto descriptor = CheckDescriptor(source_, m, next);
    if (descriptor) return end + *descriptor;
    if (!IsMissing(descriptor.error())) return std::move(descriptor).error();
    unknown_end_ = true;
    return end;
  }

  const ByteSource& source_;
  ZipDirectory& directory_;
  bool unknown_end_ = false;  // of the member checked last
  uint64_t missing_ = 0;
};

}  // namespace

Result<std::optional<Bytes>> FindExtra(Bytes extra, uint16_t id, uint64_t at) {
  std::optional<Bytes> found;
  while (extra.size() >= 4) {
    const auto block_id = LoadLe<uint16_t>(extra);
    const auto size = LoadLe<uint16_t>(extra.subspan(2));
    extra = extra.subspan(4);
    if (size > extra.size()) {
      return Error(Code::kMalformed,
                   fmt::format("an extra field wants {} bytes, {} are left", size, extra.size()),
                   at);
    }
    if (block_id == id) {
      if (found) {
        return Error(Code::kMalformed, fmt::format("extra field 0x{:04x} is there twice", id), at);
      }
      found = extra.first(size);
    }
    extra = extra.subspan(size);
  }
  return found;
}

Status CheckLocalHeaders(const ByteSource& source, ZipDirectory& directory) {
  return LocalChecker(source, directory).Run();
}

}  // namespace weighlock::zip

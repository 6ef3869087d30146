// Places members and renders zip records the way torch's bundled miniz does.
#include "container/zip/zip_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "base/checked.h"
#include "base/escape.h"
#include "container/zip/zip_end.h"
#include "container/zip/zip_records.h"

namespace weighlock {
namespace {

using namespace zip;

// The largest file offset that any loader can hold in a signed 64-bit integer.
constexpr uint64_t kMostBytes = uint64_t{1} << 63;

bool LargeSize(const ZipEntry& entry) {
  return entry.size >= kMax32;
}
bool FarOffset(const ZipEntry& entry) {
  return entry.header_offset >= kMax32;
}

// Bytes of the zip64 extra field: a 4-byte head, two sizes, one offset, each only where needed.
uint64_t Zip64ExtraSize(const ZipEntry& entry) {
  if (!LargeSize(entry) && !FarOffset(entry)) return 0;
  return 4u + (LargeSize(entry) ? 16u : 0u) + (FarOffset(entry) ? 8u : 0u);
}

void AppendZip64Extra(ByteVector& out, const ZipEntry& entry) {
  const uint64_t size = Zip64ExtraSize(entry);
  if (size == 0) return;
  AppendLe(out, kExtraZip64);
  AppendLe(out, static_cast<uint16_t>(size - 4));
  if (LargeSize(entry)) {
    AppendLe(out, entry.size);
    AppendLe(out, entry.size);
  }
  if (FarOffset(entry)) AppendLe(out, entry.header_offset);
}

uint16_t Flags(const ZipEntry& entry) {
  return entry.descriptor_size == 0 ? kFlagUtf8
                                    : static_cast<uint16_t>(kFlagUtf8 | kFlagDescriptor);
}

template <class Small>
Small Capped(uint64_t value) {
  return static_cast<Small>(std::min<uint64_t>(value, static_cast<Small>(-1)));
}

uint64_t CentralEntrySize(const ZipEntry& entry) {
  return kCentralSize + entry.name.size() + Zip64ExtraSize(entry);
}

void AppendCentralEntry(ByteVector& out, const ZipEntry& entry, uint32_t crc) {
  AppendLe(out, kCentralSignature);
  AppendLe(out, uint16_t{0});  // made by
  AppendLe(out, uint16_t{0});  // needed to extract
  AppendLe(out, Flags(entry));
  AppendLe(out, kMethodStored);
  AppendLe(out, uint32_t{0});  // time and date
  AppendLe(out, crc);
  AppendLe(out, Capped<uint32_t>(entry.size));
  AppendLe(out, Capped<uint32_t>(entry.size));
  AppendLe(out, static_cast<uint16_t>(entry.name.size()));
  AppendLe(out, static_cast<uint16_t>(Zip64ExtraSize(entry)));
  AppendLe(out, uint16_t{0});  // comment
  AppendLe(out, uint16_t{0});  // disk
  AppendLe(out, uint16_t{0});  // internal attributes
  AppendLe(out, uint32_t{0});  // external attributes
  AppendLe(out, Capped<uint32_t>(entry.header_offset));
  Append(out, entry.name);
  AppendZip64Extra(out, entry);
}

}  // namespace

Result<ZipPlan> PlanZip(std::span<const ZipMemberSize> members) {
  ZipPlan plan;
  plan.entries.reserve(members.size());
  uint64_t at = 0;
  uint64_t central_size = 0;
  for (const ZipMemberSize& member : members) {
    if (member.name.empty() || member.name.size() > kMax16) {
      return Error(Code::kUsage, fmt::format("a zip member's name wants 1 to {} bytes, {} has {}",
                                             kMax16, Quote(member.name, 40), member.name.size()));
    }
    if (member.size > kMostBytes - at) {
      return Error(Code::kLimit, fmt::format("{} of {} bytes makes the zip longer than 2^63 bytes",
                                             Quote(member.name), member.size));
    }
    ZipEntry entry{.name = member.name, .size = member.size, .header_offset = at};
    // The padding's own head is there even where nothing has to be padded.
    const uint64_t unpadded = at + kLocalSize + entry.name.size() + Zip64ExtraSize(entry) + 4;
    entry.payload_offset =
        (unpadded + kZipPayloadAlignment - 1) / kZipPayloadAlignment * kZipPayloadAlignment;
    entry.descriptor_offset = entry.payload_offset + entry.size;
    if (entry.size > 0) entry.descriptor_size = Zip64ExtraSize(entry) > 0 ? 24 : 16;
    at = entry.descriptor_offset + entry.descriptor_size;
    if (at >= kMostBytes) {
      return Error(Code::kLimit, fmt::format("{} of {} bytes makes the zip longer than 2^63 bytes",
                                             Quote(member.name), member.size));
    }
    central_size += CentralEntrySize(entry);
    plan.entries.push_back(std::move(entry));
  }
  plan.directory_offset = at;
  plan.directory_size = central_size + kEnd64Size + kEnd64LocatorSize + kEndSize;
  plan.size = at + plan.directory_size;
  return plan;
}

ByteVector LocalHeader(const ZipEntry& entry) {
  const uint64_t zip64 = Zip64ExtraSize(entry);
  const uint64_t extra =
      entry.payload_offset - entry.header_offset - kLocalSize - entry.name.size();
  const uint64_t padding = extra - zip64 - 4;
  ByteVector out;
  AppendLe(out, kLocalSignature);
  AppendLe(out, uint16_t{0});
  AppendLe(out, Flags(entry));
  AppendLe(out, kMethodStored);
  AppendLe(out, uint32_t{0});  // time and date
  AppendLe(out, uint32_t{0});  // CRC and both sizes: in the descriptor
  AppendLe(out, uint32_t{0});
  AppendLe(out, uint32_t{0});
  AppendLe(out, static_cast<uint16_t>(entry.name.size()));
  AppendLe(out, static_cast<uint16_t>(extra));
  Append(out, entry.name);
  AppendZip64Extra(out, entry);
  AppendLe(out, kExtraPadding);
  AppendLe(out, static_cast<uint16_t>(padding));
  out.resize(out.size() + padding, std::byte{'Z'});
  assert(out.size() == entry.payload_offset - entry.header_offset);
  return out;
}

ByteVector DataDescriptor(const ZipEntry& entry, uint32_t crc) {
  ByteVector out;
  if (entry.descriptor_size == 0) return out;
  AppendLe(out, kDescriptorSignature);
  AppendLe(out, crc);
  for (int i = 0; i < 2; ++i) {  // packed and unpacked size: the same, nothing is compressed
    if (entry.descriptor_size == 24) {
      AppendLe(out, entry.size);
    } else {
      AppendLe(out, static_cast<uint32_t>(entry.size));
    }
  }
  return out;
}

ByteVector CentralDirectory(const ZipPlan& plan, std::span<const uint32_t> crcs) {
  assert(crcs.size() == plan.entries.size());
  ByteVector out;
  out.reserve(plan.directory_size);
  for (size_t i = 0; i < plan.entries.size(); ++i) {
    AppendCentralEntry(out, plan.entries[i], crcs[i]);
  }
  AppendEndRecords(out, {plan.entries.size(), plan.directory_offset, out.size()}, /*zip64=*/true);
  assert(out.size() == plan.directory_size);
  return out;
}

}  // namespace weighlock

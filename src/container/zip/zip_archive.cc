// Renders the records of a plain zip.
#include "container/zip/zip_archive.h"

#include <algorithm>
#include <chrono>

#include "container/zip/zip_end.h"
#include "container/zip/zip_records.h"

namespace weighlock {
namespace {

using namespace zip;

constexpr uint16_t kNeedsFolders = 20, kNeedsZip64 = 45;
// The upper half of the external attributes is the mode that stat(2) gives.
constexpr uint32_t kRegular = 0100000, kDirectory = 0040000;
constexpr uint32_t kDosDirectory = 0x10;

std::string Name(const ZipArchiveEntry& entry) {
  return entry.is_folder ? entry.path + "/" : entry.path;
}

bool LargeSize(const ZipArchiveEntry& entry) {
  return entry.size >= kMax32;
}
bool FarOffset(const ZipArchiveEntry& entry) {
  return entry.header_offset >= kMax32;
}

template <class Small>
Small Capped(uint64_t value) {
  return static_cast<Small>(std::min<uint64_t>(value, static_cast<Small>(-1)));
}

uint16_t Mode(const ZipArchiveEntry& entry) {
  if (entry.is_folder) return kDirectory | 0755;
  return static_cast<uint16_t>(kRegular | (entry.executable ? 0755 : 0644));
}

// What local and central headers share, from the version that a reader needs to the extra's size.
void AppendShared(ByteVector& out, const ZipArchiveEntry& entry, uint32_t dos_time, bool zip64,
                  size_t extra) {
  AppendLe(out, zip64 ? kNeedsZip64 : kNeedsFolders);
  AppendLe(out, kFlagUtf8);
  AppendLe(out, kMethodStored);
  AppendLe(out, dos_time);
  AppendLe(out, entry.crc);
  AppendLe(out, Capped<uint32_t>(entry.size));
  AppendLe(out, Capped<uint32_t>(entry.size));
  AppendLe(out, static_cast<uint16_t>(Name(entry).size()));
  AppendLe(out, static_cast<uint16_t>(extra));
}

void AppendZip64(ByteVector& out, const ZipArchiveEntry& entry, bool with_offset) {
  const uint16_t size = static_cast<uint16_t>((LargeSize(entry) ? 16 : 0) +
                                              (with_offset && FarOffset(entry) ? 8 : 0));
  if (size == 0) return;
  AppendLe(out, kExtraZip64);
  AppendLe(out, size);
  if (LargeSize(entry)) {
    AppendLe(out, entry.size);
    AppendLe(out, entry.size);
  }
  if (with_offset && FarOffset(entry)) AppendLe(out, entry.header_offset);
}

void AppendCentral(ByteVector& out, const ZipArchiveEntry& entry, uint32_t dos_time) {
  ByteVector extra;
  AppendZip64(extra, entry, /*with_offset=*/true);
  AppendLe(out, kCentralSignature);
  AppendLe(out, static_cast<uint16_t>(kMadeByUnix << 8 | kNeedsZip64));
  AppendShared(out, entry, dos_time, !extra.empty(), extra.size());
  AppendLe(out, uint16_t{0});  // comment
  AppendLe(out, uint16_t{0});  // disk
  AppendLe(out, uint16_t{0});  // internal attributes
  AppendLe(out, uint32_t{Mode(entry)} << 16 | (entry.is_folder ? kDosDirectory : 0));
  AppendLe(out, Capped<uint32_t>(entry.header_offset));
  Append(out, Name(entry));
  Append(out, extra);
}

}  // namespace

uint32_t DosTime(uint64_t seconds) {
  using namespace std::chrono;
  constexpr uint64_t kFirst = 315532800, kLast = 4354819198;  // of 1980 and of 2107
  const sys_seconds at{std::chrono::seconds(std::clamp(seconds, kFirst, kLast))};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  const auto number = [](auto value) { return static_cast<uint32_t>(value); };
  const uint32_t years = number(static_cast<int>(date.year()) - 1980);
  const uint32_t dos_date =
      years << 9 | number(unsigned{date.month()}) << 5 | number(unsigned{date.day()});
  const uint32_t dos_time = number(time.hours().count()) << 11 |
                            number(time.minutes().count()) << 5 |
                            number(time.seconds().count()) / 2;
  return dos_date << 16 | dos_time;
}

uint64_t LocalRecordSize(const ZipArchiveEntry& entry) {
  return kLocalSize + Name(entry).size() + (LargeSize(entry) ? 20 : 0);
}

ByteVector LocalRecord(const ZipArchiveEntry& entry, uint32_t dos_time) {
  ByteVector extra;
  AppendZip64(extra, entry, /*with_offset=*/false);
  ByteVector out;
  AppendLe(out, kLocalSignature);
  AppendShared(out, entry, dos_time, !extra.empty(), extra.size());
  Append(out, Name(entry));
  Append(out, extra);
  return out;
}

ByteVector DirectoryRecords(std::span<const ZipArchiveEntry> entries, uint64_t offset,
                            uint32_t dos_time) {
  ByteVector out;
  for (const ZipArchiveEntry& entry : entries) AppendCentral(out, entry, dos_time);
  const DirectoryPlace place{entries.size(), offset, out.size()};
  AppendEndRecords(out, place,
                   place.count >= kMax16 || place.size >= kMax32 || place.offset >= kMax32);
  return out;
}

}  // namespace weighlock

// Headers are found by their signature; where they do not say how long the data is, it goes on up
// to the next one.
#include "scan/archive/zip_readings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/escape.h"
#include "codec/deflate.h"

namespace weighlock::scan {
namespace {

constexpr size_t kMostReadings = 1000;
constexpr uint64_t kMostUnpacked = uint64_t{64} << 20;  // of one reading
constexpr size_t kLocalHeader = 30;
constexpr size_t kMostName = 4096;

// Offsets of all local headers, in order. Linear.
Result<std::vector<uint64_t>> LocalHeaders(const ByteSource& zip) {
  std::vector<uint64_t> found;
  ByteVector block, seam;
  uint64_t at = 0;
  WL_CHECKED(ForEachBlock(zip, block, [&](Bytes bytes) -> Status {
    const size_t carried = seam.size();
    Append(seam, bytes);
    for (size_t from = 0; from + 4 <= seam.size() && found.size() <= kMostReadings;) {
      const void* hit = ::memmem(seam.data() + from, seam.size() - from, "PK\x03\x04", 4);
      if (hit == nullptr) break;
      const auto where = static_cast<size_t>(static_cast<const std::byte*>(hit) - seam.data());
      found.push_back(at - carried + where);
      from = where + 4;
    }
    at += bytes.size();
    const size_t keep = std::min<size_t>(seam.size(), 3);
    seam.erase(seam.begin(), seam.end() - static_cast<ptrdiff_t>(keep));
    return {};
  }));
  return found;
}

// Unpacks as far as the stream goes: what a loader got before it noticed counts.
Result<ByteVector> Inflated(const ByteSource& zip, const ZipReading& reading) {
  Inflater inflater;
  ByteVector out, block(size_t{256} << 10);
  uint64_t at = 0;
  ByteVector in;
  while (at < reading.size) {
    const uint64_t count = std::min<uint64_t>(block.size(), reading.size - at);
    WL_TRY(in, zip.Read(reading.offset + at, count));
    at += count;
    for (size_t position = 0; position < in.size();) {
      const auto progress = inflater.Unpack(Bytes(in).subspan(position), block);
      if (!progress) return out;
      position += progress->consumed;
      Append(out, Bytes(block).first(progress->produced));
      if (out.size() > kMostUnpacked) {
        return Error(Code::kLimit, "it unpacks to more than is judged of an ambiguous archive");
      }
      if (progress->finished) return out;
      if (progress->consumed == 0 && progress->produced == 0) return out;
    }
  }
  return out;
}

}  // namespace

void JudgeReading(const ZipReading& reading, const ByteSource& zip, const FileScan& scan) {
  if (reading.method == 0) {
    scan.Descend(zip.Slice(reading.offset, reading.size, reading.name), reading.name,
                 reading.offset);
    return;
  }
  if (reading.method != 8) {
    scan.Unjudged("WL-S-001", reading.offset,
                  fmt::format("{} is packed by method {}, which is not unpacked here",
                              Quote(reading.name), reading.method));
    return;
  }
  auto content = Inflated(zip, reading);
  if (!content) return scan.Unreadable(content.error());
  if (const Status spent = scan.scanner().SpendUnpacked(content->size()); !spent) {
    return scan.Unreadable(spent.error());
  }
  scan.Descend(ByteSource::FromMemory(*std::move(content), reading.name), reading.name, kNoOffset);
}

void JudgeAllReadings(const ByteSource& zip, const FileScan& scan) {
  const auto headers = LocalHeaders(zip);
  if (!headers) return scan.Unreadable(headers.error());
  if (headers->size() > kMostReadings) {
    scan.Unjudged("WL-S-003", kNoOffset,
                  fmt::format("more than {} members in an ambiguous archive", kMostReadings));
  }
  for (size_t i = 0; i < headers->size() && i < kMostReadings; ++i) {
    const uint64_t at = (*headers)[i];
    const uint64_t next = i + 1 < headers->size() ? (*headers)[i + 1] : zip.size();
    const auto header = zip.Read(at, std::min<uint64_t>(kLocalHeader, zip.size() - at));
    if (!header || header->size() < kLocalHeader) continue;
    const Bytes bytes(*header);
    const uint64_t name_size = LoadLe<uint16_t>(bytes.subspan(26));
    const uint64_t skip = kLocalHeader + name_size + LoadLe<uint16_t>(bytes.subspan(28));
    if (skip >= zip.size() - at || name_size > kMostName) continue;
    const auto name = zip.Read(at + kLocalHeader, name_size);
    if (!name) continue;
    // Of a stored member the size may lie either way; what is behind a pickle's end is looked at.
    const uint64_t claimed = LoadLe<uint32_t>(bytes.subspan(18));
    const uint64_t room = std::max(next, at + skip) - (at + skip);
    const bool says_size = claimed != 0 && claimed <= zip.size() - at - skip;
    JudgeReading({std::string(AsText(*name)), at + skip, says_size ? claimed : room,
                  LoadLe<uint16_t>(bytes.subspan(8))},
                 zip, scan);
  }
}

}  // namespace weighlock::scan

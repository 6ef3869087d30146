// Each zip ends at the first end record that leads back to its own start.
#include "scan/archive/zip_sequence.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/checked.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kEndRecord = 22, kLocator64 = 20, kEndRecord64 = 56;
constexpr size_t kMostZips = 10'000;

uint64_t LittleEndian(Bytes bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

std::optional<ByteVector> BytesAt(const ByteSource& source, uint64_t at, uint64_t size) {
  if (!FitsIn(at, size, source.size())) return std::nullopt;
  auto bytes = source.Read(at, size);
  return bytes ? std::optional(*std::move(bytes)) : std::nullopt;
}

// Whether the end record at byte `at` ends a zip that begins at `start`.
bool Ends(const ByteSource& source, uint64_t start, uint64_t at) {
  const auto record = BytesAt(source, at, kEndRecord);
  if (!record || LittleEndian(*record, 20, 2) != 0) return false;
  uint64_t size = LittleEndian(*record, 12, 4), offset = LittleEndian(*record, 16, 4), end = at;
  if (at >= start + kLocator64 + kEndRecord64) {
    const uint64_t wide = at - kLocator64 - kEndRecord64;
    const auto tail = BytesAt(source, wide, kEndRecord64 + kLocator64);
    const bool is_wide = tail && AsText(*tail).starts_with("PK\x06\x06") &&
                         AsText(*tail).substr(kEndRecord64).starts_with("PK\x06\x07") &&
                         LittleEndian(*tail, kEndRecord64 + 8, 8) == wide - start;
    if (is_wide) {
      size = LittleEndian(*tail, 40, 8);
      offset = LittleEndian(*tail, 48, 8);
      end = wide;
    }
  }
  return end >= start && offset <= end - start && size == end - start - offset;
}

// Behind the zip that begins at `start`; nothing where none does.
std::optional<uint64_t> EndOfZip(const ByteSource& source, uint64_t start) {
  constexpr uint64_t kBlock = uint64_t{1} << 20, kSeam = 3;
  constexpr std::string_view kHeader = "PK\x03\x04", kSignature = "PK\x05\x06";
  const auto head = BytesAt(source, start, kHeader.size());
  if (!head || AsText(*head) != kHeader) return std::nullopt;
  for (uint64_t at = start; at < source.size(); at += kBlock) {
    const auto block = BytesAt(source, at, std::min<uint64_t>(kBlock + kSeam, source.size() - at));
    if (!block) return std::nullopt;
    const std::string_view text = AsText(*block);
    for (size_t found = 0; (found = text.find(kSignature, found)) != text.npos; ++found) {
      if (Ends(source, start, at + found)) return at + found + kEndRecord;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Extent> ZipSequence(const Subject& subject) {
  std::vector<Extent> zips;
  if (!subject.name.ends_with(".distcp")) return zips;
  for (uint64_t at = 0; at < subject.source.size();) {
    const auto end = EndOfZip(subject.source, at);
    if (!end || zips.size() == kMostZips) return {};
    zips.push_back({at, *end - at});
    at = *end;
  }
  if (zips.size() < 2) zips.clear();
  return zips;
}

}  // namespace weighlock::scan

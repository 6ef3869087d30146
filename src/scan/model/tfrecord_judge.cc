// A record: its length (8 bytes), a checksum of that, the data, a checksum of the data. Checksums
// are CRC-32C, masked. (tensorflow/core/lib/io/record_writer.h.)
#include "scan/model/crc32c.h"
#include "scan/model/forward_reader.h"
#include "scan/model/inert_formats.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kHeader = 12, kFooter = 4;

Status WalkRecord(ForwardReader& reader) {
  const uint64_t at = reader.at();
  WL_TRY(const Bytes header, reader.Take(kHeader));
  uint64_t size = LoadLe<uint64_t>(header);
  if (MaskedCrc32c(Crc32c(0, header.first(8))) != LoadLe<uint32_t>(header.subspan(8))) {
    return Error(Code::kMismatch, "a record's length does not fit its checksum", at);
  }
  if (size > reader.left()) return Error(Code::kTruncated, "a record is cut off", at);
  uint32_t crc = 0;
  while (size > 0) {
    constexpr uint64_t kBlock = uint64_t{64} << 10;
    WL_TRY(const Bytes data, reader.Take(std::min(size, kBlock)));
    crc = Crc32c(crc, data);
    size -= data.size();
  }
  WL_TRY(const auto wanted, reader.Le<uint32_t>());
  if (MaskedCrc32c(crc) != wanted)
    return Error(Code::kMismatch, "a record does not fit its checksum", at);
  return {};
}

}  // namespace

bool IsTfRecord(const Subject& subject) {
  const Bytes head(subject.head);
  if (head.size() < kHeader + kFooter || LoadLe<uint64_t>(head) > subject.source.size())
    return false;
  return MaskedCrc32c(Crc32c(0, head.first(8))) == LoadLe<uint32_t>(head.subspan(8));
}

void JudgeTfRecord(const Subject& subject, const FileScan& scan) {
  ForwardReader reader(subject.source);
  while (reader.left() > 0) {
    const Status status = WalkRecord(reader);
    if (!status) return scan.Unreadable(status.error());
  }
}

}  // namespace weighlock::scan

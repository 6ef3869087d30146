// "PAR1", pages, the footer (FileMetaData of parquet.thrift, in Thrift's compact protocol), its
// size, "PAR1". The footer says where the pages of each column lie: numbers and texts, which are
// not unpacked. What a reader would run stands in the footer, if anywhere: the schema that pyarrow
// keeps there as Base64.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "scan/model/columns.h"
#include "scan/model/forward_reader.h"
#include "scan/model/inert_formats.h"
#include "scan/model/thrift_walk.h"

namespace weighlock::scan {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr uint64_t kTail = 8;  // the footer's size, and the magic again

std::optional<std::string> FromBase64(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t digit = kDigits.find(c);
    if (digit == kDigits.npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) out += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return out;
}

// Where the fields of FileMetaData lead: to an element of columns in one of row_groups (a
// ColumnChunk), and to its meta_data (a ColumnMetaData).
constexpr std::array<uint64_t, 4> kChunk = {4, 4, 1, 1};
constexpr std::array<uint64_t, 5> kMetaData = {4, 4, 1, 1, 3};

bool Is(ThriftPath path, ThriftPath wanted) {
  return std::equal(path.begin(), path.end(), wanted.begin(), wanted.end());
}

class FooterWalk {
 public:
  FooterWalk(ForwardReader& reader, const FileScan& scan) : reader_(reader), scan_(scan) {}

  // The extents of the file that columns and their indexes have.
  Result<std::vector<Extent>> Walk() {
    const ThriftVisitor visitor{
        [this](ThriftPath path, uint64_t field, uint64_t number) { Take(path, field, number); },
        [this](ThriftPath path, uint64_t field, Extent bytes) { return Text(path, field, bytes); },
        [this](ThriftPath path) {
          if (Is(path, kChunk)) TakeExtents();
        }};
    WL_CHECKED(WalkThrift(reader_, visitor));
    if (reader_.left() == 0) return std::move(extents_);
    return Error(Code::kMalformed, "bytes stand behind the footer's fields", reader_.at());
  }

 private:
  void Take(ThriftPath path, uint64_t field, uint64_t number) {
    if (Is(path, kChunk)) {
      if (field == 4) offset_index_.offset = number;
      if (field == 5) offset_index_.size = number;
      if (field == 6) column_index_.offset = number;
      if (field == 7) column_index_.size = number;
    } else if (Is(path, kMetaData)) {
      const bool is_page = field == 9 || (field == 11 && number != 0);  // of data, of a dictionary
      if (is_page) column_.offset = std::min(column_.offset, number);
      if (field == 7) column_.size = number;
      if (field == 14) filter_.offset = number;
      if (field == 15) filter_.size = number;
    }
  }

  Status Text(ThriftPath path, uint64_t field, Extent bytes) {
    constexpr uint64_t kMost = uint64_t{16} << 20, kLeast = 32;
    if (Is(path, kChunk) && field == 1) {
      return Error(Code::kUnsupported, "a column that lies in another file", bytes.offset);
    }
    if (bytes.size < kLeast) return {};
    if (bytes.size > kMost) {
      return Error(Code::kLimit, "a text of more than 16 MiB", bytes.offset);
    }
    WL_TRY(const ByteVector read, reader_.source().Read(bytes.offset, bytes.size));
    JudgeSchemaText(AsText(read), bytes.offset, scan_);
    if (const auto schema = FromBase64(AsText(read))) {
      JudgeSchemaText(*schema, bytes.offset, scan_);
    }
    return {};
  }

  void TakeExtents() {
    for (Extent* extent : {&column_, &filter_, &offset_index_, &column_index_}) {
      if (extent->size != 0 && extent->offset != kNoOffset) extents_.push_back(*extent);
      *extent = {kNoOffset, 0};
    }
  }

  ForwardReader& reader_;
  const FileScan& scan_;
  std::vector<Extent> extents_;
  // Of the column that is being walked.
  Extent column_{kNoOffset, 0}, filter_{kNoOffset, 0}, offset_index_{kNoOffset, 0},
      column_index_{kNoOffset, 0};
};

// What lies before the footer is what it says, and nothing else.
Status JudgePages(const ByteSource& source, std::vector<Extent> extents, uint64_t end,
                  const FileScan& scan) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
  extents.push_back({end, 0});
  uint64_t at = kMagic.size();
  for (const Extent& extent : extents) {
    if (extent.offset > end || extent.size > end - extent.offset) {
      return Error(Code::kMalformed, "a column that leads out of the file", extent.offset);
    }
    if (extent.offset > at) {
      scan.Add("WL-S-331", at,
               fmt::format("{} bytes stand between the columns", extent.offset - at));
      const std::string name = fmt::format("+0x{:x}", at);
      scan.Descend(source.Slice(at, extent.offset - at, name), name, at);
    }
    at = std::max(at, extent.offset + extent.size);
  }
  return {};
}

Status JudgeFile(const ByteSource& source, const FileScan& scan) {
  if (source.size() < kMagic.size() + kTail) {
    return Error(Code::kTruncated, "a file without footer", source.size());
  }
  const uint64_t end = source.size() - kTail;
  WL_TRY(const ByteVector tail, source.Read(end, kTail));
  const uint64_t size = LoadLe<uint32_t>(tail);
  if (AsText(tail).substr(4) != kMagic || size > end - kMagic.size()) {
    return Error(Code::kMalformed, "a file that does not end in its footer", end);
  }
  ForwardReader reader(source.Slice(0, end, source.name()), end - size);
  WL_TRY(std::vector<Extent> extents, FooterWalk(reader, scan).Walk());
  return JudgePages(source, std::move(extents), end - size, scan);
}

}  // namespace

bool IsParquet(const Subject& subject) {
  return AsText(subject.head).starts_with(kMagic);
}

void JudgeParquet(const Subject& subject, const FileScan& scan) {
  if (const Status status = JudgeFile(subject.source, scan); !status) {
    scan.Unreadable(status.error());
  }
}

}  // namespace weighlock::scan

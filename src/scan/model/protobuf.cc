// Read through a small window: of large fields only the lengths are looked at.
#include "scan/model/protobuf.h"

#include <algorithm>

namespace weighlock::scan {
namespace {

constexpr uint64_t kWindow = 4096;

}  // namespace

Status ProtoReader::Hold() {
  if (at_ >= window_at_ && at_ - window_at_ < window_.size()) return {};
  window_at_ = at_;
  WL_TRY(window_, source_.Read(at_, std::min(kWindow, end_ - at_)));
  return {};
}

Result<uint64_t> ProtoReader::Varint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return Error(Code::kTruncated, "a number is cut off", at_);
    WL_CHECKED(Hold());
    const auto byte = static_cast<uint8_t>(window_[at_++ - window_at_]);
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return Error(Code::kMalformed, "a number of more than 64 bits", at_);
}

Result<std::optional<ProtoField>> ProtoReader::Next() {
  if (at_ == end_) return std::optional<ProtoField>();
  const uint64_t start = at_;
  WL_TRY(const uint64_t key, Varint());
  ProtoField field;
  field.number = key >> 3;
  if (field.number == 0) return Error(Code::kMalformed, "a field without a number", start);
  switch (key & 7) {
    case 0: {
      WL_TRY(field.value, Varint());
      return std::optional(field);
    }
    case 1:
    case 5: {
      const uint64_t size = (key & 7) == 1 ? 8 : 4;
      field.wire = size == 8 ? ProtoField::Wire::kFixed64 : ProtoField::Wire::kFixed32;
      if (size > end_ - at_) return Error(Code::kTruncated, "a field is cut off", start);
      at_ += size;
      return std::optional(field);
    }
    case 2: {
      field.wire = ProtoField::Wire::kBytes;
      WL_TRY(const uint64_t size, Varint());
      if (size > end_ - at_) return Error(Code::kTruncated, "a field is cut off", start);
      field.bytes = {at_, size};
      at_ += size;
      return std::optional(field);
    }
    default:
      return Error(Code::kMalformed, "a field of a kind that no writer uses", start);
  }
}

Result<std::string> ProtoText(const ByteSource& source, const ProtoField& field, size_t most) {
  WL_TRY(const ByteVector bytes,
         source.Read(field.bytes.offset, std::min<uint64_t>(field.bytes.size, most)));
  return std::string(AsText(bytes));
}

bool HasFields(const ByteSource& source, std::span<const uint64_t> known, uint64_t needed) {
  constexpr int kMostFields = 100'000;
  constexpr uint64_t kLarge = uint64_t{1} << 20;
  ProtoReader reader(source, {0, source.size()});
  bool has = false;
  for (int count = 0; count < kMostFields; ++count) {
    const auto field = reader.Next();
    if (!field) return false;
    if (!*field) return has;
    if (std::find(known.begin(), known.end(), (*field)->number) == known.end()) return false;
    has = has || ((*field)->number == needed && (*field)->wire == ProtoField::Wire::kBytes);
    if (has && (*field)->bytes.size > kLarge) return true;
  }
  return has;
}

}  // namespace weighlock::scan

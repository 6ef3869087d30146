// Blocks one after the other, each with the kind of its packing and a checksum; then a block that
// leads to them, and a footer that leads to that one. Nothing may stand between them. Of keys only
// the lengths are looked at: they name tensors.
#include "scan/model/tensor_bundle_judge.h"

#include <fmt/format.h>

#include <functional>
#include <optional>

#include "scan/model/crc32c.h"
#include "scan/model/protobuf.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kMostBytes = uint64_t{16} << 20;
constexpr uint64_t kFooter = 48, kHandles = 40, kTrailer = 5;
constexpr uint64_t kMagic = 0xDB4775248B80FB57;
constexpr size_t kLeastRestarts = 8;  // one offset and their number

// Fields of a block in their order.
class Fields {
 public:
  Fields(Bytes bytes, uint64_t at) : bytes_(bytes), start_(at) {}

  uint64_t at() const { return start_ + taken_; }  // in the file
  bool empty() const { return taken_ == bytes_.size(); }

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (empty()) return Error(Code::kTruncated, "a number is cut off", at());
      const auto byte = static_cast<uint8_t>(bytes_[taken_++]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Error(Code::kMalformed, "a number of more than 64 bits", at());
  }

  Status Skip(uint64_t size) {
    if (size > bytes_.size() - taken_) return Error(Code::kTruncated, "a block is cut off", at());
    taken_ += static_cast<size_t>(size);
    return {};
  }

 private:
  Bytes bytes_;
  uint64_t start_;
  size_t taken_ = 0;
};

Result<Extent> Handle(Fields& fields) {
  WL_TRY(const uint64_t offset, fields.Varint());
  WL_TRY(const uint64_t size, fields.Varint());
  return Extent{offset, size};
}

class Bundle {
 public:
  Bundle(const Subject& subject, const FileScan& scan)
      : source_(subject.source), name_(subject.place.chain.back()), scan_(scan) {}

  Status Walk() {
    const uint64_t footer_at = source_.size() - kFooter;
    WL_TRY(const ByteVector footer, source_.Read(footer_at, kHandles));
    Fields fields(footer, footer_at);
    WL_TRY(const Extent meta, Handle(fields));
    WL_TRY(const Extent index, Handle(fields));
    while (!fields.empty()) {
      WL_TRY(const uint64_t padding, fields.Varint());
      if (padding != 0)
        return Error(Code::kMalformed, "a footer with more than it needs", footer_at);
    }
    WL_CHECKED(ForEachEntry(index, [this](bool, Extent value) { return DataBlock(value); }));
    WL_CHECKED(Follows(meta));
    WL_CHECKED(ForEachEntry(meta, [](bool, Extent) { return Status(); }));
    WL_CHECKED(Follows(index));
    if (end_ != footer_at) return Gap(end_);
    return {};
  }

 private:
  using See = std::function<Status(bool keyless, Extent value)>;

  static Error Gap(uint64_t at) {
    return Error(Code::kMalformed, "its blocks do not follow one another", at);
  }

  // Every byte of the file belongs to one block.
  Status Follows(Extent block) {
    if (block.offset != end_) return Gap(block.offset);
    end_ += block.size + kTrailer;
    return {};
  }

  Status ForEachEntry(Extent block, const See& see) {
    const uint64_t size = source_.size();
    if (block.offset > size || block.size > size - block.offset ||
        kTrailer > size - block.offset - block.size || block.size < kLeastRestarts) {
      return Error(Code::kTruncated, "a block that does not lie in the file", block.offset);
    }
    WL_TRY(const ByteVector bytes, source_.Read(block.offset, block.size + kTrailer));
    const Bytes content = Bytes(bytes).first(static_cast<size_t>(block.size));
    const Bytes trailer = Bytes(bytes).subspan(content.size());
    if (trailer[0] != std::byte{0}) {
      return Error(Code::kUnsupported, "a packed block, which TensorFlow does not write here",
                   block.offset);
    }
    if (MaskedCrc32c(Crc32c(0, Bytes(bytes).first(content.size() + 1))) !=
        LoadLe<uint32_t>(trailer.subspan(1))) {
      return Error(Code::kMismatch, "a block does not fit its checksum", block.offset);
    }
    const uint64_t restarts = LoadLe<uint32_t>(content.last(4));
    if (restarts > (content.size() - 4) / 4) {
      return Error(Code::kMalformed, "a block of more restarts than it holds", block.offset);
    }
    const size_t entries = content.size() - 4 - static_cast<size_t>(restarts) * 4;
    return Entries(Fields(content.first(entries), block.offset), see);
  }

  Status Entries(Fields fields, const See& see) {
    uint64_t key = 0;  // its length
    while (!fields.empty()) {
      WL_TRY(const uint64_t shared, fields.Varint());
      WL_TRY(const uint64_t added, fields.Varint());
      WL_TRY(const uint64_t value, fields.Varint());
      if (shared > key) return Error(Code::kMalformed, "a key of no length", fields.at());
      WL_CHECKED(fields.Skip(added));
      key = shared + added;
      const uint64_t at = fields.at();
      WL_CHECKED(fields.Skip(value));
      WL_CHECKED(see(key == 0, {at, value}));
    }
    return {};
  }

  // A block of tensors, to which the value of the index leads.
  Status DataBlock(Extent value) {
    WL_TRY(const ByteVector bytes, source_.Read(value.offset, value.size));
    Fields fields(bytes, value.offset);
    WL_TRY(const Extent block, Handle(fields));
    WL_CHECKED(Follows(block));
    return ForEachEntry(block,
                        [this](bool keyless, Extent entry) { return Entry(keyless, entry); });
  }

  // The header, which has no key, or a tensor.
  Status Entry(bool keyless, Extent entry) {
    uint64_t first = 0, shard = 0;
    Extent bytes{0, 0};
    ProtoReader reader(source_, entry);
    while (true) {
      WL_TRY(const auto field, reader.Next());
      if (!field) break;
      if (field->wire != ProtoField::Wire::kVarint) continue;
      if (field->number == 1) first = field->value;
      if (field->number == 3) shard = field->value;
      if (field->number == 4) bytes.offset = field->value;
      if (field->number == 5) bytes.size = field->value;
    }
    if (keyless) {
      shards_ = first;
      return {};
    }
    if (!shards_) return Error(Code::kMalformed, "tensors before the header", entry.offset);
    const std::string base = name_.substr(name_.find_last_of('/') + 1);
    const std::string prefix = base.substr(0, base.rfind('.'));
    scan_.scanner().AddExternal({scan_.file().path,
                                 fmt::format("{}.data-{:05}-of-{:05}", prefix, shard, *shards_),
                                 bytes, entry.offset});
    return {};
  }

  const ByteSource& source_;
  const std::string& name_;
  const FileScan& scan_;
  uint64_t end_ = 0;  // of the blocks that were walked
  std::optional<uint64_t> shards_;
};

}  // namespace

bool IsTensorBundle(const Subject& subject) {
  const uint64_t size = subject.source.size();
  if (size < kFooter || size > kMostBytes) return false;
  const auto magic = subject.source.Read(size - 8, 8);
  return magic && LoadLe<uint64_t>(*magic) == kMagic;
}

void JudgeTensorBundle(const Subject& subject, const FileScan& scan) {
  const Status status = Bundle(subject, scan).Walk();
  if (!status) scan.Unreadable(status.error());
}

}  // namespace weighlock::scan

// Header by header; extensions are read only for the names that they give.
#include "package/tar_entries.h"

#include <algorithm>
#include <array>
#include <optional>

#include "container/tar/pax.h"
#include "container/tar/tar_header.h"

namespace weighlock {
namespace {

constexpr uint64_t kExtensionBytes = uint64_t{1} << 20;

// The 100 bytes of a link's target in a header block.
std::string LinkTarget(Bytes block) {
  const std::string_view field = AsText(block.subspan(157, 100));
  return std::string(field.substr(0, field.find('\0')));
}

class Lister {
 public:
  Lister(ByteStream& stream, const Limits& limits,
         const std::function<void(const RawTarEntry&, ByteStream&)>& see)
      : stream_(stream), limits_(limits), see_(see) {}

  Status Run() {
    while (headers_ < limits_.members && ReadHeader()) ++headers_;
    return std::move(status_);
  }

 private:
  // The content of one entry, and no more.
  class Content : public ByteStream {
   public:
    Content(Lister& lister, uint64_t left) : lister_(lister), left_(left) {}
    Result<size_t> Read(MutableBytes out) override {
      out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), left_)));
      if (out.empty()) return size_t{0};
      if (!lister_.ReadWhole(out)) {
        left_ = 0;
        return Error(Code::kTruncated, "the archive ends inside the member");
      }
      left_ -= out.size();
      return out.size();
    }
    bool Skip() { return lister_.SkipBytes(left_); }

   private:
    Lister& lister_;
    uint64_t left_;
  };

  // False: the archive ends here, one way or another.
  bool ReadHeader() {
    std::array<std::byte, kTarBlockBytes> block;
    const uint64_t at = position_;
    if (!ReadWhole(block)) return false;
    if (std::all_of(block.begin(), block.end(), [](std::byte b) { return b == std::byte{0}; })) {
      return true;
    }
    const auto header = ParseTarHeader(block);
    if (!header) return false;
    if (header->type == 'x' || header->type == 'g' || header->type == 'L' || header->type == 'K') {
      return ReadExtension(*header);
    }
    const bool link = header->type == '1' || header->type == '2';
    RawTarEntry entry{name_.value_or(header->name),
                      header->type,
                      link ? LinkTarget(block) : std::string(),
                      at,
                      position_,
                      link ? 0 : header->size};
    entry.name.resize(std::min<size_t>(entry.name.size(), limits_.path_bytes + size_t{1}));
    // A link has no content, whatever its size says.
    Content content(*this, entry.size);
    see_(entry, content);
    name_.reset();
    return content.Skip() && SkipBytes(TarPaddedSize(entry.size) - entry.size);
  }

  bool ReadExtension(const RawTarHeader& header) {
    if (header.size > kExtensionBytes) return false;
    ByteVector data(static_cast<size_t>(TarPaddedSize(header.size)));
    if (!ReadWhole(data)) return false;
    data.resize(static_cast<size_t>(header.size));
    if (header.type == 'L') {
      const std::string_view text = AsText(data);
      name_ = std::string(text.substr(0, text.find('\0')));
    } else if (header.type == 'x') {
      const auto records = ParsePax(data, PaxScope::kMember);
      if (records && records->path) name_ = *records->path;
    }
    return true;
  }

  bool ReadWhole(MutableBytes out) {
    auto count = stream_.Read(out);
    if (!count) status_ = std::move(count).error();
    if (!count || *count < out.size()) return false;
    position_ += out.size();
    return true;
  }

  bool SkipBytes(uint64_t size) {
    scratch_.resize(size_t{64} << 10);
    while (size > 0) {
      const auto part = static_cast<size_t>(std::min<uint64_t>(size, scratch_.size()));
      if (!ReadWhole(MutableBytes(scratch_).first(part))) return false;
      size -= part;
    }
    return true;
  }

  ByteStream& stream_;
  const Limits& limits_;
  const std::function<void(const RawTarEntry&, ByteStream&)>& see_;
  std::optional<std::string> name_;  // that an extension gives to the next entry
  Status status_;                    // of the stream
  uint64_t position_ = 0, headers_ = 0;
  ByteVector scratch_;
};

}  // namespace

Status ForEachTarEntry(ByteStream& archive, const Limits& limits,
                       const std::function<void(const RawTarEntry&, ByteStream& content)>& see) {
  return Lister(archive, limits, see).Run();
}

}  // namespace weighlock

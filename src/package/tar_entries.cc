// Header by header; extensions are read only for the names that they give.
#include "package/tar_entries.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "container/tar/tar_header.h"

namespace weighlock {
namespace {

constexpr uint64_t kExtensionBytes = uint64_t{1} << 20;

// The 100 bytes of a link's target in a header block.
std::string LinkTarget(Bytes block) {
  const std::string_view field = AsText(block.subspan(157, 100));
  return std::string(field.substr(0, field.find('\0')));
}

// What extended headers say of the next entry, or of all that follow.
struct Extension {
  std::optional<std::string> path, link;
  std::optional<uint64_t> size;
  bool is_sparse = false;

  bool IsEmpty() const { return !path && !link && !size && !is_sparse; }
};

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || text.empty()) return std::nullopt;
  return value;
}

// "LENGTH KEY=VALUE\n", as far as that goes; of a key that stands twice the last counts.
void TakePax(std::string_view data, Extension& out) {
  while (!data.empty()) {
    const size_t space = data.find(' ');
    const auto length = Number(data.substr(0, space));
    if (space == data.npos || !length || *length <= space + 1 || *length > data.size()) return;
    std::string_view record = data.substr(space + 1, static_cast<size_t>(*length) - space - 1);
    data.remove_prefix(static_cast<size_t>(*length));
    if (record.ends_with('\n')) record.remove_suffix(1);
    const size_t equals = std::min(record.find('='), record.size());
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(std::min(equals + 1, record.size()));
    if (key == "path" || key == "GNU.sparse.name") out.path = std::string(value);
    if (key == "linkpath") out.link = std::string(value);
    if (key == "size") out.size = Number(value);
    out.is_sparse = out.is_sparse || key.starts_with("GNU.sparse.");
  }
}

class Lister {
 public:
  Lister(ByteStream& stream, const Limits& limits,
         const std::function<void(const RawTarEntry&, ByteStream&)>& see)
      : stream_(stream), limits_(limits), see_(see) {}

  Status Run() {
    while (ReadHeader()) {
      if (++headers_ < limits_.members) continue;
      status_ = Error(Code::kLimit, "more entries than are read", position_);
      break;
    }
    if (status_ && bad_header_) {
      return Error(Code::kMalformed, "a header that is none: some unpackers look for the next one",
                   *bad_header_);
    }
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
    if (!header) {
      bad_header_ = bad_header_.value_or(at);
      return true;
    }
    if (std::string_view("xXgLK").find(header->type) != std::string_view::npos) {
      return ReadExtension(*header);
    }
    const bool link = header->type == '1' || header->type == '2';
    const Extension said = std::exchange(next_, {});
    const auto told = said.size ? said.size : all_.size;
    RawTarEntry entry;
    entry.name = said.path ? *said.path : all_.path.value_or(header->name);
    entry.type = header->type;
    if (link) entry.target = said.link ? *said.link : all_.link.value_or(LinkTarget(block));
    entry.offset = at;
    entry.data_offset = position_;
    entry.size = link ? 0 : told.value_or(header->size);
    entry.mode = header->mode;
    entry.is_sparse = header->type == 'S' || said.is_sparse || all_.is_sparse;
    entry.odd = OddityOf(*header, told);
    entry.name.resize(std::min<size_t>(entry.name.size(), limits_.path_bytes + size_t{1}));
    // A link has no content, whatever its size says.
    Content content(*this, entry.size);
    see_(entry, content);
    return content.Skip() && SkipBytes(TarPaddedSize(entry.size) - entry.size);
  }

  std::string_view OddityOf(const RawTarHeader& header, std::optional<uint64_t> told) const {
    constexpr uint64_t kMostInHeader = (uint64_t{1} << 33) - 1;
    if (!all_.IsEmpty()) return "a name, a size or a target for all entries that follow";
    if (told && *told != header.size && (header.size != 0 || *told <= kMostInHeader)) {
      return "two sizes";
    }
    if (header.type >= '1' && header.type <= '6' && header.size != 0) {
      return "a size, and no content by its kind";
    }
    const bool is_known = header.type == '\0' || (header.type >= '0' && header.type <= '7');
    return is_known || header.type == 'S' ? std::string_view() : "a kind that few know";
  }

  bool ReadExtension(const RawTarHeader& header) {
    if (header.size > kExtensionBytes) {
      status_ = Error(Code::kLimit, "an extended header of more than a megabyte", position_);
      return false;
    }
    ByteVector data(static_cast<size_t>(TarPaddedSize(header.size)));
    if (!ReadWhole(data)) return false;
    data.resize(static_cast<size_t>(header.size));
    const std::string_view text = AsText(data);
    if (header.type == 'L' || header.type == 'K') {
      (header.type == 'L' ? next_.path : next_.link) = std::string(text.substr(0, text.find('\0')));
    } else {
      TakePax(text, header.type == 'g' ? all_ : next_);
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
  Extension next_, all_;
  std::optional<uint64_t> bad_header_;  // the first
  Status status_;                       // of the stream
  uint64_t position_ = 0, headers_ = 0;
  ByteVector scratch_;
};

}  // namespace

Status ForEachTarEntry(ByteStream& archive, const Limits& limits,
                       const std::function<void(const RawTarEntry&, ByteStream& content)>& see) {
  return Lister(archive, limits, see).Run();
}

}  // namespace weighlock

// Header by header; extensions are read only for the names that they give.
#include "check/archive_entries.h"

#include <algorithm>
#include <array>
#include <optional>

#include "container/tar/pax.h"
#include "container/tar/tar_header.h"
#include "package/unpacked.h"

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
         const std::function<void(const ArchiveEntry&)>& see)
      : stream_(stream), limits_(limits), see_(see) {}

  void Run() {
    while (headers_ < limits_.members && ReadHeader()) ++headers_;
  }

 private:
  // False: the archive ends here, one way or another.
  bool ReadHeader() {
    std::array<std::byte, kTarBlockBytes> block;
    const uint64_t at = position_;
    if (!ReadWhole(block)) return false;
    const auto header = ParseTarHeader(block);
    if (!header) return false;
    if (header->type == 'x' || header->type == 'g' || header->type == 'L' || header->type == 'K') {
      return ReadExtension(*header);
    }
    const bool link = header->type == '1' || header->type == '2';
    ArchiveEntry entry{name_.value_or(header->name), header->type,
                       link ? LinkTarget(block) : std::string(), at};
    entry.name.resize(std::min<size_t>(entry.name.size(), limits_.path_bytes + size_t{1}));
    see_(entry);
    name_.reset();
    // A link has no content, whatever its size says.
    return link || Skip(TarPaddedSize(header->size));
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
    const auto count = stream_.Read(out);
    if (!count || *count < out.size()) return false;
    position_ += out.size();
    return true;
  }

  bool Skip(uint64_t size) {
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
  const std::function<void(const ArchiveEntry&)>& see_;
  std::optional<std::string> name_;  // that an extension gives to the next entry
  uint64_t position_ = 0, headers_ = 0;
  ByteVector scratch_;
};

}  // namespace

void ForEachEntry(const ByteSource& archive, PackageKind kind, const Limits& limits,
                  const std::function<void(const ArchiveEntry&)>& see) {
  if (kind != PackageKind::kTar && kind != PackageKind::kTarGz) return;
  const auto stream =
      kind == PackageKind::kTar ? StreamOf(archive) : UnpackedContent(archive, limits);
  Lister(*stream, limits, see).Run();
}

}  // namespace weighlock

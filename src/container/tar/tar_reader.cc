// The walk through an archive: extension headers, the member they belong to, its content, the end.
#include "container/tar/tar_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "base/escape.h"

namespace weighlock {
namespace {

constexpr size_t kScratchBytes = size_t{64} << 10;

// PAX data is read whole. Long paths take 4 KiB; attributes of a file system up to 64 KiB each.
constexpr uint64_t kPaxBytesMax = uint64_t{1} << 20;

// A kind that is known and refused, and what an archive without it takes.
struct RefusedKind {
  char type;
  std::string_view name, way_out;
};
constexpr std::string_view kPlain = "pack it with --format=ustar";
constexpr RefusedKind kRefusedKinds[] = {
    {'1', "a hard link", {}},
    {'2', "a symbolic link", {}},
    {'3', "a character device", {}},
    {'4', "a block device", {}},
    {'6', "a FIFO", {}},
    {'7', "a contiguous file", kPlain},
    {'D', "a GNU directory listing", "pack it without --incremental"},
    {'M', "a part of a multi-volume archive", "pack it without --multi-volume"},
    {'N', "an old GNU table of long names", kPlain},
    {'S', "a sparse file", "pack it without --sparse"},
    {'V', "a volume label", "pack it without --label"},
    {'X', "a Solaris extended header", kPlain},
};

// Errors of a block or of PAX data count from its start; those of the archive from the archive's.
Error Shifted(const Error& error, uint64_t by) {
  return Error(error.code(), error.what(), by + error.offset());
}

// Whether the last component of `name` is empty or ".": a spelling that only fits a directory.
bool IsSpeltAsDirectory(std::string_view name) {
  const size_t slash = name.rfind('/');
  const std::string_view last = slash == name.npos ? name : name.substr(slash + 1);
  return last.empty() || last == ".";
}

// `pax_sparse`: PAX records make a sparse file of it, whatever its type.
Status CheckKind(const RawTarHeader& header, const std::string& name, bool pax_sparse,
                 uint64_t at) {
  const char type = pax_sparse ? 'S' : header.type;
  if (type == '\0' || type == '0' || type == '5') return {};
  const auto* kind = std::find_if(std::begin(kRefusedKinds), std::end(kRefusedKinds),
                                  [&](const RefusedKind& k) { return k.type == type; });
  const bool is_known = kind != std::end(kRefusedKinds);
  std::string what = fmt::format("member {} is {}", Quote(name),
                                 is_known ? kind->name : std::string_view("of an unknown kind"));
  if (!pax_sparse) what += fmt::format(" (type {})", Quote(std::string_view(&header.type, 1)));
  if (is_known && !kind->way_out.empty()) what += fmt::format(": {}", kind->way_out);
  return Error(Code::kUnsupported, std::move(what), at);
}

// Type 0 with a name that ends in a slash is a directory since V7. Some readers look at the name in
// the header, some at the name that an extension gives: both must say the same.
Result<TarMember::Type> DecideType(const RawTarHeader& header, const std::string& name,
                                   uint64_t at) {
  using Type = TarMember::Type;
  if (header.type == '5') return Type::kDirectory;
  const bool final_slash = name.ends_with('/');
  if (header.type == '\0' && final_slash != header.name.ends_with('/')) {
    return Error(Code::kMalformed,
                 fmt::format("member {} is a directory by only one of its names, {} in its header",
                             Quote(name), Quote(header.name)),
                 at);
  }
  if (header.type == '\0' && final_slash) return Type::kDirectory;
  if (IsSpeltAsDirectory(name)) {
    return Error(Code::kMalformed,
                 fmt::format("member {} is typed as a file and named as a directory", Quote(name)),
                 at);
  }
  return Type::kFile;
}

// The size of a member. A PAX record outranks the header, and must agree with it unless the header
// could not hold the number: writers then leave zero or the largest number there.
Result<uint64_t> DecideSize(const RawTarHeader& header, const std::optional<uint64_t>& pax_size,
                            const std::string& name, uint64_t at) {
  if (!pax_size || *pax_size == header.size) return header.size;
  if (*pax_size > kTarOctalSizeMax && (header.size == 0 || header.size == kTarOctalSizeMax)) {
    return *pax_size;
  }
  return Error(Code::kMalformed,
               fmt::format("member {} has {} bytes by its header and {} by its PAX records",
                           Quote(name), header.size, *pax_size),
               at);
}

// `offset` is where `bytes` lie in the archive.
Status CheckZeros(Bytes bytes, std::string_view what, uint64_t offset) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == std::byte{0}) continue;
    return Error(Code::kMalformed, fmt::format("{} has bytes that are not zero", what), offset + i);
  }
  return {};
}

}  // namespace

// What the headers before a member say about it.
struct TarReader::Extensions {
  std::optional<std::string> long_name;  // GNU 'L'
  bool long_link = false;                // GNU 'K'
  std::optional<PaxRecords> pax;         // 'x'
  bool any() const { return long_name || long_link || pax; }
};

TarReader::TarReader(ByteStream& stream, const Limits& limits)
    : stream_(stream), limits_(limits), paths_(limits) {}

Result<std::optional<TarMember>> TarReader::Next() {
  if (state_ == State::kEnded) return std::optional<TarMember>();
  if (state_ == State::kFailed) return Error(Code::kUsage, "the archive was refused before");
  state_ = State::kFailed;
  WL_TRY(auto member, Advance());
  state_ = member ? State::kReading : State::kEnded;
  return member;
}

Result<size_t> TarReader::Read(MutableBytes out) {
  if (state_ == State::kFailed) return Error(Code::kUsage, "the archive was refused before");
  auto count = ReadContent(out);
  if (!count) state_ = State::kFailed;
  return count;
}

Result<std::optional<TarMember>> TarReader::Advance() {
  WL_CHECKED(FinishMember());
  Extensions extensions;
  for (;;) {
    const uint64_t at = position_;
    std::array<std::byte, kTarBlockBytes> block;
    WL_TRY(const size_t count, Fill(block));
    WL_CHECKED(CheckTotal());
    if (count < block.size()) {
      return Error(Code::kTruncated,
                   fmt::format("wanted a header or the two zero blocks that end an archive, "
                               "{} bytes are left",
                               count),
                   at);
    }
    if (std::all_of(block.begin(), block.end(), [](std::byte b) { return b == std::byte{0}; })) {
      if (extensions.any()) {
        return Error(Code::kMalformed, "the archive ends between a member's headers", at);
      }
      WL_CHECKED(FinishArchive());
      return std::optional<TarMember>();
    }
    auto header = ParseTarHeader(block);
    if (!header) return Shifted(header.error(), at);
    WL_TRY(const bool is_extension, TakeExtension(*header, at, extensions));
    if (is_extension) continue;
    WL_TRY(TarMember member, MakeMember(*header, at, extensions));
    return std::optional(std::move(member));
  }
}

// Takes a header that belongs to the next one, with its data; false if it is a member's own.
Result<bool> TarReader::TakeExtension(const RawTarHeader& header, uint64_t at,
                                      Extensions& extensions) {
  const char type = header.type;
  if (type == 'g') {
    if (extensions.any()) {
      return Error(Code::kMalformed, "a global header between a member's headers", at);
    }
    // Headers without members are a bomb too.
    if (++members_ > limits_.members) {
      return Error(Code::kLimit, fmt::format("more than {} headers", limits_.members), at);
    }
    WL_TRY(const ByteVector data, ReadExtensionData(header, at, kPaxBytesMax));
    auto records = ParsePax(data, PaxScope::kGlobal);
    if (!records) return Shifted(records.error(), at + kTarBlockBytes);
    return true;
  }
  if (type != 'x' && type != 'L' && type != 'K') return false;
  if ((type == 'x') ? extensions.any() : extensions.pax.has_value()) {
    return Error(Code::kMalformed,
                 extensions.pax && type == 'x' ? "two PAX headers before one member"
                                               : "GNU and PAX headers before one member",
                 at);
  }
  if (type == 'x') {
    WL_TRY(const ByteVector data, ReadExtensionData(header, at, kPaxBytesMax));
    auto records = ParsePax(data, PaxScope::kMember);
    if (!records) return Shifted(records.error(), at + kTarBlockBytes);
    extensions.pax = *std::move(records);
    return true;
  }
  if (type == 'L' ? extensions.long_name.has_value() : extensions.long_link) {
    return Error(Code::kMalformed, "two GNU long names before one member", at);
  }
  WL_TRY(const ByteVector data, ReadExtensionData(header, at, uint64_t{limits_.path_bytes} + 1));
  if (type == 'K') {
    extensions.long_link = true;
    return true;
  }
  std::string_view name = AsText(data);
  if (name.ends_with('\0')) name.remove_suffix(1);
  if (name.empty()) return Error(Code::kMalformed, "an empty GNU long name", at);
  extensions.long_name = std::string(name);
  return true;
}

Result<ByteVector> TarReader::ReadExtensionData(const RawTarHeader& header, uint64_t at,
                                                uint64_t most) {
  if (header.size > most) {
    return Error(Code::kLimit,
                 fmt::format("the extended header {} has {} bytes, the limit is {}",
                             Quote(header.name), header.size, most),
                 at);
  }
  WL_CHECKED(CheckRoom(header.size, header.name, at));
  ByteVector data(static_cast<size_t>(TarPaddedSize(header.size)));
  WL_TRY(const size_t count, Fill(data));
  if (count < data.size()) {
    return Error(Code::kTruncated,
                 fmt::format("the extended header {} wants {} bytes, {} are left",
                             Quote(header.name), data.size(), count),
                 at);
  }
  const Bytes padding = Bytes(data).subspan(static_cast<size_t>(header.size));
  WL_CHECKED(CheckZeros(padding,
                        fmt::format("the padding of the extended header {}", Quote(header.name)),
                        position_ - padding.size()));
  data.resize(static_cast<size_t>(header.size));
  return data;
}

Result<TarMember> TarReader::MakeMember(const RawTarHeader& header, uint64_t at,
                                        Extensions& extensions) {
  const PaxRecords pax = extensions.pax ? *std::move(extensions.pax) : PaxRecords{};
  std::string name = pax.path ? *pax.path : extensions.long_name.value_or(header.name);
  WL_CHECKED(CheckKind(header, pax.sparse_name.value_or(name), pax.is_sparse, at));
  if (extensions.long_link || pax.has_link_path) {
    return Error(Code::kMalformed,
                 fmt::format("member {} has a link's target and is not a link", Quote(name)), at);
  }
  WL_TRY(const TarMember::Type type, DecideType(header, name, at));
  WL_TRY(const uint64_t size, DecideSize(header, pax.size, name, at));
  if (type == TarMember::Type::kDirectory && size != 0) {
    return Error(Code::kMalformed,
                 fmt::format("directory {} has {} bytes of content", Quote(name), size), at);
  }
  auto path = NormaliseRead(name, limits_);
  if (!path) return Shifted(Error(path.error().code(), path.error().what(), 0), at);
  if (++members_ > limits_.members) {
    return Error(Code::kLimit, fmt::format("more than {} headers", limits_.members), at);
  }
  WL_CHECKED(paths_.Add(
      *path, type == TarMember::Type::kFile ? PathSet::Kind::kFile : PathSet::Kind::kDirectory,
      at));
  WL_CHECKED(CheckRoom(size, name, at));
  content_left_ = content_size_ = size;
  padding_left_ = TarPaddedSize(size) - size;
  name_ = name;
  return TarMember{*std::move(path), std::move(name), type, size, header.mode, at, position_};
}

// Whether `size` bytes of content fit in the total that may be unpacked.
Status TarReader::CheckRoom(uint64_t size, std::string_view name, uint64_t at) const {
  if (size <= limits_.unpacked_bytes && position_ <= limits_.unpacked_bytes - size) return {};
  return Error(Code::kLimit,
               fmt::format("member {} of {} bytes takes the archive over {} bytes", Quote(name),
                           size, limits_.unpacked_bytes),
               at);
}

// Whether what was read so far does: padding and headers without content are bombs too.
Status TarReader::CheckTotal() const {
  if (position_ <= limits_.unpacked_bytes) return {};
  return Error(Code::kLimit,
               fmt::format("the archive goes on after {} bytes", limits_.unpacked_bytes),
               limits_.unpacked_bytes);
}

// Reads until `out` is full or the stream ends; returns how many bytes.
Result<size_t> TarReader::Fill(MutableBytes out) {
  size_t done = 0;
  while (done < out.size()) {
    WL_TRY(const size_t count, stream_.Read(out.subspan(done)));
    if (count == 0) break;
    done += count;
  }
  position_ += done;
  return done;
}

Result<size_t> TarReader::ReadContent(MutableBytes out) {
  out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), content_left_)));
  if (out.empty()) return size_t{0};
  WL_TRY(const size_t count, stream_.Read(out));
  if (count == 0) {
    return Error(Code::kTruncated,
                 fmt::format("member {} wants {} bytes, the archive ends after {} of them",
                             Quote(name_), content_size_, content_size_ - content_left_),
                 position_);
  }
  position_ += count;
  content_left_ -= count;
  return count;
}

// Reads what is left of the current member, and its padding.
Status TarReader::FinishMember() {
  if (content_left_ > 0) scratch_.resize(kScratchBytes);
  while (content_left_ > 0) {
    WL_TRY([[maybe_unused]] const size_t count, ReadContent(scratch_));
  }
  std::array<std::byte, kTarBlockBytes> block;
  const MutableBytes padding = MutableBytes(block).first(static_cast<size_t>(padding_left_));
  const uint64_t start = position_;
  WL_TRY(const size_t count, Fill(padding));
  if (count < padding.size()) {
    return Error(Code::kTruncated,
                 fmt::format("member {} wants {} bytes of padding, {} are left", Quote(name_),
                             padding.size(), count),
                 start);
  }
  padding_left_ = 0;
  return CheckZeros(padding, fmt::format("the padding of member {}", Quote(name_)), start);
}

// One zero block was read. The second is wanted, then zeros up to the end: what lies behind would
// be seen by a reader that goes on (tar -i) and by no other.
Status TarReader::FinishArchive() {
  scratch_.resize(kScratchBytes);
  uint64_t zeros = kTarBlockBytes;
  for (;;) {
    const uint64_t start = position_;
    WL_TRY(const size_t count, Fill(scratch_));
    WL_CHECKED(CheckTotal());
    WL_CHECKED(
        CheckZeros(Bytes(scratch_).first(count), "what follows the end of the archive", start));
    zeros += count;
    if (zeros < 2 * kTarBlockBytes) {  // so the stream has ended
      return Error(
          Code::kTruncated,
          fmt::format("two zero blocks end an archive, it ends after {} bytes of them", zeros),
          start);
    }
    if (count < scratch_.size()) return {};
  }
}

}  // namespace weighlock

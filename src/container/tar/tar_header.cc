// The fields of a header block: where each lies, which bytes it may hold, what it is worth.
#include "container/tar/tar_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/escape.h"

namespace weighlock {
namespace {

struct Field {
  const char* name;
  size_t offset;
  size_t length;
};

constexpr Field kName = {"name", 0, 100};
constexpr Field kMode = {"mode", 100, 8};
constexpr Field kUid = {"uid", 108, 8};
constexpr Field kGid = {"gid", 116, 8};
constexpr Field kSize = {"size", 124, 12};
constexpr Field kMtime = {"mtime", 136, 12};
constexpr Field kChecksum = {"checksum", 148, 8};
constexpr Field kType = {"type", 156, 1};
constexpr Field kMagic = {"magic", 257, 8};
constexpr Field kDevMajor = {"devmajor", 329, 8};
constexpr Field kDevMinor = {"devminor", 337, 8};
constexpr Field kPrefix = {"prefix", 345, 155};

constexpr std::string_view kUstarMagic("ustar\00000", 8);
constexpr std::string_view kGnuMagic("ustar  \0", 8);
constexpr std::string_view kV7Magic("\0\0\0\0\0\0\0\0", 8);

std::string_view TextOf(Bytes block, Field field) {
  return AsText(block.subspan(field.offset, field.length));
}

Error Refuse(Field field, std::string_view why) {
  return Error(Code::kMalformed, fmt::format("the {} field {}", field.name, why), field.offset);
}

// GNU's base-256: a big-endian number behind a first byte of 0x80. 0xff starts a negative one.
Result<uint64_t> ParseBase256(std::string_view text, Field field) {
  const auto first = static_cast<uint8_t>(text[0]);
  if ((first & 0x40) != 0) return Refuse(field, "is negative");
  uint64_t value = first & 0x3Fu;
  for (const char c : text.substr(1)) {
    if (value > (uint64_t{INT64_MAX} >> 8)) return Refuse(field, "is over 2^63 - 1");
    value = (value << 8) | static_cast<uint8_t>(c);
  }
  return value;
}

// Spaces, octal digits, then spaces or NULs up to the end of the field; nothing if it is blank.
Result<std::optional<uint64_t>> ParseNumber(Bytes block, Field field) {
  std::string_view text = TextOf(block, field);
  if ((static_cast<uint8_t>(text[0]) & 0x80) != 0) {
    WL_TRY(const uint64_t value, ParseBase256(text, field));
    return std::optional(value);
  }
  const std::string_view whole = text;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  uint64_t value = 0;  // at most twelve digits: below 2^36
  bool blank = true;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '7'; text.remove_prefix(1)) {
    value = value * 8 + static_cast<uint64_t>(text[0] - '0');
    blank = false;
  }
  if (text.find_first_not_of(std::string_view(" \0", 2)) != text.npos) {
    return Refuse(field, fmt::format("is not an octal number: {}", Quote(whole)));
  }
  return blank ? std::optional<uint64_t>() : std::optional(value);
}

Result<uint64_t> NeedNumber(Bytes block, Field field) {
  WL_TRY(const std::optional<uint64_t> value, ParseNumber(block, field));
  if (!value) return Refuse(field, "is blank");
  return *value;
}

// Numbers that nothing here depends on, but that make other readers stop if they are not numbers.
Status CheckUnusedNumbers(Bytes block, bool has_devices) {
  for (const Field field : {kUid, kGid, kMtime, kDevMajor, kDevMinor}) {
    if (field.offset >= kDevMajor.offset && !has_devices) break;
    // Negative base-256 is honest here: a time before 1970, GNU's "no such user".
    if (TextOf(block, field)[0] == '\xff') continue;
    WL_TRY([[maybe_unused]] const auto value, ParseNumber(block, field));
  }
  return {};
}

// Text up to the first NUL; only NULs may follow.
Result<std::string_view> ParseText(Bytes block, Field field) {
  const std::string_view text = TextOf(block, field);
  const std::string_view value = text.substr(0, text.find('\0'));
  if (text.find_first_not_of('\0', value.size()) != text.npos) {
    return Refuse(field, fmt::format("has bytes behind its NUL: {}", Quote(text)));
  }
  return value;
}

Status CheckChecksum(Bytes block) {
  WL_TRY(const uint64_t wanted, NeedNumber(block, kChecksum));
  uint64_t sum = 0;
  for (size_t i = 0; i < kTarBlockBytes; ++i) {
    const bool in_field = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.length;
    sum += in_field ? ' ' : std::to_integer<uint8_t>(block[i]);
  }
  if (sum == wanted) return {};
  return Refuse(kChecksum, fmt::format("says {}, the bytes of the header sum to {}", wanted, sum));
}

// From `offset` to the end of the block there may be nothing.
Status CheckZeroTail(Bytes block, size_t offset, std::string_view dialect) {
  for (size_t i = offset; i < kTarBlockBytes; ++i) {
    if (block[i] == std::byte{0}) continue;
    return Error(Code::kMalformed,
                 fmt::format("bytes {} to 511 of a {} header must be zero, as some readers take "
                             "them for part of the name",
                             offset, dialect),
                 i);
  }
  return {};
}

}  // namespace

bool LooksLikeTar(Bytes head) {
  if (head.size() < kTarBlockBytes) return false;
  const Bytes block = head.first(kTarBlockBytes);
  const std::string_view magic = TextOf(block, kMagic);
  if (magic.starts_with("ustar")) return true;
  return magic == kV7Magic && block[0] > std::byte{' '} && CheckChecksum(block);
}

Result<RawTarHeader> ParseTarHeader(Bytes block) {
  WL_CHECKED(CheckChecksum(block));
  const std::string_view magic = TextOf(block, kMagic);
  const bool ustar = magic == kUstarMagic;
  const bool gnu = magic == kGnuMagic;
  if (!ustar && !gnu && magic != kV7Magic) {
    return Refuse(kMagic, fmt::format("is neither ustar's, GNU's nor zero: {}", Quote(magic)));
  }
  // Only ustar has a prefix, but Python's tarfile reads one in any dialect.
  const size_t tail = kPrefix.offset + (ustar ? kPrefix.length : 0);
  WL_CHECKED(CheckZeroTail(block, tail, ustar ? "ustar" : (gnu ? "GNU" : "V7")));
  WL_TRY(const std::string_view name, ParseText(block, kName));
  WL_TRY(const std::string_view prefix, ParseText(block, kPrefix));
  WL_TRY(const uint64_t size, NeedNumber(block, kSize));
  WL_TRY(const std::optional<uint64_t> mode, ParseNumber(block, kMode));
  WL_CHECKED(CheckUnusedNumbers(block, ustar || gnu));
  RawTarHeader header;
  if (!prefix.empty()) header.name = fmt::format("{}/", prefix);
  header.name += name;
  header.type = TextOf(block, kType)[0];
  header.size = size;
  header.mode = static_cast<uint32_t>(mode.value_or(0) & 07777);
  return header;
}

}  // namespace weighlock

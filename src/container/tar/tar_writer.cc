// Header blocks and PAX records, byte for byte.
#include "container/tar/tar_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <string_view>

#include "container/tar/tar_header.h"

namespace weighlock {
namespace {

constexpr size_t kNameMax = 100;
constexpr size_t kPrefixMax = 155;
constexpr uint64_t kRecordBytes = 10240;  // twenty blocks, the unit that tapes were written in
constexpr std::string_view kPaxFolder = "./PaxHeaders/";

struct SplitName {
  std::string_view prefix;
  std::string_view name;
};

// The name as archives spell it: directories end in a slash.
std::string SpeltName(const TarEntry& entry) {
  return entry.type == TarEntry::Type::kDirectory ? entry.path + "/" : entry.path;
}

// The two ustar fields that hold `spelt`, split at the first slash that leaves a name that fits;
// nothing if there is none.
std::optional<SplitName> SplitForUstar(std::string_view spelt) {
  if (spelt.size() <= kNameMax) return SplitName{{}, spelt};
  const size_t slash = spelt.find('/', spelt.size() - kNameMax - 1);
  if (slash == spelt.npos || slash > kPrefixMax || slash + 1 == spelt.size()) return std::nullopt;
  return SplitName{spelt.substr(0, slash), spelt.substr(slash + 1)};
}

// At most `most` bytes of `text`, not ending inside a UTF-8 sequence.
std::string_view CutUtf8(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<uint8_t>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

// "LENGTH KEY=VALUE\n", where LENGTH counts its own digits.
std::string PaxRecord(std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;  // the space, '=' and the newline
  size_t length = rest;
  while (rest + std::to_string(length).size() != length) {
    length = rest + std::to_string(length).size();
  }
  return fmt::format("{} {}={}\n", length, key, value);
}

// What ustar cannot say of `entry`; empty for most.
std::string PaxData(const TarEntry& entry) {
  const std::string spelt = SpeltName(entry);
  std::string data;
  if (!SplitForUstar(spelt)) data += PaxRecord("path", spelt);
  if (entry.size > kTarOctalSizeMax) data += PaxRecord("size", std::to_string(entry.size));
  return data;
}

struct Block {
  std::string_view prefix;
  std::string_view name;
  uint32_t mode;
  uint64_t size;
  uint64_t mtime;
  char type;
};

// Sizes that octal cannot hold go in GNU's base-256, so that readers that do not know PAX, and
// readers that wrongly prefer the header, get the number that the PAX record gives.
void PutSize(std::string& block, uint64_t size) {
  if (size <= kTarOctalSizeMax) {
    block.replace(124, 12, fmt::format("{:011o}", size) + '\0');
    return;
  }
  block[124] = '\x80';
  for (size_t i = 0; i < 8; ++i) block[135 - i] = static_cast<char>((size >> (8 * i)) & 0xFF);
}

void AppendBlock(ByteVector& out, const Block& fields) {
  std::string block(kTarBlockBytes, '\0');
  block.replace(0, fields.name.size(), fields.name);
  block.replace(100, 8, fmt::format("{:07o}", fields.mode) + '\0');
  block.replace(108, 8, std::string_view("0000000\0", 8));  // uid
  block.replace(116, 8, std::string_view("0000000\0", 8));  // gid
  PutSize(block, fields.size);
  block.replace(136, 12, fmt::format("{:011o}", fields.mtime) + '\0');
  block.replace(148, 8, "        ");  // the checksum counts itself as spaces
  block[156] = fields.type;
  block.replace(257, 8, std::string_view("ustar\00000", 8));
  block.replace(329, 8, std::string_view("0000000\0", 8));  // devmajor
  block.replace(337, 8, std::string_view("0000000\0", 8));  // devminor
  block.replace(345, fields.prefix.size(), fields.prefix);
  uint32_t sum = 0;
  for (const char c : block) sum += static_cast<uint8_t>(c);
  block.replace(148, 7, fmt::format("{:06o}", sum) + '\0');
  assert(block.size() == kTarBlockBytes);
  Append(out, block);
}

}  // namespace

ByteVector TarHeader(const TarEntry& entry) {
  assert(!entry.path.empty() && entry.size <= uint64_t{INT64_MAX});
  assert(entry.type == TarEntry::Type::kFile || entry.size == 0);
  assert(entry.mtime <= kTarOctalSizeMax);
  ByteVector out;
  const bool directory = entry.type == TarEntry::Type::kDirectory;
  const std::string spelt = SpeltName(entry);
  const std::string data = PaxData(entry);
  if (!data.empty()) {
    const std::string_view base = std::string_view(entry.path).substr(entry.path.rfind('/') + 1);
    std::string name(kPaxFolder);
    name += CutUtf8(base, kNameMax - kPaxFolder.size());
    AppendBlock(out, Block{{}, name, 0644, data.size(), entry.mtime, 'x'});
    Append(out, data);
    Append(out, Bytes(TarPadding(data.size())));
  }
  // A name that only PAX can hold is cut here, and so that it never looks like a directory's.
  std::string_view cut = CutUtf8(entry.path, kNameMax);
  while (cut.ends_with('/')) cut.remove_suffix(1);
  const SplitName split = SplitForUstar(spelt).value_or(SplitName{{}, cut});
  const uint32_t mode = directory || entry.executable ? 0755 : 0644;
  AppendBlock(
      out, Block{split.prefix, split.name, mode, entry.size, entry.mtime, directory ? '5' : '0'});
  return out;
}

ByteVector TarPadding(uint64_t size) {
  return ByteVector(static_cast<size_t>(TarPaddedSize(size) - size));
}

ByteVector TarEnd(uint64_t total) {
  return ByteVector(static_cast<size_t>(TarEndSize(total)));
}

uint64_t TarHeaderSize(const TarEntry& entry) {
  const uint64_t data = PaxData(entry).size();
  return data == 0 ? kTarBlockBytes : 2 * kTarBlockBytes + TarPaddedSize(data);
}

uint64_t TarEntrySize(const TarEntry& entry) {
  return TarHeaderSize(entry) + TarPaddedSize(entry.size);
}

uint64_t TarEndSize(uint64_t total) {
  const uint64_t blocks = 2 * kTarBlockBytes;
  const uint64_t over = (total + blocks) % kRecordBytes;
  return over == 0 ? blocks : blocks + kRecordBytes - over;
}

}  // namespace weighlock

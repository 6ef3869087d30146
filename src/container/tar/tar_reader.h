// Reads a tar archive member by member from a stream, and refuses what two readers could read
// differently or what could write outside a folder. Formats and rules: docs/formats/tar.md.
//
// Nothing is repaired or skipped: after the first error the reader is finished. The archive is
// sound only once Next() has returned no member; until then a caller must be able to undo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/byte_stream.h"
#include "base/package_path.h"
#include "container/tar/pax.h"
#include "container/tar/tar_header.h"
#include "weighlock/limits.h"
#include "weighlock/result.h"

namespace weighlock {

struct TarMember {
  enum class Type : uint8_t { kFile, kDirectory };  // any other kind is an error

  std::string path;      // as NormaliseRead gives it; "" is the top folder
  std::string raw_name;  // as the archive spells it: print through Quote()
  Type type;
  uint64_t size;  // bytes of content; 0 for a directory
  uint32_t mode;  // the low twelve bits of the mode field, set-id bits among them
  bool executable() const { return (mode & 0100) != 0; }
  uint64_t header_offset;  // of the member's own header block, in bytes from the archive's start
  uint64_t data_offset;    // of its first byte of content
};

// As a ByteStream it is the content of the current member.
class TarReader final : public ByteStream {
 public:
  // `stream` is borrowed, read from its current position (offset 0 in messages) to its end.
  TarReader(ByteStream& stream, const Limits& limits);

  // The next member, past what was not read of the one before; nothing at the end of the archive,
  // where the two zero blocks and only zeros after them have been seen.
  // Errors carry offsets in bytes from the archive's start: kTruncated, kMalformed, kUnsupported
  // (links, devices, sparse files, unknown kinds and PAX keys), kLimit (members, path_bytes,
  // path_component_bytes, unpacked_bytes), kUsage after an earlier error, and whatever the stream
  // returns.
  Result<std::optional<TarMember>> Next();

  // Content of the current member: see ByteStream. 0 before the first member and after its end.
  // kTruncated where the archive ends inside the member.
  Result<size_t> Read(MutableBytes out) override;

 private:
  struct Extensions;

  Result<std::optional<TarMember>> Advance();
  Status FinishMember();
  Status FinishArchive();
  Result<size_t> ReadContent(MutableBytes out);
  Result<bool> TakeExtension(const RawTarHeader& header, uint64_t at, Extensions& extensions);
  Result<TarMember> MakeMember(const RawTarHeader& header, uint64_t at, Extensions& extensions);
  Result<ByteVector> ReadExtensionData(const RawTarHeader& header, uint64_t at, uint64_t most);
  Status CheckRoom(uint64_t size, std::string_view name, uint64_t at) const;
  Status CheckTotal() const;
  Result<size_t> Fill(MutableBytes out);

  ByteStream& stream_;
  Limits limits_;
  PathSet paths_;
  uint64_t position_ = 0;      // bytes taken from the stream
  uint64_t content_left_ = 0;  // of the current member
  uint64_t content_size_ = 0;
  uint64_t padding_left_ = 0;
  uint64_t members_ = 0;  // and global headers
  std::string name_;      // of the current member, for messages
  ByteVector scratch_;    // content that nobody asked for
  enum class State : uint8_t { kReading, kEnded, kFailed } state_ = State::kReading;
};

}  // namespace weighlock

// Writers of the last twenty years use addresses of eight bytes: what does not is within the
// format, and not read here.
#include "scan/hdf5/hdf5_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kMostStructure = uint64_t{64} << 20;
constexpr uint64_t kChecksumBytes = 4;
constexpr size_t kMostBlocks = 10'000;  // continuations of one header

Error Unknown(std::string_view what, uint64_t version, uint64_t at) {
  return Error(Code::kUnsupported, fmt::format("{} of version {}", what, version), at);
}

struct MessageHead {
  uint16_t type;
  uint16_t length;  // of the body, in bytes
  uint8_t flags;
};

// Takes the body that follows a head; what continues the header adds to its blocks.
Status AddMessage(const MessageHead& head, Hdf5Fields& fields, std::vector<Hdf5Message>& messages,
                  std::vector<Extent>& blocks) {
  const uint64_t address = fields.address();
  WL_TRY(const Bytes body, fields.Take(head.length));
  messages.push_back(
      {Hdf5Type(head.type), (head.flags & 2) != 0, {body.begin(), body.end()}, address});
  if (messages.back().type != Hdf5Type::kContinuation) return {};
  Hdf5Fields next(body, address);
  WL_TRY(const uint64_t offset, next.Le<uint64_t>());
  WL_TRY(const uint64_t size, next.Le<uint64_t>());
  blocks.push_back({offset, size});
  return {};
}

}  // namespace

Result<Bytes> Hdf5Fields::Take(uint64_t count) {
  if (count > left()) {
    return Error(Code::kTruncated, fmt::format("wanted {} bytes, {} are left", count, left()),
                 address());
  }
  const Bytes taken = bytes_.subspan(at_, static_cast<size_t>(count));
  at_ += static_cast<size_t>(count);
  return taken;
}

Status Hdf5Fields::Skip(uint64_t count) {
  WL_TRY([[maybe_unused]] const Bytes bytes, Take(count));
  return {};
}

Status Hdf5Fields::Align() {
  return Skip(std::min<uint64_t>(-at_ % 8, left()));
}

Result<std::string> Hdf5Fields::Text() {
  const std::string_view text = AsText(bytes_.subspan(at_));
  const size_t zero = text.find('\0');
  if (zero == text.npos) return Error(Code::kTruncated, "a name that does not end", address());
  at_ += zero + 1;
  return std::string(text.substr(0, zero));
}

Status Hdf5Fields::Signature(std::string_view signature) {
  const uint64_t at = address();
  WL_TRY(const Bytes bytes, Take(signature.size()));
  if (AsText(bytes) == signature) return {};
  return Error(Code::kMalformed, fmt::format("wanted {}, other bytes stand there", signature), at);
}

Result<uint64_t> Hdf5Fields::Number(uint64_t width) {
  WL_TRY(const Bytes bytes, Take(width));
  uint64_t number = 0;
  for (size_t i = bytes.size(); i-- > 0;) number = number << 8 | static_cast<uint8_t>(bytes[i]);
  return number;
}

Hdf5File::Hdf5File(ByteSource source)
    : source_(std::move(source)),
      end_(source_.size()),
      readable_(4 * std::min(source_.size(), UINT64_MAX / 8) + kMostStructure) {}

Result<Hdf5File> Hdf5File::Open(const ByteSource& source) {
  Hdf5File file(source);
  WL_CHECKED(file.ReadSuperblock());
  if (file.end_ > source.size()) {
    return Error(
        Code::kTruncated,
        fmt::format("it says that it has {} bytes, {} are there", file.end_, source.size()), 0);
  }
  return file;
}

Result<ByteVector> Hdf5File::Read(uint64_t address, uint64_t size) {
  if (!FitsIn(address, size, end_)) {
    return Error(Code::kTruncated,
                 fmt::format("{} bytes at 0x{:x} do not lie in the file", size, address));
  }
  if (size > kMostStructure || size > readable_) {
    return Error(Code::kLimit, "structures of too many bytes", address);
  }
  readable_ -= size;
  return source_.Read(address, size);
}

Result<ByteVector> Hdf5File::ReadChecked(uint64_t address, uint64_t size) {
  WL_TRY(ByteVector bytes, Read(address, size));
  if (size < kChecksumBytes) return Error(Code::kMalformed, "a part without checksum", address);
  const Bytes summed = Bytes(bytes).first(bytes.size() - kChecksumBytes);
  if (Hdf5Checksum(summed) != LoadLe<uint32_t>(Bytes(bytes).last(kChecksumBytes))) {
    return Error(Code::kMismatch, "its checksum is of other bytes", address);
  }
  return bytes;
}

Status Hdf5File::ReadSuperblock() {
  WL_TRY(const ByteVector bytes, Read(0, std::min<uint64_t>(end_, 12)));
  Hdf5Fields fields(bytes, 0);
  WL_CHECKED(fields.Signature("\x89HDF\r\n\x1a\n"));
  WL_TRY(const auto version, fields.Le<uint8_t>());
  if (version < 2) return ReadOldSuperblock(version);
  if (version > 3) return Unknown("a superblock", version, 8);

  WL_TRY(const ByteVector all, ReadChecked(0, 48));
  Hdf5Fields rest(all, 0);
  WL_CHECKED(rest.Skip(9));
  WL_TRY(const auto sizes, rest.Le<uint16_t>());
  if (sizes != 0x0808) return Error(Code::kUnsupported, "addresses not of eight bytes", 9);
  WL_CHECKED(rest.Skip(1));
  WL_TRY(const auto base, rest.Le<uint64_t>());
  WL_TRY(const auto extension, rest.Le<uint64_t>());
  WL_TRY(end_, rest.Le<uint64_t>());
  WL_TRY(root_, rest.Le<uint64_t>());
  WL_CHECKED(TakeBase(base, 12));
  if (extension != kHdf5Nowhere) {
    // How to read the file otherwise: only other sizes of trees are harmless.
    WL_TRY(const auto messages, Messages(extension));
    for (const Hdf5Message& message : messages) {
      if (message.type == Hdf5Type::kDriver || message.type == Hdf5Type::kSharedTable) {
        return Error(Code::kUnsupported, "a driver, or messages that are shared", extension);
      }
    }
  }
  return {};
}

// Behind a block of the user's the file says where it begins. The library takes the place of the
// signature for that, whatever it says, and all addresses but that of the end from there.
Status Hdf5File::TakeBase(uint64_t base, uint64_t said_at) {
  if (base > end_) return Error(Code::kMalformed, "it begins behind its end", said_at);
  end_ -= base;
  return {};
}

Status Hdf5File::ReadOldSuperblock(uint8_t version) {
  // Versions of the free space, of the root's entry and of shared headers stand between.
  const uint64_t addresses = version == 0 ? 24 : 28;
  WL_TRY(const ByteVector all, Read(0, addresses + 72));
  Hdf5Fields fields(all, 0);
  WL_CHECKED(fields.Skip(13));
  WL_TRY(const auto sizes, fields.Le<uint16_t>());
  if (sizes != 0x0808) return Error(Code::kUnsupported, "addresses not of eight bytes", 13);
  WL_CHECKED(fields.Skip(addresses - 15));
  WL_TRY(const auto base, fields.Le<uint64_t>());
  WL_CHECKED(fields.Skip(8));  // free space
  WL_TRY(end_, fields.Le<uint64_t>());
  WL_TRY(const auto driver, fields.Le<uint64_t>());
  WL_CHECKED(fields.Skip(8));  // the root's name
  WL_TRY(root_, fields.Le<uint64_t>());
  WL_CHECKED(TakeBase(base, addresses));
  if (driver != kHdf5Nowhere) return Error(Code::kUnsupported, "a driver", addresses + 24);
  return {};
}

Result<std::vector<Hdf5Message>> Hdf5File::Messages(uint64_t header) {
  WL_TRY(const ByteVector first, Read(header, 4));
  return AsText(first) == "OHDR" ? NewMessages(header) : OldMessages(header);
}

Result<std::vector<Hdf5Message>> Hdf5File::OldMessages(uint64_t header) {
  WL_TRY(const ByteVector prefix, Read(header, 16));
  Hdf5Fields start(prefix, header);
  WL_TRY(const auto version, start.Le<uint8_t>());
  if (version != 1) return Unknown("an object header", version, header);
  WL_CHECKED(start.Skip(1));
  WL_TRY(const auto count, start.Le<uint16_t>());
  WL_CHECKED(start.Skip(4));
  WL_TRY(const auto size, start.Le<uint32_t>());

  std::vector<Extent> blocks{{header + prefix.size(), size}};
  std::vector<Hdf5Message> messages;
  for (size_t i = 0; i < blocks.size() && messages.size() < count; ++i) {
    if (i == kMostBlocks) return Error(Code::kLimit, "a header in too many parts", header);
    WL_TRY(const ByteVector bytes, Read(blocks[i].offset, blocks[i].size));
    Hdf5Fields fields(bytes, blocks[i].offset);
    while (fields.left() >= 8 && messages.size() < count) {
      WL_TRY(const auto type, fields.Le<uint16_t>());
      WL_TRY(const auto length, fields.Le<uint16_t>());
      WL_TRY(const auto flags, fields.Le<uint8_t>());
      WL_CHECKED(fields.Skip(3));
      WL_CHECKED(AddMessage({type, length, flags}, fields, messages, blocks));
    }
  }
  if (messages.size() < count) {
    return Error(Code::kTruncated,
                 fmt::format("a header of {} messages that has {}", count, messages.size()),
                 header);
  }
  return messages;
}

Result<std::vector<Hdf5Message>> Hdf5File::NewMessages(uint64_t header) {
  constexpr uint64_t kMostPrefix = 34;  // of signature, times, phases and the longest size
  WL_TRY(const ByteVector prefix,
         Read(header, std::min(kMostPrefix, end_ - std::min(header, end_))));
  Hdf5Fields start(prefix, header);
  WL_CHECKED(start.Skip(4));
  WL_TRY(const auto version, start.Le<uint8_t>());
  if (version != 2) return Unknown("an object header", version, header);
  WL_TRY(const auto flags, start.Le<uint8_t>());
  WL_CHECKED(start.Skip(((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0)));
  WL_TRY(const uint64_t size, start.Number(uint64_t{1} << (flags & 3)));
  if (size > kMostStructure) return Error(Code::kLimit, "a header of too many bytes", header);
  const uint64_t prefix_size = start.address() - header;
  const uint64_t head_size = (flags & 0x04) != 0 ? 6 : 4;  // of one message

  std::vector<Extent> blocks{{header, prefix_size + size + kChecksumBytes}};
  std::vector<Hdf5Message> messages;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (i == kMostBlocks) return Error(Code::kLimit, "a header in too many parts", header);
    WL_TRY(const ByteVector bytes, ReadChecked(blocks[i].offset, blocks[i].size));
    Hdf5Fields fields(Bytes(bytes).first(bytes.size() - kChecksumBytes), blocks[i].offset);
    if (i == 0) {
      WL_CHECKED(fields.Skip(prefix_size));
    } else {
      WL_CHECKED(fields.Signature("OCHK"));
    }
    while (fields.left() >= head_size) {  // fewer are a gap
      WL_TRY(const auto type, fields.Le<uint8_t>());
      WL_TRY(const auto length, fields.Le<uint16_t>());
      WL_TRY(const auto message_flags, fields.Le<uint8_t>());
      WL_CHECKED(fields.Skip(head_size - 4));
      WL_CHECKED(AddMessage({type, length, message_flags}, fields, messages, blocks));
    }
  }
  return messages;
}

Status Hdf5File::LoadCollection(uint64_t collection) {
  collection_.reset();
  values_.clear();
  WL_TRY(const ByteVector start, Read(collection, 16));
  Hdf5Fields head(start, collection);
  WL_CHECKED(head.Signature("GCOL"));
  WL_TRY(const auto version, head.Le<uint8_t>());
  if (version != 1) return Unknown("a global heap", version, collection);
  WL_CHECKED(head.Skip(3));
  WL_TRY(const auto size, head.Le<uint64_t>());
  WL_TRY(const ByteVector all, Read(collection, size));
  Hdf5Fields fields(all, collection);
  WL_CHECKED(fields.Skip(std::min<uint64_t>(size, 16)));
  while (fields.left() >= 16) {
    WL_TRY(const auto index, fields.Le<uint16_t>());
    WL_CHECKED(fields.Skip(6));
    WL_TRY(const auto length, fields.Le<uint64_t>());
    if (index == 0) break;  // free from here on
    values_.emplace_back(index, Extent{fields.address(), length});
    WL_CHECKED(fields.Skip(length));
    WL_CHECKED(fields.Align());
  }
  std::stable_sort(values_.begin(), values_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  collection_ = collection;
  return {};
}

Result<Extent> Hdf5File::HeapValue(uint64_t collection, uint32_t index) {
  if (collection_ != collection) WL_CHECKED(LoadCollection(collection));
  const auto found =
      std::lower_bound(values_.begin(), values_.end(), index,
                       [](const auto& a, uint32_t wanted) { return a.first < wanted; });
  if (found == values_.end() || found->first != index) {
    return Error(Code::kMalformed, fmt::format("no value {} in the heap", index), collection);
  }
  return found->second;
}

}  // namespace weighlock::scan

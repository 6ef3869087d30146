// HDF5 files (HDF5 File Format Specification, version 3.0): the superblock, the headers of objects,
// and the heap of values whose length varies. Addresses are bytes from the signature on.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/byte_source.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::scan {

// An address that leads nowhere: nothing is stored.
inline constexpr uint64_t kHdf5Nowhere = UINT64_MAX;

// The fields of one structure in their order. The bytes must outlive it.
class Hdf5Fields {
 public:
  // `address`: where the bytes stand in the file.
  Hdf5Fields(Bytes bytes, uint64_t address) : bytes_(bytes), address_(address) {}

  uint64_t address() const { return address_ + at_; }
  size_t left() const { return bytes_.size() - at_; }

  // kTruncated where fewer are left, as in all below.
  Result<Bytes> Take(uint64_t count);
  Status Skip(uint64_t count);
  // To the next multiple of eight from the start of the structure.
  Status Align();
  // A text that a zero ends.
  Result<std::string> Text();
  // kMalformed where other bytes stand there.
  Status Signature(std::string_view signature);
  // A little-endian integer of `width` bytes, 1 to 8.
  Result<uint64_t> Number(uint64_t width);

  template <class T>
  requires std::is_integral_v<T> Result<T> Le() {
    WL_TRY(const Bytes bytes, Take(sizeof(T)));
    return LoadLe<T>(bytes);
  }

 private:
  Bytes bytes_;
  uint64_t address_;
  size_t at_ = 0;
};

enum class Hdf5Type : uint16_t {
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kFilters = 0x0B,
  kAttribute = 0x0C,
  kSharedTable = 0x0F,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kDriver = 0x14,
  kAttributeInfo = 0x15,
};

struct Hdf5Message {
  Hdf5Type type{};
  bool shared = false;  // its body says where the message is, and is not the message
  ByteVector body;
  uint64_t address = 0;  // of the body

  Hdf5Fields fields() const { return Hdf5Fields(body, address); }
};

class Hdf5File {
 public:
  // Reads the superblock. kTruncated where the file is shorter than it says; kUnsupported for
  // addresses that are not of eight bytes, drivers, and versions that are not known.
  static Result<Hdf5File> Open(const ByteSource& source);

  uint64_t root() const { return root_; }  // address of the root group's header
  uint64_t end() const { return end_; }    // where the file ends by its own word
  const ByteSource& source() const { return source_; }

  // `size` bytes of a structure. kTruncated outside of the file; kLimit where structures were read
  // over and over, or one is of more than 64 MiB: reading all of them is linear in the file.
  Result<ByteVector> Read(uint64_t address, uint64_t size);

  // As Read, of a structure that ends with a checksum of all before it. kMismatch.
  Result<ByteVector> ReadChecked(uint64_t address, uint64_t size);

  // The messages of the object whose header is there, those of its continuations among them.
  Result<std::vector<Hdf5Message>> Messages(uint64_t header);

  // A value of the global heap: object `index` of the collection there.
  Result<Extent> HeapValue(uint64_t collection, uint32_t index);

 private:
  explicit Hdf5File(ByteSource source);

  Status ReadOldSuperblock(uint8_t version);
  Status ReadSuperblock();
  Status TakeBase(uint64_t base, uint64_t said_at);
  Result<std::vector<Hdf5Message>> OldMessages(uint64_t header);
  Result<std::vector<Hdf5Message>> NewMessages(uint64_t header);
  Status LoadCollection(uint64_t collection);

  ByteSource source_;
  uint64_t root_ = 0, end_ = 0;
  uint64_t readable_;  // bytes that may still be read
  std::optional<uint64_t> collection_;
  std::vector<std::pair<uint32_t, Extent>> values_;  // of that collection, by index
};

// The checksum of the format's newer structures: Jenkins' lookup3 of the bytes, started with 0.
uint32_t Hdf5Checksum(Bytes bytes);

}  // namespace weighlock::scan

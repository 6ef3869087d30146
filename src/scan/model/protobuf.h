// Protocol buffers on the wire (https://protobuf.dev/programming-guides/encoding), field by field:
// messages in messages are extents that callers walk in turn, so nothing recurses.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/byte_source.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::scan {

struct ProtoField {
  uint64_t number = 0;
  enum class Wire : uint8_t { kVarint, kFixed64, kBytes, kFixed32 } wire = Wire::kVarint;
  uint64_t value = 0;  // of kVarint, kFixed64, kFixed32
  Extent bytes;        // of kBytes, in bytes of the source
};

class ProtoReader {
 public:
  // The message that lies at `message` of `source`, which outlives this.
  ProtoReader(const ByteSource& source, Extent message)
      : source_(source), at_(message.offset), end_(message.offset + message.size) {}

  // The next field; nothing at the end of the message. kMalformed, kTruncated, and errors of
  // reading.
  Result<std::optional<ProtoField>> Next();

  uint64_t offset() const { return at_; }

 private:
  Result<uint64_t> Varint();
  Status Hold();

  const ByteSource& source_;
  uint64_t at_, end_;
  ByteVector window_;  // of the source, from window_at_
  uint64_t window_at_ = 0;
};

// The text of a field of bytes, cut behind `most` bytes.
Result<std::string> ProtoText(const ByteSource& source, const ProtoField& field,
                              size_t most = 4096);

// Whether the top of the file is a message of these fields, and has the one that it needs. What
// stands behind a large one is left to whoever walks it: a file that goes by is not to be passed
// by.
bool HasFields(const ByteSource& source, std::span<const uint64_t> known, uint64_t needed);

}  // namespace weighlock::scan

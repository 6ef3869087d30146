// Messages of protocol buffers within one another, walked in the order of their bytes: so a file
// that goes by is seen once, and its parts never over.
#pragma once

#include <functional>
#include <span>

#include "base/byte_source.h"
#include "scan/model/protobuf.h"

namespace weighlock::scan {

// A field of a message that is a message to be walked too. Kinds of messages are numbered by those
// who walk.
struct ProtoPart {
  uint8_t message;
  uint64_t field;
  uint8_t part;
};

struct ProtoVisitor {
  // Each field, before what is in it. An error ends the walk.
  std::function<Status(uint8_t message, const ProtoField& field)> field;
  // The end of a message. May be empty.
  std::function<void(uint8_t message)> end;
};

// Walks the whole of `source` as a message of the kind `root`. Errors: those of reading, of
// protocol buffers, of the visitor; kLimit for more than 200,000,000 fields, or messages more than
// 200 deep (protobuf's own readers take 100).
Status WalkProto(const ByteSource& source, uint8_t root, std::span<const ProtoPart> parts,
                 const ProtoVisitor& visitor);

}  // namespace weighlock::scan

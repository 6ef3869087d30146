// A struct in Thrift's compact protocol, walked field by field, of any types.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "scan/model/forward_reader.h"
#include "weighlock/model.h"

namespace weighlock::scan {

// Where a value lies: the fields that lead to it, of the outermost struct first. An element of a
// list counts as a field of the list's number: {4, 4} is in an element of the list that is field 4.
using ThriftPath = std::span<const uint64_t>;

struct ThriftVisitor {
  // Field `field` of the struct at `path`. `number` is UINT64_MAX where it is negative.
  std::function<void(ThriftPath path, uint64_t field, uint64_t number)> number;
  // `bytes` count in the reader's source. An element of a list has the path and number of the list.
  std::function<Status(ThriftPath path, uint64_t field, Extent bytes)> text;
  std::function<void(ThriftPath path)> struct_end;
};

// Walks the struct that begins at the reader. Errors: kMalformed, kTruncated, kLimit (beyond 64
// structs and lists in one another). Linear, and not recursive.
Status WalkThrift(ForwardReader& reader, const ThriftVisitor& visitor);

}  // namespace weighlock::scan

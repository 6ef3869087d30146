// Every element takes a byte or more, but those of no type, which do not exist: so counts are
// bounded by what is left.
#include "scan/model/thrift_walk.h"

#include <vector>

namespace weighlock::scan {
namespace {

enum Type : uint8_t {
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
  kUuid = 13,
};

class Walk {
 public:
  Walk(ForwardReader& reader, const ThriftVisitor& visitor) : reader_(reader), visitor_(visitor) {}

  Status Run() {
    open_.push_back({kStruct, 0});
    while (!open_.empty()) WL_CHECKED(Step());
    return {};
  }

 private:
  // A struct, or a list of `left` elements; a map is one of keys and values in turn.
  struct Open {
    uint8_t type;
    uint64_t last_field;  // of a struct
    uint64_t left = 0;
    uint8_t element = 0, value = 0;
  };

  Status Step() {
    Open& open = open_.back();
    if (open.type == kStruct) return Field(open);
    if (open.left == 0) return Close();
    --open.left;
    const bool is_value = open.type == kMap && open.left % 2 == 0;
    return Value(is_value ? open.value : open.element, path_.back(), true);
  }

  Status Field(Open& open) {
    WL_TRY(const auto head, reader_.Le<uint8_t>());
    if (head == 0) {
      visitor_.struct_end(path_);
      return Close();
    }
    if (head >> 4 != 0) {
      open.last_field += head >> 4;
    } else {
      WL_TRY(open.last_field, Number());
    }
    return Value(head & 15, open.last_field, false);
  }

  Status Close() {
    open_.pop_back();
    if (!path_.empty()) path_.pop_back();
    return {};
  }

  Status Enter(Open open, uint64_t field) {
    constexpr size_t kMostOpen = 64;
    if (open_.size() >= kMostOpen) return Error(Code::kLimit, "structs in structs", reader_.at());
    open_.push_back(open);
    path_.push_back(field);
    return {};
  }

  Status Value(uint8_t type, uint64_t field, bool in_list) {
    switch (type) {
      case kTrue:
      case kFalse:
        return in_list ? reader_.Skip(1) : Status();
      case kByte:
        return reader_.Skip(1);
      case kInt16:
      case kInt32:
      case kInt64: {
        WL_TRY(const uint64_t number, Number());
        if (!in_list) visitor_.number(path_, field, number);
        return {};
      }
      case kDouble:
        return reader_.Skip(8);
      case kUuid:
        return reader_.Skip(16);
      case kBinary: {
        WL_TRY(const uint64_t size, Varint());
        const Extent bytes{reader_.at(), size};
        WL_CHECKED(reader_.Skip(size));
        return visitor_.text(path_, field, bytes);
      }
      case kList:
      case kSet:
        return List(field);
      case kMap:
        return Map(field);
      case kStruct:
        return Enter({kStruct, 0}, field);
      default:
        return Error(Code::kMalformed, "a field of no type of Thrift's", reader_.at());
    }
  }

  Status List(uint64_t field) {
    WL_TRY(const auto head, reader_.Le<uint8_t>());
    uint64_t count = head >> 4;
    if (count == 15) {
      WL_TRY(count, Varint());
    }
    return Enter({kList, 0, count, static_cast<uint8_t>(head & 15)}, field);
  }

  Status Map(uint64_t field) {
    WL_TRY(const uint64_t count, Varint());
    if (count == 0) return {};
    if (count > reader_.left()) return Error(Code::kTruncated, "a map is cut off", reader_.at());
    WL_TRY(const auto types, reader_.Le<uint8_t>());
    return Enter(
        {kMap, 0, 2 * count, static_cast<uint8_t>(types >> 4), static_cast<uint8_t>(types & 15)},
        field);
  }

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      WL_TRY(const auto byte, reader_.Le<uint8_t>());
      value |= uint64_t{byte & 0x7Fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Error(Code::kMalformed, "a number of more than 64 bits", reader_.at());
  }

  // Zigzag: the lowest bit is the sign.
  Result<uint64_t> Number() {
    WL_TRY(const uint64_t value, Varint());
    return (value & 1) != 0 ? UINT64_MAX : value >> 1;
  }

  ForwardReader& reader_;
  const ThriftVisitor& visitor_;
  std::vector<Open> open_;
  std::vector<uint64_t> path_;  // one less than open_: the fields that all but the outermost are
};

}  // namespace

Status WalkThrift(ForwardReader& reader, const ThriftVisitor& visitor) {
  return Walk(reader, visitor).Run();
}

}  // namespace weighlock::scan

// Tables of FlatBuffers: offsets that lead on, each held against the bytes that there are.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/byte_source.h"
#include "base/bytes.h"

namespace weighlock::scan {

class FlatTable {
 public:
  // `at`: where it begins in the file, for messages.
  FlatTable(ByteSource bytes, uint64_t at) : bytes_(std::move(bytes)), at_(at) {}

  // Where the table begins that the offset at `at` leads to.
  Result<uint64_t> Target(uint64_t at) const {
    WL_TRY(const uint64_t offset, Number(at));
    if (offset == 0 || offset > bytes_.size() - at) return Broken("an offset inside of it", at);
    return at + offset;
  }

  // Where the offset of a field stands; 0 where the table at `table` does not have it.
  Result<uint64_t> Field(uint64_t table, uint64_t index) const {
    WL_TRY(const uint64_t back, Number(table));
    const auto distance = static_cast<int64_t>(static_cast<int32_t>(back));
    const int64_t names = static_cast<int64_t>(table) - distance;
    if (names < 0 || static_cast<uint64_t>(names) > bytes_.size()) {
      return Broken("a list of fields inside of it", table);
    }
    const auto fields = static_cast<uint64_t>(names);
    WL_TRY(const uint64_t size, Short(fields));
    if (size < 4 || size % 2 != 0 || size > 4 + 2 * kMostFields) {
      return Broken("a list of fields", fields);
    }
    if (index >= (size - 4) / 2) return uint64_t{0};
    WL_TRY(const uint64_t offset, Short(fields + 4 + 2 * index));
    if (offset == 0) return uint64_t{0};
    if (offset > bytes_.size() - table) return Broken("a field inside of it", table);
    return table + offset;
  }

  // The elements of an array, or characters of a text, all of which must be there.
  Result<uint64_t> Count(uint64_t at, uint64_t element_bytes) const {
    WL_TRY(const uint64_t count, Number(at));
    if (count > (bytes_.size() - at - 4) / element_bytes) return Broken("a whole array", at);
    return count;
  }

  // Up to its first 100 bytes.
  Result<std::string> Text(uint64_t at) const {
    WL_TRY(const uint64_t size, Count(at, 1));
    WL_TRY(const ByteVector text, bytes_.Read(at + 4, std::min<uint64_t>(size, 100)));
    return std::string(AsText(text));
  }

  // An integer of eight bytes.
  Result<uint64_t> Long(uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 8) return Broken("a number inside of it", at);
    WL_TRY(const ByteVector raw, bytes_.Read(at, 8));
    return LoadLe<uint64_t>(raw);
  }

 private:
  static constexpr uint64_t kMostFields = 1000;

  Error Broken(std::string_view wanted, uint64_t at) const {
    return Error(Code::kMalformed, fmt::format("a table wants {}", wanted), at_ + at);
  }

  Result<uint64_t> Number(uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 4) return Broken("a number inside of it", at);
    WL_TRY(const ByteVector raw, bytes_.Read(at, 4));
    return uint64_t{LoadLe<uint32_t>(raw)};
  }

  Result<uint64_t> Short(uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 2) return Broken("a number inside of it", at);
    WL_TRY(const ByteVector raw, bytes_.Read(at, 2));
    return uint64_t{LoadLe<uint16_t>(raw)};
  }

  ByteSource bytes_;
  uint64_t at_;
};

}  // namespace weighlock::scan

// The records of a PAX extended header: "LENGTH KEY=VALUE\n", one after the other
// (POSIX.1-2017 pax, "pax Extended Header").
//
// The length field is where readers have been made to disagree about what follows, so it is taken
// to the letter: decimal, without leading zeros, and equal to the bytes up to and with the newline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "weighlock/result.h"

namespace weighlock {

// What one header says that matters here. Times, owners and attributes are accepted and dropped.
struct PaxRecords {
  std::optional<std::string> path;
  std::optional<uint64_t> size;  // bytes, below 2^63
  bool has_link_path = false;
  bool is_sparse = false;
  std::optional<std::string> sparse_name;  // how GNU tar calls it; its path is made up
};

enum class PaxScope : uint8_t {
  kMember,  // type 'x'
  kGlobal,  // type 'g': only comments, as what it says would apply to members that look complete
};

// `data` is the content of the header, whole. Errors, with the offset of the record in `data`:
// kMalformed for bad syntax, an impossible value, or a key given twice; kUnsupported for a key that
// is not known to leave content and name alone.
Result<PaxRecords> ParsePax(Bytes data, PaxScope scope);

}  // namespace weighlock

// Splits PAX data into records and takes from them what changes a member.
#include "container/tar/pax.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "base/escape.h"

namespace weighlock {
namespace {

struct Record {
  std::string_view key;
  std::string_view value;
  size_t length;
};

// Keys that describe a member without changing its name, kind, size or bytes.
constexpr std::string_view kHarmless[] = {
    "atime",
    "comment",
    "ctime",
    "gid",
    "gname",
    "mtime",
    "uid",
    "uname",
    "SCHILY.dev",
    "SCHILY.fflags",
    "SCHILY.ino",
    "SCHILY.nlink",
    "LIBARCHIVE.creationtime",
    "RHT.security.selinux",
};
constexpr std::string_view kHarmlessPrefixes[] = {"LIBARCHIVE.xattr.", "SCHILY.acl.",
                                                  "SCHILY.xattr."};

bool IsHarmless(std::string_view key) {
  return std::find(std::begin(kHarmless), std::end(kHarmless), key) != std::end(kHarmless) ||
         std::any_of(std::begin(kHarmlessPrefixes), std::end(kHarmlessPrefixes),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

// A decimal number of at most 63 bits, without sign, blanks or leading zeros.
std::optional<uint64_t> ParseDecimal(std::string_view text) {
  if (text.empty() || text.size() > 19 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  uint64_t value = 0;  // nineteen digits fit in 64 bits
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (value > uint64_t{INT64_MAX}) return std::nullopt;
  return value;
}

Error Malformed(std::string what, size_t offset) {
  return Error(Code::kMalformed, std::move(what), offset);
}

// The record at `offset`, where `text` has at least one byte left.
Result<Record> ParseRecord(std::string_view text, size_t offset) {
  const std::string_view rest = text.substr(offset);
  const size_t space = rest.find(' ');
  const auto length = space == rest.npos ? std::nullopt : ParseDecimal(rest.substr(0, space));
  if (!length) {
    return Malformed(
        fmt::format("a PAX record starts with its length and a space, this one with {}",
                    Quote(rest, 16)),
        offset);
  }
  if (*length > rest.size()) {
    return Malformed(fmt::format("a PAX record of {} bytes, {} are left", *length, rest.size()),
                     offset);
  }
  const std::string_view record = rest.substr(0, static_cast<size_t>(*length));
  const size_t equals = record.find('=');
  if (record.size() <= space || record.back() != '\n' || equals == record.npos || equals < space) {
    return Malformed(fmt::format("a PAX record of {} bytes is not KEY=VALUE and a newline: {}",
                                 *length, Quote(record)),
                     offset);
  }
  const std::string_view key = record.substr(space + 1, equals - space - 1);
  if (key.empty()) return Malformed("a PAX record without a key", offset);
  return Record{key, record.substr(equals + 1, record.size() - equals - 2), record.size()};
}

Status Take(const Record& record, size_t offset, PaxRecords& records) {
  if (record.key == "path") {
    if (record.value.empty()) return Malformed("an empty PAX path", offset);
    records.path = std::string(record.value);
  } else if (record.key == "size") {
    records.size = ParseDecimal(record.value);
    if (!records.size) {
      return Malformed(
          fmt::format("the PAX size {} is not a decimal number below 2^63", Quote(record.value)),
          offset);
    }
  } else if (record.key == "linkpath") {
    records.has_link_path = true;
  } else if (record.key.starts_with("GNU.sparse.") || record.key == "SCHILY.realsize") {
    records.is_sparse = true;
    if (record.key == "GNU.sparse.name") records.sparse_name = std::string(record.value);
  } else if (!IsHarmless(record.key)) {
    return Error(Code::kUnsupported, fmt::format("the PAX key {} is not known", Quote(record.key)),
                 offset);
  }
  return {};
}

}  // namespace

Result<PaxRecords> ParsePax(Bytes data, PaxScope scope) {
  const std::string_view text = AsText(data);
  PaxRecords records;
  std::set<std::string_view> seen;
  for (size_t offset = 0; offset < text.size();) {
    WL_TRY(const Record record, ParseRecord(text, offset));
    // Later records win by the standard; honest writers never need that.
    if (!seen.insert(record.key).second) {
      return Malformed(fmt::format("the PAX key {} is given twice", Quote(record.key)), offset);
    }
    if (scope == PaxScope::kGlobal && record.key != "comment") {
      return Error(Code::kUnsupported,
                   fmt::format("a global PAX header sets {} for all members; only a comment is "
                               "accepted there",
                               Quote(record.key)),
                   offset);
    }
    WL_CHECKED(Take(record, offset, records));
    offset += record.length;
  }
  return records;
}

}  // namespace weighlock

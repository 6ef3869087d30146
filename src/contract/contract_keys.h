// Every key that a contract may have, and of which kind its value is.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "json/json.h"

namespace weighlock {

enum class KeyKind : uint8_t {
  kTable,
  kText,
  kWord,   // one of a few
  kWords,  // a list of them, or one
  kTexts,  // a list of texts, or one
  kBool,
  kCount,  // a whole number
  kSize,   // bytes: a number, or text with a unit
  kSpec,   // versions of a component
  kSpecs,  // a table of them, by any name
  kFiles,  // a table of paths, each with one of a few words
  kDate,
  kTables,  // a list of tables
};

struct ContractKey {
  std::string_view path;  // "limits.total"; of a waiver "waiver.rule"
  KeyKind kind;
  std::string_view words;  // of kWord and kWords, separated by spaces
  std::string_view about;  // one line for people
};

// In the order in which docs/contract.md explains them.
std::span<const ContractKey> ContractKeys();

// Whether all keys of `root` are known and their values of the right kind. kUsage: the first that
// is not, with its line and the nearest key or the words that can stand there.
Status CheckContractKeys(const std::string& path, const JsonValue& root);

// "60 GiB", "25MB", "1000" in bytes; nothing for other text.
std::optional<uint64_t> ByteCount(std::string_view text);

}  // namespace weighlock

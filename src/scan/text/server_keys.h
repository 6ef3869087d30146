// Settings of servers and trainers that name what these import, load or start.
#pragma once

#include <string_view>

#include "json/json.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// Whether a server would take `text`, under `key`, for code: for a module to import, a library to
// load, a command to run. Keys may be written with "-" for "_".
bool NamesServerCode(std::string_view key, std::string_view text);

// Whether NamesServerCode could hold for some value of this key.
bool IsServerKey(std::string_view key);

// "trust_remote_code", however it is spelt.
bool IsTrustKey(std::string_view key);

// Says it, where it holds.
void JudgeServerKey(std::string_view key, std::string_view text, uint64_t at, const FileScan& scan);

// One member of an object of JSON: its text, texts in its list, and the servers that a client of
// the Model Context Protocol would start.
void JudgeServerMember(std::string_view key, const JsonValue& value, const FileScan& scan);

}  // namespace weighlock::scan

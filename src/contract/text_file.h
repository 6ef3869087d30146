// Files that people write about a target, read whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weighlock/result.h"

namespace weighlock {

// The text of a regular file of at most `most` bytes.
// kUsage: it is no UTF-8, or has control characters besides tabs and ends of lines; kLimit; kIo.
Result<std::string> ReadTextFile(const std::string& path, uint64_t most);

// Its lines, without their ends ("\n" or "\r\n").
std::vector<std::string_view> Lines(std::string_view text);

std::string_view TrimSpace(std::string_view text);

// An error of usage about a line of a file: "handover.toml:12: usage: ...".
Error LineError(const std::string& path, uint64_t line, std::string what);

}  // namespace weighlock

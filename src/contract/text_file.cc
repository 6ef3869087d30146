// Refuses what would make two readers see two texts, and what no terminal should see.
#include "contract/text_file.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "base/file.h"

namespace weighlock {
namespace {

Status CheckBytes(const std::string& path, std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return LineError(path, 1, "the text is UTF-16; wanted UTF-8 (PowerShell: -Encoding utf8)");
  }
  uint64_t line = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Of "\r\n" the second ends the line.
    if (c == '\n' || (c == '\r' && !text.substr(i + 1).starts_with('\n'))) ++line;
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F) {
      return LineError(path, line, fmt::format("a control character, \\x{:02x}", byte));
    }
  }
  if (!IsUtf8(text)) return Error(Code::kUsage, "the text is no UTF-8", kNoOffset, path);
  return {};
}

}  // namespace

Error LineError(const std::string& path, uint64_t line, std::string what) {
  return Error(Code::kUsage, std::move(what), kNoOffset, fmt::format("{}:{}", path, line));
}

Result<std::string> ReadTextFile(const std::string& path, uint64_t most) {
  WL_TRY(const FileHandle file, OpenForReading(path).In(path));
  WL_TRY(const uint64_t size, FileSize(file).In(path));
  if (size > most) {
    return Error(Code::kLimit, fmt::format("{} bytes, at most {} are read here", size, most),
                 kNoOffset, path);
  }
  std::string text(size, '\0');
  auto read = ReadExactly(file, 0, std::as_writable_bytes(std::span(text.data(), text.size())));
  if (!read) return std::move(read).error().OrIn(path);
  WL_CHECKED(CheckBytes(path, text));
  return text;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(text.substr(0, end));
    const size_t ending = text.substr(end).starts_with("\r\n") ? 2 : 1;
    text.remove_prefix(std::min(end + ending, text.size()));
  }
  return lines;
}

std::string_view TrimSpace(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace weighlock

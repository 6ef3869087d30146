// The text arguments of protocol 0, read as CPython reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weighlock::pickle {

// An integer of any size. `big` is empty where the value fits `small`; else it is the value's
// shortest two's complement, little-endian.
struct ParsedInt {
  int64_t small = 0;
  std::string big;
  bool boolean = false;  // "00" and "01" of the INT opcode
};

// The lines of INT (C's strtol first, so "010" is 8, and Python's int() where that fails), LONG
// (Python's int(text, 0) with an optional L behind), and GET and PUT (int(text, 10)). Nothing
// where CPython raises, which includes more than 4300 decimal digits.
std::optional<ParsedInt> ParseIntLine(std::string_view line);
std::optional<ParsedInt> ParseLongLine(std::string_view line);
std::optional<ParsedInt> ParseMemoIndexLine(std::string_view line);

std::optional<double> ParseFloatLine(std::string_view line);

// The line of STRING: quoted, with the escapes of a Python 2 string literal.
std::optional<std::string> ParseStringLine(std::string_view line);

// The line of UNICODE: Latin-1 with \uXXXX and \UXXXXXXXX, as UTF-8 (surrogates as three bytes).
std::optional<std::string> ParseUnicodeLine(std::string_view line);

// Whether `text` is UTF-8 as BINUNICODE takes it: surrogates may stand alone.
bool IsUtf8WithSurrogates(std::string_view text);

// Two's complement, little-endian, without the bytes that only repeat the sign.
std::string_view TrimTwosComplement(std::string_view bytes);
int64_t LoadTwosComplement(std::string_view bytes);  // requires at most 8 bytes

}  // namespace weighlock::pickle

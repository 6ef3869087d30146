// Code points written as UTF-8.
#pragma once

#include <cstdint>
#include <string>

namespace weighlock {

// Adds a code point, at most U+10FFFF; that it is no surrogate is for the caller to see to.
void AppendUtf8(std::string& out, uint32_t code_point);

}  // namespace weighlock

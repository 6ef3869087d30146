// What is staged is called `.NAME.weighlock-` and sixteen hexadecimal digits: eight of chance, and
// eight that follow from them and from NAME. So no file of anybody's own, however it is called, is
// taken for what a killed run left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weighlock {

// The name that a destination of name `name` is staged under. Of a long `name` only its beginning
// stands in it, so that a file system takes it; the digits are of all of it.
std::string StagingName(std::string_view name, uint32_t chance);

// Whether a name is of that form, whatever the destination and the digits.
bool LooksLikeStagingName(std::string_view name);

// Whether `found` is one of the names that StagingName makes of `name`.
bool IsStagingName(std::string_view found, std::string_view name);

}  // namespace weighlock

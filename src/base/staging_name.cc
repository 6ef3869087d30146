// The check digits are a hash that needs no library: they tell slips from ours, not friend from
// foe.
#include "base/staging_name.h"

#include <fmt/format.h>

#include <charconv>

namespace weighlock {
namespace {

constexpr std::string_view kMark = ".weighlock-";
constexpr size_t kDigits = 8;

// File systems take names of 255 bytes.
constexpr size_t kMostOfName = 200;

std::string Stem(std::string_view name) {
  if (name.size() > kMostOfName) {
    size_t end = kMostOfName;
    while (end > 0 && (static_cast<uint8_t>(name[end]) & 0xC0) == 0x80) --end;  // a whole character
    name = name.substr(0, end);
  }
  return fmt::format(".{}{}", name, kMark);
}

// FNV-1a, 32 bits, of both.
uint32_t CheckDigits(std::string_view name, std::string_view chance) {
  uint32_t hash = 0x811C9DC5;
  for (const std::string_view text : {chance, name}) {
    for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x01000193;
  }
  return hash;
}

}  // namespace

std::string StagingName(std::string_view name, uint32_t chance) {
  const std::string digits = fmt::format("{:08x}", chance);
  return fmt::format("{}{}{:08x}", Stem(name), digits, CheckDigits(name, digits));
}

bool LooksLikeStagingName(std::string_view name) {
  const size_t mark = name.rfind(kMark);
  return name.starts_with('.') && mark != std::string_view::npos &&
         name.size() - mark == kMark.size() + 2 * kDigits &&
         name.find_first_not_of("0123456789abcdef", mark + kMark.size()) == std::string_view::npos;
}

bool IsStagingName(std::string_view found, std::string_view name) {
  const size_t stem = Stem(name).size();
  if (found.size() != stem + 2 * kDigits) return false;
  uint32_t chance = 0;
  const char* end = found.data() + stem + kDigits;
  const auto read = std::from_chars(found.data() + stem, end, chance, 16);
  return read.ec == std::errc() && read.ptr == end && found == StagingName(name, chance);
}

}  // namespace weighlock

// Counts are kept for blocks, so that a place is counted out within one.
#include "check/line_places.h"

#include <algorithm>
#include <cstdint>

namespace weighlock {
namespace {

constexpr size_t kBlock = 16384;  // bytes

// Counted in bytes, which compilers do sixteen at a time: std::count takes eight times as long.
size_t Newlines(std::string_view text) {
  constexpr size_t kMost = 240;  // what a byte can count
  size_t all = 0;
  for (size_t at = 0; at < text.size(); at += kMost) {
    uint8_t some = 0;
    for (const char c : text.substr(at, kMost)) some = static_cast<uint8_t>(some + (c == '\n'));
    all += some;
  }
  return all;
}

}  // namespace

LinePlaces::LinePlaces(std::string_view text) : text_(text) {
  Block block{0, 0};
  for (size_t at = 0; at <= text.size(); at += kBlock) {
    blocks_.push_back(block);
    const std::string_view part = text.substr(at, kBlock);
    block.newlines += Newlines(part);
    const size_t newline = part.rfind('\n');
    if (newline != std::string_view::npos) block.line = at + newline + 1;
  }
}

LineColumn LinePlaces::Of(size_t offset) const {
  offset = std::min(offset, text_.size());
  const Block& block = blocks_[offset / kBlock];
  const std::string_view part = text_.substr(offset / kBlock * kBlock, offset % kBlock);
  const size_t newline = part.rfind('\n');
  const size_t line =
      newline == std::string_view::npos ? block.line : offset - part.size() + newline + 1;
  return {block.newlines + Newlines(part) + 1, offset - line};
}

}  // namespace weighlock

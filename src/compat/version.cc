// The part of PEP 440 that release numbers of Python packages use.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/escape.h"
#include "weighlock/target.h"

namespace weighlock {
namespace {

// Takes a run of digits off the front of `text`.
std::optional<uint64_t> TakeNumber(std::string_view& text) {
  uint64_t number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

struct Phase {
  std::string_view word;
  int rank;
};
constexpr std::array<Phase, 6> kPhases = {
    {{"dev", 0}, {"a", 1}, {"b", 2}, {"rc", 3}, {"post", 5}, {"-", 5}}};
constexpr int kFinal = 4;

uint64_t LeadingNumbers(const std::vector<uint64_t>& release) {
  uint64_t leading = 0;
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t number = i < release.size() ? release[i] : 0;
    const int behind = 48 - 16 * static_cast<int>(i);
    if (number >= 0xFFFF) return leading | (UINT64_MAX >> (48 - behind));
    leading |= number << behind;
  }
  return leading;
}

}  // namespace

Result<Version> Version::Parse(std::string_view text) {
  const auto bad = [&] {
    return Error(Code::kUsage, fmt::format("{} is no version; wanted one like 4.37.2 or 5.0.0rc1",
                                           Quote(text, 60)));
  };
  Version version;
  version.text_ = text;
  std::string_view rest = text.substr(0, text.find('+'));
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '+' || c == '-' || c == '_';
  });
  if (!printable) return bad();
  if (rest.starts_with('v')) rest.remove_prefix(1);
  while (true) {
    const auto number = TakeNumber(rest);
    if (!number) return bad();
    version.release_.push_back(*number);
    // ".dev0" and ".post1" end the release numbers too.
    if (rest.size() < 2 || rest[0] != '.' || rest[1] < '0' || rest[1] > '9') break;
    rest.remove_prefix(1);
  }
  version.leading_ = LeadingNumbers(version.release_);
  while (!rest.empty()) {
    if (rest[0] == '.') rest.remove_prefix(1);
    const auto phase = std::find_if(kPhases.begin(), kPhases.end(),
                                    [&](const Phase& p) { return rest.starts_with(p.word); });
    if (phase == kPhases.end()) return bad();
    rest.remove_prefix(phase->word.size());
    version.phase_ = std::min(version.phase_ == kFinal ? phase->rank : version.phase_, phase->rank);
    version.phase_number_ = TakeNumber(rest).value_or(0);
  }
  return version;
}

int Version::CompareWhole(const Version& other) const {
  const size_t count = std::max(release_.size(), other.release_.size());
  for (size_t i = 0; i < count; ++i) {
    const uint64_t a = i < release_.size() ? release_[i] : 0;
    const uint64_t b = i < other.release_.size() ? other.release_[i] : 0;
    if (a != b) return a < b ? -1 : 1;
  }
  if (phase_ != other.phase_) return phase_ < other.phase_ ? -1 : 1;
  if (phase_number_ != other.phase_number_) return phase_number_ < other.phase_number_ ? -1 : 1;
  return 0;
}

}  // namespace weighlock

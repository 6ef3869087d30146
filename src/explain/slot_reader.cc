// Literals are taken off as they are spelled, and without their quotes, which a text may have lost.
#include "explain/slot_reader.h"

#include <algorithm>

#include "explain/canonical.h"

namespace weighlock {
namespace {

constexpr size_t kValue = 120;  // bytes of a hole's value

// `value` without the quotes, the white space and the points around it.
std::string Trimmed(std::string_view value) {
  static constexpr std::string_view kAround[] = {" ", "\n", "\t", "\r", "'", "\"", "`",   ",",
                                                 ":", ".",  "\\", ";",  "(", "-",  "...", "…"};
  for (bool any = true; any;) {  // "\n" of a text in JSON, at its end
    any = false;
    for (const std::string_view escape : {"\\n", "\\t", "\\r"}) {
      if (!value.ends_with(escape)) continue;
      value.remove_suffix(escape.size());
      any = true;
    }
  }
  const auto strip = [&](auto&& fits, auto&& cut) {
    for (bool any = true; any;) {
      any = false;
      for (const std::string_view one : kAround) {
        if (!fits(one)) continue;
        cut(one.size());
        any = true;
      }
    }
  };
  strip([&](std::string_view one) { return value.starts_with(one); },
        [&](size_t size) { value.remove_prefix(size); });
  strip([&](std::string_view one) { return value.ends_with(one); },
        [&](size_t size) { value.remove_suffix(size); });
  return std::string(value.substr(0, kValue));
}

bool IsCanonical(char c) {
  return !Canonicalise(std::string_view(&c, 1)).letters.empty();
}

// What a literal has behind its last letter, and before its first.
std::string_view TailOf(std::string_view literal) {
  size_t begin = literal.size();
  while (begin > 0 && !IsCanonical(literal[begin - 1])) --begin;
  return literal.substr(begin);
}
std::string_view HeadOf(std::string_view literal) {
  size_t end = 0;
  while (end < literal.size() && !IsCanonical(literal[end])) ++end;
  return literal.substr(0, end);
}

std::string_view WithoutQuotes(std::string_view literal) {
  constexpr std::string_view kQuotes = "'\"`";
  while (!literal.empty() && kQuotes.find(literal[0]) != kQuotes.npos) literal.remove_prefix(1);
  while (!literal.empty() && kQuotes.find(literal.back()) != kQuotes.npos) literal.remove_suffix(1);
  return literal;
}

// Where a literal stands in `region`, behind its first byte, and its size there; npos: it does not,
// or is nothing but white space.
std::pair<size_t, size_t> FindLiteral(std::string_view region, std::string_view literal) {
  for (const std::string_view one : {literal, WithoutQuotes(literal)}) {
    if (one.find_first_not_of(' ') == one.npos) continue;
    const size_t at = region.find(one, 1);
    if (at != region.npos) return {at, one.size()};
  }
  return {region.npos, 0};
}

// Whether `region` begins with what a literal ends in, but for quotes and white space: the point of
// "from 'transformers.", which "from 'transformers' (" does not have.
bool BeginsWith(std::string_view region, std::string_view tail) {
  constexpr std::string_view kLost = " :'\"`\n\t\r";
  constexpr size_t kAround = 6;  // bytes of typeset quotes
  const size_t first = tail.find_first_not_of(kLost);
  if (first == tail.npos) return true;
  tail = tail.substr(first, tail.find_last_not_of(kLost) + 1 - first);
  return region.substr(0, first + tail.size() + kAround).find(tail) != region.npos;
}

std::string_view WithoutLead(std::string_view region, std::string_view lead) {
  if (region.starts_with(lead)) region.remove_prefix(lead.size());
  const size_t first = region.find_first_not_of(" \n\t\r:'\"`");
  return region.substr(std::min(first, region.size()));
}

}  // namespace

void SlotReader::ReadFirst(size_t end) {
  const std::string_view before = text_.substr(0, end);
  const size_t last = before.find_last_not_of(' ');
  const size_t begin = before.substr(0, last + 1).find_last_of(" \t\n\r'\"`(") + 1;
  if (begin < end) Read(0, 1, begin, end);
}

void SlotReader::Read(size_t first, size_t next, size_t begin, size_t end) {
  const bool open = end == std::string_view::npos;
  if (open) end = std::min(text_.find('\n', begin), text_.size());
  std::string_view region = text_.substr(begin, end - begin);
  for (size_t hole = first; hole < next; ++hole) {
    const bool last = hole + 1 == next;
    const std::string& behind = form_.literals[hole + 1];
    if (hole == first && !BeginsWith(region, TailOf(form_.literals[hole]))) return;
    region = WithoutLead(region, hole == first ? TailOf(form_.literals[hole]) : "");
    std::string_view value = region;
    // A point at the end may stand in a value too.
    const bool ends = behind.find_first_not_of(" .,:;") != std::string::npos;
    if (!last || (open && ends)) {
      const auto [at, size] = FindLiteral(region, behind);
      if (at == std::string_view::npos && !last) return;
      if (at != std::string_view::npos) {
        value = region.substr(0, at);
        region.remove_prefix(at + size);
      }
    }
    const std::string_view head = HeadOf(behind);
    if (last && !open && value.ends_with(head)) value.remove_suffix(head.size());
    std::string clean = Trimmed(value.substr(0, 2 * kValue));
    if (!clean.empty()) values_.emplace_back(form_.holes[hole], std::move(clean));
  }
}

}  // namespace weighlock

// Names by their ends, values by the prefixes that the issuers have published.
#include "model/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace weighlock {
namespace {

// Whole names, or what follows an underscore.
constexpr std::array<std::string_view, 12> kNames = {
    "hub_token",  "access_token", "auth_token", "api_token",   "api_key",    "apikey",
    "secret_key", "access_key",   "secret",     "private_key", "passphrase", "password"};

struct Form {
  std::string_view prefix;
  size_t least;  // characters behind it
};
constexpr Form kForms[] = {
    {"hf_", 30},  {"ghp_", 30}, {"gho_", 30}, {"github_pat_", 40}, {"glpat-", 20},
    {"AKIA", 16}, {"ASIA", 16}, {"sk-", 32},  {"xoxb-", 20},       {"AIza", 30},
};

bool IsMask(std::string_view value) {
  return (value.starts_with('<') && value.ends_with('>')) ||
         std::all_of(value.begin(), value.end(), [](char c) { return c == '*' || c == 'x'; });
}

constexpr size_t kMostBehind = 200;  // characters

constexpr std::array<bool, 256> TokenCharacters() {
  std::array<bool, 256> is = {};
  for (unsigned char c = '0'; c <= '9'; ++c) is[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) is[c] = is[c | 0x20] = true;
  is['_'] = is['-'] = true;
  return is;
}
constexpr std::array<bool, 256> kIsTokenCharacter = TokenCharacters();

constexpr size_t ShortestToken() {
  size_t shortest = kMostBehind;
  for (const Form& form : kForms) shortest = std::min(shortest, form.prefix.size() + form.least);
  return shortest;
}
constexpr size_t kShortest = ShortestToken();

constexpr size_t LongestPrefix() {
  size_t longest = 0;
  for (const Form& form : kForms) longest = std::max(longest, form.prefix.size());
  return longest;
}
static_assert(LongestPrefix() + kMostBehind <= kLongestToken);

bool HasSecretForm(std::string_view value) {
  if (value.ends_with("EXAMPLE")) return false;  // of Amazon's documentation
  for (const Form& form : kForms) {
    if (!value.starts_with(form.prefix)) continue;
    const std::string_view rest = value.substr(form.prefix.size());
    if (rest.size() >= form.least && rest.size() <= kMostBehind &&
        std::all_of(rest.begin(), rest.end(),
                    [](unsigned char c) { return kIsTokenCharacter[c]; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool IsSecret(std::string_view name, std::string_view value) {
  if (value.empty() || IsMask(value)) return false;
  if (HasSecretForm(value)) return true;
  if (name.size() > 100) return false;
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view known) {
    return lower == known ||
           (lower.ends_with(known) && lower[lower.size() - known.size() - 1] == '_');
  });
}

std::string_view FindToken(std::string_view text) {
  constexpr std::string_view kPrivateKey = "PRIVATE KEY-----";
  if (const size_t at = text.find(kPrivateKey); at != text.npos) {
    return text.substr(at, kPrivateKey.size());
  }
  // A window as long as the shortest token, looked at from its end: where a character there is none
  // of a token's, no token begins before it.
  for (size_t begin = 0; text.size() - begin >= kShortest;) {
    size_t last = begin + kShortest;
    while (last > begin && kIsTokenCharacter[static_cast<unsigned char>(text[last - 1])]) --last;
    if (last > begin) {
      begin = last;
      continue;
    }
    size_t end = begin + kShortest;
    while (end < text.size() && kIsTokenCharacter[static_cast<unsigned char>(text[end])]) ++end;
    const std::string_view word = text.substr(begin, end - begin);
    if (HasSecretForm(word)) return word;
    begin = std::min(end + 1, text.size());
  }
  return {};
}

}  // namespace weighlock

// Strings that open doors: what must not travel with a model unseen.
#pragma once

#include <cstddef>
#include <string_view>

namespace weighlock {

// Whether `value`, kept under `name`, is a secret by its name (hub_token, api_key, password, ...)
// or by its form (hf_..., ghp_..., AKIA...). Masks such as "<HUB_TOKEN>" and empty strings are
// none.
bool IsSecret(std::string_view name, std::string_view value);

// What in a text has the form of a token (hf_..., AKIA...) or begins a private key; empty where
// nothing does. Linear.
std::string_view FindToken(std::string_view text);

// Bytes that no token is longer than, nor the line that begins a private key. Whoever searches a
// text in pieces keeps one more of them before each piece: a longer word then stays too long.
inline constexpr size_t kLongestToken = 256;

}  // namespace weighlock

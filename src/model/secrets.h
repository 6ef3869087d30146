// Strings that open doors: what must not travel with a model unseen.
#pragma once

#include <string_view>

namespace weighlock {

// Whether `value`, kept under `name`, is a secret by its name (hub_token, api_key, password, ...)
// or by its form (hf_..., ghp_..., AKIA...). Masks such as "<HUB_TOKEN>" and empty strings are
// none.
bool IsSecret(std::string_view name, std::string_view value);

// What in a text has the form of a token (hf_..., AKIA...) or begins a private key; empty where
// nothing does. Linear.
std::string_view FindToken(std::string_view text);

}  // namespace weighlock

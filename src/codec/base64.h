// Base64 (RFC 4648 §4), for bytes in JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace weighlock {

std::string Base64(Bytes bytes);

// Nothing where `text` is not what Base64 writes: padded, without spaces.
std::optional<ByteVector> FromBase64(std::string_view text);

}  // namespace weighlock

// The numbers of a vocabulary in JSON, as one walk along its bytes: it has hundreds of thousands.
#pragma once

#include <cstddef>
#include <string_view>

namespace weighlock {

// The first value of the object that begins at `begin` that is no number of a token, which is an
// integer from 0 to 2^32 - 1, as it is spelled; empty: none is. Requires well-formed JSON.
std::string_view FirstOddId(std::string_view text, size_t begin);

}  // namespace weighlock

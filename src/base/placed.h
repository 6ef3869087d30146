// An error at another place than the one it has: that of the output, for a file that was staged
// under another name.
#pragma once

#include <string>

#include "weighlock/result.h"

namespace weighlock {

inline Error Placed(const Error& error, std::string place) {
  return Error(error.code(), error.what(), error.offset(), std::move(place));
}

}  // namespace weighlock

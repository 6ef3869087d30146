// A SHA256SUMS that lies in the folder and is packed as it is: unpack will hold the files against
// it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "weighlock/limits.h"
#include "weighlock/result.h"

namespace weighlock {

// Why `list` does not fit the files that are packed, in words of unpack's refusal; empty: it fits,
// or is longer than is read. `files` by their paths beside it. Reads all that is listed, once.
Result<std::string> WhySumsDoNotFit(const ByteSource& list,
                                    const std::map<std::string, const ByteSource*>& files,
                                    const Limits& limits, unsigned threads);

}  // namespace weighlock

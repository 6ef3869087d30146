// Error: codes as words, and the one shape every message has.
#include "weighlock/result.h"

#include <fmt/format.h>

namespace weighlock {

std::string_view CodeWord(Code code) {
  switch (code) {
    case Code::kTruncated:
      return "truncated";
    case Code::kMalformed:
      return "malformed";
    case Code::kMismatch:
      return "mismatch";
    case Code::kLimit:
      return "over the limit";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kNotFound:
      return "not found";
    case Code::kConflict:
      return "exists already";
    case Code::kIo:
      return "i/o error";
    case Code::kUsage:
      return "usage";
    case Code::kUnrecognised:
      return "nothing recognised";
    case Code::kInterrupted:
      return "interrupted";
  }
  return "unknown";
}

Error::Error(Code code, std::string what, uint64_t offset, std::string where)
    : info_(std::make_unique<Info>(Info{code, offset, std::move(where), std::move(what)})) {}

Error Error::In(std::string_view outer) && {
  if (info_->where.empty()) {
    info_->where = outer;
  } else {
    info_->where = fmt::format("{}!{}", outer, info_->where);
  }
  return std::move(*this);
}

std::string Error::Message() const {
  std::string place = info_->where;
  if (info_->offset != kNoOffset) place += fmt::format("+{:#x}", info_->offset);
  if (place.empty()) return fmt::format("{}: {}", CodeWord(info_->code), info_->what);
  return fmt::format("{}: {}: {}", place, CodeWord(info_->code), info_->what);
}

}  // namespace weighlock

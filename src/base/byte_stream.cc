// A ByteSource read from its start.
#include "base/byte_stream.h"

#include <fmt/format.h>

#include <algorithm>

namespace weighlock {
namespace {

class SourceStream : public ByteStream {
 public:
  explicit SourceStream(ByteSource source) : source_(std::move(source)) {}

  Result<size_t> Read(MutableBytes out) override {
    const uint64_t left = source_.size() - position_;
    const auto count = static_cast<size_t>(std::min<uint64_t>(out.size(), left));
    WL_CHECKED(source_.ReadAt(position_, out.first(count)));
    position_ += count;
    return count;
  }

 private:
  ByteSource source_;
  uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<ByteStream> StreamOf(ByteSource source) {
  return std::make_unique<SourceStream>(std::move(source));
}

Status ReadExactly(ByteStream& stream, MutableBytes out) {
  size_t done = 0;
  while (done < out.size()) {
    WL_TRY(const size_t count, stream.Read(out.subspan(done)));
    if (count == 0) {
      return Error(Code::kTruncated,
                   fmt::format("wanted {} bytes, the stream ends after {}", out.size(), done));
    }
    done += count;
  }
  return {};
}

}  // namespace weighlock

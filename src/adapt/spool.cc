#include "adapt/spool.h"

#include <fmt/format.h>

#include "base/read_ahead.h"
#include "base/staging.h"
#include "container/gzip/gzip_reader.h"

namespace weighlock {

Result<OpenedPackage> OpenSpooled(const std::string& input, const std::string& output,
                                  const Limits& limits) {
  // Never committed: the file has no name, or loses its temporary one when `spool` goes.
  WL_TRY(const StagedFile spool, StagedFile::Create(output));
  WL_TRY(const ByteSource packed, ByteSource::OpenFile(input, input));
  const auto content = ReadAhead(GzipContent(StreamOf(packed)));
  ByteVector block(kReadAheadBlockSize);
  uint64_t position = 0;
  while (true) {
    auto count = content->Read(block);
    if (!count) return std::move(count).error().In(input);
    if (*count == 0) break;
    WL_CHECKED(WriteExactly(spool.file(), position, Bytes(block).first(*count)).In(output));
    position += *count;
  }
  WL_TRY(OpenedPackage opened,
         OpenPackage(fmt::format("/proc/self/fd/{}", spool.file().fd()), limits));
  opened.package.path = input;
  return opened;
}

}  // namespace weighlock

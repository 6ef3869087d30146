#include "package/spool.h"

#include "base/staging.h"
#include "package/unpacked.h"

namespace weighlock {
namespace {
constexpr size_t kBlock = size_t{1} << 20;
}  // namespace

Result<OpenedPackage> OpenSpooled(const std::string& input, const std::string& output,
                                  const Limits& limits) {
  // Never committed: the file has no name, or loses its temporary one when `spool` goes.
  WL_TRY(StagedFile spool, StagedFile::Create(output));
  WL_TRY(const ByteSource packed, ByteSource::OpenFile(input, input));
  const auto content = UnpackedContent(packed, limits);
  ByteVector block(kBlock);
  uint64_t position = 0;
  while (true) {
    auto count = content->Read(block);
    if (!count) return std::move(count).error().In(input);
    if (*count == 0) break;
    WL_CHECKED(WriteExactly(spool.file(), position, Bytes(block).first(*count)).In(output));
    position += *count;
  }
  WL_TRY(const ByteSource unpacked, ByteSource::TakeFile(spool.TakeFile(), input));
  return OpenTar(unpacked, input, limits);
}

}  // namespace weighlock

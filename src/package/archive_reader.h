// An archive's members one after the other, whatever kind of archive it is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/byte_stream.h"
#include "weighlock/limits.h"
#include "weighlock/package.h"
#include "weighlock/progress.h"
#include "weighlock/result.h"

namespace weighlock {

struct ArchiveMember {
  std::string path;  // as NormaliseRead gives it; "" is the top folder
  bool is_folder;
  uint64_t size;  // bytes of content; 0 for a folder
  bool executable;
  // Where the content lies in the archive, where it lies there as it is.
  std::optional<uint64_t> data_offset;
};

// As a ByteStream it is the content of the current member. What two readers could read differently
// is refused: docs/formats/tar.md, docs/formats/zip.md. An archive is sound only once Next() has
// returned no member.
class ArchiveReader : public ByteStream {
 public:
  // The next member, past what was not read of the one before; nothing at the end. Errors carry
  // offsets in the archive, unpacked where it is a .tar.gz.
  virtual Result<std::optional<ArchiveMember>> Next() = 0;

  // What is odd about the archive and the same for every reader, or known to trouble a few, as
  // sentences. Whole once Next() has returned no member.
  virtual std::vector<std::string> Notes() const = 0;
};

// A tar, a tar.gz or a zip. `progress`, where there is one, counts bytes of the archive as they are
// read.
std::unique_ptr<ArchiveReader> OpenTarReader(const ByteSource& archive, const Limits& limits,
                                             Progress* progress = nullptr);
std::unique_ptr<ArchiveReader> OpenTarGzReader(const ByteSource& archive, const Limits& limits,
                                               Progress* progress = nullptr);
Result<std::unique_ptr<ArchiveReader>> OpenZipReader(const ByteSource& archive,
                                                     const Limits& limits,
                                                     Progress* progress = nullptr);

// The one of the three that `kind` names. kUsage: it is none of them.
Result<std::unique_ptr<ArchiveReader>> OpenArchive(const ByteSource& archive, PackageKind kind,
                                                   const Limits& limits,
                                                   Progress* progress = nullptr);

}  // namespace weighlock

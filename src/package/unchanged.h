// Whether the files that a package was read from are still what they were: what somebody writes
// meanwhile is read as it never was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "package/package_reader.h"

namespace weighlock {

// The file at `path` as it is now, links followed. kNotFound, kIo.
Result<FileIdentity> IdentityOf(const std::string& path);

// kMismatch, without a place, where the file at `path` is not in the state `before`: "it changed
// while it was", and `done` ("packed"). kIo.
Status RefuseChanged(const std::string& path, const FileIdentity& before, std::string_view done);

// A file that was opened on its own.
struct WatchedFile {
  ByteSource source;
  std::string path;
  FileIdentity before;
};
Result<WatchedFile> OpenWatched(const std::string& path);

// The same of a watched file, and of all that the bytes of these artefacts lie in: their own files,
// or the archive.
Status RefuseChanged(const WatchedFile& file, std::string_view done);
Status RefuseChanged(const OpenedPackage& opened, const std::vector<size_t>& artefacts,
                     std::string_view done);

}  // namespace weighlock

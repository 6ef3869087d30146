// An archive unpacked: into a folder that is new, or into one that is there where nothing collides.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weighlock/limits.h"
#include "weighlock/progress.h"
#include "weighlock/result.h"

namespace weighlock {

struct UnpackOptions {
  bool into = false;  // the folder is there, and the files are to join what is in it
  // Everything is below one folder, whose name is left away. kUsage where it is not.
  bool strip_top = false;
  Progress* progress = nullptr;  // borrowed
  Limits limits = {};
};

struct UnpackedMember {
  std::string path;
  bool is_folder;
  uint64_t size;  // bytes
  bool executable;
};

// A name that is taken.
struct TakenName {
  std::string path;
  std::string why;  // "a file is there"
};

struct UnpackReport {
  std::vector<UnpackedMember> members;  // as they stand in the archive
  std::vector<TakenName> collisions;    // with `into`; where there are any nothing was written
  uint64_t bytes = 0;                   // of content
  size_t verified = 0;                  // files that a SHA256SUMS in the archive vouches for
  std::vector<std::string> notes;
};

// What Unpack would do. Reads the archive to its end, and writes nothing.
Result<UnpackReport> PlanUnpack(const std::string& archive, const std::string& folder,
                                const UnpackOptions& options = {});

// Unpacks a .tar.gz, .tar or .zip, by its bytes. All is staged, checked and synced first; then the
// folder appears under its name, or all files come to their places in the one that is there. Files
// have the modes 0666 or 0777 less the umask; owners, times, links and devices never travel. Where
// the archive holds a SHA256SUMS (at its top, or in the one folder there), every file in it must
// have its digest. After an error nothing has changed. kConflict: `folder` exists, or (with `into`)
// something of a name has come meanwhile.
Result<UnpackReport> Unpack(const std::string& archive, const std::string& folder,
                            const UnpackOptions& options = {});

}  // namespace weighlock

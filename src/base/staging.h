// Outputs that appear whole or not at all, and never in the place of something else.
//
// A staged file or folder lies beside its destination until Commit gives it its name, which fails
// with kConflict where the name is taken. Dropped without Commit, it is gone.
#pragma once

#include <memory>
#include <string>

#include "base/beneath.h"
#include "base/file.h"
#include "weighlock/result.h"

namespace weighlock {

// Whether Commit waits until the bytes are on the disk: a name that survives a power cut then
// always has its bytes. Without it, only the death of the process is covered.
enum class Durability { kProcessCrash, kPowerCut };

namespace staging {
struct Place {
  std::string folder;  // "." where a destination has none
  std::string name;
};
}  // namespace staging

// kConflict where there is something at `destination`, be it a link that leads nowhere.
Status RefuseTaken(const std::string& destination);

class StagedFile {
 public:
  // kConflict where `destination` exists already (so that no work is done in vain), kNotFound
  // where its folder does not.
  static Result<StagedFile> Create(const std::string& destination);

  StagedFile(StagedFile&&) noexcept;
  StagedFile& operator=(StagedFile&&) noexcept;
  ~StagedFile();

  const FileHandle& file() const WL_LIFETIME_BOUND { return file_; }
  const std::string& destination() const WL_LIFETIME_BOUND { return destination_; }

  // The file itself, for one that is never to have a name.
  FileHandle TakeFile() { return std::move(file_); }

  // Gives the file its name. After an error nothing stands at the destination that is ours.
  Status Commit(Durability durability) &&;

 private:
  StagedFile() = default;
  std::string destination_;
  std::string temporary_;  // empty: the file has no name at all yet (O_TMPFILE)
  FileHandle file_;
};

class StagedFolder {
 public:
  // As StagedFile::Create. Also removes what a killed run of ours left beside `destination`.
  static Result<StagedFolder> Create(const std::string& destination);

  // For files that are to be moved into the folder `existing`: staged beside it, or inside it where
  // its parent is on another file system or may not be written. Such a folder is never committed.
  // Also removes, and takes back (moves.h), what a killed run left; kConflict where that cannot be.
  // kNotFound: it is no folder.
  static Result<StagedFolder> CreateFor(const std::string& existing);

  StagedFolder(StagedFolder&&) noexcept;
  StagedFolder& operator=(StagedFolder&&) noexcept;
  ~StagedFolder();

  const std::string& path() const WL_LIFETIME_BOUND { return path_; }
  // Where it will be; empty of one that CreateFor made.
  const std::string& destination() const WL_LIFETIME_BOUND { return destination_; }

  // See Beneath.
  Result<FileHandle> CreateFile(const std::string& relative, bool executable) {
    ++files_;
    return content_.CreateFile(relative, executable);
  }
  Status CreateFolder(const std::string& relative) { return content_.CreateFolder(relative); }

  // Waits until every file and folder is on the disk.
  Status Sync() const;

  // Gives the folder its name.
  Status Commit(Durability durability) &&;

 private:
  StagedFolder() = default;
  static Result<StagedFolder> CreateAt(const staging::Place& place, unsigned mode);
  Result<bool> SyncEach() const;
  std::string destination_;
  std::string path_;  // empty once committed
  Beneath content_;
  size_t files_ = 0;  // that were created
  FileHandle lock_;   // held while we live: tells a killed run's folder from a running one's
};

}  // namespace weighlock

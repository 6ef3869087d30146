// What is about to be moved out of a staging folder, listed on the disk before the first move: so
// that whoever comes after a run that was stopped can tell what that run brought, and whether
// anybody has changed it since.
//
// Lines of text. The first is the form's name. The second says which folder the journal lies in,
// when that was made, and which folder the moves go to: the time is nothing that who writes an
// archive can know, so that a list that was put there, or copied with its folder, is none. Then one
// line for each file and folder, a folder before what is in it: "m" for what is moved itself, "-"
// for what goes with its folder; "d" or "f"; inode, size, time of the last change in seconds and
// nanoseconds (zeros for folders), path. The last line is "end" and how many they are.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weighlock/result.h"

namespace weighlock {

struct JournalEntry {
  std::string path;  // below the folder that it is moved out of
  bool is_move;
  bool is_folder;
  uint64_t inode;
  uint64_t size;  // bytes
  int64_t seconds, nanoseconds;

  // Whether a file that was looked at is this one, and as it was listed.
  bool Fits(const struct stat& found) const;
};

using MoveJournal = std::vector<JournalEntry>;

// Lists `paths` below the folder `from`, and all that is in them.
Result<MoveJournal> ListMoves(const std::string& from, const std::vector<std::string>& paths);

// Into the new file `path`, and to the disk; `to` is the folder that the moves go to. After an
// error there is none.
Status WriteJournal(const std::string& path, const std::string& to, const MoveJournal& journal);

// Nothing where there is none, or one that was never finished, so that nothing was moved.
// kConflict: it was not written where it lies, or for another folder than `to`. Other errors:
// nobody knows.
Result<std::optional<MoveJournal>> ReadJournal(const std::string& path, const std::string& to);

// Whether there is a journal, be it readable or not.
bool HasJournal(const std::string& path);

}  // namespace weighlock

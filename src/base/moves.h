// Files and folders moved out of one folder into another that is there: all of them, or none.
//
// What is moved is first listed in a journal, on the disk (base/move_journal.h). The moves are made
// by a child process in a session of its own, so that killing whoever asked for them stops nothing
// halfway. Where a move fails, who asked takes back those before it. Should it be killed just then,
// or the machine go down in between, the journal is left, and SettleMoves takes back what was
// moved.
//
// Nothing is taken back that is not as it came. What somebody has changed, replaced or put into a
// folder that came stays where it is, and is told of.
#pragma once

#include <string>
#include <vector>

#include "weighlock/result.h"

namespace weighlock {

// Moves each of `paths` (relative, as NormalisePath gives them; none below another) from the
// folder `from` to the same place below the folder `to`, whose folders above it are there. Nothing
// is ever replaced. `journal` is the name of a new file, which is gone in the end but where
// something could not be taken back. Waits until all is on the disk. kConflict: a name is taken,
// nothing was moved. kIo: the same, for another reason.
Status MoveAll(const std::string& from, const std::string& to,
               const std::vector<std::string>& paths, const std::string& journal);

// Takes back what `journal` lists where a part of it was moved, and removes the journal; where all
// was moved there is nothing to take back. Does nothing where there is no journal. kConflict, and
// the journal stays: something is not as it came and was left in `to`, or the journal is nobody's.
Status SettleMoves(const std::string& from, const std::string& to, const std::string& journal);

}  // namespace weighlock

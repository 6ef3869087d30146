// Files and folders moved out of one folder into another that is there: all of them, or none.
//
// What is moved is first listed in a journal, on the disk. The moves are made by a child process
// in a session of its own, so that killing whoever asked for them stops nothing halfway; a move
// that fails takes back those before it. Should the machine itself go down in between, the journal
// is left, and UndoMoves takes back what was moved.
#pragma once

#include <string>
#include <vector>

#include "weighlock/result.h"

namespace weighlock {

// Moves each of `paths` (relative, as NormalisePath gives them; none below another) from the
// folder `from` to the same place below the folder `to`, whose folders above it are there. Nothing
// is ever replaced. `journal` is the name of a new file. Waits until all is on the disk.
// kConflict: a name is taken, nothing was moved. kIo: the same, for another reason.
Status MoveAll(const std::string& from, const std::string& to,
               const std::vector<std::string>& paths, const std::string& journal);

// Takes back what `journal` lists and what is not in `from` any more; what somebody has put in its
// place stays. Does nothing where there is no journal. Errors: something could not be taken back.
Status UndoMoves(const std::string& from, const std::string& to, const std::string& journal);

}  // namespace weighlock

// What adapt does not hand over unseen.
#pragma once

#include "package/package_reader.h"
#include "weighlock/adapt.h"

namespace weighlock {

// That nothing of the package is missing because it could not be read: what is wanted and is no
// artefact is an error, but what --drop names, and junk.
Status RefuseUnread(const Package& package, const AdaptOptions& options);

// Adds to the plan what must be told before any of it is written: links out of the package, files
// with secrets, what is no file; and a note on folders that hold nothing. Errors: those of reading.
Status JudgeHandOver(const OpenedPackage& opened, const AdaptOptions& options, Plan& plan);

// The note on folders that hold nothing.
void NoteEmptyFolders(const Package& package, const AdaptOptions& options, Plan& plan);

}  // namespace weighlock

// The end of what was staged.
#pragma once

#include <string>

namespace weighlock {

// Removes a file, or a folder and all that is in it, and follows no link. Takes two descriptors and
// no recursion however deep the folder is: a run that fails for want of either must still clear up.
// What cannot be removed stays, without a word.
void RemoveTree(const std::string& path);

}  // namespace weighlock

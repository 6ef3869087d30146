// The one way a running operation is asked to stop: a flag that the program's signal handler sets
// and that every read and write looks at, so that work unwinds and cleans up after itself.
#pragma once

namespace weighlock {

// Safe to call from a signal handler.
void RequestInterrupt();
bool Interrupted();

}  // namespace weighlock

// What a process is started with: signals that are ignored, streams that are closed.
#pragma once

#include "weighlock/result.h"

namespace weighlock {

// SIGINT, SIGTERM and SIGHUP ask the running operation to stop; a second one kills. Those that
// whoever started us has told to ignore (nohup, a job in the background) stay ignored.
void HandleSignals();

// Puts /dev/null where standard input, output or error is closed, so that no file that is opened
// later gets its number, and with it what is printed. kIo: standard output was closed, and nobody
// would hear what was done.
Status ReserveStandardStreams();

}  // namespace weighlock

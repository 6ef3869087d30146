// Signals that the caller ignores stay ignored (nohup); descriptors 0 to 2 that are closed are
// opened on nothing, so that no output file takes their numbers.
#include "cli/inherited.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/interrupt.h"

namespace weighlock {

void HandleSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { RequestInterrupt(); };
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second one kills at once
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before = {};
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    ::sigaction(signal, &action, nullptr);
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error of write
}

Status ReserveStandardStreams() {
  bool silent = false;
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number, which is this one. Nothing can be read from a standard input that
    // was closed.
    const int flags = stream == STDIN_FILENO ? O_WRONLY : O_RDWR;
    if (::open("/dev/null", flags) != stream) {  // NOLINT: inherited by nobody, for we start nobody
      return SystemError(errno, "a standard stream is closed, and cannot be opened", "/dev/null");
    }
    silent = silent || stream == STDOUT_FILENO;
  }
  if (!silent) return {};
  return Error(Code::kIo,
               "it is closed, so nothing was done; >/dev/null is for those who want no "
               "report",
               kNoOffset, "standard output");
}

}  // namespace weighlock

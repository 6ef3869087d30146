// Makes system calls fail, one at a time: a library for LD_PRELOAD, so that the program under test
// is the one that users run.
//
// WL_FAULT=CALL:N:WHAT lets the Nth call of CALL (counted from 1, over all threads; "*": every
// one) come to WHAT: the name of an error, SHORT (at most 7 bytes are moved), EINTR (once, every
// other call), or KILL (the process is gone before the call). WL_FAULT_MARK names a file that is
// made when that happens. Calls: read (and pread), write (and pwrite), open (openat, openat2),
// link, rename, mkdir, sync (fsync, fdatasync, syncfs), fork.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Fault {
  std::string call, what;
  long at = 0;  // 0: every call
};

const Fault& Asked() {
  static const Fault* const fault = [] {
    auto* asked = new Fault;
    const char* text = std::getenv("WL_FAULT");
    if (text == nullptr) return asked;
    const std::string all = text;
    const size_t first = all.find(':'), second = all.find(':', first + 1);
    asked->call = all.substr(0, first);
    asked->at = std::atol(all.substr(first + 1, second - first - 1).c_str());
    asked->what = all.substr(second + 1);
    return asked;
  }();
  return *fault;
}

std::atomic<long> calls{0};

int ErrorNumber(const std::string& name) {
  constexpr struct {
    const char* name;
    int number;
  } kErrors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EACCES", EACCES},
                 {"EROFS", EROFS},   {"EMFILE", EMFILE}, {"EDQUOT", EDQUOT},
                 {"ENOSYS", ENOSYS}, {"EPERM", EPERM},   {"EINVAL", EINVAL},
                 {"EINTR", EINTR},   {"EAGAIN", EAGAIN}, {"EOPNOTSUPP", EOPNOTSUPP}};
  for (const auto& error : kErrors) {
    if (name == error.name) return error.number;
  }
  std::abort();
}

void Mark() {
  const char* path = std::getenv("WL_FAULT_MARK");
  if (path == nullptr) return;
  std::fclose(std::fopen(path, "w"));
}

enum class Fate { kGoOn, kFail, kShort };

Fate FateOf(const char* call) {
  const Fault& fault = Asked();
  if (fault.call != call) return Fate::kGoOn;
  const long number = ++calls;
  if (fault.what == "EINTR" && fault.at == 0) {
    if (number % 2 == 0) return Fate::kGoOn;
  } else if (fault.at != 0 && number != fault.at) {
    return Fate::kGoOn;
  }
  Mark();
  if (fault.what == "KILL") ::kill(::getpid(), SIGKILL);
  if (fault.what == "SHORT") return Fate::kShort;
  errno = ErrorNumber(fault.what);
  return Fate::kFail;
}

template <class Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

size_t Shortened(Fate fate, size_t count) {
  return fate == Fate::kShort && count > 7 ? 7 : count;
}

}  // namespace

// Each as the C library declares it. Descriptors 0 to 2 are left alone.
#define WL_FAULT_TRANSFER(name, call, pointer)                  \
  extern "C" ssize_t name(int fd, pointer data, size_t count) { \
    static auto* const real = Real<decltype(name)>(#name);      \
    const Fate fate = fd <= 2 ? Fate::kGoOn : FateOf(call);     \
    if (fate == Fate::kFail) return -1;                         \
    return real(fd, data, Shortened(fate, count));              \
  }
#define WL_FAULT_TRANSFER_AT(name, call, pointer)                             \
  extern "C" ssize_t name(int fd, pointer data, size_t count, off_t offset) { \
    static auto* const real = Real<decltype(name)>(#name);                    \
    const Fate fate = fd <= 2 ? Fate::kGoOn : FateOf(call);                   \
    if (fate == Fate::kFail) return -1;                                       \
    return real(fd, data, Shortened(fate, count), offset);                    \
  }
WL_FAULT_TRANSFER(read, "read", void*)
WL_FAULT_TRANSFER(write, "write", const void*)
WL_FAULT_TRANSFER_AT(pread, "read", void*)
WL_FAULT_TRANSFER_AT(pwrite, "write", const void*)
WL_FAULT_TRANSFER_AT(pread64, "read", void*)
WL_FAULT_TRANSFER_AT(pwrite64, "write", const void*)

#define WL_FAULT_CALL(name, call, parameters, arguments)      \
  extern "C" int name parameters {                            \
    static auto* const real = Real<decltype(name)>(#name);    \
    return FateOf(call) == Fate::kGoOn ? real arguments : -1; \
  }
WL_FAULT_CALL(fsync, "sync", (int fd), (fd))
WL_FAULT_CALL(fdatasync, "sync", (int fd), (fd))
WL_FAULT_CALL(syncfs, "sync", (int fd) noexcept, (fd))
WL_FAULT_CALL(mkdir, "mkdir", (const char* path, mode_t mode) noexcept, (path, mode))
WL_FAULT_CALL(mkdirat, "mkdir", (int fd, const char* path, mode_t mode) noexcept, (fd, path, mode))
WL_FAULT_CALL(linkat, "link",
              (int from_fd, const char* from, int to_fd, const char* to, int flags) noexcept,
              (from_fd, from, to_fd, to, flags))
WL_FAULT_CALL(renameat2, "rename",
              (int from_fd, const char* from, int to_fd, const char* to, unsigned flags) noexcept,
              (from_fd, from, to_fd, to, flags))
WL_FAULT_CALL(fork, "fork", () noexcept, ())

extern "C" int open(const char* path, int flags, ...) {
  static auto* const real = Real<int(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = va_arg(rest, unsigned);
  va_end(rest);
  return FateOf("open") == Fate::kGoOn ? real(path, flags, mode) : -1;
}

extern "C" int openat(int folder, const char* path, int flags, ...) {
  static auto* const real = Real<int(int, const char*, int, ...)>("openat");
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = va_arg(rest, unsigned);
  va_end(rest);
  return FateOf("open") == Fate::kGoOn ? real(folder, path, flags, mode) : -1;
}

// openat2 has no function of its own.
extern "C" long syscall(long number, ...) noexcept {
  static auto* const real = Real<long(long, ...)>("syscall");
  va_list rest;
  va_start(rest, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_openat2 && FateOf("open") != Fate::kGoOn) return -1;
  return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
              arguments[5]);
}

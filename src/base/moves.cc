// Between fork and _exit the child calls nothing but the system.
#include "base/moves.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/beneath.h"
#include "base/escape.h"

namespace weighlock {
namespace {

constexpr std::string_view kMagic = "weighlock moves 1";

// One move: the parts of its path, and which file it is.
struct Move {
  std::string folder, name;
  dev_t device;
  ino_t inode;
  bool is_folder;
};

Move Split(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path, 0, 0, false};
  return {path.substr(0, slash), path.substr(slash + 1), 0, 0, false};
}

// What the child tells: the number of the error that stopped it, or 0, and at which move.
struct Outcome {
  int error_number = 0;
  size_t at = 0;
};

int MoveOne(const Move& move, int from, int to) {
  const int flags = O_DIRECTORY | O_CLOEXEC | O_RDONLY;
  const int from_folder = OpenBeneath(from, move.folder.c_str(), flags);
  if (from_folder < 0) return errno;
  const int to_folder = OpenBeneath(to, move.folder.c_str(), flags);
  int error_number = to_folder < 0 ? errno : 0;
  if (to_folder >= 0) {
    error_number =
        RenameNew(from_folder, move.name.c_str(), to_folder, move.name.c_str(), move.is_folder);
    ::close(to_folder);
  }
  ::close(from_folder);
  return error_number;
}

Outcome MoveEach(const std::vector<Move>& moves, int from, int to, const char* journal) {
  Outcome outcome;
  for (; outcome.at < moves.size(); ++outcome.at) {
    outcome.error_number = MoveOne(moves[outcome.at], from, to);
    if (outcome.error_number != 0) break;
  }
  if (outcome.error_number == 0 && ::syncfs(to) != 0 && errno != ENOSYS) {
    outcome.error_number = errno;
  }
  if (outcome.error_number != 0) {
    bool undone = true;
    for (size_t i = outcome.at; i > 0; --i) undone &= MoveOne(moves[i - 1], to, from) == 0;
    if (!undone) return outcome;  // the journal stays: the next run tries again
  }
  ::unlink(journal);
  return outcome;
}

// Through a pipe, as a run of bytes: it may be moved in pieces.
void Tell(int pipe, const Outcome& outcome) {
  std::array<char, sizeof outcome> bytes;
  std::memcpy(bytes.data(), &outcome, bytes.size());
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::write(pipe, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) return;
    if (count > 0) done += static_cast<size_t>(count);
  }
}

// Nothing where the child ended without a word.
std::optional<Outcome> Hear(int pipe) {
  Outcome outcome;
  std::array<char, sizeof outcome> bytes;
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::read(pipe, bytes.data() + done, bytes.size() - done);
    if (count == 0 || (count < 0 && errno != EINTR)) return std::nullopt;
    if (count > 0) done += static_cast<size_t>(count);
  }
  std::memcpy(&outcome, bytes.data(), bytes.size());
  return outcome;
}

Result<std::vector<Move>> Identified(const std::string& from,
                                     const std::vector<std::string>& paths) {
  std::vector<Move> moves;
  for (const std::string& path : paths) {
    struct stat st;
    if (::lstat((from + "/" + path).c_str(), &st) != 0) {
      return SystemError(errno, "cannot look at what is to be moved", path);
    }
    moves.push_back(Split(path));
    moves.back().device = st.st_dev;
    moves.back().inode = st.st_ino;
    moves.back().is_folder = S_ISDIR(st.st_mode);
  }
  return moves;
}

Status WriteJournal(const std::string& journal, const std::vector<Move>& moves) {
  std::string text = fmt::format("{}\n", kMagic);
  for (const Move& move : moves) {
    text += fmt::format("{} {} {} {}{}{}\n", move.device, move.inode, move.is_folder ? "d" : "f",
                        move.folder, move.folder.empty() ? "" : "/", move.name);
  }
  const FileHandle file(::open(journal.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!file.is_open()) return SystemError(errno, "cannot write", journal);
  WL_CHECKED(WriteExactly(file, 0, AsBytes(text)).In(journal));
  if (::fsync(file.fd()) != 0) return SystemError(errno, "cannot sync", journal);
  return {};
}

// "66310 1312 f config.json", or nothing where it is no such line.
std::optional<Move> ReadMove(std::string_view line) {
  const auto number = [&line](auto& value) {
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return false;
    line.remove_prefix(static_cast<size_t>(end - line.data()) + 1);
    return true;
  };
  dev_t device;
  ino_t inode;
  if (!number(device) || !number(inode) || line.size() < 3 || line[1] != ' ') return {};
  Move move = Split(std::string(line.substr(2)));
  move.device = device;
  move.inode = inode;
  move.is_folder = line[0] == 'd';
  return move;
}

bool IsThere(const Move& move, int folder) {
  const FileHandle parent(OpenBeneath(folder, move.folder.c_str(), O_PATH | O_CLOEXEC));
  struct stat st;
  return parent.is_open() &&
         ::fstatat(parent.fd(), move.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
         st.st_dev == move.device && st.st_ino == move.inode;
}

}  // namespace

Status MoveAll(const std::string& from, const std::string& to,
               const std::vector<std::string>& paths, const std::string& journal) {
  WL_TRY(const std::vector<Move> moves, Identified(from, paths));
  WL_TRY(const Beneath source, Beneath::Open(from));
  WL_TRY(const Beneath target, Beneath::Open(to));
  WL_CHECKED(WriteJournal(journal, moves));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return SystemError(errno, "cannot make a pipe", to);
  const FileHandle reader(ends[0]);
  FileHandle writer(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) {
    ::unlink(journal.c_str());
    return SystemError(errno, "cannot start a process", to);
  }
  if (child == 0) {
    ::setsid();
    const Outcome outcome =
        MoveEach(moves, source.folder().fd(), target.folder().fd(), journal.c_str());
    Tell(writer.fd(), outcome);
    ::_exit(0);
  }
  writer = FileHandle();
  const std::optional<Outcome> outcome = Hear(reader.fd());
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (!outcome) {
    WL_CHECKED(UndoMoves(from, to, journal));
    return Error(Code::kIo, "the process that moves the files was killed", kNoOffset, to);
  }
  if (outcome->error_number == 0) return {};
  const std::string where = outcome->at < paths.size() ? to + "/" + paths[outcome->at] : to;
  if (outcome->error_number == EEXIST || outcome->error_number == ENOTEMPTY) {
    return Error(Code::kConflict,
                 "something of this name has come in the meantime, and nothing is ever overwritten",
                 kNoOffset, where);
  }
  return SystemError(outcome->error_number, "cannot move it to its place", where);
}

Status UndoMoves(const std::string& from, const std::string& to, const std::string& journal) {
  std::ifstream file(journal);
  std::string line;
  if (!file || !std::getline(file, line) || line != kMagic) return {};
  WL_TRY(const Beneath source, Beneath::Open(from));
  WL_TRY(const Beneath target, Beneath::Open(to));
  Status status;
  while (std::getline(file, line)) {
    const auto move = ReadMove(line);
    if (!move || IsThere(*move, source.folder().fd())) continue;
    if (!IsThere(*move, target.folder().fd())) continue;  // somebody else's by now
    const int error_number = MoveOne(*move, target.folder().fd(), source.folder().fd());
    if (error_number != 0) {
      status = SystemError(error_number, "cannot take back what a killed run moved here",
                           fmt::format("{}/{}/{}", to, move->folder, move->name));
    }
  }
  if (status) ::unlink(journal.c_str());
  return status;
}

}  // namespace weighlock

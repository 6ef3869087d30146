// Between fork and _exit the child calls nothing but the system.
#include "base/moves.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

#include "base/beneath.h"
#include "base/move_journal.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

// One move: the parts of its path, and what it is of.
struct Move {
  std::string folder, name;
  const JournalEntry* entry;
};

std::vector<Move> MovesOf(const MoveJournal& journal) {
  std::vector<Move> moves;
  for (const JournalEntry& entry : journal) {
    if (!entry.is_move) continue;
    const size_t slash = entry.path.rfind('/');
    const bool at_top = slash == std::string::npos;
    moves.push_back({at_top ? "" : entry.path.substr(0, slash),
                     at_top ? entry.path : entry.path.substr(slash + 1), &entry});
  }
  return moves;
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
    error_number = RenameNew(from_folder, move.name.c_str(), to_folder, move.name.c_str(),
                             move.entry->is_folder);
    ::close(to_folder);
  }
  ::close(from_folder);
  return error_number;
}

// Whether what was moved lies in the folder `at` as it came; of a folder, that it is there. Nothing
// where that cannot be looked at.
std::optional<bool> IsThere(const Move& move, int at) {
  const int parent = OpenBeneath(at, move.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return false;
  if (parent < 0) return {};
  struct stat found, own;
  const bool is_found = ::fstatat(parent, move.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
  const int error_number = errno;
  ::close(parent);
  if (!is_found && error_number == ENOENT) return false;
  if (!is_found || ::fstat(at, &own) != 0) return {};
  return found.st_dev == own.st_dev && move.entry->Fits(found);
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
  if (outcome.error_number == 0) {
    ::unlink(journal);
    return outcome;
  }
  // What came into a folder meanwhile comes along, and is put back by SettleMoves.
  for (size_t i = outcome.at; i > 0; --i) {
    if (IsThere(moves[i - 1], to) == true) MoveOne(moves[i - 1], to, from);
  }
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

using Listed = std::map<std::string_view, const JournalEntry*>;

// Whether something lies in the folder that is not of the journal, or not as it came. Nothing where
// that cannot be looked at.
std::optional<bool> HoldsMore(const std::string& from, const Move& move, const Listed& listed) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(fs::path(from) / move.entry->path, error), end;
       !error && it != end; it.increment(error)) {
    struct stat found;
    if (::lstat(it->path().c_str(), &found) != 0) return {};
    const auto entry = listed.find(it->path().lexically_relative(from).string());
    if (entry == listed.end() || !entry->second->Fits(found)) return true;
  }
  if (error) return {};
  return false;
}

// Takes back what can be, and gives the path of what cannot.
std::optional<std::string> TakeBack(const std::string& from, const MoveJournal& journal, int source,
                                    int target) {
  const std::vector<Move> moves = MovesOf(journal);
  if (std::all_of(moves.begin(), moves.end(),
                  [&](const Move& move) { return IsThere(move, source) == false; })) {
    return {};  // all of it has come
  }
  Listed listed;
  for (const JournalEntry& entry : journal) listed.emplace(entry.path, &entry);
  std::optional<std::string> left;
  for (const Move& move : moves) {
    std::optional<bool> is_back = IsThere(move, source);
    if (is_back == false && IsThere(move, target) == true) {
      is_back = MoveOne(move, target, source) == 0;
    }
    const auto more = is_back == true && move.entry->is_folder ? HoldsMore(from, move, listed)
                                                               : std::optional<bool>(false);
    if (more == true) MoveOne(move, source, target);
    if (is_back != true || more != false) left = move.entry->path;
  }
  return left;
}

// Why a merge stopped, and what became of what had come by then.
Error Stopped(const Outcome& outcome, const std::string& where, const Status& settled) {
  const std::string rest =
      settled ? "" : fmt::format("; {}: {}", settled.error().where(), settled.error().what());
  if (outcome.error_number == EEXIST || outcome.error_number == ENOTEMPTY) {
    return Error(Code::kConflict,
                 "something of this name has come in the meantime, and nothing is ever "
                 "overwritten" +
                     rest,
                 kNoOffset, where);
  }
  const Error error = SystemError(outcome.error_number, "cannot move it to its place", where);
  return Error(error.code(), error.what() + rest, kNoOffset, where);
}

}  // namespace

Status MoveAll(const std::string& from, const std::string& to,
               const std::vector<std::string>& paths, const std::string& journal) {
  WL_TRY(const MoveJournal listed, ListMoves(from, paths));
  const std::vector<Move> moves = MovesOf(listed);
  WL_TRY(const Beneath source, Beneath::Open(from));
  WL_TRY(const Beneath target, Beneath::Open(to));
  WL_CHECKED(WriteJournal(journal, listed));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    const int error_number = errno;
    ::unlink(journal.c_str());
    return SystemError(error_number, "cannot make a pipe", to);
  }
  const FileHandle reader(ends[0]);
  FileHandle writer(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) {
    const int error_number = errno;
    ::unlink(journal.c_str());
    return SystemError(error_number, "cannot start a process", to);
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
  if (outcome && outcome->error_number == 0) return {};
  Status settled = SettleMoves(from, to, journal);
  if (outcome) {
    const bool is_at_move = outcome->at < paths.size();
    return Stopped(*outcome, is_at_move ? to + "/" + paths[outcome->at] : to, settled);
  }
  WL_CHECKED(std::move(settled));
  return Error(Code::kIo, "the process that moves the files was killed", kNoOffset, to);
}

Status SettleMoves(const std::string& from, const std::string& to, const std::string& journal) {
  WL_TRY(const auto listed, ReadJournal(journal));
  if (!listed) return {};
  WL_TRY(const Beneath source, Beneath::Open(from));
  WL_TRY(const Beneath target, Beneath::Open(to));
  const auto left = TakeBack(from, *listed, source.folder().fd(), target.folder().fd());
  if (left) {
    return Error(Code::kConflict,
                 fmt::format("a run that was stopped brought this, and it was changed since, or "
                             "cannot be moved: it stays. What else that run had lies in {}; where "
                             "that is removed, nothing asks again",
                             from),
                 kNoOffset, to + "/" + *left);
  }
  ::unlink(journal.c_str());
  return {};
}

}  // namespace weighlock

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

// What lies at the place of a move in one of the two folders.
enum class Found { kNothing, kAsListed, kOther, kUnknown };

Found Look(const Move& move, int at) {
  const int parent = OpenBeneath(at, move.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) {
    return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? Found::kNothing
                                                                 : Found::kUnknown;
  }
  struct stat found;
  const bool is_found = ::fstatat(parent, move.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
  const int error_number = errno;
  ::close(parent);
  if (is_found) return move.entry->Fits(found) ? Found::kAsListed : Found::kOther;
  return error_number == ENOENT ? Found::kNothing : Found::kUnknown;
}

// Where it stops somebody must settle what was moved by then.
Outcome MoveEach(const std::vector<Move>& moves, int from, int to, const char* journal) {
  Outcome outcome;
  for (; outcome.at < moves.size(); ++outcome.at) {
    outcome.error_number = MoveOne(moves[outcome.at], from, to);
    if (outcome.error_number != 0) return outcome;
  }
  if (::syncfs(to) != 0 && errno != ENOSYS) {
    outcome.error_number = errno;
    return outcome;
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

using Listed = std::map<std::string_view, const JournalEntry*>;

// Takes back what was moved, where all of it is as it came.
class Settlement {
 public:
  Settlement(const std::string& from, const std::string& to, const MoveJournal& journal,
             const Beneath& source, const Beneath& target)
      : from_(from),
        to_(to),
        moves_(MovesOf(journal)),
        source_(source.folder().fd()),
        target_(target.folder().fd()) {
    for (const JournalEntry& entry : journal) listed_.emplace(entry.path, &entry);
  }

  // The path of the first that had to stay, or nothing. `is_whole`: where all of it has come, it is
  // a merge that was finished.
  std::optional<std::string> Run(bool is_whole) {
    const auto has_come = [&](const Move& move) { return Look(move, source_) == Found::kNothing; };
    if (is_whole && std::all_of(moves_.begin(), moves_.end(), has_come)) return {};
    std::optional<std::string> stayed;
    for (const Move& move : moves_) {
      if (!TakeBack(move) && !stayed) stayed = move.entry->path;
    }
    return stayed;
  }

 private:
  // False where it had to stay in the one folder or the other.
  bool TakeBack(const Move& move) {
    const Found there = Look(move, target_);
    switch (Look(move, source_)) {
      case Found::kAsListed:
        // It never came; or it came back, or was linked only, where a rename is two steps.
        if (there == Found::kAsListed) return RemoveTwin(move);
        return there != Found::kUnknown && IsAsItCame(from_, move);
      case Found::kNothing:
        break;
      default:
        return false;
    }
    if (there == Found::kNothing) return true;  // taken away by hand
    if (there != Found::kAsListed || !IsAsItCame(to_, move)) return false;
    if (MoveOne(move, target_, source_) != 0) return false;
    if (Look(move, source_) == Found::kAsListed && IsAsItCame(from_, move)) return true;
    MoveOne(move, source_, target_);  // changed in between: it is somebody's
    return false;
  }

  bool RemoveTwin(const Move& move) {
    const FileHandle parent(OpenBeneath(target_, move.folder.c_str(), O_PATH | O_CLOEXEC));
    return parent.is_open() && !move.entry->is_folder &&
           ::unlinkat(parent.fd(), move.name.c_str(), 0) == 0;
  }

  // Of a folder, that nothing lies in it that is not listed, or not as it is listed. A file was
  // looked at.
  bool IsAsItCame(const std::string& root, const Move& move) const {
    if (!move.entry->is_folder) return true;
    std::error_code error;
    for (fs::recursive_directory_iterator it(fs::path(root) / move.entry->path, error), end;
         !error && it != end; it.increment(error)) {
      struct stat found;
      const auto entry = listed_.find(it->path().lexically_relative(root).string());
      if (entry == listed_.end() || ::lstat(it->path().c_str(), &found) != 0 ||
          !entry->second->Fits(found)) {
        return false;
      }
    }
    return !error;
  }

  const std::string &from_, &to_;
  const std::vector<Move> moves_;
  const int source_, target_;
  Listed listed_;
};

Status Settle(const std::string& from, const std::string& to, const MoveJournal& journal,
              const std::string& path, bool is_whole) {
  WL_TRY(const Beneath source, Beneath::Open(from));
  WL_TRY(const Beneath target, Beneath::Open(to));
  const auto stayed = Settlement(from, to, journal, source, target).Run(is_whole);
  if (!stayed) {
    ::unlink(path.c_str());
    return {};
  }
  return Error(
      Code::kConflict,
      fmt::format("a run that was stopped brought this or was about to, and it was changed "
                  "since, or cannot be moved: nothing of it is removed. The rest lies in "
                  "{}; take from there what is yours, and remove that folder",
                  fs::path(path).parent_path().string()),
      kNoOffset, to + "/" + *stayed);
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
  WL_CHECKED(WriteJournal(journal, to, listed));
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
  Status settled = Settle(from, to, listed, journal, /*is_whole=*/false);
  // What stopped the moves may have stopped this too, and be over.
  if (!settled) settled = Settle(from, to, listed, journal, /*is_whole=*/false);
  if (outcome) {
    const bool is_at_move = outcome->at < paths.size();
    return Stopped(*outcome, is_at_move ? to + "/" + paths[outcome->at] : to, settled);
  }
  WL_CHECKED(std::move(settled));
  return Error(Code::kIo, "the process that moves the files was killed", kNoOffset, to);
}

Status SettleMoves(const std::string& from, const std::string& to, const std::string& journal) {
  WL_TRY(const auto listed, ReadJournal(journal, to));
  std::error_code ignored;
  if (!listed || !fs::exists(fs::symlink_status(from, ignored))) return {};
  return Settle(from, to, *listed, journal, /*is_whole=*/true);
}

}  // namespace weighlock

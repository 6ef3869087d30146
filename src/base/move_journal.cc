// Read whole and strictly: a list that is not understood to its end is no reason to move anything.
#include "base/move_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/file.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kForm = "weighlock moves 3";
constexpr std::string_view kAnyForm = "weighlock moves ";

Result<JournalEntry> Look(const std::string& from, const std::string& path, bool is_move) {
  struct stat st;
  if (::lstat((from + "/" + path).c_str(), &st) != 0) {
    return SystemError(errno, "cannot look at what is to be moved", path);
  }
  if (S_ISDIR(st.st_mode)) return JournalEntry{path, is_move, true, st.st_ino, 0, 0, 0};
  return JournalEntry{path,
                      is_move,
                      false,
                      st.st_ino,
                      static_cast<uint64_t>(st.st_size),
                      st.st_mtim.tv_sec,
                      st.st_mtim.tv_nsec};
}

// Which folder holds the journal, when it was made (or, where a file system does not know that,
// last changed), and to which folder the moves go.
Result<std::string> FoldersLine(const std::string& journal, const std::string& to) {
  const std::string folder = fs::path(journal).parent_path().string();
  struct statx own, other;
  if (::statx(AT_FDCWD, folder.c_str(), 0, STATX_BASIC_STATS | STATX_BTIME, &own) != 0) {
    return SystemError(errno, "cannot look at the folder", folder);
  }
  if (::statx(AT_FDCWD, to.c_str(), 0, STATX_BASIC_STATS, &other) != 0) {
    return SystemError(errno, "cannot look at the folder", to);
  }
  const statx_timestamp& time = (own.stx_mask & STATX_BTIME) != 0 ? own.stx_btime : own.stx_ctime;
  return fmt::format("{} {} {} {}", own.stx_ino, time.tv_sec, time.tv_nsec, other.stx_ino);
}

// Nothing where it is no such line.
std::optional<JournalEntry> ReadEntry(std::string_view line) {
  if (line.size() < 4 || line[1] != ' ' || line[3] != ' ') return {};
  JournalEntry entry{{}, line[0] == 'm', line[2] == 'd', 0, 0, 0, 0};
  line.remove_prefix(4);
  const auto number = [&line](auto& value) {
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return false;
    line.remove_prefix(static_cast<size_t>(end - line.data()) + 1);
    return true;
  };
  if (!number(entry.inode) || !number(entry.size) || !number(entry.seconds) ||
      !number(entry.nanoseconds) || line.empty()) {
    return {};
  }
  entry.path = line;
  return entry;
}

}  // namespace

bool JournalEntry::Fits(const struct stat& found) const {
  if (found.st_ino != inode || S_ISDIR(found.st_mode) != is_folder) return false;
  return is_folder || (static_cast<uint64_t>(found.st_size) == size &&
                       found.st_mtim.tv_sec == seconds && found.st_mtim.tv_nsec == nanoseconds);
}

Result<MoveJournal> ListMoves(const std::string& from, const std::vector<std::string>& paths) {
  MoveJournal journal;
  for (const std::string& path : paths) {
    WL_TRY(JournalEntry entry, Look(from, path, /*is_move=*/true));
    journal.push_back(std::move(entry));
    if (!journal.back().is_folder) continue;
    std::error_code error;
    for (fs::recursive_directory_iterator it(fs::path(from) / path, error), end;
         !error && it != end; it.increment(error)) {
      const std::string inner = it->path().lexically_relative(from).string();
      WL_TRY(JournalEntry found, Look(from, inner, /*is_move=*/false));
      journal.push_back(std::move(found));
    }
    if (error) return SystemError(error.value(), "cannot list what is to be moved", path);
  }
  return journal;
}

Status WriteJournal(const std::string& path, const std::string& to, const MoveJournal& journal) {
  const FileHandle file(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!file.is_open()) return SystemError(errno, "cannot write", path);
  const auto write = [&]() -> Status {
    WL_TRY(const std::string folders, FoldersLine(path, to));
    std::string text = fmt::format("{}\n{}\n", kForm, folders);
    for (const JournalEntry& entry : journal) {
      text += fmt::format("{} {} {} {} {} {} {}\n", entry.is_move ? 'm' : '-',
                          entry.is_folder ? 'd' : 'f', entry.inode, entry.size, entry.seconds,
                          entry.nanoseconds, entry.path);
    }
    text += fmt::format("end {}\n", journal.size());
    WL_CHECKED(WriteExactly(file, 0, AsBytes(text)).In(path));
    if (::fsync(file.fd()) != 0) return SystemError(errno, "cannot sync", path);
    return {};
  };
  Status written = write();
  if (!written) ::unlink(path.c_str());
  return written;
}

bool HasJournal(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  return !file ? errno != ENOENT : std::getline(file, line) && line.starts_with(kAnyForm);
}

Result<std::optional<MoveJournal>> ReadJournal(const std::string& path, const std::string& to) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::optional<MoveJournal>();
  if (!file.is_open()) return SystemError(errno, "cannot read the list of moves", path);
  WL_TRY(const uint64_t size, FileSize(file));
  constexpr uint64_t kMost = uint64_t{1} << 30;
  if (size > kMost) return Error(Code::kLimit, "a list of moves of more than a GiB", 0, path);
  ByteVector bytes(static_cast<size_t>(size));
  WL_CHECKED(ReadExactly(file, 0, bytes).In(path));
  std::string_view text = AsText(bytes);
  const auto take_line = [&text] {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
  };
  const auto refuse = [&](std::string_view why) {
    return Error(Code::kConflict,
                 fmt::format("{}: look at what lies beside it, and remove the folder", why),
                 kNoOffset, path);
  };
  const size_t last = text.substr(0, text.size() - std::min<size_t>(text.size(), 1)).rfind('\n');
  const bool is_finished = text.ends_with('\n') && last != std::string_view::npos &&
                           text.substr(last + 1).starts_with("end ");
  if (!is_finished) return std::optional<MoveJournal>();
  const std::string_view form = take_line();
  if (form != kForm && form.starts_with(kAnyForm)) return refuse("a list of moves of another form");
  if (form != kForm) return std::optional<MoveJournal>();
  WL_TRY(const std::string folders, FoldersLine(path, to));
  struct stat own;
  const bool is_ours = ::fstat(file.fd(), &own) == 0 && own.st_uid == ::geteuid();
  if (!is_ours || take_line() != folders) {
    return refuse("a list of moves that was not written where it lies, or for another folder");
  }
  MoveJournal journal;
  for (std::string_view line = take_line(); !line.starts_with("end "); line = take_line()) {
    auto entry = ReadEntry(line);
    if (!entry) return refuse("a list of moves with a line that is none");
    journal.push_back(*std::move(entry));
  }
  return std::optional<MoveJournal>(std::move(journal));
}

}  // namespace weighlock

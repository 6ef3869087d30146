#include "base/move_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/file.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kForm = "weighlock moves 2";

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

// Which folder it is that holds the journal, and its last change.
Result<std::string> FolderLine(const std::string& journal) {
  const std::string folder = fs::path(journal).parent_path().string();
  struct stat st;
  if (::stat(folder.c_str(), &st) != 0) {
    return SystemError(errno, "cannot look at the folder", folder);
  }
  return fmt::format("{} {} {}", st.st_ino, static_cast<int64_t>(st.st_ctim.tv_sec),
                     static_cast<int64_t>(st.st_ctim.tv_nsec));
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

Status WriteJournal(const std::string& path, const MoveJournal& journal) {
  const FileHandle file(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!file.is_open()) return SystemError(errno, "cannot write", path);
  WL_TRY(const std::string folder, FolderLine(path));
  std::string text = fmt::format("{}\n{}\n", kForm, folder);
  for (const JournalEntry& entry : journal) {
    text += fmt::format("{} {} {} {} {} {} {}\n", entry.is_move ? 'm' : '-',
                        entry.is_folder ? 'd' : 'f', entry.inode, entry.size, entry.seconds,
                        entry.nanoseconds, entry.path);
  }
  WL_CHECKED(WriteExactly(file, 0, AsBytes(text)).In(path));
  if (::fsync(file.fd()) != 0) return SystemError(errno, "cannot sync", path);
  return {};
}

Result<std::optional<MoveJournal>> ReadJournal(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line) || line != kForm) return std::optional<MoveJournal>();
  WL_TRY(const std::string folder, FolderLine(path));
  if (!std::getline(file, line) || line != folder) {
    return Error(Code::kConflict, "this list of moves was not written where it lies", kNoOffset,
                 path);
  }
  MoveJournal journal;
  while (std::getline(file, line)) {
    auto entry = ReadEntry(line);
    if (entry) journal.push_back(*std::move(entry));
  }
  return std::optional<MoveJournal>(std::move(journal));
}

}  // namespace weighlock

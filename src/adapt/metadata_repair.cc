// An undo record first, then the header, then the proof, then the record goes.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "adapt/write_weights.h"
#include "base/escape.h"
#include "base/staging.h"
#include "format/safetensors/safetensors_reader.h"
#include "format/safetensors/safetensors_writer.h"
#include "weighlock/metadata.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUndoMagic = "weighlock undo 1\n";
constexpr uint64_t kMostGrowth = uint64_t{1} << 30;

// Writes through signals: what has begun here must end, or be undone.
Status PutAll(const FileHandle& file, uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return SystemError(errno, "cannot write the header", {});
    offset += static_cast<uint64_t>(n);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  if (::fdatasync(file.fd()) != 0) return SystemError(errno, "cannot sync", {});
  return {};
}

Status SyncFolderOf(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const FileHandle handle(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.is_open() && ::fsync(handle.fd()) == 0) return {};
  return SystemError(errno, "cannot sync the folder of", path);
}

// What the file was: its size, what is to be inserted, and its first bytes.
struct Undo {
  uint64_t size = 0;
  uint64_t growth = 0;
  ByteVector head;
};

class Repair {
 public:
  Repair(std::string path, const Limits& limits) : path_(std::move(path)), limits_(limits) {
    const fs::path p(path_);
    undo_path_ =
        (p.parent_path() / fmt::format(".{}.weighlock-undo", p.filename().string())).string();
  }

  Result<RepairReport> Run(const SafetensorsMetadata& changes) {
    WL_CHECKED(Open());
    if (fs::exists(undo_path_)) WL_CHECKED(Recover());
    WL_TRY(const ByteSource source, ByteSource::OpenFile(path_, path_));
    WL_TRY(const ByteVector start, source.Head(16));
    if (!LooksLikeSafetensors(start)) {
      return Error(Code::kUnsupported, "metadata is set in safetensors files only", kNoOffset,
                   path_);
    }
    WL_TRY(const Model model, Result<Model>(ReadSafetensors(source, limits_)).In(path_));
    SafetensorsMetadata metadata(model.metadata.begin(), model.metadata.end());
    for (const auto& [key, value] : changes) metadata[key] = value;
    if (metadata == SafetensorsMetadata(model.metadata.begin(), model.metadata.end())) {
      WL_TRY(const uint64_t old_size, HeaderSize(source));
      return RepairReport{RepairWay::kUnchanged, old_size};
    }
    WL_TRY(const uint64_t old_size, HeaderSize(source));
    WL_TRY(std::string header, SafetensorsHeader(model.tensors, 8 + old_size, metadata));
    Undo undo{source.size(), 0, {}};
    if (header.size() > old_size) {
      const uint64_t missing = header.size() - old_size;
      undo.growth = (missing + block_ - 1) / block_ * block_;
    }
    header.resize(old_size + undo.growth, ' ');
    WL_TRY(undo.head, source.Read(0, 8 + old_size));
    WL_CHECKED(WriteUndo(undo));
    if (undo.growth > 0 && !Insert(undo.growth)) {
      WL_CHECKED(ForgetUndo());
      return Rewrite(model, source, metadata);
    }
    Status done = PutHeader(header);
    if (done) done = Prove(model, undo.growth, metadata);
    if (!done) {
      WL_CHECKED(Recover());
      return std::move(done).error().In(path_);
    }
    WL_CHECKED(ForgetUndo());
    return RepairReport{undo.growth > 0 ? RepairWay::kInserted : RepairWay::kInPlace,
                        header.size()};
  }

 private:
  Status Open() {
    file_ = FileHandle(::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!file_.is_open()) return SystemError(errno, "cannot open for writing", path_);
    struct stat st;
    if (::fstat(file_.fd(), &st) != 0) return SystemError(errno, "cannot stat", path_);
    if (!S_ISREG(st.st_mode)) {
      return Error(Code::kUnsupported, "wanted a regular file", kNoOffset, path_);
    }
    block_ = std::max<uint64_t>(static_cast<uint64_t>(st.st_blksize), 4096);
    mode_ = st.st_mode & 07777;
    if (::flock(file_.fd(), LOCK_EX | LOCK_NB) == 0) return {};
    return Error(Code::kConflict, "another program is changing it", kNoOffset, path_);
  }

  static Result<uint64_t> HeaderSize(const ByteSource& source) {
    WL_TRY(const ByteVector size, source.Read(0, 8));
    return LoadLe<uint64_t>(size);
  }

  // True: `growth` zeros stand before the file's first byte now.
  bool Insert(uint64_t growth) {
    return growth <= kMostGrowth &&
           ::fallocate(file_.fd(), FALLOC_FL_INSERT_RANGE, 0, static_cast<off_t>(growth)) == 0;
  }

  Status PutHeader(const std::string& header) {
    ByteVector head;
    AppendLe(head, static_cast<uint64_t>(header.size()));
    Append(head, header);
    return PutAll(file_, 0, head);
  }

  // The same tensors, `growth` bytes further on, and the metadata that was asked for.
  Status Prove(const Model& old, uint64_t growth, const SafetensorsMetadata& metadata) const {
    WL_TRY(const ByteSource source, ByteSource::OpenFile(path_, path_));
    WL_TRY(const Model now, ReadSafetensors(source, limits_));
    bool same = now.tensors.size() == old.tensors.size() &&
                SafetensorsMetadata(now.metadata.begin(), now.metadata.end()) == metadata;
    for (size_t i = 0; same && i < old.tensors.size(); ++i) {
      const Tensor &a = old.tensors[i], &b = now.tensors[i];
      same = a.name == b.name && a.dtype == b.dtype && a.shape == b.shape &&
             a.data.size == b.data.size && a.data.offset + growth == b.data.offset;
    }
    if (same) return {};
    return Error(Code::kMismatch, "proof: the new header does not say what the old one did");
  }

  Status WriteUndo(const Undo& undo) const {
    ByteVector bytes;
    Append(bytes, kUndoMagic);
    AppendLe(bytes, undo.size);
    AppendLe(bytes, undo.growth);
    AppendLe(bytes, static_cast<uint64_t>(undo.head.size()));
    Append(bytes, undo.head);
    WL_TRY(StagedFile staged, StagedFile::Create(undo_path_));
    WL_CHECKED(PutAll(staged.file(), 0, bytes));
    return std::move(staged).Commit(Durability::kPowerCut);
  }

  Status ForgetUndo() const {
    if (::unlink(undo_path_.c_str()) != 0) return SystemError(errno, "cannot remove", undo_path_);
    return SyncFolderOf(path_);
  }

  // Puts back what a repair that did not end has changed.
  Status Recover() {
    WL_TRY(const ByteSource record, ByteSource::OpenFile(undo_path_, undo_path_));
    const uint64_t fixed = kUndoMagic.size() + 24;
    if (record.size() < fixed || record.size() > fixed + 8 + limits_.safetensors_header) {
      return Error(Code::kMalformed, "no undo record of ours; remove it if the file is whole",
                   kNoOffset, undo_path_);
    }
    WL_TRY(const ByteVector bytes, record.Read(0, record.size()));
    const Bytes numbers = Bytes(bytes).subspan(kUndoMagic.size());
    const auto size = LoadLe<uint64_t>(numbers), growth = LoadLe<uint64_t>(numbers.subspan(8));
    const Bytes head = Bytes(bytes).subspan(fixed);
    if (AsText(bytes).substr(0, kUndoMagic.size()) != kUndoMagic ||
        LoadLe<uint64_t>(numbers.subspan(16)) != head.size() || growth > kMostGrowth) {
      return Error(Code::kMalformed, "no undo record of ours; remove it if the file is whole",
                   kNoOffset, undo_path_);
    }
    WL_TRY(uint64_t now, FileSize(file_));
    if (growth > 0 && now == size + growth) {
      if (::fallocate(file_.fd(), FALLOC_FL_COLLAPSE_RANGE, 0, static_cast<off_t>(growth)) != 0) {
        return SystemError(errno, "cannot undo an earlier repair", path_);
      }
      now = size;
    }
    if (now != size) {
      return Error(
          Code::kMismatch,
          fmt::format("an undo record beside it is of a file of {} bytes, it has {}", size, now),
          kNoOffset, path_);
    }
    WL_CHECKED(PutAll(file_, 0, head).In(path_));
    return ForgetUndo();
  }

  // A copy under another name, which then takes the file's place.
  Result<RepairReport> Rewrite(const Model& model, const ByteSource& source,
                               const SafetensorsMetadata& metadata) const {
    const fs::path p(path_);
    const std::string name = fmt::format(".{}.weighlock-new", p.filename().string());
    const std::string copy = (p.parent_path() / name).string();
    ::unlink(copy.c_str());  // of a repair that died: the lock says that no other is at work
    WL_TRY(StagedFile staged, StagedFile::Create(copy));
    TensorList list;
    WL_CHECKED(AddTensors(model, source, limits_, list));
    list.aliases.clear();  // the metadata goes on saying what was removed
    list.metadata = metadata;
    ConvertOptions options;
    options.limits = limits_;
    ConvertReport ignored;
    WL_TRY([[maybe_unused]] const auto crcs,
           WriteWeights(list, WeightsForm::kSafetensors, staged.file(), path_, path_, options,
                        ignored));
    ::fchmod(staged.file().fd(), mode_);
    WL_CHECKED(std::move(staged).Commit(Durability::kPowerCut));
    if (::rename(copy.c_str(), path_.c_str()) != 0) {
      return SystemError(errno, "cannot put the new file in place of", path_);
    }
    WL_CHECKED(SyncFolderOf(path_));
    WL_TRY(const ByteSource now, ByteSource::OpenFile(path_, path_));
    WL_TRY(const uint64_t header_bytes, HeaderSize(now));
    return RepairReport{RepairWay::kRewritten, header_bytes};
  }

  std::string path_, undo_path_;
  const Limits& limits_;
  FileHandle file_;
  uint64_t block_ = 4096;
  mode_t mode_ = 0644;
};

}  // namespace

Result<RepairReport> SetMetadata(const std::string& path,
                                 const std::map<std::string, std::string>& metadata,
                                 const Limits& limits) {
  for (const auto& [key, value] : metadata) {
    if (IsUtf8(key) && IsUtf8(value) && !key.empty()) continue;
    return Error(Code::kUsage, fmt::format("metadata {} is not UTF-8, or has no key", Quote(key)));
  }
  return Repair(path, limits).Run(metadata);
}

}  // namespace weighlock

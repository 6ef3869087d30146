// Data first, in parallel: read, checksum, write, read back, compare. Then what depends on it.
#include "adapt/layout_writer.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "base/threads.h"
#include "codec/crc32.h"

namespace weighlock {
namespace {

// Small enough that a block read, written and read back stays in a core's cache; large enough that
// the threads seldom meet at the file's write lock.
constexpr size_t kBlock = size_t{1} << 20;
// What one thread takes at a time where tensors may be cut.
constexpr uint64_t kTask = uint64_t{8} << 20;

// A run of one tensor's bytes.
struct Task {
  size_t tensor;
  uint64_t begin, size;  // in the tensor's data
  uint64_t output;       // where it goes in the file
  uint32_t crc = 0;      // of this run, when done
};

class ParallelCopy {
 public:
  ParallelCopy(const Layout& layout, const TensorList& list, const FileHandle& out,
               const LayoutWriteOptions& options)
      : list_(list),
        out_(out),
        progress_(options.progress),
        needs_crcs_(layout.needs_crcs || !list.checksums.empty()) {
    const bool digests = options.digests;
    if (digests) digests_.resize(list.tensors.size());
    for (const Piece& piece : layout.pieces) {
      if (piece.tensor >= 0) Cut(piece);
    }
    order_.resize(tasks_.size());
    for (size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    // The largest first, so that no thread is left alone with one at the end.
    if (digests) {
      std::stable_sort(order_.begin(), order_.end(),
                       [&](size_t a, size_t b) { return tasks_[a].size > tasks_[b].size; });
      for (size_t i = 0; i < list.tensors.size(); ++i) {
        if (list.tensors[i].data.size == 0) digests_[i] = Sha256().Finish();
      }
    }
  }

  Status Run(unsigned threads) {
    {
      std::vector<std::jthread> helpers;
      const size_t useful = std::min<size_t>(threads, tasks_.size());
      if (useful > 1) StartThreads(helpers, useful - 1, [this] { Work(); });
      Work();
    }
    if (error_) return std::move(*error_);
    return {};
  }

  // CRC-32 by tensor.
  std::vector<uint32_t> Crcs() const {
    std::vector<uint32_t> crcs(list_.tensors.size(), 0);
    for (const Task& task : tasks_) {
      crcs[task.tensor] = Crc32Combine(crcs[task.tensor], task.crc, task.size);
    }
    return crcs;
  }

  std::vector<Digest> TakeDigests() && { return std::move(digests_); }

 private:
  // A digest needs its tensor in one run.
  void Cut(const Piece& piece) {
    const auto tensor = static_cast<size_t>(piece.tensor);
    const uint64_t step = digests_.empty() ? kTask : piece.size;
    for (uint64_t begin = 0; begin < piece.size; begin += step) {
      tasks_.push_back({tensor, begin, std::min(step, piece.size - begin), piece.offset + begin});
    }
  }

  void Work() {
    ByteVector block(kBlock), reread;
    Sha256 sha;
    while (true) {
      const size_t next = next_.fetch_add(1);
      if (next >= tasks_.size() || failed_.load()) return;
      Task& task = tasks_[order_[next]];
      Status status = Copy(task, block, reread, sha);
      if (status) continue;
      std::lock_guard lock(mutex_);
      failed_.store(true);
      if (!error_) error_ = std::move(status).error();
    }
  }

  Status Copy(Task& task, ByteVector& block, ByteVector& reread, Sha256& sha) {
    const ByteSource& file = list_.files[task.tensor];
    const uint64_t source = list_.tensors[task.tensor].data.offset + task.begin;
    for (uint64_t done = 0; done < task.size;) {
      const auto count = static_cast<size_t>(std::min<uint64_t>(kBlock, task.size - done));
      const MutableBytes bytes = MutableBytes(block).first(count);
      Status read = file.ReadAt(source + done, bytes);
      if (!read) return std::move(read).error().In(file.name());
      if (needs_crcs_) task.crc = Crc32(task.crc, bytes);
      if (!digests_.empty()) sha.Update(bytes);
      WL_CHECKED(WriteCompared(out_, task.output + done, bytes, reread));
      done += count;
      if (progress_ != nullptr) progress_->Add(count);
    }
    if (!digests_.empty()) digests_[task.tensor] = sha.Finish();
    return {};
  }

  const TensorList& list_;
  const FileHandle& out_;
  Progress* const progress_;
  const bool needs_crcs_;
  std::vector<Task> tasks_;
  std::vector<size_t> order_;
  std::vector<Digest> digests_;

  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace

Result<LayoutChecksums> WriteLayout(const Layout& layout, const TensorList& list,
                                    const FileHandle& out, const LayoutWriteOptions& options) {
  ParallelCopy copy(layout, list, out, options);
  WL_CHECKED(copy.Run(options.threads));
  std::vector<uint32_t> crcs = copy.Crcs();
  ByteVector reread;
  for (const Piece& piece : layout.pieces) {
    WL_CHECKED(WriteCompared(out, piece.offset, piece.literal, reread));
    if (piece.late) WL_CHECKED(WriteCompared(out, piece.offset, piece.late(crcs), reread));
  }
  return LayoutChecksums{std::move(crcs), std::move(copy).TakeDigests()};
}

}  // namespace weighlock

// A pool of threads; chunks are packed in any order and placed in theirs.
#include "container/gzip/gzip_writer.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/threads.h"
#include "codec/crc32.h"
#include "codec/deflate.h"
#include "codec/deflate_replay.h"

namespace weighlock {
namespace {

constexpr size_t kChunkSize = size_t{512} << 10;

// RFC 1952 §2.3: magic, method 8, no flags, no time, XFL 4 (fastest), OS 255 (unknown).
constexpr std::array<uint8_t, 10> kHeader = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 255};

// A part of a chunk that the thread which packs it is to read: `size` bytes of `source` from
// `offset`, to stand at `at` in the chunk.
struct Unread {
  ByteSource source;
  uint64_t offset;
  size_t at, size;
};

struct Chunk {
  uint64_t index = 0;
  ByteVector buffer = ByteVector(kChunkSize);
  size_t size = 0;  // of the buffer's bytes, those that are the chunk's
  std::vector<Unread> unread;

  size_t room() const { return buffer.size() - size; }
  Bytes plain() const { return Bytes(buffer).first(size); }
};

}  // namespace

class GzipWriter::Pool {
 public:
  Pool(const FileHandle& file, unsigned threads) : file_(file), most_waiting_(threads + 1) {
    offset_ = kHeader.size();
    StartThreads(threads_, threads, [this] { Work(); });
    if (threads_.empty()) error_.emplace(Code::kIo, "the system has no thread left to pack with");
  }

  ~Pool() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      if (!error_) error_.emplace(Code::kInterrupted, "abandoned");
    }
    changed_.notify_all();
  }

  Status Write(Bytes bytes) {
    while (!bytes.empty()) {
      const size_t count = std::min(bytes.size(), filling_.room());
      std::copy_n(bytes.begin(), count, filling_.buffer.begin() + Difference(filling_.size));
      bytes = bytes.subspan(count);
      WL_CHECKED(Filled(count));
    }
    return {};
  }

  Status WriteFrom(const ByteSource& source, Progress* progress) {
    for (uint64_t offset = 0; offset < source.size();) {
      const auto count =
          static_cast<size_t>(std::min<uint64_t>(filling_.room(), source.size() - offset));
      filling_.unread.push_back({source, offset, filling_.size, count});
      offset += count;
      if (progress != nullptr) progress->Add(count);
      WL_CHECKED(Filled(count));
    }
    return {};
  }

  Result<uint64_t> Finish() {
    if (filling_.size > 0) WL_CHECKED(Submit());
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return done_ == submitted_ || error_; });
    if (error_) return TakeError();
    ByteVector end;
    Append(end, DeflateEnd());
    AppendLe(end, crc_);
    AppendLe(end, static_cast<uint32_t>(size_));
    ByteVector reread;
    WL_CHECKED(WriteCompared(file_, 0, std::as_bytes(std::span(kHeader)), reread));
    WL_CHECKED(WriteCompared(file_, offset_, end, reread));
    return offset_ + end.size();
  }

 private:
  static ptrdiff_t Difference(size_t count) { return static_cast<ptrdiff_t>(count); }

  // `count` more bytes of the chunk have been said.
  Status Filled(size_t count) {
    filling_.size += count;
    return filling_.room() == 0 ? Submit() : Status();
  }

  Error TakeError() {
    return Error(error_->code(), error_->what(), error_->offset(), error_->where());
  }

  Status Submit() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < most_waiting_ || error_; });
    if (error_) return TakeError();
    filling_.index = submitted_++;
    waiting_.push_back(std::move(filling_));
    changed_.notify_all();
    if (spare_.empty()) {
      filling_ = Chunk();
    } else {
      filling_ = std::move(spare_.back());
      spare_.pop_back();
    }
    return {};
  }

  void Work() {
    ChunkDeflater deflater;
    DeflateReplay replay;
    ByteVector packed, reread;
    while (auto chunk = NextChunk()) {
      Status status = ReadRest(*chunk);
      if (status) {
        deflater.Pack(chunk->plain(), packed);
        const auto offset = Place(*chunk, packed.size());
        if (!offset) return;
        status = WriteExactly(file_, *offset, packed);
        if (status) status = Verify(*chunk, *offset, packed.size(), replay, reread);
      }
      std::lock_guard lock(mutex_);
      if (!status && !error_) error_ = std::move(status).error();
      ++done_;
      chunk->size = 0;
      chunk->unread.clear();
      spare_.push_back(*std::move(chunk));
      changed_.notify_all();
    }
  }

  static Status ReadRest(Chunk& chunk) {
    for (const Unread& part : chunk.unread) {
      const MutableBytes to = MutableBytes(chunk.buffer).subspan(part.at, part.size);
      Status read = part.source.ReadAt(part.offset, to);
      if (!read) return std::move(read).error().In(part.source.name());
    }
    return {};
  }

  std::optional<Chunk> NextChunk() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !waiting_.empty() || closed_ || error_; });
    if (error_ || waiting_.empty()) return std::nullopt;
    Chunk chunk = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    return chunk;
  }

  // Waits until all chunks before this one have their place, and returns ours.
  std::optional<uint64_t> Place(const Chunk& chunk, size_t packed_size) {
    const uint32_t crc = Crc32(0, chunk.plain());
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return placed_ == chunk.index || error_; });
    if (error_) return std::nullopt;
    const uint64_t offset = offset_;
    offset_ += packed_size;
    crc_ = Crc32Combine(crc_, crc, chunk.size);
    size_ += chunk.size;
    ++placed_;
    changed_.notify_all();
    return offset;
  }

  Status Verify(const Chunk& chunk, uint64_t offset, size_t packed_size, DeflateReplay& replay,
                ByteVector& reread) {
    const Bytes end = DeflateEnd();
    reread.resize(packed_size + end.size());
    WL_CHECKED(ReadExactly(file_, offset, MutableBytes(reread).first(packed_size)));
    std::copy(end.begin(), end.end(), reread.end() - static_cast<ptrdiff_t>(end.size()));
    if (!replay.UnpacksTo(reread, chunk.plain())) {
      return Error(Code::kMismatch, "what was written does not unpack to what was packed", offset);
    }
    StartWriteback(file_, offset, packed_size);
    return {};
  }

  const FileHandle& file_;
  const size_t most_waiting_;
  Chunk filling_;  // the one that Write is at

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Chunk> waiting_;
  std::vector<Chunk> spare_;
  uint64_t submitted_ = 0, placed_ = 0, done_ = 0;  // chunks
  uint64_t offset_;                                 // where the next chunk goes, in bytes
  uint32_t crc_ = 0;                                // of the content placed so far
  uint64_t size_ = 0;
  bool closed_ = false;
  std::optional<Error> error_;

  std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

GzipWriter::GzipWriter(const FileHandle& file, unsigned threads)
    : pool_(std::make_unique<Pool>(file, threads)) {}
GzipWriter::~GzipWriter() = default;

Status GzipWriter::Write(Bytes bytes) {
  return pool_->Write(bytes);
}
Status GzipWriter::WriteFrom(const ByteSource& source, Progress* progress) {
  return pool_->WriteFrom(source, progress);
}
Result<uint64_t> GzipWriter::Finish() {
  return pool_->Finish();
}

}  // namespace weighlock

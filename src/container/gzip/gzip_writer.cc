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

struct Chunk {
  uint64_t index;
  ByteVector plain;
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
      const size_t count = std::min(bytes.size(), kChunkSize - filling_.size());
      Append(filling_, bytes.first(count));
      bytes = bytes.subspan(count);
      if (filling_.size() == kChunkSize) WL_CHECKED(Submit());
    }
    return {};
  }

  Result<uint64_t> Finish() {
    if (!filling_.empty()) WL_CHECKED(Submit());
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
  Error TakeError() {
    return Error(error_->code(), error_->what(), error_->offset(), error_->where());
  }

  Status Submit() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < most_waiting_ || error_; });
    if (error_) return TakeError();
    waiting_.push_back({submitted_++, std::move(filling_)});
    changed_.notify_all();
    filling_ = {};
    if (!spare_.empty()) {
      filling_ = std::move(spare_.back());
      spare_.pop_back();
    }
    filling_.clear();
    filling_.reserve(kChunkSize);
    return {};
  }

  void Work() {
    ChunkDeflater deflater;
    DeflateReplay replay;
    ByteVector packed, reread;
    while (auto chunk = NextChunk()) {
      deflater.Pack(chunk->plain, packed);
      const auto offset = Place(*chunk, packed.size());
      if (!offset) return;
      Status status = WriteExactly(file_, *offset, packed);
      if (status) status = Verify(*chunk, *offset, packed.size(), replay, reread);
      std::lock_guard lock(mutex_);
      if (!status && !error_) error_ = std::move(status).error();
      ++done_;
      spare_.push_back(std::move(chunk->plain));
      changed_.notify_all();
    }
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
    const uint32_t crc = Crc32(0, chunk.plain);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return placed_ == chunk.index || error_; });
    if (error_) return std::nullopt;
    const uint64_t offset = offset_;
    offset_ += packed_size;
    crc_ = Crc32Combine(crc_, crc, chunk.plain.size());
    size_ += chunk.plain.size();
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
    if (!replay.UnpacksTo(reread, chunk.plain)) {
      return Error(Code::kMismatch, "what was written does not unpack to what was packed", offset);
    }
    StartWriteback(file_, offset, packed_size);
    return {};
  }

  const FileHandle& file_;
  const size_t most_waiting_;
  ByteVector filling_;  // the chunk that Write is at

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Chunk> waiting_;
  std::vector<ByteVector> spare_;
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
Result<uint64_t> GzipWriter::Finish() {
  return pool_->Finish();
}

}  // namespace weighlock

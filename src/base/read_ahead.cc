// One producer, one consumer, a bounded queue of blocks between them.
#include "base/read_ahead.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/threads.h"

namespace weighlock {
namespace {

class ReadAheadStream : public ByteStream {
 public:
  explicit ReadAheadStream(std::unique_ptr<ByteStream> inner) : inner_(std::move(inner)) {
    StartThreads(thread_, 1, [this](std::stop_token stop) { Produce(stop); });
  }

  ~ReadAheadStream() override {
    {
      std::lock_guard lock(mutex_);  // between the producer's look and its sleep there is no gap
      for (std::jthread& thread : thread_) thread.request_stop();
    }
    changed_.notify_all();
  }

  Result<size_t> Read(MutableBytes out) override {
    if (out.empty()) return size_t{0};
    if (thread_.empty()) return inner_->Read(out);
    if (position_ == current_.size() && !NextBlock()) {
      if (error_) return Error(error_->code(), error_->what(), error_->offset(), error_->where());
      return size_t{0};
    }
    const size_t count = std::min(out.size(), current_.size() - position_);
    std::copy_n(current_.begin() + static_cast<ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    return count;
  }

 private:
  // Takes the next block; false at the end or where the producer failed.
  bool NextBlock() {
    std::unique_lock lock(mutex_);
    if (!current_.empty()) spare_.push_back(std::move(current_));
    current_.clear();
    position_ = 0;
    changed_.wait(lock, [&] { return !full_.empty() || done_; });
    if (full_.empty()) return false;
    current_ = std::move(full_.front());
    full_.pop_front();
    changed_.notify_all();
    return true;
  }

  void Produce(std::stop_token stop) {
    while (true) {
      ByteVector block;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock,
                      [&] { return full_.size() < kReadAheadBlocks || stop.stop_requested(); });
        if (stop.stop_requested()) return;
        if (!spare_.empty()) {
          block = std::move(spare_.back());
          spare_.pop_back();
        }
      }
      block.resize(kReadAheadBlockSize);
      Status status = Fill(block);
      std::lock_guard lock(mutex_);
      if (!status) error_ = std::move(status).error();
      done_ = error_.has_value() || block.size() < kReadAheadBlockSize;
      if (!block.empty()) full_.push_back(std::move(block));
      changed_.notify_all();
      if (done_) return;
    }
  }

  // Fills `block`, or cuts it to what there was.
  Status Fill(ByteVector& block) {
    size_t filled = 0;
    while (filled < block.size()) {
      auto count = inner_->Read(MutableBytes(block).subspan(filled));
      if (!count || *count == 0) {
        block.resize(filled);
        if (!count) return std::move(count).error();
        return {};
      }
      filled += *count;
    }
    return {};
  }

  std::unique_ptr<ByteStream> inner_;
  ByteVector current_;
  size_t position_ = 0;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<ByteVector> full_;
  std::vector<ByteVector> spare_;
  std::optional<Error> error_;
  bool done_ = false;

  // One, or none where the system has no more. Last: it starts when all above stands, and is joined
  // before it goes.
  std::vector<std::jthread> thread_;
};

}  // namespace

std::unique_ptr<ByteStream> ReadAhead(std::unique_ptr<ByteStream> inner) {
  return std::make_unique<ReadAheadStream>(std::move(inner));
}

}  // namespace weighlock

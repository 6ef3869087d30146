// How far a long piece of work is, for whoever watches from another thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace weighlock {

class Progress {
 public:
  // `bytes` more are to be worked through.
  void Expect(uint64_t bytes) { total_.fetch_add(bytes, std::memory_order_relaxed); }
  void Add(uint64_t bytes) { done_.fetch_add(bytes, std::memory_order_relaxed); }

  uint64_t done() const { return done_.load(std::memory_order_relaxed); }
  uint64_t total() const { return total_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> done_{0}, total_{0};
};

}  // namespace weighlock

// A lock-free atomic, since a signal handler sets it.
#include "base/interrupt.h"

#include <atomic>

namespace weighlock {
namespace {
std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");
}  // namespace

void RequestInterrupt() {
  requested.store(true, std::memory_order_relaxed);
}
bool Interrupted() {
  return requested.load(std::memory_order_relaxed);
}

}  // namespace weighlock

// How many threads a piece of work gets, and how they are started.
#pragma once

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

namespace weighlock {

// What anyone may ask for: each thread costs buffers of a few MiB.
inline constexpr unsigned kMostThreads = 256;

// `asked`, or for 0 as many as the machine has, at most 8: beyond, disks and memory set the pace.
inline unsigned ThreadCount(unsigned asked) {
  return asked > 0 ? std::min(asked, kMostThreads)
                   : std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
}

// Adds up to `count` threads that run `work`: fewer, perhaps none, where the system has no more.
template <class Work>
void StartThreads(std::vector<std::jthread>& threads, size_t count, const Work& work) {
  threads.reserve(threads.size() + count);
  try {
    for (size_t i = 0; i < count; ++i) threads.emplace_back(work);
  } catch (const std::system_error&) {
  }
}

}  // namespace weighlock

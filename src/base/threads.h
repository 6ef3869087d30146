// How many threads a piece of work gets.
#pragma once

#include <algorithm>
#include <thread>

namespace weighlock {

// `asked`, or for 0 as many as the machine has, at most 8: beyond, disks and memory set the pace.
inline unsigned ThreadCount(unsigned asked) {
  return asked > 0 ? asked : std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
}

}  // namespace weighlock

// One line on standard error that says how far long work is; only on a terminal, and only when it
// takes longer than a moment.
#pragma once

#include <memory>
#include <string>

#include "weighlock/progress.h"

namespace weighlock {

class ProgressLine {
 public:
  // Sets `progress` to what the work is to count with, or to null where nobody would see it.
  ProgressLine(std::string doing, Progress*& progress);
  ~ProgressLine();

  // Takes the line away. Whatever is printed comes after.
  void Stop() const;

 private:
  struct Watcher;
  std::unique_ptr<Watcher> watcher_;
};

// "packing  120.0 MB of 438.0 MB  27%  410.2 MB/s  1 s left"
std::string ProgressText(const std::string& doing, uint64_t done, uint64_t total, double seconds);

}  // namespace weighlock

// A thread that looks ten times a second.
#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>

#include "report/text.h"

namespace weighlock {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kFirst = std::chrono::milliseconds(700);
constexpr auto kStep = std::chrono::milliseconds(100);

bool SomebodyLooks() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && (term == nullptr || std::string_view(term) != "dumb");
}

}  // namespace

struct ProgressLine::Watcher {
  std::string doing;
  Progress progress;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopped = false;
  std::thread thread;

  void Watch() {
    const auto begin = Clock::now();
    bool shown = false;
    std::unique_lock lock(mutex);
    for (auto wait = kFirst; !changed.wait_for(lock, wait, [this] { return stopped; });
         wait = kStep) {
      const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      fmt::print(stderr, "\r{}\x1b[K",
                 ProgressText(doing, progress.done(), progress.total(), seconds));
      shown = true;
    }
    if (shown) fmt::print(stderr, "\r\x1b[K");
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex);
      stopped = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
  }
};

ProgressLine::ProgressLine(std::string doing, Progress*& progress) {
  progress = nullptr;
  if (!SomebodyLooks()) return;
  watcher_ = std::make_unique<Watcher>();
  watcher_->doing = std::move(doing);
  watcher_->thread = std::thread([watcher = watcher_.get()] { watcher->Watch(); });
  progress = &watcher_->progress;
}

ProgressLine::~ProgressLine() {
  Stop();
}

void ProgressLine::Stop() const {
  if (watcher_) watcher_->Stop();
}

std::string ProgressText(const std::string& doing, uint64_t done, uint64_t total, double seconds) {
  std::string text = fmt::format("{}  {}", doing, SizeText(done));
  if (total > 0) {
    const uint64_t shown = std::min(done, total);
    text += fmt::format(
        " of {}  {}%", SizeText(total),
        static_cast<int>(100.0 * static_cast<double>(shown) / static_cast<double>(total)));
  }
  if (seconds <= 0 || done == 0) return text;
  const double rate = static_cast<double>(done) / seconds;
  text += fmt::format("  {}/s", SizeText(static_cast<uint64_t>(rate)));
  if (total <= done) return text;
  const auto left = static_cast<uint64_t>(static_cast<double>(total - done) / rate) + 1;
  if (left < 90) return text + fmt::format("  {} s left", left);
  return text + fmt::format("  {} min left", (left + 59) / 60);
}

}  // namespace weighlock

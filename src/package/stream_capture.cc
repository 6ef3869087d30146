// Small files are kept whole, safetensors to the end of their header, pickles and torch files by
// their two ends: pickles stand first in a torch zip, the directory last.
#include <algorithm>

#include "format/formats.h"
#include "format/safetensors/safetensors_reader.h"
#include "package/examine.h"
#include "package/package_reader.h"
#include "package/roles.h"

namespace weighlock {
namespace {

constexpr uint64_t kSmall = uint64_t{1} << 20;
constexpr uint64_t kTorchHead = uint64_t{8} << 20;
constexpr uint64_t kTorchTail = uint64_t{4} << 20;

}  // namespace

StreamCapture::StreamCapture(std::string path, uint64_t size, const Limits& limits)
    : path_(std::move(path)),
      size_(size),
      head_wanted_(std::min(size, size <= kSmall ? size : kHeadSize)),
      tail_wanted_(0),
      decided_(size <= kSmall),
      limits_(limits) {}

Status StreamCapture::Write(Bytes bytes) {
  while (!bytes.empty()) {
    if (head_.size() < head_wanted_) {
      const auto count =
          static_cast<size_t>(std::min<uint64_t>(bytes.size(), head_wanted_ - head_.size()));
      Append(head_, bytes.first(count));
      bytes = bytes.subspan(count);
      seen_ += count;
      if (head_.size() == head_wanted_ && !decided_) {
        decided_ = true;
        const Format format = Recognise(head_, size_);
        const Role role = RoleOutsideCheckpoint(path_);
        if (format == Format::kSafetensors) {
          auto end = SafetensorsHeaderEnd(Bytes(head_).first(kSafetensorsPrefix), size_, limits_);
          if (end) head_wanted_ = std::max(head_wanted_, *end);
        } else if (HasModel(format) && (role == Role::kOther || WantsModel(role))) {
          head_wanted_ = std::min(size_, kTorchHead);
          tail_wanted_ = std::min(size_ - head_wanted_, kTorchTail);
        } else if (path_.ends_with(".json")) {
          head_wanted_ = std::min(size_, limits_.json_bytes);
        }
      }
      continue;
    }
    const uint64_t tail_start = size_ - tail_wanted_;
    const auto skip = static_cast<size_t>(
        std::min<uint64_t>(bytes.size(), tail_start > seen_ ? tail_start - seen_ : 0));
    Append(tail_, bytes.subspan(skip));
    seen_ += bytes.size();
    return {};
  }
  return {};
}

ByteSource StreamCapture::Peek() const {
  return ByteSource::Sparse(size_, head_, tail_, path_);
}

ByteSource StreamCapture::Finish() && {
  return ByteSource::Sparse(size_, std::move(head_), std::move(tail_), path_);
}

}  // namespace weighlock

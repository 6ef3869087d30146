// MAT-files of MATLAB 5 to 7: a head of 128 bytes, and elements, each its type and size. Most are
// packed by zlib, and are not unpacked: readers make arrays, texts and cells of them, and run
// nothing. (Those of 7.3 are HDF5.)
#include <fmt/format.h>

#include <string>

#include "base/bytes.h"
#include "scan/hdf5/hdf5_judge.h"
#include "scan/model/forward_reader.h"
#include "scan/model/inert_formats.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kHead = 128, kOrder = 126, kBlock = 512;
constexpr uint32_t kMatrix = 14, kPacked = 15;

uint32_t Swapped(uint32_t value) {
  return value << 24 | (value << 8 & 0xFF0000) | (value >> 8 & 0xFF00) | value >> 24;
}

Status Walk(const Subject& subject) {
  const bool is_swapped = AsText(subject.head).substr(kOrder, 2) == "MI";
  ForwardReader reader(subject.source, kHead);
  while (reader.left() > 0) {
    const uint64_t at = reader.at();
    WL_TRY(uint32_t type, reader.Le<uint32_t>());
    WL_TRY(uint32_t size, reader.Le<uint32_t>());
    if (is_swapped) {
      type = Swapped(type);
      size = Swapped(size);
    }
    if (type != kMatrix && type != kPacked) {
      return Error(Code::kMalformed, fmt::format("an element of MATLAB of type {}", type), at);
    }
    WL_CHECKED(reader.Skip(size));
    const uint64_t padding = type == kPacked ? 0 : (8 - size % 8) % 8;
    WL_CHECKED(reader.Skip(padding));
  }
  return {};
}

// Of 7.3: HDF5 behind the block.
bool IsHdf5Behind(const Subject& subject) {
  const std::string_view head = AsText(subject.head);
  return head.starts_with("MATLAB 7.3 MAT-file") && head.size() > kBlock &&
         head.substr(kBlock).starts_with(kHdf5Signature) &&
         head.substr(kHead, kBlock - kHead).find_first_not_of('\0') == head.npos;
}

}  // namespace

bool IsMatlab(const Subject& subject) {
  const std::string_view head = AsText(subject.head);
  if (IsHdf5Behind(subject)) return true;
  if (head.size() < kHead || !head.starts_with("MATLAB 5.0 MAT-file")) return false;
  const std::string_view order = head.substr(kOrder - 2, 4);
  return order == std::string_view("\0\1IM", 4) || order == std::string_view("\1\0MI", 4);
}

void JudgeMatlab(const Subject& subject, const FileScan& scan) {
  if (IsHdf5Behind(subject)) {
    const std::string name = fmt::format("+0x{:x}", kBlock);
    return scan.Descend(subject.source.Slice(kBlock, subject.source.size() - kBlock, name), name,
                        kBlock);
  }
  if (const Status status = Walk(subject); !status) scan.Unreadable(status.error());
}

}  // namespace weighlock::scan

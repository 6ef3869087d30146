// Pixels are not decoded: that no byte of the file is outside of the frame is what matters.
#include "scan/model/image_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/crc32.h"
#include "scan/model/forward_reader.h"

namespace weighlock::scan {
namespace {

Error Bad(std::string what, uint64_t at) {
  return Error(Code::kMalformed, std::move(what), at);
}

uint32_t BigEndian32(Bytes bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = (value << 8) | static_cast<uint32_t>(bytes[i]);
  return value;
}

bool IsLetter(std::byte byte) {
  const auto c = static_cast<uint8_t>(byte) | 0x20;
  return c >= 'a' && c <= 'z';
}

// Each walker returns where the picture ends.
Result<uint64_t> WalkPng(ForwardReader& reader) {
  WL_CHECKED(reader.Skip(8));
  for (bool is_first = true;; is_first = false) {
    const uint64_t at = reader.at();
    WL_TRY(const Bytes head, reader.Take(8));
    uint64_t size = BigEndian32(head);
    const std::string type(AsText(head.subspan(4)));
    if (!std::all_of(head.begin() + 4, head.end(), IsLetter)) return Bad("no chunk of PNG", at);
    if (is_first != (type == "IHDR")) return Bad("PNG wants IHDR first, and once", at);
    if (size > reader.left()) return Error(Code::kTruncated, "a chunk is cut off", at);
    uint32_t crc = Crc32(0, head.subspan(4));
    while (size > 0) {
      WL_TRY(const Bytes data, reader.Take(std::min<uint64_t>(size, 64u << 10)));
      crc = Crc32(crc, data);
      size -= data.size();
    }
    WL_TRY(const Bytes wanted, reader.Take(4));
    if (BigEndian32(wanted) != crc) return Bad("a chunk does not fit its checksum", at);
    if (type == "IEND") return reader.at();
  }
}

// Behind the data of a scan: at the next marker that is no restart.
Result<uint8_t> NextMarker(ForwardReader& reader) {
  while (true) {
    WL_TRY(const auto byte, reader.Le<uint8_t>());
    if (byte != 0xFF) continue;
    uint8_t marker = 0xFF;
    while (marker == 0xFF) {
      WL_TRY(marker, reader.Le<uint8_t>());
    }
    const bool is_data = marker == 0 || (marker >= 0xD0 && marker <= 0xD7);
    if (!is_data) return marker;
  }
}

Result<uint64_t> WalkJpeg(ForwardReader& reader) {
  constexpr uint8_t kEnd = 0xD9, kScan = 0xDA;
  WL_CHECKED(reader.Skip(2));
  bool in_scan = false;
  while (true) {
    const uint64_t at = reader.at();
    uint8_t marker = 0;
    if (in_scan) {
      WL_TRY(marker, NextMarker(reader));
    } else {
      WL_TRY(const auto prefix, reader.Le<uint8_t>());
      if (prefix != 0xFF) return Bad("JPEG wants a marker", at);
      marker = 0xFF;
      while (marker == 0xFF) {
        WL_TRY(marker, reader.Le<uint8_t>());
      }
    }
    if (marker == kEnd) return reader.at();
    if (marker < 0xC0 && marker != 0x01) return Bad("no marker of JPEG", at);
    WL_TRY(const Bytes length, reader.Take(2));
    const auto size = static_cast<uint64_t>(static_cast<uint8_t>(length[0]) << 8 |
                                            static_cast<uint8_t>(length[1]));
    if (size < 2) return Bad("a segment without its length", at);
    WL_CHECKED(reader.Skip(size - 2));
    in_scan = in_scan || marker == kScan;
  }
}

uint64_t GifTable(std::byte flags) {
  const auto bits = static_cast<uint8_t>(flags);
  return (bits & 0x80) == 0 ? 0 : uint64_t{3} << ((bits & 7) + 1);
}

Status SkipGifBlocks(ForwardReader& reader) {
  while (true) {
    WL_TRY(const auto size, reader.Le<uint8_t>());
    if (size == 0) return {};
    WL_CHECKED(reader.Skip(size));
  }
}

Result<uint64_t> WalkGif(ForwardReader& reader) {
  WL_CHECKED(reader.Skip(6));
  WL_TRY(const Bytes screen, reader.Take(7));
  WL_CHECKED(reader.Skip(GifTable(screen[4])));
  while (true) {
    const uint64_t at = reader.at();
    WL_TRY(const auto kind, reader.Le<uint8_t>());
    if (kind == 0x3B) return reader.at();
    if (kind == 0x21) {
      WL_CHECKED(reader.Skip(1));
    } else if (kind == 0x2C) {
      WL_TRY(const Bytes frame, reader.Take(9));
      WL_CHECKED(reader.Skip(GifTable(frame[8])));
      WL_CHECKED(reader.Skip(1));
    } else {
      return Bad("no block of GIF", at);
    }
    WL_CHECKED(SkipGifBlocks(reader));
  }
}

Result<uint64_t> WalkRiff(ForwardReader& reader) {
  WL_CHECKED(reader.Skip(4));
  WL_TRY(const uint64_t size, reader.Le<uint32_t>());
  if (size > reader.left()) return Error(Code::kTruncated, "it is cut off", 4);
  const uint64_t end = reader.at() + size;
  WL_CHECKED(reader.Skip(4));
  while (reader.at() < end) {
    const uint64_t at = reader.at();
    WL_CHECKED(reader.Skip(4));
    WL_TRY(const uint64_t chunk, reader.Le<uint32_t>());
    const uint64_t padded = chunk + chunk % 2;
    if (reader.at() > end || padded > end - reader.at()) return Bad("a chunk leads out", at);
    WL_CHECKED(reader.Skip(padded));
  }
  return end;
}

struct Image {
  std::string_view format, magic;
  Result<uint64_t> (*walk)(ForwardReader&);
};
constexpr std::array kImages = {
    Image{"png", "\x89PNG\r\n\x1a\n", WalkPng},
    Image{"jpeg", "\xFF\xD8\xFF", WalkJpeg},
    Image{"gif", "GIF87a", WalkGif},
    Image{"gif", "GIF89a", WalkGif},
    Image{"webp", "RIFF", WalkRiff},
    Image{"wav", "RIFF", WalkRiff},
};

const Image* ImageOf(const Subject& subject) {
  const std::string_view head = AsText(subject.head);
  const std::string_view form = head.substr(std::min<size_t>(8, head.size()), 4);
  const auto found = std::find_if(kImages.begin(), kImages.end(), [&](const Image& image) {
    if (image.magic != "RIFF") return head.starts_with(image.magic);
    return head.starts_with("RIFF") && form == (image.format == "wav" ? "WAVE" : "WEBP");
  });
  return found == kImages.end() ? nullptr : &*found;
}

}  // namespace

bool IsImage(const Subject& subject) {
  return ImageOf(subject) != nullptr;
}

void JudgeImage(const Subject& subject, const FileScan& scan) {
  const Image* image = ImageOf(subject);
  scan.SetFormat(image->format);
  ForwardReader reader(subject.source);
  const auto end = image->walk(reader);
  if (!end) return scan.Unreadable(end.error());
  const uint64_t left = subject.source.size() - *end;
  if (left == 0) return;
  scan.Add("WL-S-331", *end, fmt::format("{} bytes stand behind the picture", left));
  const std::string name = fmt::format("+0x{:x}", *end);
  scan.Descend(subject.source.Slice(*end, left, name), name, *end);
}

}  // namespace weighlock::scan

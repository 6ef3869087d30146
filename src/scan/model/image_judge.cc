// Pixels are not decoded: that no byte of the file is outside of the frame is what matters.
#include "scan/model/image_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"
#include "codec/crc32.h"
#include "scan/model/forward_reader.h"
#include "weighlock/model.h"

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

// A head, one of several forms of description with colours behind it, and rows of pixels up to the
// end.
Result<uint64_t> WalkBmp(ForwardReader& reader) {
  constexpr uint64_t kHead = 14, kMostColours = 256 * 4 + 12, kMostPadding = 3;
  WL_CHECKED(reader.Skip(2));
  WL_TRY(const uint64_t size, reader.Le<uint32_t>());
  WL_CHECKED(reader.Skip(4));
  WL_TRY(const uint64_t pixels, reader.Le<uint32_t>());
  WL_TRY(const uint64_t description, reader.Le<uint32_t>());
  WL_TRY(const uint64_t width, reader.Le<uint32_t>());
  WL_TRY(const uint64_t height, reader.Le<uint32_t>());
  WL_CHECKED(reader.Skip(2));
  WL_TRY(const uint64_t bits, reader.Le<uint16_t>());
  WL_TRY(const uint64_t packing, reader.Le<uint32_t>());
  WL_TRY(const uint64_t packed, reader.Le<uint32_t>());
  const bool is_bare = packing == 0 || packing == 3 || packing == 6;
  const uint64_t rows = height >> 31 != 0 ? (uint64_t{1} << 32) - height : height;
  if (width > 0xFFFF || rows > 0xFFFF || bits > 32) return Bad("a bitmap of very many pixels", 18);
  const uint64_t wanted = is_bare ? (width * bits + 31) / 32 * 4 * rows : packed;
  const uint64_t left = kHead + description;
  if (pixels < left || pixels - left > kMostColours) return Bad("a bitmap without its pixels", 10);
  if (size > reader.source().size() || pixels > size || wanted > size - pixels) {
    return Error(Code::kTruncated, "its pixels are cut off", pixels);
  }
  const uint64_t end = pixels + wanted;
  return size - end <= kMostPadding ? size : end;
}

// A list of pictures, and each of them where the list says.
Result<uint64_t> WalkIcon(ForwardReader& reader) {
  WL_CHECKED(reader.Skip(4));
  WL_TRY(const auto count, reader.Le<uint16_t>());
  std::vector<Extent> pictures;
  for (uint16_t i = 0; i < count; ++i) {
    WL_CHECKED(reader.Skip(8));
    WL_TRY(const uint64_t size, reader.Le<uint32_t>());
    WL_TRY(const uint64_t offset, reader.Le<uint32_t>());
    pictures.push_back({offset, size});
  }
  std::sort(pictures.begin(), pictures.end(),
            [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
  for (const Extent& picture : pictures) {
    if (picture.offset != reader.at()) return Bad("a picture that is not behind the last", 6);
    WL_CHECKED(reader.Skip(picture.size));
  }
  return reader.at();
}

// Two letters are no proof: the size and the reserved bytes must fit.
bool IsBmp(const Subject& subject) {
  if (subject.head.size() < 54) return false;
  const Bytes head = subject.head;
  return AsText(head).starts_with("BM") &&
         LoadLe<uint32_t>(head.subspan(2)) <= subject.source.size() &&
         LoadLe<uint32_t>(head.subspan(6)) == 0 && LoadLe<uint32_t>(head.subspan(14)) >= 40 &&
         LoadLe<uint32_t>(head.subspan(14)) <= 124;
}

// The first picture stands behind the list.
bool IsIcon(const Subject& subject) {
  if (subject.head.size() < 22) return false;
  const Bytes head = subject.head;
  const uint32_t count = LoadLe<uint16_t>(head.subspan(4));
  return AsText(head).starts_with(std::string_view("\0\0\1\0", 4)) && count > 0 &&
         LoadLe<uint32_t>(head.subspan(18)) == 6 + 16 * count;
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
constexpr Image kBitmap{"bmp", "BM", WalkBmp}, kIcon{"ico", "", WalkIcon};

const Image* ImageOf(const Subject& subject) {
  if (IsBmp(subject)) return &kBitmap;
  if (IsIcon(subject)) return &kIcon;
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

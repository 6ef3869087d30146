// What is told by its first bytes, so that the message can say what it is. Nothing of it is read.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scan/inert_formats.h"

namespace weighlock::scan {
namespace {

struct Magic {
  size_t offset;
  std::string_view bytes;
  std::string_view format;
};

constexpr std::array kMagics = {
    Magic{0, "PAR1", "parquet"},     Magic{0, "ARROW1", "arrow"},
    Magic{0, "FEA1", "feather"},     Magic{0, "SQLite format 3", "sqlite"},
    Magic{4, "TFL3", "tflite"},      Magic{0, "7z\xBC\xAF\x27\x1C", "7z"},
    Magic{0, "Rar!\x1A\x07", "rar"}, Magic{0, "MSCF", "cab"},
    Magic{0, "!<arch>\n", "ar"},     Magic{0, "ggml", "ggml"},
    Magic{0, "lmgg", "ggml"},        Magic{0, "fmgg", "ggml"},
    Magic{0, "tjgg", "ggml"},        Magic{0, "OggS", "ogg"},
    Magic{0, "fLaC", "flac"},        Magic{4, "ftyp", "mp4"},
};

const Magic* MagicOf(const Subject& subject) {
  const std::string_view head = AsText(subject.head);
  const auto found = std::find_if(kMagics.begin(), kMagics.end(), [&](const Magic& magic) {
    return head.size() >= magic.offset && head.substr(magic.offset).starts_with(magic.bytes);
  });
  return found == kMagics.end() ? nullptr : &*found;
}

}  // namespace

bool IsKnownMagic(const Subject& subject) {
  return MagicOf(subject) != nullptr;
}

void JudgeKnownMagic(const Subject& subject, const FileScan& scan) {
  const Magic* magic = MagicOf(subject);
  scan.SetFormat(magic->format);
  scan.Unjudged("WL-S-001", 0, fmt::format("{} is not read here", magic->format));
}

}  // namespace weighlock::scan

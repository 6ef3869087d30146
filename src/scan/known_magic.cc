// What is told by its first bytes, so that the message can say what it is. Nothing of it is read.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scan/model/inert_formats.h"
#include "scan/text/plain_text.h"

namespace weighlock::scan {
namespace {

struct Magic {
  size_t offset;
  std::string_view bytes;
  std::string_view format;
};

constexpr std::array kMagics = {
    Magic{0, "FEA1", "feather"},     Magic{0, "SQLite format 3", "sqlite"},
    Magic{4, "TFL3", "tflite"},      Magic{0, "7z\xBC\xAF\x27\x1C", "7z"},
    Magic{0, "Rar!\x1A\x07", "rar"}, Magic{0, "MSCF", "cab"},
    Magic{0, "!<arch>\n", "ar"},     Magic{0, "ggml", "ggml"},
    Magic{0, "lmgg", "ggml"},        Magic{0, "fmgg", "ggml"},
    Magic{0, "tjgg", "ggml"},        Magic{0, "OggS", "ogg"},
    Magic{0, "fLaC", "flac"},        Magic{4, "ftyp", "mp4"},
};

// Forms without a magic number, by the names that their tools give.
struct Ending {
  std::string_view ending, format;
};
constexpr std::array kEndings = {
    Ending{".mlmodel", "core ml"}, Ending{".engine", "tensorrt"},  Ending{".plan", "tensorrt"},
    Ending{".pdmodel", "paddle"},  Ending{".pdiparams", "paddle"}, Ending{".mnn", "mnn"},
    Ending{".rknn", "rknn"},       Ending{".dlc", "dlc"},          Ending{".pt2", "pt2"},
};

const Magic* MagicOf(const Subject& subject) {
  const std::string_view head = AsText(subject.head);
  const auto found = std::find_if(kMagics.begin(), kMagics.end(), [&](const Magic& magic) {
    return head.size() >= magic.offset && head.substr(magic.offset).starts_with(magic.bytes);
  });
  return found == kMagics.end() ? nullptr : &*found;
}

// Empty where nothing is known.
std::string_view FormatOf(const Subject& subject) {
  if (const Magic* magic = MagicOf(subject)) return magic->format;
  if (IsPlainText(subject)) return {};
  const auto found = std::find_if(kEndings.begin(), kEndings.end(), [&](const Ending& row) {
    return subject.name.ends_with(row.ending);
  });
  return found == kEndings.end() ? std::string_view() : found->format;
}

}  // namespace

bool IsKnownMagic(const Subject& subject) {
  return !FormatOf(subject).empty();
}

void JudgeKnownMagic(const Subject& subject, const FileScan& scan) {
  const std::string_view format = FormatOf(subject);
  scan.SetFormat(format);
  scan.Unjudged("WL-S-001", 0, fmt::format("{} is not read here", format));
}

}  // namespace weighlock::scan

// Only what can be nothing else: no control characters but those of lines, no half characters. Any
// binary form of a pickle has control characters, and none encoding has those.
#include "scan/text/encoded_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "scan/text/requirements_judge.h"
#include "scan/text/yaml_judge.h"

namespace weighlock::scan {
namespace {

bool IsControl(uint32_t code) {
  return (code < 0x20 && code != '\t' && code != '\n' && code != '\r' && code != '\f') ||
         (code >= 0x7F && code < 0xA0);
}

bool IsUtf16Mark(Bytes head) {
  const std::string_view text = AsText(head);
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

// Latin-1, or Windows-1252, which fills most places of the upper control characters.
bool IsLatin1(Bytes bytes) {
  constexpr std::array<uint32_t, 5> kUnassigned = {0x81, 0x8D, 0x8F, 0x90, 0x9D};
  return std::none_of(bytes.begin(), bytes.end(), [&](std::byte b) {
    const auto code = static_cast<uint32_t>(b);
    const bool is_upper = code >= 0x80 && code < 0xA0;
    return is_upper ? std::find(kUnassigned.begin(), kUnassigned.end(), code) != kUnassigned.end()
                    : IsControl(code);
  });
}

// Code units as they come; a byte or a high surrogate may wait for the next block.
class Utf16 {
 public:
  explicit Utf16(bool is_big) : is_big_(is_big) {}

  // The letters of ASCII among them are added to `letters`.
  bool Take(Bytes bytes, std::string& letters) {
    for (const std::byte byte : bytes) {
      if (!half_) {
        half_ = static_cast<uint8_t>(byte);
        continue;
      }
      const auto second = static_cast<uint32_t>(byte);
      const uint32_t unit = is_big_ ? *half_ << 8 | second : second << 8 | *half_;
      half_.reset();
      const bool is_high = unit >= 0xD800 && unit < 0xDC00,
                 is_low = unit >= 0xDC00 && unit < 0xE000;
      if (is_low != wants_low_ || IsControl(unit) || unit >= 0xFFFE) return false;
      wants_low_ = is_high;
      letters += unit < 0x80 ? static_cast<char>(unit) : '?';
    }
    return true;
  }
  bool IsWhole() const { return !half_ && !wants_low_; }

 private:
  bool is_big_;
  std::optional<uint32_t> half_;
  bool wants_low_ = false;
};

// Whether a loader of YAML would make more than data of a text: searched while it goes by.
class YamlSigns {
 public:
  void Take(std::string_view letters) {
    seam_ += letters;
    found_ = found_ || HoldsYamlSigns(seam_);
    seam_.erase(0, seam_.size() - std::min(seam_.size(), kSeam));
  }
  bool found() const { return found_; }

 private:
  static constexpr size_t kSeam = 16;  // more than the longest sign
  std::string seam_;
  bool found_ = false;
};

}  // namespace

bool IsEncodedText(const Subject& subject) {
  // Not of code, templates and JSON: some loaders read them as UTF-16, and no judge here does.
  constexpr std::array<std::string_view, 9> kEndings = {
      ".txt", ".md", ".csv", ".tsv", ".vocab", ".merges", ".codes", ".log", ".bpe"};
  constexpr std::array<std::string_view, 4> kCards = {"readme", "license", "licence", "notice"};
  const std::string_view name = subject.name;
  const bool is_text =
      std::any_of(kEndings.begin(), kEndings.end(),
                  [&](std::string_view ending) { return name.ends_with(ending); }) ||
      std::find(kCards.begin(), kCards.end(), name) != kCards.end();
  if (!is_text || HasNameOfRequirements(subject)) return false;
  if (!IsUtf16Mark(subject.head)) return IsLatin1(subject.head);
  std::string letters;
  return Utf16(subject.head[0] == std::byte{0xFE}).Take(subject.head, letters);
}

void JudgeEncodedText(const Subject& subject, const FileScan& scan) {
  const bool is_utf16 = IsUtf16Mark(subject.head);
  Utf16 units(subject.head[0] == std::byte{0xFE});
  YamlSigns signs;
  ByteVector block;
  std::string letters;
  uint64_t at = 0;
  Status status = ForEachBlock(subject.source, block, [&](Bytes bytes) -> Status {
    letters.clear();
    if (!(is_utf16 ? units.Take(bytes, letters) : IsLatin1(bytes))) {
      return Error(Code::kMalformed, "text with bytes that are no text", at);
    }
    signs.Take(is_utf16 ? std::string_view(letters) : AsText(bytes));
    at += bytes.size();
    return {};
  });
  if (status && is_utf16 && !units.IsWhole()) {
    status = Error(Code::kTruncated, "text that ends inside of a character", at);
  }
  if (!status) scan.Unreadable(status.error());
  if (signs.found() && !IsDocument(subject.name)) {
    scan.Unjudged("WL-S-001", kNoOffset, "YAML that is not UTF-8, with tags or targets");
  }
}

}  // namespace weighlock::scan

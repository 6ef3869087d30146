// One row a format, the most telling first. Adding a format is adding a row (ARCHITECTURE.md).
#include "format/formats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "container/tar/tar_header.h"
#include "format/safetensors/safetensors_reader.h"
#include "format/torch/torch_reader.h"

namespace weighlock {
namespace {

bool StartsWith(Bytes head, std::string_view magic) {
  return AsText(head).starts_with(magic);
}

bool LooksLikeText(Bytes head) {
  // A cut may split the last character; up to three bytes are forgiven.
  std::string_view text = AsText(head);
  for (int i = 0; i < 4 && !text.empty(); ++i, text.remove_suffix(1)) {
    if (IsUtf8(text)) return text.find('\0') == std::string_view::npos;
  }
  return text.empty();
}

// An object or array whose first element begins as JSON does: "[PAD]" is a line of a vocabulary.
bool LooksLikeJson(Bytes head) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::string_view text = AsText(head);
  const size_t open = text.find_first_not_of(kSpace);
  if (open == std::string_view::npos || (text[open] != '{' && text[open] != '[')) return false;
  const size_t next = text.find_first_not_of(kSpace, open + 1);
  if (next == std::string_view::npos) return false;
  const std::string_view begins = text[open] == '{' ? "\"}" : "\"{[]-0123456789tfn";
  return begins.find(text[next]) != std::string_view::npos && LooksLikeText(head);
}

bool LooksLikeHtml(Bytes head) {
  std::string text(AsText(head.first(std::min<size_t>(head.size(), 256))));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const size_t at = text.find_first_not_of(" \t\r\n");
  if (at == std::string::npos) return false;
  const std::string_view rest = std::string_view(text).substr(at);
  return rest.starts_with("<!doctype html") || rest.starts_with("<html") ||
         rest.starts_with("<?xml");
}

struct Row {
  Format format;
  bool (*probe)(Bytes head);
  Result<Model> (*read)(const ByteSource&, const Limits&);  // null: no tensors to read
};

const Row kRows[] = {
    // Before all magics of few bytes: a header of 640 bytes begins as a pickle of protocol 2 does.
    {Format::kSafetensors, LooksLikeSafetensors, ReadSafetensors},
    {Format::kGitLfsPointer, [](Bytes h) { return StartsWith(h, "version https://git-lfs"); },
     nullptr},
    {Format::kTorchZip, LooksLikeTorchZip, ReadTorch},
    {Format::kZip, [](Bytes h) { return StartsWith(h, "PK\3\4") || StartsWith(h, "PK\5\6"); },
     nullptr},
    {Format::kTorchLegacy, LooksLikeTorchLegacy, ReadTorch},
    {Format::kGguf, [](Bytes h) { return StartsWith(h, "GGUF"); }, nullptr},
    {Format::kHdf5, [](Bytes h) { return StartsWith(h, "\x89HDF\r\n\x1a\n"); }, nullptr},
    {Format::kNumpy, [](Bytes h) { return StartsWith(h, "\x93NUMPY"); }, nullptr},
    {Format::kNativeCode,
     [](Bytes h) {
       return StartsWith(h,
                         "\x7f"
                         "ELF");
     },
     nullptr},
    {Format::kGzip, [](Bytes h) { return StartsWith(h, "\x1f\x8b"); }, nullptr},
    {Format::kTorchTar, LooksLikeTorchTar, ReadTorch},
    {Format::kTar, LooksLikeTar, nullptr},
    {Format::kPickle,
     [](Bytes h) {
       return h.size() >= 2 && h[0] == std::byte{0x80} && h[1] >= std::byte{2} &&
              h[1] <= std::byte{5};
     },
     ReadTorch},
    {Format::kHtml, LooksLikeHtml, nullptr},
    {Format::kJson, LooksLikeJson, nullptr},
    {Format::kText, LooksLikeText, nullptr},
};

}  // namespace

Format Recognise(Bytes head, uint64_t size) {
  if (size == 0) return Format::kEmpty;
  for (const Row& row : kRows) {
    if (row.probe(head)) return row.format;
  }
  return Format::kUnknown;
}

bool HasModel(Format format) {
  return std::any_of(std::begin(kRows), std::end(kRows),
                     [&](const Row& row) { return row.format == format && row.read != nullptr; });
}

Result<Model> ReadModel(Format format, const ByteSource& source, const Limits& limits) {
  for (const Row& row : kRows) {
    if (row.format == format && row.read != nullptr) return row.read(source, limits);
  }
  return Error(Code::kUnsupported,
               fmt::format("{} is no format whose tensors can be read here", FormatName(format)));
}

}  // namespace weighlock

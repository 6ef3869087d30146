// The strict reader decides. Bytes behind the last tensor are judged as a file of their own, and a
// file that only begins like safetensors is tried as the pickle that it may be.
#include "scan/model/safetensors_judge.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "codec/base64.h"
#include "format/safetensors/safetensors_reader.h"
#include "scan/pickle/pickle_judge.h"

namespace weighlock::scan {
namespace {

// Metadata holds a few words ("format": "pt"), or a training configuration.
constexpr size_t kLongMetadata = size_t{64} << 10;

bool IsPickleMagic(Bytes bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x80} && bytes[1] >= std::byte{2} &&
         bytes[1] <= std::byte{5};
}

bool HoldsPickle(std::string_view text) {
  if (IsPickleMagic(AsBytes(text))) return true;
  if (!text.starts_with("gA") || text.size() % 4 != 0) return false;
  const auto bytes = FromBase64(text);
  return bytes && IsPickleMagic(*bytes);
}

void JudgeMetadata(const Model& model, const FileScan& scan) {
  size_t all = 0;
  for (const auto& [key, value] : model.metadata) {
    all += key.size() + value.size();
    if (HoldsPickle(value)) {
      scan.Add("WL-S-304", kNoOffset,
               fmt::format("the metadata {} holds a pickle as text", Quote(key, 60)));
    }
  }
  if (all > kLongMetadata) {
    scan.Add("WL-S-304", kNoOffset, fmt::format("{} bytes of metadata", all));
  }
}

void JudgeRefused(const Subject& subject, const Error& error, const FileScan& scan) {
  if (error.code() == Code::kIo || error.code() == Code::kNotFound) return scan.Unreadable(error);
  scan.Add("WL-S-301", error.offset(), error.what());
  scan.file().coverage = Coverage::kPartial;
  if (IsPickleMagic(subject.head)) JudgePickle(subject, scan);
  const auto end = SafetensorsHeaderEnd(subject.head, subject.source.size(), scan.limits());
  const bool is_tail = error.code() == Code::kMalformed && end && error.offset() >= *end &&
                       error.offset() < subject.source.size();
  if (!is_tail) return;
  const std::string name = fmt::format("+0x{:x}", error.offset());
  scan.Descend(subject.source.Slice(error.offset(), subject.source.size() - error.offset(), name),
               name, error.offset());
}

}  // namespace

bool IsSafetensors(const Subject& subject) {
  if (LooksLikeSafetensors(subject.head)) return true;
  // A length that no reader takes: of a file that says what it wants to be.
  return subject.name.ends_with(".safetensors") && subject.head.size() > kSafetensorsPrefix &&
         subject.head[kSafetensorsPrefix] == std::byte{'{'};
}

void JudgeSafetensors(const Subject& subject, const FileScan& scan) {
  const auto model = ReadSafetensors(subject.source, scan.limits());
  if (!model) return JudgeRefused(subject, model.error(), scan);
  if (subject.head[kSafetensorsPrefix] != std::byte{'{'}) {
    scan.Add("WL-S-301", kSafetensorsPrefix, "white space stands before the header's brace");
  }
  JudgeMetadata(*model, scan);
}

}  // namespace weighlock::scan

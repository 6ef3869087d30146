// ModelProto { 1 pieces, 2 trainer_spec, 3 normalizer_spec, 4 self_test_data, 5 denormalizer_spec
// }; SentencePiece { 1 piece, 2 score, 3 type }. Trainers write them in this order.
#include <fmt/format.h>

#include "scan/model/inert_formats.h"
#include "scan/model/protobuf.h"

namespace weighlock::scan {
namespace {

using Wire = ProtoField::Wire;

constexpr uint64_t kMostHeld = uint64_t{64} << 20;  // larger models do not exist
constexpr uint64_t kMostPieces = 4'000'000;
constexpr uint64_t kMostPiece = 4096;  // bytes of one piece

Error Unknown(std::string_view where, const ProtoField& field, uint64_t at) {
  return Error(Code::kMalformed, fmt::format("field {} of {}", field.number, where), at);
}

Status WalkPiece(const ByteSource& source, Extent extent) {
  ProtoReader reader(source, extent);
  bool has_text = false;
  while (true) {
    WL_TRY(const auto field, reader.Next());
    if (!field) break;
    const bool is_text = field->number == 1 && field->wire == Wire::kBytes;
    const bool is_score = field->number == 2 && field->wire == Wire::kFixed32;
    const bool is_type = field->number == 3 && field->wire == Wire::kVarint && field->value <= 6;
    if (!is_text && !is_score && !is_type) return Unknown("a piece", *field, reader.offset());
    has_text = has_text || is_text;
  }
  if (!has_text) return Error(Code::kMalformed, "a piece without text", extent.offset);
  return {};
}

// Specifications and samples: numbers and strings that configure the model.
Status WalkSpec(const ByteSource& source, Extent extent) {
  ProtoReader reader(source, extent);
  while (true) {
    WL_TRY(const auto field, reader.Next());
    if (!field) return {};
  }
}

Status Walk(const ByteSource& source) {
  ProtoReader reader(source, {0, source.size()});
  bool has_trainer = false, has_normalizer = false;
  for (uint64_t count = 0; count < kMostPieces; ++count) {
    WL_TRY(const auto field, reader.Next());
    // A file may be cut behind any piece; what trainers write last tells that it is whole.
    if (!field && !(has_trainer && has_normalizer)) {
      return Error(Code::kTruncated, "no trainer_spec or no normalizer_spec", source.size());
    }
    if (!field) return {};
    has_trainer = has_trainer || field->number == 2;
    has_normalizer = has_normalizer || field->number == 3;
    if (field->wire != Wire::kBytes || field->number > 5) {
      return Unknown("a model", *field, reader.offset());
    }
    WL_CHECKED(field->number == 1 ? WalkPiece(source, field->bytes)
                                  : WalkSpec(source, field->bytes));
  }
  return Error(Code::kLimit, fmt::format("more than {} pieces", kMostPieces));
}

}  // namespace

bool IsSentencePiece(const Subject& subject) {
  if (subject.head.empty() || subject.head[0] != std::byte{0x0A}) return false;
  const ByteSource head = ByteSource::FromMemory(subject.head, "head");
  ProtoReader reader(head, {0, head.size()});
  const auto first = reader.Next();
  return first && *first && (*first)->number == 1 && (*first)->wire == Wire::kBytes &&
         (*first)->bytes.size <= kMostPiece && WalkPiece(head, (*first)->bytes);
}

void JudgeSentencePiece(const Subject& subject, const FileScan& scan) {
  const uint64_t size = subject.source.size();
  if (size > kMostHeld) {
    return scan.Unjudged("WL-S-003", 0, fmt::format("a vocabulary of {} bytes", size));
  }
  auto bytes = subject.source.Read(0, size);
  if (!bytes) return scan.Unreadable(bytes.error());
  const Status status = Walk(ByteSource::FromMemory(*std::move(bytes), subject.name));
  if (!status) scan.Unreadable(status.error());
}

}  // namespace weighlock::scan

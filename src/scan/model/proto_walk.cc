// A stack of readers, one for each message that is open.
#include "scan/model/proto_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace weighlock::scan {
namespace {

constexpr size_t kMostFields = 200'000'000;
constexpr size_t kMostDepth = 200;

struct Open {
  Open(uint8_t kind, const ByteSource& source, Extent bytes)
      : message(kind), reader(source, bytes) {}

  uint8_t message;
  ProtoReader reader;
};

}  // namespace

Status WalkProto(const ByteSource& source, uint8_t root, std::span<const ProtoPart> parts,
                 const ProtoVisitor& visitor) {
  std::vector<Open> open;
  open.emplace_back(root, source, Extent{0, source.size()});
  for (size_t count = 0; !open.empty(); ++count) {
    if (count == kMostFields) return Error(Code::kLimit, "a graph of too many parts");
    const uint8_t message = open.back().message;
    WL_TRY(const auto field, open.back().reader.Next());
    if (!field) {
      if (visitor.end) visitor.end(message);
      open.pop_back();
      continue;
    }
    WL_CHECKED(visitor.field(message, *field));
    if (field->wire != ProtoField::Wire::kBytes) continue;
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const ProtoPart& row) {
      return row.message == message && row.field == field->number;
    });
    if (part == parts.end()) continue;
    if (open.size() == kMostDepth) {
      return Error(Code::kLimit, fmt::format("messages nested more than {} deep", kMostDepth),
                   field->bytes.offset);
    }
    open.emplace_back(part->part, source, field->bytes);
  }
  return {};
}

}  // namespace weighlock::scan

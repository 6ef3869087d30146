// "CBM1", the size of a FlatBuffers table, and the table (catboost/libs/model/flatbuffers): trees,
// which are arrays of numbers, and texts that tell how they were made. Nothing in it names code.
// Its loader checks the arrays by the same offsets. Parts behind the table are of forms of their
// own.
#include <fmt/format.h>

#include <array>

#include "base/bytes.h"
#include "scan/model/inert_formats.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kHeadBytes = 8;
// The tables of the model itself are small; its arrays are not read.
constexpr uint64_t kMostFields = 1000;
constexpr std::string_view kVersion = "FlabuffersModel_v1";  // sic

class Table {
 public:
  explicit Table(ByteSource bytes) : bytes_(std::move(bytes)) {}

  // Where the table begins that the offset at `at` leads to.
  Result<uint64_t> Target(uint64_t at) const {
    WL_TRY(const uint64_t offset, Number(at));
    if (offset == 0 || offset > bytes_.size() - at) return Broken("an offset inside of it", at);
    return at + offset;
  }

  // Where the offset of a field stands; 0 where the table at `table` does not have it.
  Result<uint64_t> Field(uint64_t table, uint64_t index) const {
    WL_TRY(const uint64_t back, Number(table));
    const auto distance = static_cast<int64_t>(static_cast<int32_t>(back));
    const int64_t names = static_cast<int64_t>(table) - distance;
    if (names < 0 || static_cast<uint64_t>(names) > bytes_.size()) {
      return Broken("a list of fields inside of it", table);
    }
    const auto fields = static_cast<uint64_t>(names);
    WL_TRY(const uint64_t size, Short(fields));
    if (size < 4 || size % 2 != 0 || size > 4 + 2 * kMostFields) {
      return Broken("a list of fields", fields);
    }
    if (index >= (size - 4) / 2) return uint64_t{0};
    WL_TRY(const uint64_t offset, Short(fields + 4 + 2 * index));
    if (offset == 0) return uint64_t{0};
    if (offset > bytes_.size() - table) return Broken("a field inside of it", table);
    return table + offset;
  }

  // The elements of an array, or characters of a text, all of which must be there.
  Result<uint64_t> Count(uint64_t at, uint64_t element_bytes) const {
    WL_TRY(const uint64_t count, Number(at));
    if (count > (bytes_.size() - at - 4) / element_bytes) return Broken("a whole array", at);
    return count;
  }

  Result<std::string> Text(uint64_t at) const {
    WL_TRY(const uint64_t size, Count(at, 1));
    WL_TRY(const ByteVector text, bytes_.Read(at + 4, std::min<uint64_t>(size, 100)));
    return std::string(AsText(text));
  }

 private:
  Error Broken(std::string_view wanted, uint64_t at) const {
    return Error(Code::kMalformed, fmt::format("the model wants {}", wanted), kHeadBytes + at);
  }

  Result<uint64_t> Number(uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 4) return Broken("a number inside of it", at);
    WL_TRY(const ByteVector raw, bytes_.Read(at, 4));
    return uint64_t{LoadLe<uint32_t>(raw)};
  }

  Result<uint64_t> Short(uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 2) return Broken("a number inside of it", at);
    WL_TRY(const ByteVector raw, bytes_.Read(at, 2));
    return uint64_t{LoadLe<uint16_t>(raw)};
  }

  ByteSource bytes_;
};

// TModelCore { FormatVersion, ModelTrees, InfoMap, ModelPartIds }
Result<bool> HasOtherParts(const Table& model) {
  WL_TRY(const uint64_t root, model.Target(0));
  WL_TRY(const uint64_t version_at, model.Field(root, 0));
  if (version_at == 0) return Error(Code::kMalformed, "the model has no version", kHeadBytes);
  WL_TRY(const uint64_t text, model.Target(version_at));
  WL_TRY(const std::string version, model.Text(text));
  if (version != kVersion) return Error(Code::kUnsupported, "a model of another version", text);
  for (const uint64_t index : {uint64_t{1}, uint64_t{2}}) {
    WL_TRY(const uint64_t at, model.Field(root, index));
    if (at != 0) WL_CHECKED(model.Target(at));
  }
  WL_TRY(const uint64_t parts_at, model.Field(root, 3));
  if (parts_at == 0) return false;
  WL_TRY(const uint64_t parts, model.Target(parts_at));
  WL_TRY(const uint64_t count, model.Count(parts, 4));
  return count != 0;
}

Status JudgeModel(const ByteSource& source, const FileScan& scan) {
  WL_TRY(const ByteVector head, source.Read(0, kHeadBytes));
  const uint64_t size = LoadLe<uint32_t>(Bytes(head).subspan(4));
  const uint64_t left = source.size() - kHeadBytes;
  if (size > left) {
    return Error(Code::kTruncated, fmt::format("the model wants {} bytes, {} are left", size, left),
                 kHeadBytes);
  }
  WL_TRY(const bool has_parts, HasOtherParts(Table(source.Slice(kHeadBytes, size, source.name()))));
  if (has_parts) {
    scan.Unjudged("WL-S-001", kHeadBytes, "a model of CatBoost with parts that are not read here");
  } else if (size != left) {
    return Error(Code::kMalformed, fmt::format("{} bytes follow the model", left - size),
                 kHeadBytes + size);
  }
  return {};
}

}  // namespace

bool IsCatBoost(const Subject& subject) {
  return AsText(subject.head).starts_with("CBM1") && subject.source.size() >= kHeadBytes;
}

void JudgeCatBoost(const Subject& subject, const FileScan& scan) {
  if (const Status status = JudgeModel(subject.source, scan); !status) {
    scan.Unreadable(status.error());
  }
}

}  // namespace weighlock::scan

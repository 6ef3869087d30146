// "CBM1", the size of a FlatBuffers table, and the table (catboost/libs/model/flatbuffers): trees,
// which are arrays of numbers, and texts that tell how they were made. Nothing in it names code.
// Its loader checks the arrays by the same offsets. Behind it may stand parts: statistics of
// categories, which are tables as well, and what texts and embeddings want, of forms of their own.
#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/escape.h"
#include "scan/model/flat_table.h"
#include "scan/model/forward_reader.h"
#include "scan/model/inert_formats.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kHeadBytes = 8;
constexpr std::string_view kVersion = "FlabuffersModel_v1";  // sic
constexpr std::string_view kStatistics = "static_provider_v1";

// TModelCore { FormatVersion, ModelTrees, InfoMap, ModelPartIds }: the names of the parts behind
// it.
Result<std::vector<std::string>> PartsOf(const FlatTable& model) {
  constexpr uint64_t kMostParts = 16;
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
  std::vector<std::string> names;
  WL_TRY(const uint64_t parts_at, model.Field(root, 3));
  if (parts_at == 0) return names;
  WL_TRY(const uint64_t parts, model.Target(parts_at));
  WL_TRY(const uint64_t count, model.Count(parts, 4));
  if (count > kMostParts) return Error(Code::kMalformed, "a model of very many parts", kHeadBytes);
  for (uint64_t i = 0; i < count; ++i) {
    WL_TRY(const uint64_t name, model.Target(parts + 4 + 4 * i));
    WL_TRY(std::string part, model.Text(name));
    names.push_back(std::move(part));
  }
  return names;
}

// Statistics of categories: how many tables, and each behind its size. A table, TCtrValueTable, has
// what it is of, a hash of categories, and numbers.
Status WalkStatistics(ForwardReader& reader) {
  constexpr uint64_t kMostTables = 100'000, kLargest = 0xFFFFFFFE;
  WL_TRY(const uint64_t tables, reader.Le<uint32_t>());
  if (tables > kMostTables) {
    return Error(Code::kLimit, "statistics of more than 100,000 tables", reader.at() - 4);
  }
  for (uint64_t i = 0; i < tables; ++i) {
    WL_TRY(const uint64_t size, reader.Le<uint32_t>());
    const uint64_t at = reader.at();
    if (size > reader.left() || size > kLargest) {
      return Error(Code::kTruncated,
                   fmt::format("statistics want {} bytes, {} are left", size, reader.left()), at);
    }
    const FlatTable table(reader.source().Slice(at, size, "statistics"), at);
    WL_TRY(const uint64_t root, table.Target(0));
    for (const uint64_t index : {uint64_t{1}, uint64_t{2}}) {
      WL_TRY(const uint64_t field, table.Field(root, index));
      if (field == 0) continue;
      WL_TRY(const uint64_t target, table.Target(field));
      WL_CHECKED(table.Count(target, 1));
    }
    WL_CHECKED(reader.Skip(size));
  }
  return {};
}

Status JudgeModel(const ByteSource& source, const FileScan& scan) {
  WL_TRY(const ByteVector head, source.Read(0, kHeadBytes));
  const uint64_t size = LoadLe<uint32_t>(Bytes(head).subspan(4));
  const uint64_t left = source.size() - kHeadBytes;
  if (size > left) {
    return Error(Code::kTruncated, fmt::format("the model wants {} bytes, {} are left", size, left),
                 kHeadBytes);
  }
  const FlatTable model(source.Slice(kHeadBytes, size, source.name()), kHeadBytes);
  WL_TRY(const std::vector<std::string> parts, PartsOf(model));
  ForwardReader reader(source, kHeadBytes + size);
  for (const std::string& part : parts) {
    if (part != kStatistics) {
      scan.Unjudged("WL-S-001", reader.at(),
                    fmt::format("a model of CatBoost with the part {}, which is not read here",
                                Quote(part, 40)));
      return {};
    }
    WL_CHECKED(WalkStatistics(reader));
  }
  if (reader.left() == 0) return {};
  return Error(Code::kMalformed, fmt::format("{} bytes follow the model", reader.left()),
               reader.at());
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

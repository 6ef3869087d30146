// data/weights/*_weights_config.json: {"config": {"weight": {"path_name": "weight_0", "use_pickle":
// false, "tensor_meta": {"dtype": 7, "sizes": [{"as_int": 2}]}}}}, of torch 2.8 and later.
#include "scan/pickle/torch_export_judge.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>

#include "base/checked.h"
#include "base/escape.h"
#include "json/json.h"
#include "scan/pickle/torch_records.h"

namespace weighlock::scan {
namespace {

// Bytes of an element, by torch._export.serde.schema.ScalarType.
std::optional<uint64_t> ElementBytes(uint64_t type) {
  constexpr std::array<uint8_t, 14> kBytes = {0, 1, 1, 2, 4, 8, 2, 4, 8, 4, 8, 16, 1, 2};
  if (type < kBytes.size() && kBytes[type] != 0) return kBytes[type];
  if (type == 28) return 2;                // uint16
  if (type >= 29 && type <= 33) return 1;  // float8
  return std::nullopt;
}

std::optional<uint64_t> BytesOf(const JsonValue& tensor) {
  const JsonValue* type = tensor.Find("dtype");
  const JsonValue* sizes = tensor.Find("sizes");
  if (type == nullptr || sizes == nullptr || !type->AsUint()) return std::nullopt;
  auto bytes = ElementBytes(*type->AsUint());
  for (const JsonValue& size : sizes->items) {
    const JsonValue* number = size.Find("as_int");
    const auto count = number == nullptr ? std::nullopt : number->AsUint();
    bytes = bytes && count ? CheckedMul(*bytes, *count) : std::nullopt;
  }
  return bytes;
}

bool IsConfig(std::string_view record) {
  return (record.starts_with("data/weights/") && record.ends_with("_weights_config.json")) ||
         (record.starts_with("data/constants/") && record.ends_with("_constants_config.json"));
}

class ExportJudge {
 public:
  ExportJudge(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained)
      : zip_(zip), scan_(scan), explained_(explained), records_(zip.directory) {}

  void Judge() {
    for (size_t i = 0; i < zip_.directory.members.size(); ++i) {
      if (!IsConfig(records_.NameOf(i))) continue;
      const ZipMember& member = zip_.directory.members[i];
      if (member.size > zip_.limits.json_bytes) continue;  // judged, and said, by its content
      const auto content = zip_.Content(member);
      if (!content) continue;
      const auto text = content->Read(0, content->size());
      if (text) JudgeConfig(member.name.substr(0, member.name.rfind('/') + 1), *text);
    }
  }

 private:
  void JudgeConfig(const std::string& folder, Bytes text) {
    const auto root = ParseJson(text, zip_.limits, DuplicateKeys::kLastCounts);
    const JsonValue* config = root ? root->Find("config") : nullptr;
    if (config == nullptr) return;
    for (const JsonMember& entry : config->members) JudgeTensor(folder, entry.value);
  }

  void JudgeTensor(const std::string& folder, const JsonValue& entry) {
    const std::string* name = entry.FindString("path_name");
    const JsonValue* tensor = entry.Find("tensor_meta");
    if (name == nullptr || tensor == nullptr || entry.FindTrue("use_pickle")) return;
    const auto bytes = BytesOf(*tensor);
    const auto found = records_.Find(folder + *name);
    if (!bytes || !found) return;
    const ZipMember& member = zip_.directory.members[*found];
    if (member.size < *bytes) return;
    explained_[*found] = true;
    if (member.size > *bytes) {
      scan_.Add("WL-S-118", member.local_header_offset,
                fmt::format("{} has {} bytes, its tensor only {}", Quote(member.name), member.size,
                            *bytes));
    }
  }

  const ZipView& zip_;
  const FileScan& scan_;
  std::vector<bool>& explained_;
  TorchRecords records_;
};

}  // namespace

bool IsTorchExport(const ZipView& zip) {
  return zip.directory.Find(TorchRootOf(zip.directory) + "archive_format") != nullptr;
}

void JudgeTorchExport(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  ExportJudge(zip, scan, explained).Judge();
}

}  // namespace weighlock::scan

// The pickle is judged, its ids are held against the members, its tensors against their storages. A
// member that no id names is nobody's data: it is judged by its content like any other file.
#include "scan/pickle/torch_zip_judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "scan/pickle/nested_tensors.h"
#include "scan/pickle/pickle_judge.h"
#include "scan/pickle/torch_records.h"
#include "scan/pickle/torch_storages.h"

namespace weighlock::scan {
namespace {

// What a traced graph was traced with: kept without its elements, and loaded by nobody.
constexpr std::string_view kTracedInputs = "traced_inputs.pkl";

class TorchZipJudge {
 public:
  TorchZipJudge(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained)
      : zip_(zip), scan_(scan), explained_(explained), records_(zip.directory) {}

  void Judge(PickleHome home) {
    for (size_t i = 0; i < zip_.directory.members.size(); ++i) {
      const std::string_view record = records_.NameOf(i);
      if (record == "data.pkl" || (home == PickleHome::kTorchScript && IsScriptPickle(record))) {
        JudgeObject(i, home);
      } else if (home == PickleHome::kTorchScript && record.starts_with("code/")) {
        ++code_files_;
        explained_[i] = record.ends_with(".py");
      }
    }
    if (code_files_ > 0) {
      scan_.Add("WL-S-303", kNoOffset,
                fmt::format("{} files of TorchScript code: a graph that runs where it is loaded",
                            code_files_));
    }
  }

 private:
  static bool IsScriptPickle(std::string_view record) {
    return record == "constants.pkl" || record == "attributes.pkl" || record == kTracedInputs ||
           record.ends_with(".debug_pkl");
  }

  void JudgeObject(size_t i, PickleHome home) {
    const ZipMember& member = zip_.directory.members[i];
    const uint64_t offset = ZipView::OffsetOf(member);
    explained_[i] = true;
    const FileScan scan =
        scan_.scanner().Begin(scan_.place().Inside(member.name, offset), member.size);
    scan.SetFormat("pickle");
    const auto content = zip_.Content(member);
    if (!content) return scan.Unreadable(content.error());
    const JudgedPickle judged = RunAndJudge(*content, 0, home, 0, scan);
    if (!judged.end) return;
    JudgeBehind(*content, *judged.end, 1, scan);
    auto storages = JudgeStorageIds(judged.pickle, torch::PidForm::kZip, scan);
    if (!storages) return;
    const std::string_view record = records_.NameOf(i);
    if (record != kTracedInputs) JudgeTensors(judged.pickle, *storages, scan);
    const std::string folder =
        records_.root() + std::string(record.substr(0, record.find('.'))) + "/";
    const auto read = [&](const torch::Storage& storage, uint64_t first, uint64_t size) {
      return BytesOf(folder + storage.key, first, size);
    };
    JudgeNestedTensors(judged.pickle, *storages, read, scan);
    MatchMembers(*storages, folder, scan);
  }

  Result<ByteVector> BytesOf(const std::string& name, uint64_t first, uint64_t size) const {
    const ZipMember* order = zip_.directory.Find(records_.root() + "byteorder");
    if (order != nullptr) {
      WL_TRY(const ByteSource text, zip_.Content(*order));
      WL_TRY(const ByteVector word, text.Head(10));
      if (AsText(word) != "little") {
        return Error(Code::kUnsupported, "a nested tensor whose sizes are not little-endian");
      }
    }
    const ZipMember* member = zip_.directory.Find(name);
    if (member == nullptr) return Error(Code::kTruncated, "a storage is not there");
    WL_TRY(const ByteSource content, zip_.Content(*member));
    if (!FitsIn(first, size, content.size())) {
      return Error(Code::kTruncated, "a storage is shorter than its tensors");
    }
    return content.Read(first, size);
  }

  // Storages of `folder` that the pickle claims are data, and as long as it says.
  void MatchMembers(torch::Storages& storages, const std::string& folder, const FileScan& scan) {
    std::vector<const torch::Storage*> found;
    for (size_t i = 0; i < zip_.directory.members.size(); ++i) {
      const ZipMember& member = zip_.directory.members[i];
      if (!std::string_view(member.name).starts_with(folder)) continue;
      const torch::Storage* storage =
          storages.Find(std::string_view(member.name).substr(folder.size()));
      if (storage == nullptr) continue;
      found.push_back(storage);
      explained_[i] = true;
      const bool is_left_out = member.size == 0 && folder.ends_with("traced_inputs/");
      if (is_left_out) continue;
      if (member.size < storage->size) {
        scan.Unjudged("WL-S-002", storage->claimed_at,
                      fmt::format("{} has {} bytes, the pickle claims {}", Quote(member.name),
                                  member.size, storage->size));
      } else if (member.size > storage->size) {
        scan_.Add("WL-S-118", member.local_header_offset,
                  fmt::format("{} has {} bytes, the pickle claims only {}", Quote(member.name),
                              member.size, storage->size));
      }
    }
    std::sort(found.begin(), found.end());
    for (const torch::Storage& storage : storages.all()) {
      if (std::binary_search(found.begin(), found.end(), &storage)) continue;
      scan.Unjudged(
          "WL-S-002", storage.claimed_at,
          fmt::format("no member {}, which the pickle refers to", Quote(folder + storage.key)));
    }
  }

  const ZipView& zip_;
  const FileScan& scan_;
  std::vector<bool>& explained_;
  TorchRecords records_;
  size_t code_files_ = 0;
};

bool HasRecord(const ZipView& zip, std::string_view record) {
  return zip.directory.Find(TorchRootOf(zip.directory) + std::string(record)) != nullptr;
}

}  // namespace

bool IsTorchScript(const ZipView& zip) {
  return HasRecord(zip, "constants.pkl") || HasRecord(zip, "model.json");
}

bool IsTorchZip(const ZipView& zip) {
  return HasRecord(zip, "data.pkl");
}

void JudgeTorchZip(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  TorchZipJudge(zip, scan, explained).Judge(PickleHome::kTorchZip);
}

void JudgeTorchScript(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  TorchZipJudge(zip, scan, explained).Judge(PickleHome::kTorchScript);
}

}  // namespace weighlock::scan

// Pickles lie anywhere in it, storages at .data/KEY.storage, graphs of TorchScript below
// .data/ts_code/. A name of a pickle is looked for among the archive's own modules, but for those
// that .data/extern_modules lists: so it is no more than what the archive's Python makes of it, and
// that Python is told of. Sources are judged by their content, like any other file.
#include "scan/pickle/torch_package_judge.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "scan/pickle/nested_tensors.h"
#include "scan/pickle/pickle_judge.h"
#include "scan/pickle/pickle_names.h"
#include "scan/pickle/pickle_text.h"
#include "scan/pickle/torch_records.h"
#include "scan/pickle/torch_storages.h"

namespace weighlock::scan {
namespace {

using pickle::ValueId;
using pickle::ValueKind;

constexpr std::string_view kData = ".data/", kScripts = ".data/ts_code/";

// A pickle as PackageExporter writes it, of protocol 2 or later.
bool BeginsPickle(const ByteSource& content) {
  const auto head = content.Head(2);
  return head && head->size() == 2 && (*head)[0] == std::byte{0x80} && (*head)[1] >= std::byte{2} &&
         (*head)[1] <= std::byte{5};
}

class PackageJudge {
 public:
  PackageJudge(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained)
      : zip_(zip), scan_(scan), explained_(explained), records_(zip.directory) {}

  void Judge() {
    uint64_t modules = 0, graphs = 0;
    for (size_t i = 0; i < zip_.directory.members.size(); ++i) {
      const std::string_view record = records_.NameOf(i);
      const bool is_of_script = record.starts_with(kScripts);
      if (explained_[i] || record.empty() || record.ends_with(".storage")) continue;
      if (record.ends_with(".py")) {
        ++(is_of_script ? graphs : modules);
        continue;
      }
      JudgeRecord(i, is_of_script ? PickleHome::kTorchScript : PickleHome::kTorchPackage);
    }
    if (modules > 0) {
      scan_.Add("WL-S-305", kNoOffset,
                fmt::format("{} modules of Python, which torch.package runs to load its pickles",
                            modules));
    }
    if (graphs > 0) {
      scan_.Add("WL-S-303", kNoOffset,
                fmt::format("{} files of TorchScript code: a graph that runs where it is loaded",
                            graphs));
    }
  }

 private:
  // What is no pickle is left to those who judge by content.
  void JudgeRecord(size_t i, PickleHome home) {
    const ZipMember& member = zip_.directory.members[i];
    const auto content = zip_.Content(member);
    if (!content || !BeginsPickle(*content)) return;
    explained_[i] = true;
    const FileScan scan = scan_.scanner().Begin(
        scan_.place().Inside(member.name, ZipView::OffsetOf(member)), member.size);
    scan.SetFormat("pickle");
    const JudgedPickle judged = RunAndJudge(*content, 0, home, 0, scan);
    if (!judged.end) return;
    JudgeBehind(*content, *judged.end, 1, scan);
    JudgeReduced(judged.pickle, scan);
    auto storages = JudgeStorageIds(judged.pickle, torch::PidForm::kPackage, scan);
    if (!storages) return;
    JudgeTensors(judged.pickle, *storages, scan);
    const std::string_view ending = home == PickleHome::kTorchScript ? "" : ".storage";
    const auto read = [&](const torch::Storage& storage, uint64_t first, uint64_t size) {
      return BytesOf(storage, ending, first, size);
    };
    JudgeNestedTensors(judged.pickle, *storages, read, scan);
    for (const torch::Storage& storage : storages->all()) MatchMember(storage, ending, scan);
  }

  // ("reduce_package", number, function, arguments): the function is called, with the importer
  // before the arguments.
  void JudgeReduced(const pickle::Pickle& pickle, const FileScan& scan) const {
    const pickle::PickleGraph& graph = pickle.graph;
    graph.ForEachOf({ValueKind::kPersistentId}, [&](ValueId id) {
      const ValueId pid = graph.persistent_id(id);
      if (graph.kind(pid) != ValueKind::kTuple) return;  // said where storages are collected
      const auto parts = graph.items(pid);
      const bool reduces =
          !parts.empty() && graph.is_string(parts[0]) && graph.text(parts[0]) == "reduce_package";
      if (!reduces) return;
      const auto function =
          parts.size() >= 3 ? CalleeOf(pickle, parts[parts.size() - 2]) : std::nullopt;
      if (function && IsScriptOfPackage(*function)) return;
      scan.Add("WL-S-107", pickle.OffsetOf(id),
               fmt::format("asks torch.package to call {}", Repr(graph, pid)));
    });
  }

  const ZipMember* Find(const torch::Storage& storage, std::string_view ending) const {
    const auto found =
        records_.Find(fmt::format("{}{}{}{}", records_.root(), kData, storage.key, ending));
    return found ? &zip_.directory.members[*found] : nullptr;
  }

  Result<ByteVector> BytesOf(const torch::Storage& storage, std::string_view ending, uint64_t first,
                             uint64_t size) const {
    const ZipMember* member = Find(storage, ending);
    if (member == nullptr) return Error(Code::kTruncated, "a storage is not there");
    WL_TRY(const ByteSource content, zip_.Content(*member));
    if (!FitsIn(first, size, content.size())) {
      return Error(Code::kTruncated, "a storage is shorter than its tensors");
    }
    return content.Read(first, size);
  }

  void MatchMember(const torch::Storage& storage, std::string_view ending, const FileScan& scan) {
    const ZipMember* member = Find(storage, ending);
    if (member == nullptr) {
      return scan.Unjudged(
          "WL-S-002", storage.claimed_at,
          fmt::format("no storage {}, which the pickle refers to", Quote(storage.key)));
    }
    explained_[static_cast<size_t>(member - zip_.directory.members.data())] = true;
    if (member->size < storage.size) {
      scan.Unjudged("WL-S-002", storage.claimed_at,
                    fmt::format("{} has {} bytes, the pickle claims {}", Quote(member->name),
                                member->size, storage.size));
    } else if (member->size > storage.size) {
      scan_.Add("WL-S-118", member->local_header_offset,
                fmt::format("{} has {} bytes, the pickle claims only {}", Quote(member->name),
                            member->size, storage.size));
    }
  }

  const ZipView& zip_;
  const FileScan& scan_;
  std::vector<bool>& explained_;
  TorchRecords records_;
};

}  // namespace

bool IsTorchPackage(const ZipView& zip) {
  const std::string data = TorchRootOf(zip.directory) + std::string(kData);
  return zip.directory.Find(data + "extern_modules") != nullptr ||
         zip.directory.Find(data + "version") != nullptr;
}

void JudgeTorchPackage(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  PackageJudge(zip, scan, explained).Judge();
}

}  // namespace weighlock::scan

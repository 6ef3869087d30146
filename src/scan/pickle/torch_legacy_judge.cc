// All five pickles are judged: torch loads each of them. docs/formats/torch-legacy.md.
#include "scan/pickle/torch_legacy_judge.h"

#include <fmt/format.h>

#include <array>
#include <set>

#include "base/checked.h"
#include "base/escape.h"
#include "format/torch/torch_reader.h"
#include "scan/pickle/nested_tensors.h"
#include "scan/pickle/pickle_judge.h"
#include "scan/pickle/torch_storages.h"

namespace weighlock::scan {
namespace {

class LegacyJudge {
 public:
  LegacyJudge(const ByteSource& source, const FileScan& scan) : source_(source), scan_(scan) {}

  void Judge() {
    for (uint64_t stream = 0; stream < streams_.size(); ++stream) {
      streams_[stream] = RunAndJudge(source_, at_, PickleHome::kTorchLegacy, stream, scan_);
      if (!streams_[stream].end) return;
      at_ = *streams_[stream].end;
    }
    auto storages = JudgeStorageIds(streams_[kObject].pickle, torch::PidForm::kLegacy, scan_);
    if (!storages) return;
    JudgeTensors(streams_[kObject].pickle, *storages, scan_);
    if (!PassStorages(*storages)) return;
    const auto read = [&](const torch::Storage& storage, uint64_t first, uint64_t size) {
      return source_.Read(storages->Find(storage.key)->offset + first, size);
    };
    JudgeNestedTensors(streams_[kObject].pickle, *storages, read, scan_);
    JudgeBehind(source_, at_, streams_.size(), scan_);
  }

 private:
  // Magic number, protocol version, system information, object, keys.
  static constexpr size_t kObject = 3;
  static constexpr size_t kKeys = 4;

  // Past each storage that the keys list, in their order. False where they do not fit.
  bool PassStorages(torch::Storages& storages) {
    const pickle::Pickle& keys = streams_[kKeys].pickle;
    if (keys.graph.kind(keys.root) != pickle::ValueKind::kList)
      return Damaged("the list of keys is none");
    std::set<std::string_view> passed;
    for (const pickle::ValueId key : keys.graph.items(keys.root)) {
      if (!keys.graph.is_string(key)) return Damaged("a storage key is no string");
      torch::Storage* storage = storages.Find(keys.graph.text(key));
      if (storage == nullptr || !passed.insert(storage->key).second) {
        return Damaged(fmt::format("key {} is listed twice, or used by nothing",
                                   Quote(keys.graph.text(key), 40)));
      }
      if (!PassStorage(*storage)) return false;
    }
    if (passed.size() == storages.all().size()) return true;
    return Damaged("a storage that the object uses has no data");
  }

  // Its number of elements, then the elements.
  bool PassStorage(torch::Storage& storage) {
    const auto count = source_.Read(at_, 8);
    if (!count) {
      scan_.Unreadable(count.error());
      return false;
    }
    if (LoadLe<uint64_t>(*count) != storage.count || storage.size > source_.size() - at_ - 8) {
      return Damaged(
          fmt::format("storage {} has {} elements and {} bytes are left, the object claims "
                      "{} elements of {} bytes",
                      Quote(storage.key, 40), LoadLe<int64_t>(*count), source_.size() - at_ - 8,
                      storage.count, storage.size));
    }
    storage.offset = at_ + 8;
    at_ += 8 + storage.size;
    return true;
  }

  bool Damaged(std::string what) {
    scan_.Unjudged("WL-S-002", at_, std::move(what));
    return false;
  }

  const ByteSource& source_;
  const FileScan& scan_;
  std::array<JudgedPickle, 5> streams_;
  uint64_t at_ = 0;
};

}  // namespace

bool IsTorchLegacy(const Subject& subject) {
  return LooksLikeTorchLegacy(subject.head);
}

void JudgeTorchLegacy(const Subject& subject, const FileScan& scan) {
  LegacyJudge(subject.source, scan).Judge();
}

}  // namespace weighlock::scan

#include "format/torch/bare_pickle.h"

#include <fmt/format.h>

#include <map>

#include "format/torch/torch_legacy_reader.h"
#include "format/torch/torch_tensors.h"

namespace weighlock::torch {
namespace {

using pickle::ValueId;
using pickle::ValueKind;

class NestedStorages {
 public:
  NestedStorages(const ByteSource& source, const pickle::Pickle& pickle, const Limits& limits)
      : source_(source), pickle_(pickle), limits_(limits) {}

  Result<Storages> Read() {
    const pickle::PickleGraph& graph = pickle_.graph;
    for (ValueId id = 0; id < graph.size(); ++id) {
      if (graph.kind(id) != ValueKind::kCall) continue;
      const pickle::Call call = graph.call(id);
      if (CalleeName(graph, call.callee) != "torch.storage._load_from_bytes") continue;
      if (graph.kind(call.args) != ValueKind::kTuple || graph.items(call.args).size() != 1)
        continue;
      const ValueId bytes = graph.items(call.args)[0];
      if (graph.kind(bytes) == ValueKind::kBytes) WL_CHECKED(Add(id, graph.text(bytes)));
    }
    return std::move(storages_);
  }

 private:
  Status Add(ValueId call, std::string_view text) {
    // Bytes that stand in the pickle as they are; those that were escaped are nowhere in the file.
    const std::string_view all = AsText(pickle_.graph.source());
    const std::less_equal<> before;
    if (!before(all.data(), text.data()) ||
        !before(text.data() + text.size(), all.data() + all.size())) {
      return {};
    }
    const uint64_t begin = pickle_.start + static_cast<uint64_t>(text.data() - all.data());
    const auto [known, is_new] = by_begin_.try_emplace(begin);
    if (is_new) {
      WL_TRY(known->second, ReadStream(begin, text.size()));
    }
    storages_.AddView(call, known->second);
    return {};
  }

  // The storage that the stream at `begin` is of. One stream may be named by many calls.
  Result<StorageView> ReadStream(uint64_t begin, uint64_t size) {
    auto nested = ReadTorchLegacy(source_.Slice(begin, size, source_.name()), limits_);
    if (!nested) {
      const Error& error = nested.error();
      return Error(error.code(), "a storage's own stream: " + error.what(),
                   error.offset() == kNoOffset ? begin : begin + error.offset());
    }
    const StorageView* view = nested->storages.View(nested->pickle.root);
    if (view == nullptr) {
      return Error(Code::kMalformed, "a storage's own stream holds something else", begin);
    }
    Storage storage = nested->storages.all()[view->storage];
    storage.key = fmt::format("+0x{:x}", begin);
    storage.claimed_at = begin;
    if (storage.offset != kNoOffset) storage.offset += begin;
    return StorageView{storages_.Add(std::move(storage)), view->first, view->count};
  }

  const ByteSource& source_;
  const pickle::Pickle& pickle_;
  const Limits& limits_;
  Storages storages_;
  std::map<uint64_t, StorageView> by_begin_;  // in bytes of the source
};

}  // namespace

Result<TorchObject> ReadBarePickle(const ByteSource& source, const Limits& limits) {
  TorchObject object;
  object.model.format = "pickle";
  WL_TRY(object.pickle, pickle::RunPickle(source, 0, limits));
  if (object.pickle.end != source.size()) {
    object.model.notes.push_back(
        fmt::format("{} bytes stand behind the pickle", source.size() - object.pickle.end));
  }
  WL_TRY(object.storages, NestedStorages(source, object.pickle, limits).Read());
  return object;
}

}  // namespace weighlock::torch

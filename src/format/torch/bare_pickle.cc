// A legacy stream stands as bytes inside of the pickle; it is read like a file of its own, at the
// place where the bytes lie.
#include "format/torch/bare_pickle.h"

#include <fmt/format.h>

#include <map>

#include "format/torch/pickled_bytes.h"
#include "format/torch/torch_legacy_reader.h"
#include "format/torch/torch_tensors.h"

namespace weighlock::torch {
namespace {

using pickle::ValueId;
using pickle::ValueKind;

class NestedStorages {
 public:
  NestedStorages(const ByteSource& source, const pickle::Pickle& pickle, const Limits& limits,
                 Model& model)
      : source_(source), pickle_(pickle), limits_(limits), model_(model) {}

  Result<Storages> Read() {
    const pickle::PickleGraph& graph = pickle_.graph;
    for (ValueId id = 0; id < graph.size(); ++id) {
      if (graph.kind(id) != ValueKind::kCall) continue;
      const pickle::Call call = graph.call(id);
      if (CalleeName(graph, call.callee) != "torch.storage._load_from_bytes") continue;
      if (graph.kind(call.args) != ValueKind::kTuple || graph.items(call.args).size() != 1)
        continue;
      const ValueId bytes = graph.items(call.args)[0];
      if (graph.kind(bytes) == ValueKind::kBytes && IsInPlace(graph.text(bytes))) {
        WL_CHECKED(AddInPlace(id, graph.text(bytes)));
      } else {
        WL_CHECKED(AddEscaped(id, bytes));
      }
    }
    return std::move(storages_);
  }

 private:
  // Whether the bytes stand in the pickle as they are.
  bool IsInPlace(std::string_view text) const {
    const std::string_view all = AsText(pickle_.graph.source());
    const std::less_equal<> before;
    return before(all.data(), text.data()) &&
           before(text.data() + text.size(), all.data() + all.size());
  }

  Status AddInPlace(ValueId call, std::string_view text) {
    const std::string_view all = AsText(pickle_.graph.source());
    const uint64_t begin = pickle_.start + static_cast<uint64_t>(text.data() - all.data());
    const auto [known, is_new] = by_begin_.try_emplace(begin);
    if (is_new) {
      WL_TRY(known->second,
             ReadStream(source_.Slice(begin, text.size(), source_.name()), begin, begin));
    }
    storages_.AddView(call, known->second);
    return {};
  }

  // Bytes that the pickle keeps as text are unpacked and held. One value may be named by many
  // calls.
  Status AddEscaped(ValueId call, ValueId bytes) {
    const auto [known, is_new] = by_value_.try_emplace(bytes);
    if (is_new) {
      auto content = PickledBytes(pickle_.graph, bytes);
      if (!content) return {};
      WL_TRY(const uint64_t held_at, Hold(pickle_, *content, model_));
      WL_TRY(StorageView view,
             ReadStream(ByteSource::FromMemory(*std::move(content), source_.name()), held_at,
                        pickle_.OffsetOf(bytes)));
      storages_.all()[view.storage].is_held = true;
      known->second = view;
    }
    if (known->second) storages_.AddView(call, *known->second);
    return {};
  }

  // The storage that a stream holds. Its bytes are at `begin` of what they are to be read from;
  // `at` is where the pickle has it.
  Result<StorageView> ReadStream(const ByteSource& stream, uint64_t begin, uint64_t at) {
    auto nested = ReadTorchLegacy(stream, limits_);
    if (!nested) {
      return Error(nested.error().code(), "a storage's own stream: " + nested.error().what(), at);
    }
    const StorageView* view = nested->storages.View(nested->pickle.root);
    if (view == nullptr) {
      return Error(Code::kMalformed, "a storage's own stream holds something else", at);
    }
    Storage storage = nested->storages.all()[view->storage];
    storage.key = fmt::format("+0x{:x}", at);
    storage.claimed_at = at;
    if (storage.offset != kNoOffset) storage.offset += begin;
    return StorageView{storages_.Add(std::move(storage)), view->first, view->count};
  }

  const ByteSource& source_;
  const pickle::Pickle& pickle_;
  const Limits& limits_;
  Model& model_;
  Storages storages_;
  std::map<uint64_t, StorageView> by_begin_;  // in bytes of the source
  std::map<ValueId, std::optional<StorageView>> by_value_;
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
  WL_TRY(object.storages, NestedStorages(source, object.pickle, limits, object.model).Read());
  return object;
}

}  // namespace weighlock::torch

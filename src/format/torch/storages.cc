// Persistent ids of torch: ("storage", class, key, location, count) in zips, with a sixth part in
// the older stream, which also knows ("module", class, file, source), as torch.package knows
// ("reduce_package", number, function, arguments).
#include "format/torch/storages.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/escape.h"

namespace weighlock::torch {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

struct Claim {
  Storage storage;
  StorageView view;
};

class PidReader {
 public:
  PidReader(const pickle::Pickle& pickle, PidForm form)
      : pickle_(pickle), graph_(pickle.graph), form_(form) {}

  // Nothing for ids that name no storage.
  Result<std::optional<Claim>> Read(ValueId id) const {
    const ValueId pid = graph_.persistent_id(id);
    const uint64_t at = pickle_.OffsetOf(id);
    if (graph_.kind(pid) != ValueKind::kTuple) {
      return Error(
          Code::kMalformed,
          fmt::format("a persistent id wants a tuple, got {}", pickle::KindWord(graph_.kind(pid))),
          at);
    }
    const auto parts = graph_.items(pid);
    if (form_ == PidForm::kLegacy && parts.size() == 4 && IsText(parts[0], "module")) {
      return std::optional<Claim>();
    }
    if (form_ == PidForm::kPackage && !parts.empty() && IsText(parts[0], "reduce_package")) {
      return std::optional<Claim>();
    }
    const size_t wanted = form_ == PidForm::kLegacy ? 6 : 5;
    if (parts.size() != wanted || !IsText(parts[0], "storage")) {
      return Error(Code::kMalformed,
                   fmt::format("a persistent id wants (\"storage\", ...) of {} parts, got {} parts",
                               wanted, parts.size()),
                   at);
    }
    Claim claim;
    claim.storage.claimed_at = at;
    WL_CHECKED(ReadClass(parts[1], at, claim.storage));
    if (!graph_.is_string(parts[2]) || !graph_.is_string(parts[3])) {
      return Error(Code::kMalformed, "a storage wants its key and location as strings", at);
    }
    claim.storage.key = std::string(graph_.text(parts[2]));
    WL_CHECKED(ReadCount(parts[4], at, claim.storage));
    claim.view.count = claim.storage.count;
    if (parts.size() == 6) WL_CHECKED(ReadView(parts[5], at, claim));
    return std::optional<Claim>(std::move(claim));
  }

 private:
  bool IsText(ValueId id, std::string_view text) const {
    return graph_.is_string(id) && graph_.text(id) == text;
  }

  Status ReadClass(ValueId id, uint64_t at, Storage& storage) const {
    if (graph_.kind(id) != ValueKind::kGlobal || graph_.global(id).computed) {
      return Error(
          Code::kMalformed,
          fmt::format("a storage wants a class, got {}", pickle::KindWord(graph_.kind(id))), at);
    }
    const pickle::Global global = graph_.global(id);
    storage.type = fmt::format("{} {}", global.module, global.name);
    const bool ours = global.module == "torch" || global.module.starts_with("torch.");
    const bool untyped = global.name == "UntypedStorage" || global.name == "_UntypedStorage";
    if (ours && !untyped) storage.dtype = DTypeFromTorchStorage(global.name);
    if (ours && (untyped || storage.dtype)) return {};
    return Error(Code::kMalformed,
                 fmt::format("{} is no storage class we know", Quote(storage.type)), at);
  }

  Status ReadCount(ValueId id, uint64_t at, Storage& storage) const {
    const auto count = AsCount(graph_, id);
    const auto size = count ? CheckedMul(*count, StorageItemBytes(storage.dtype)) : std::nullopt;
    if (!size) {
      return Error(Code::kMalformed,
                   fmt::format("storage {} wants a number of elements", Quote(storage.key)), at);
    }
    storage.count = *count;
    storage.size = *size;
    return {};
  }

  // None, or (view key, first element, number of elements).
  Status ReadView(ValueId id, uint64_t at, Claim& claim) const {
    if (graph_.kind(id) == ValueKind::kNone) return {};
    if (graph_.kind(id) == ValueKind::kTuple && graph_.items(id).size() == 3) {
      const auto first = AsCount(graph_, graph_.items(id)[1]);
      const auto count = AsCount(graph_, graph_.items(id)[2]);
      if (first && count && FitsIn(*first, *count, claim.storage.count)) {
        claim.view.first = *first;
        claim.view.count = *count;
        return {};
      }
    }
    return Error(Code::kMalformed,
                 fmt::format("the view of storage {} does not lie in its {} elements",
                             Quote(claim.storage.key), claim.storage.count),
                 at);
  }

  const pickle::Pickle& pickle_;
  const PickleGraph& graph_;
  PidForm form_;
};

}  // namespace

uint64_t StorageItemBytes(std::optional<DType> dtype) {
  return dtype ? std::max<uint64_t>(1, Info(*dtype).bits / 8) : 1;
}

std::optional<uint64_t> AsCount(const PickleGraph& graph, ValueId id) {
  if (graph.kind(id) != ValueKind::kInt || graph.integer(id) < 0) return std::nullopt;
  return static_cast<uint64_t>(graph.integer(id));
}

Result<Storages> Storages::Collect(const pickle::Pickle& pickle, PidForm form) {
  Storages out;
  const PidReader reader(pickle, form);
  for (ValueId id = 0; id < pickle.graph.size(); ++id) {
    if (pickle.graph.kind(id) != ValueKind::kPersistentId) continue;
    WL_TRY(auto claim, reader.Read(id));
    if (!claim) continue;
    const auto [entry, added] = out.by_key_.try_emplace(claim->storage.key, out.all_.size());
    if (added) {
      out.all_.push_back(std::move(claim->storage));
    } else {
      const Storage& first = out.all_[entry->second];
      const Storage& again = claim->storage;
      if (first.dtype != again.dtype || first.count != again.count) {
        return Error(Code::kMismatch,
                     fmt::format("storage {} is {} of {} in one place, {} of {} in another",
                                 Quote(first.key), Escape(first.type), first.count,
                                 Escape(again.type), again.count),
                     again.claimed_at);
      }
    }
    claim->view.storage = entry->second;
    out.views_.emplace(id, claim->view);
  }
  return out;
}

size_t Storages::Add(Storage storage) {
  by_key_.emplace(storage.key, all_.size());
  all_.push_back(std::move(storage));
  return all_.size() - 1;
}

Storage* Storages::Find(std::string_view key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &all_[found->second];
}

const Tensor* Storages::TensorAt(ValueId id) const {
  const auto found = tensors_.find(id);
  return found == tensors_.end() ? nullptr : &found->second;
}

const StorageView* Storages::View(ValueId id) const {
  const auto found = views_.find(id);
  return found == views_.end() ? nullptr : &found->second;
}

}  // namespace weighlock::torch

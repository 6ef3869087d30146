// The storages that a pickle's persistent ids name: what is claimed, and where the bytes are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pickle/pickle.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::torch {

// A storage of the file. Two ids that name one key are one storage.
struct Storage {
  std::string key;
  std::optional<DType> dtype;   // none: untyped bytes
  std::string type;             // the class, for messages: "torch FloatStorage"
  uint64_t count = 0;           // elements (bytes where untyped)
  uint64_t size = 0;            // bytes
  uint64_t offset = kNoOffset;  // bytes from the start of the source, where known
  bool is_held = false;         // the offset counts in Model::held
  uint64_t claimed_at = 0;      // where the first persistent id that names it stands
};

// A persistent id: a storage, or a run of its elements (old files keep views of storages so).
struct StorageView {
  size_t storage = 0;  // index into Storages::all()
  uint64_t first = 0;  // in elements of the storage
  uint64_t count = 0;
};

// kPackage: of torch.package, whose ids may also name a function for it to call, which is no
// storage.
enum class PidForm : uint8_t { kZip, kLegacy, kPackage };

class Storages {
 public:
  // Takes the claims of every persistent id that the pickle made. Errors: kMalformed (an id that
  // torch would not load, an unknown class, numbers out of range), kMismatch (one key claimed in
  // two ways). Their offsets count in the pickle's source.
  static Result<Storages> Collect(const pickle::Pickle& pickle, PidForm form);

  std::vector<Storage>& all() { return all_; }
  const std::vector<Storage>& all() const { return all_; }

  Storage* Find(std::string_view key);

  // A storage that no persistent id names, of a key that is its own; and the call that makes it.
  size_t Add(Storage storage);
  // A persistent id that names a tensor (the tar of torch 0.1), and that tensor, or null.
  void AddTensor(pickle::ValueId id, const Tensor& tensor) { tensors_.emplace(id, tensor); }
  const Tensor* TensorAt(pickle::ValueId id) const;
  void AddView(pickle::ValueId call, const StorageView& view) { views_.emplace(call, view); }

  // What a persistent id of the pickle (or a call given to AddView) names; null where it is a
  // module's source, or no id at all.
  const StorageView* View(pickle::ValueId id) const;

 private:
  std::vector<Storage> all_;  // in the order of their first id
  std::map<std::string, size_t, std::less<>> by_key_;
  std::unordered_map<pickle::ValueId, StorageView> views_;
  std::unordered_map<pickle::ValueId, Tensor> tensors_;
};

// Bytes of one element as a storage counts it (1 for the packed sub-byte types).
uint64_t StorageItemBytes(std::optional<DType> dtype);

// A non-negative integer of the pickle.
std::optional<uint64_t> AsCount(const pickle::PickleGraph& graph, pickle::ValueId id);

}  // namespace weighlock::torch

// Five pickles, then each storage as a count and its bytes.
#include "format/torch/torch_legacy_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/checked.h"
#include "base/escape.h"
#include "format/torch/storages.h"
#include "pickle/pickle.h"

namespace weighlock::torch {
namespace {

using pickle::Pickle;
using pickle::ValueId;
using pickle::ValueKind;

constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr int64_t kProtocolVersion = 1001;

class LegacyModelReader {
 public:
  LegacyModelReader(const ByteSource& source, const Limits& limits)
      : source_(source), limits_(limits) {}

  Result<TorchObject> Read() {
    model_.format = "torch-legacy";
    WL_CHECKED(ReadPreamble());
    WL_TRY(Pickle object, Next("the object"));
    WL_TRY(const Pickle keys, Next("the list of keys"));
    WL_TRY(Storages storages, Storages::Collect(object, PidForm::kLegacy));
    WL_CHECKED(PlaceStorages(keys, storages));
    if (at_ < source_.size()) {
      model_.notes.push_back(
          fmt::format("{} bytes stand behind the last storage", source_.size() - at_));
    }
    return TorchObject{std::move(object), std::move(storages), std::move(model_), "", false};
  }

 private:
  Result<Pickle> Next(std::string_view what) {
    auto pickle = pickle::RunPickle(source_, at_, limits_);
    if (!pickle) {
      const Error& error = pickle.error();
      return Error(error.code(), fmt::format("{}: {}", what, error.what()), error.offset());
    }
    at_ = pickle->end;
    if (what != "the object") {
      model_.globals.insert(model_.globals.end(), pickle->globals.begin(), pickle->globals.end());
    }
    return pickle;
  }

  // Magic number, protocol version, and what machine wrote the file.
  Status ReadPreamble() {
    WL_TRY(const Pickle magic, Next("the magic number"));
    if (magic.graph.kind(magic.root) != ValueKind::kBigInt ||
        magic.graph.text(magic.root) != kMagic) {
      return Error(Code::kMalformed, "no magic number of torch", 0);
    }
    WL_TRY(const Pickle version, Next("the protocol version"));
    if (version.graph.kind(version.root) != ValueKind::kInt ||
        version.graph.integer(version.root) != kProtocolVersion) {
      return Error(Code::kUnsupported,
                   fmt::format("protocol version {} is wanted", kProtocolVersion), version.start);
    }
    WL_TRY(const Pickle system, Next("the system information"));
    if (system.graph.kind(system.root) != ValueKind::kDict) {
      return Error(Code::kMalformed, "the system information wants a dict", system.start);
    }
    const auto items = system.graph.items(system.root);
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      const bool is_order =
          system.graph.is_string(items[i]) && system.graph.text(items[i]) == "little_endian";
      if (is_order && system.graph.kind(items[i + 1]) == ValueKind::kBool &&
          !system.graph.boolean(items[i + 1])) {
        model_.notes.push_back("written on a big-endian machine; loaders ignore it");
      }
    }
    return {};
  }

  Status PlaceStorages(const Pickle& keys, Storages& storages) {
    if (keys.graph.kind(keys.root) != ValueKind::kList) {
      return Error(Code::kMalformed, "the list of keys wants a list", keys.start);
    }
    std::set<std::string_view> listed;
    for (const ValueId key : keys.graph.items(keys.root)) {
      if (!keys.graph.is_string(key)) {
        return Error(Code::kMalformed, "a storage key wants a string", keys.OffsetOf(key));
      }
      const std::string_view text = keys.graph.text(key);
      Storage* storage = storages.Find(text);
      if (storage == nullptr) {
        return Error(Code::kMismatch,
                     fmt::format("key {} is listed, and not used by the object", Quote(text)),
                     keys.OffsetOf(key));
      }
      if (!listed.insert(storage->key).second) {
        return Error(Code::kMalformed, fmt::format("key {} is listed twice", Quote(text)),
                     keys.OffsetOf(key));
      }
      WL_CHECKED(PlaceStorage(*storage));
    }
    for (const Storage& storage : storages.all()) {
      if (listed.contains(storage.key)) continue;
      return Error(Code::kNotFound,
                   fmt::format("storage {} has no data: its key is not listed", Quote(storage.key)),
                   storage.claimed_at);
    }
    if (not_at_hand_ > 0) {
      model_.notes.push_back(
          fmt::format("the sizes of {} storages were not at hand to compare", not_at_hand_));
    }
    return {};
  }

  Status PlaceStorage(Storage& storage) {
    auto count = source_.Read(at_, 8);
    const bool is_missing = !count && count.error().code() == Code::kUnsupported;
    if (!count && !is_missing) {
      return Error(
          count.error().code(),
          fmt::format("storage {}: its count {}", Quote(storage.key), count.error().what()), at_);
    }
    if (!is_missing && LoadLe<uint64_t>(*count) != storage.count) {
      return Error(Code::kMismatch,
                   fmt::format("storage {} has {} elements, the object claims {}",
                               Quote(storage.key), LoadLe<int64_t>(*count), storage.count),
                   at_);
    }
    if (!FitsIn(at_, 8, source_.size()) || storage.size > source_.size() - at_ - 8) {
      return Error(Code::kTruncated,
                   fmt::format("storage {} wants {} bytes, {} are left", Quote(storage.key),
                               storage.size, source_.size() - std::min(source_.size(), at_ + 8)),
                   at_);
    }
    at_ += 8;
    if (is_missing) {
      ++not_at_hand_;
    } else {
      storage.offset = at_;
    }
    at_ += storage.size;
    return {};
  }

  ByteSource source_;
  const Limits& limits_;
  Model model_;
  uint64_t at_ = 0;
  uint64_t not_at_hand_ = 0;
};

}  // namespace

Result<TorchObject> ReadTorchLegacy(const ByteSource& source, const Limits& limits) {
  return LegacyModelReader(source, limits).Read();
}

}  // namespace weighlock::torch

// Tables of pickles and raw numbers: storages with their bytes, tensors over them, and the object
// whose persistent ids are the numbers of tensors.
#include "format/torch/torch_tar_reader.h"

#include <fmt/format.h>

#include <charconv>

#include "base/checked.h"
#include "base/escape.h"
#include "container/tar/tar_reader.h"
#include "format/torch/tensor_placement.h"
#include "format/torch/torch_tensors.h"

namespace weighlock::torch {
namespace {

using pickle::Pickle;
using pickle::ValueId;
using pickle::ValueKind;

constexpr int32_t kMostDimensions = 64;

class TarModelReader {
 public:
  TarModelReader(const ByteSource& source, const Limits& limits)
      : source_(source), limits_(limits) {}

  Result<TorchObject> Read() {
    object_.model.format = "torch-tar";
    WL_CHECKED(FindMembers());
    WL_CHECKED(Begin("storages"));
    WL_CHECKED(ReadStorages());
    WL_CHECKED(Begin("tensors"));
    WL_CHECKED(ReadTensors());
    WL_CHECKED(Begin("pickle"));
    WL_TRY(object_.pickle, Next("the object"));
    WL_CHECKED(NameTensors());
    return std::move(object_);
  }

 private:
  struct Member {
    uint64_t begin, size;
  };
  // What a table's number stands for.
  struct Numbered {
    size_t storage;
    uint64_t first, count;  // elements
  };

  Status FindMembers() {
    const auto stream = StreamOf(source_);
    TarReader tar(*stream, limits_);
    while (true) {
      WL_TRY(const auto member, tar.Next());
      if (!member) return {};
      if (member->type == TarMember::Type::kFile) {
        members_[member->path] = {member->data_offset, member->size};
      }
    }
  }

  Status Begin(const std::string& name) {
    const auto found = members_.find(name);
    if (found == members_.end()) {
      return Error(Code::kUnsupported, fmt::format("no member {}", Quote(name)), 0);
    }
    at_ = found->second.begin;
    end_ = at_ + found->second.size;
    return {};
  }

  // The pickle at at_, which must end inside the member.
  Result<Pickle> Next(std::string_view what) {
    const ByteSource member = source_.Slice(0, end_, source_.name());
    auto pickle = pickle::RunPickle(member, at_, limits_);
    if (!pickle) {
      const Error& error = pickle.error();
      return Error(error.code(), fmt::format("{}: {}", what, error.what()), error.offset());
    }
    at_ = pickle->end;
    auto& globals = object_.model.globals;
    if (what != "the object") {
      globals.insert(globals.end(), pickle->globals.begin(), pickle->globals.end());
    }
    return pickle;
  }

  template <class T>
  Result<T> Number(std::string_view what) {
    if (end_ - at_ < sizeof(T)) {
      return Error(Code::kTruncated,
                   fmt::format("{} wants {} bytes, {} are left", what, sizeof(T), end_ - at_), at_);
    }
    WL_TRY(const ByteVector bytes, source_.Read(at_, sizeof(T)));
    at_ += sizeof(T);
    return LoadLe<T>(bytes);
  }

  Result<uint64_t> Count(std::string_view what) {
    const uint64_t start = at_;
    WL_TRY(const Pickle pickle, Next(what));
    const auto count = AsCount(pickle.graph, pickle.root);
    if (count) return *count;
    return Error(Code::kMalformed, fmt::format("{} wants a number", what), start);
  }

  // The three parts of a table's row.
  static Result<std::span<const ValueId>> Row(const Pickle& row, std::string_view what) {
    if (row.graph.kind(row.root) == ValueKind::kTuple && row.graph.items(row.root).size() == 3) {
      return row.graph.items(row.root);
    }
    return Error(Code::kMalformed, fmt::format("{} wants a tuple of three", what), row.start);
  }

  static Result<int64_t> Key(const Pickle& row, ValueId id) {
    if (row.graph.kind(id) == ValueKind::kInt) return row.graph.integer(id);
    return Error(Code::kMalformed, "a key wants a number", row.OffsetOf(id));
  }

  Status ReadStorages() {
    WL_TRY(const uint64_t count, Count("the number of storages"));
    for (uint64_t i = 0; i < count; ++i) WL_CHECKED(ReadStorage());
    WL_TRY(const Pickle views, Next("the list of views"));
    if (views.graph.kind(views.root) != ValueKind::kList) {
      return Error(Code::kMalformed, "the list of views wants a list", views.start);
    }
    for (const ValueId view : views.graph.items(views.root)) WL_CHECKED(ReadView(views, view));
    return {};
  }

  // (key, location, class), the number of elements, and the elements.
  Status ReadStorage() {
    const uint64_t start = at_;
    WL_TRY(const Pickle row, Next("a storage"));
    WL_TRY(const auto parts, Row(row, "a storage"));
    WL_TRY(const int64_t key, Key(row, parts[0]));
    Storage storage;
    storage.key = std::to_string(key);
    storage.claimed_at = start;
    const std::string name = CalleeName(row.graph, parts[2]);
    storage.type = name;
    if (name.starts_with("torch.")) {
      std::string_view last = name;
      last.remove_prefix(name.rfind('.') + 1);
      storage.dtype = DTypeFromTorchStorage(last);
    }
    if (!storage.dtype) {
      return Error(Code::kMalformed, fmt::format("{} is no storage class we know", Quote(name)),
                   start);
    }
    WL_TRY(storage.count, Number<uint64_t>("the size of a storage"));
    const auto size = CheckedMul(storage.count, StorageItemBytes(storage.dtype));
    if (!size || *size > end_ - at_) {
      return Error(Code::kTruncated,
                   fmt::format("storage {} wants {} elements, {} bytes are left",
                               Quote(storage.key), storage.count, end_ - at_),
                   start);
    }
    storage.size = *size;
    storage.offset = at_;
    at_ += *size;
    const uint64_t elements = storage.count;
    const size_t index = object_.storages.Add(std::move(storage));
    if (storages_.emplace(key, Numbered{index, 0, elements}).second) return {};
    return Error(Code::kMalformed, fmt::format("storage {} is there twice", key), start);
  }

  // (key, root's key, first element, number of elements)
  Status ReadView(const Pickle& views, ValueId id) {
    const uint64_t at = views.OffsetOf(id);
    if (views.graph.kind(id) != ValueKind::kTuple || views.graph.items(id).size() != 4) {
      return Error(Code::kMalformed, "a view wants a tuple of four", at);
    }
    const auto parts = views.graph.items(id);
    WL_TRY(const int64_t key, Key(views, parts[0]));
    WL_TRY(const int64_t root, Key(views, parts[1]));
    const auto first = AsCount(views.graph, parts[2]), count = AsCount(views.graph, parts[3]);
    const auto found = storages_.find(root);
    if (found == storages_.end() || !first || !count ||
        !FitsIn(*first, *count, found->second.count)) {
      return Error(Code::kMalformed, fmt::format("view {} does not lie in storage {}", key, root),
                   at);
    }
    const Numbered view{found->second.storage, found->second.first + *first, *count};
    if (storages_.emplace(key, view).second) return {};
    return Error(Code::kMalformed, fmt::format("storage {} is there twice", key), at);
  }

  Status ReadTensors() {
    WL_TRY(const uint64_t count, Count("the number of tensors"));
    for (uint64_t i = 0; i < count; ++i) WL_CHECKED(ReadTensor());
    return {};
  }

  // (key, storage's key, class), the number of dimensions, sizes, strides, the first element.
  Status ReadTensor() {
    const uint64_t start = at_;
    WL_TRY(const Pickle row, Next("a tensor"));
    WL_TRY(const auto parts, Row(row, "a tensor"));
    WL_TRY(const int64_t key, Key(row, parts[0]));
    WL_TRY(const int64_t storage_key, Key(row, parts[1]));
    const auto storage = storages_.find(storage_key);
    if (storage == storages_.end()) {
      return Error(Code::kMalformed,
                   fmt::format("tensor {} wants storage {}, which is not there", key, storage_key),
                   start);
    }
    WL_TRY(const int32_t dimensions, Number<int32_t>("the dimensions of a tensor"));
    WL_TRY([[maybe_unused]] const int32_t unused, Number<int32_t>("the dimensions of a tensor"));
    if (dimensions < 0 || dimensions > kMostDimensions) {
      return Error(Code::kMalformed,
                   fmt::format("tensor {} has {} dimensions, at most {} are allowed", key,
                               dimensions, kMostDimensions),
                   start);
    }
    Shape shape;
    std::vector<int64_t> strides;
    for (int32_t i = 0; i < dimensions; ++i) {
      WL_TRY(const uint64_t size, Number<uint64_t>("a size"));
      shape.push_back(size);
    }
    for (int32_t i = 0; i < dimensions; ++i) {
      WL_TRY(const int64_t stride, Number<int64_t>("a stride"));
      strides.push_back(stride);
    }
    WL_TRY(const uint64_t first, Number<uint64_t>("an offset"));
    const Numbered& in = storage->second;
    const Storage& bytes = object_.storages.all()[in.storage];
    auto placed = PlaceInStorage(bytes, {in.storage, in.first, in.count}, *bytes.dtype,
                                 {std::move(shape), std::move(strides), first});
    if (!placed) {
      return Error(Code::kMalformed, fmt::format("tensor {} {}", key, placed.error().what()),
                   start);
    }
    if (tensors_.emplace(key, *std::move(placed)).second) return {};
    return Error(Code::kMalformed, fmt::format("tensor {} is there twice", key), start);
  }

  // A persistent id is a number, in decimal or not; or a class with its source, of which loaders
  // take the class.
  Status NameTensors() {
    const auto& graph = object_.pickle.graph;
    for (ValueId id = 0; id < graph.size(); ++id) {
      if (graph.kind(id) != ValueKind::kPersistentId) continue;
      const ValueId pid = graph.persistent_id(id);
      if (graph.kind(pid) == ValueKind::kTuple) continue;
      int64_t key = 0;
      if (graph.kind(pid) == ValueKind::kInt) {
        key = graph.integer(pid);
      } else {
        const std::string_view text = graph.is_string(pid) ? graph.text(pid) : "";
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key);
        if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
          return Error(Code::kMalformed, "a persistent id wants a number",
                       object_.pickle.OffsetOf(id));
        }
      }
      if (const auto tensor = tensors_.find(key); tensor != tensors_.end()) {
        object_.storages.AddTensor(id, tensor->second);
      } else if (const auto storage = storages_.find(key); storage != storages_.end()) {
        object_.storages.AddView(
            id, {storage->second.storage, storage->second.first, storage->second.count});
      } else {
        return Error(Code::kMalformed, fmt::format("nothing has the number {}", key),
                     object_.pickle.OffsetOf(id));
      }
    }
    return {};
  }

  const ByteSource& source_;
  const Limits& limits_;
  TorchObject object_;
  std::map<std::string, Member> members_;
  uint64_t at_ = 0, end_ = 0;  // of the member being read, in bytes of the source
  std::map<int64_t, Numbered> storages_;
  std::map<int64_t, Tensor> tensors_;  // without their names
};

}  // namespace

Result<TorchObject> ReadTorchTar(const ByteSource& source, const Limits& limits) {
  return TarModelReader(source, limits).Read();
}

}  // namespace weighlock::torch

// Gathering tensors, and recognising tied ones.
#include "package/tensor_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/escape.h"
#include "package/gathered.h"

namespace weighlock {
namespace {

bool SameBytes(const Tensor& a, const Tensor& b) {
  return a.storage == b.storage && a.data.offset == b.data.offset && a.data.size == b.data.size &&
         a.dtype == b.dtype && a.shape == b.shape && a.strides == b.strides && a.data.size > 0;
}

// safetensors writers leave one of two tied tensors out and say so in the metadata.
void RestoreRemoved(const Model& model, size_t first, TensorList& list) {
  std::map<std::string_view, size_t> names;
  for (size_t i = first; i < list.tensors.size(); ++i) names.emplace(list.tensors[i].name, i);
  for (const auto& [removed, kept] : model.metadata) {
    const auto found = names.find(kept);
    // "format": "pt" names a framework, even where a tensor is called pt.
    if (removed == "format") continue;
    if (found == names.end() || names.contains(removed)) {
      list.metadata.emplace(removed, kept);
      continue;
    }
    list.aliases.push_back({removed, found->second});
    list.notes.push_back(fmt::format("tensor {} shares the bytes of {} again, as the metadata says",
                                     Quote(removed), Quote(kept)));
  }
}

}  // namespace

// What stands beside the tensors stays behind, and not unseen.
void NoteExtras(const Model& model, std::vector<std::string>& notes) {
  constexpr size_t kMost = 10;
  for (size_t i = 0; i < std::min(model.extras.size(), kMost); ++i) {
    notes.push_back("left out, being no tensor: " + model.extras[i]);
  }
  if (model.extras.size() <= kMost) return;
  notes.push_back(
      fmt::format("left out: {} more values that are no tensors", model.extras.size() - kMost));
}

std::vector<size_t> FirstTwins(const Model& model) {
  std::vector<size_t> twins;
  twins.reserve(model.tensors.size());
  std::map<std::pair<uint64_t, uint64_t>, size_t> by_bytes;  // (storage, offset)
  for (size_t i = 0; i < model.tensors.size(); ++i) {
    const Tensor& tensor = model.tensors[i];
    const auto [first, is_new] = by_bytes.emplace(std::pair(tensor.storage, tensor.data.offset), i);
    twins.push_back(!is_new && SameBytes(model.tensors[first->second], tensor) ? first->second : i);
  }
  return twins;
}

Status AddTensors(const Model& model, const ByteSource& file, const Limits& limits,
                  TensorList& list) {
  if (!model.left_out.empty()) {
    return Error(Code::kUnsupported, fmt::format("{} tensors cannot be rewritten, the first: {}",
                                                 model.left_out.size(), model.left_out[0]));
  }
  const size_t first = list.tensors.size();
  const ByteSource held =
      ByteSource::FromMemory(model.held ? *model.held : ByteVector(), file.name());
  const std::vector<size_t> twins = FirstTwins(model);
  std::vector<size_t> place(twins.size());                // in the list
  std::map<std::pair<uint64_t, uint64_t>, size_t> whole;  // (offset, size), if not gathered
  size_t gathered = 0;
  for (size_t i = 0; i < twins.size(); ++i) {
    const Tensor& tensor = model.tensors[i];
    if (twins[i] != i) {
      list.aliases.push_back({tensor.name, place[twins[i]]});
      continue;
    }
    place[i] = list.tensors.size();
    list.tensors.push_back(tensor);
    const ByteSource source = tensor.is_held ? held : file;
    list.files.push_back(source);
    if (!NeedsGathering(tensor)) {
      if (!tensor.is_held) {
        whole.emplace(std::pair(tensor.data.offset, tensor.data.size), list.tensors.size() - 1);
      }
      continue;
    }
    WL_TRY(list.files.back(), Gathered(tensor, source, limits));
    Tensor& plain = list.tensors.back();
    plain.data = {0, list.files.back().size()};
    plain.strides.reset();
    plain.big_endian = false;
    plain.is_held = false;
    ++gathered;
  }
  for (const Checksum& checksum : model.checksums) {
    const auto same = whole.find({checksum.data.offset, checksum.data.size});
    list.checksums.push_back(
        {checksum.name, file, checksum.data, checksum.crc32,
         same == whole.end() ? std::nullopt : std::optional<size_t>(same->second)});
  }
  NoteExtras(model, list.notes);
  if (gathered > 0) {
    list.notes.push_back(fmt::format(
        "{} tensors are strided views or big-endian: their elements were gathered", gathered));
  }
  RestoreRemoved(model, first, list);
  return {};
}

Result<TensorList> CollectTensors(const OpenedPackage& opened, const WeightSet& set,
                                  const Limits& limits) {
  if (!set.complete) {
    return Error(Code::kMalformed, "the set of weights is not complete", kNoOffset,
                 opened.package.path);
  }
  TensorList list;
  for (const size_t file : set.files) {
    const Artefact& artefact = opened.package.artefacts[file];
    Status added = AddTensors(*artefact.model, opened.sources[file], limits, list);
    if (!added) return std::move(added).error().In(artefact.path);
  }
  std::set<std::string_view> names;
  const auto is_new = [&](std::string_view name) { return names.insert(name).second; };
  for (const Tensor& tensor : list.tensors) {
    if (!is_new(tensor.name)) {
      return Error(Code::kMismatch,
                   fmt::format("tensor {} stands in two shards", Quote(tensor.name)));
    }
  }
  for (const TensorAlias& alias : list.aliases) {
    if (!is_new(alias.name)) {
      return Error(Code::kMismatch, fmt::format("tensor {} stands twice", Quote(alias.name)));
    }
  }
  return list;
}

}  // namespace weighlock

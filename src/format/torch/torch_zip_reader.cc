// From a zip's members to a Model: root folder, version, byte order, the object, its storages.
#include "format/torch/torch_zip_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/checked.h"
#include "base/escape.h"
#include "format/torch/storages.h"
#include "pickle/pickle.h"

namespace weighlock::torch {
namespace {

constexpr uint64_t kMostRecordBytes = 64;  // of the small text records

class ZipModelReader {
 public:
  ZipModelReader(const ByteSource& source, const Limits& limits)
      : source_(source), limits_(limits) {}

  Result<TorchObject> Read() {
    WL_TRY(directory_, ReadZipDirectory(source_, limits_));
    model_.format = "torch-zip";
    model_.notes = directory_.notes;
    WL_CHECKED(FindRoot());
    WL_CHECKED(CheckVersion());
    WL_CHECKED(ReadByteOrder());
    const ZipMember* object = Find("data.pkl");
    if (object == nullptr) {
      return Error(Code::kNotFound, fmt::format("no member {}", Quote(root_ + "data.pkl")));
    }
    if (Find("constants.pkl") != nullptr) {
      model_.notes.push_back("a TorchScript archive: torch.load hands it to torch.jit.load");
    }
    WL_TRY(const uint64_t payload, StoredPayload(*object));
    const ByteSource bytes = source_.Slice(payload, object->size, object->name);
    WL_TRY(pickle::Pickle pickle, pickle::RunPickle(bytes, 0, limits_).In(object->name));
    if (pickle.end != object->size) {
      model_.notes.push_back(fmt::format("{} bytes stand behind the pickle in {}",
                                         object->size - pickle.end, Quote(object->name)));
    }
    WL_TRY(Storages storages,
           Result<Storages>(Storages::Collect(pickle, PidForm::kZip)).In(object->name));
    WL_CHECKED(PlaceStorages(storages));
    return TorchObject{std::move(pickle), std::move(storages), std::move(model_), object->name,
                       big_endian_};
  }

 private:
  const ZipMember* Find(std::string_view name) const {
    return directory_.Find(root_ + std::string(name));
  }

  // torch takes the folder of the first member, and wants all others in it.
  Status FindRoot() {
    if (directory_.members.empty()) return Error(Code::kMalformed, "the zip has no members");
    const std::string& first = directory_.members.front().name;
    const size_t slash = first.find('/');
    if (slash == first.npos || slash == 0) {
      return Error(Code::kMalformed, fmt::format("{} is not in a folder", Quote(first)));
    }
    root_ = first.substr(0, slash + 1);
    for (const ZipMember& m : directory_.members) {
      if (!m.name.starts_with(root_)) {
        return Error(Code::kMalformed, fmt::format("{} is not in the folder {} of the first member",
                                                   Quote(m.name), Quote(root_)));
      }
    }
    return {};
  }

  // Where a stored member's data starts. Compressed ones cannot be mapped, by us or by torch.
  Result<uint64_t> StoredPayload(const ZipMember& m) const {
    if (!m.is_stored()) {
      return Error(Code::kUnsupported, fmt::format("{} is compressed", Quote(m.name)),
                   m.local_header_offset);
    }
    if (!m.payload_offset) {
      return Error(Code::kUnsupported, fmt::format("{} is not at hand", Quote(m.name)),
                   m.local_header_offset);
    }
    return *m.payload_offset;
  }

  // A small text member, or nothing where it is missing or not at hand.
  Result<std::optional<std::string>> SmallText(const ZipMember* m) const {
    if (m == nullptr || !m->payload_offset) return std::optional<std::string>();
    WL_TRY(const uint64_t payload, StoredPayload(*m));
    if (m->size > kMostRecordBytes) {
      return Error(
          Code::kLimit,
          fmt::format("{} has {} bytes, {} are allowed", Quote(m->name), m->size, kMostRecordBytes),
          payload);
    }
    auto bytes = source_.Read(payload, m->size);
    if (!bytes && bytes.error().code() == Code::kUnsupported) return std::optional<std::string>();
    if (!bytes) return std::move(bytes).error();
    return std::optional<std::string>(AsText(*bytes));
  }

  Status CheckVersion() {
    const ZipMember* m = Find(".data/version");
    if (m == nullptr) m = Find("version");
    if (m == nullptr) {
      return Error(Code::kNotFound, fmt::format("no member {}", Quote(root_ + "version")));
    }
    WL_TRY(const auto text, SmallText(m));
    if (!text) {
      model_.notes.push_back("the version record is not at hand");
      return {};
    }
    unsigned version = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), version);
    const std::string_view rest(end, static_cast<size_t>(text->data() + text->size() - end));
    if (error != std::errc() || version < 1 || version > 10) {
      return Error(Code::kUnsupported,
                   fmt::format("file format version {}, 1 to 10 are known", Quote(*text)),
                   *m->payload_offset);
    }
    if (!rest.empty() && rest != "\n") {
      model_.notes.push_back(fmt::format("the version record is {}", Quote(*text)));
    }
    return {};
  }

  Status ReadByteOrder() {
    const ZipMember* m = Find("byteorder");
    WL_TRY(const auto text, SmallText(m));
    if (!text || *text == "little") return {};
    if (*text != "big") {
      return Error(Code::kMalformed,
                   fmt::format("byte order {}, \"little\" or \"big\" is wanted", Quote(*text)),
                   *m->payload_offset);
    }
    big_endian_ = true;
    return {};
  }

  // Every storage that is claimed must be a member, and hold what is claimed.
  Status PlaceStorages(Storages& storages) {
    uint64_t records = 0;
    uint64_t longer = 0;
    for (const ZipMember& m : directory_.members) {
      const std::string_view name = std::string_view(m.name).substr(root_.size());
      if (!name.starts_with("data/")) continue;
      ++records;
      Storage* storage = storages.Find(name.substr(5));
      if (storage == nullptr) continue;
      if (!m.is_stored()) return StoredPayload(m).error();
      if (m.size < storage->size) {
        return Error(Code::kMismatch,
                     fmt::format("{} has {} bytes, the pickle claims {}", Quote(m.name), m.size,
                                 storage->size),
                     m.local_header_offset);
      }
      if (m.size > storage->size) ++longer;
      storage->offset = m.payload_offset.value_or(kNoOffset);
      is_found_.push_back(storage);
      if (m.payload_offset && m.size > 0) {
        model_.checksums.push_back({m.name, {*m.payload_offset, m.size}, m.crc32});
      }
    }
    std::sort(is_found_.begin(), is_found_.end());
    for (const Storage& storage : storages.all()) {
      if (std::binary_search(is_found_.begin(), is_found_.end(), &storage)) continue;
      return Error(Code::kNotFound,
                   fmt::format("no member {}, which the pickle refers to",
                               Quote(root_ + "data/" + storage.key)),
                   storage.claimed_at)
          .In(root_ + "data.pkl");
    }
    if (longer > 0) {
      model_.notes.push_back(fmt::format("{} storages are longer than the pickle claims", longer));
    }
    if (records > storages.all().size()) {
      model_.notes.push_back(fmt::format("{} members of {} belong to no tensor",
                                         records - storages.all().size(), Quote(root_ + "data/")));
    }
    return {};
  }

  ByteSource source_;
  const Limits& limits_;
  ZipDirectory directory_;
  Model model_;
  std::string root_;  // with its slash
  bool big_endian_ = false;
  std::vector<const Storage*> is_found_;
};

}  // namespace

bool IsTorchZip(const ZipDirectory& directory) {
  if (directory.members.empty()) return false;
  const std::string& first = directory.members.front().name;
  const size_t slash = first.find('/');
  return slash != first.npos && directory.Find(first.substr(0, slash) + "/data.pkl") != nullptr;
}

Result<TorchObject> ReadTorchZip(const ByteSource& source, const Limits& limits) {
  return ZipModelReader(source, limits).Read();
}

}  // namespace weighlock::torch

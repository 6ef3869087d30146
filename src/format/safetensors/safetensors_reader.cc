// The checks follow the order of the reference reader, so that a file with several faults is
// refused for the same one (docs/formats/safetensors.md has the table).
#include "format/safetensors/safetensors_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/escape.h"
#include "json/json.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

Error At(Code code, const JsonValue& value, std::string what) {
  return Error(code, std::move(what), kSafetensorsPrefix + value.offset);
}

Status ParseMetadata(const JsonValue& value, Model& model) {
  if (value.Is(Kind::kNull)) {
    model.notes.push_back("__metadata__ is null; readers take it as absent");
    return {};
  }
  if (!value.Is(Kind::kObject)) {
    return At(
        Code::kMalformed, value,
        fmt::format("__metadata__: wanted an object of strings, found {}", KindName(value.kind)));
  }
  model.has_metadata = true;
  if (value.members.empty()) {
    model.notes.push_back("__metadata__ is empty; loaders that ask it for \"format\" fail");
  }
  for (const auto& [key, item] : value.members) {
    if (!item.Is(Kind::kString)) {
      return At(Code::kMalformed, item,
                fmt::format("__metadata__ {}: wanted a string, found {}", Quote(key),
                            KindName(item.kind)));
    }
    model.metadata.emplace_back(key, item.text);
  }
  return {};
}

Status ParseShape(const JsonValue& value, Tensor& tensor) {
  if (!value.Is(Kind::kArray)) {
    return At(Code::kMalformed, value,
              fmt::format("tensor {}: shape: wanted an array, found {}", Quote(tensor.name),
                          KindName(value.kind)));
  }
  for (const JsonValue& item : value.items) {
    const auto size = item.AsUint();
    if (!size) {
      return At(Code::kMalformed, item,
                fmt::format("tensor {}: shape: wanted whole numbers from 0 to 2^64-1, found {}",
                            Quote(tensor.name),
                            item.Is(Kind::kNumber) ? Quote(item.text) : KindName(item.kind)));
    }
    tensor.shape.push_back(*size);
  }
  return {};
}

Status ParseDType(const JsonValue& value, Tensor& tensor) {
  if (!value.Is(Kind::kString)) {
    return At(Code::kMalformed, value,
              fmt::format("tensor {}: dtype: wanted a string, found {}", Quote(tensor.name),
                          KindName(value.kind)));
  }
  const auto dtype = DTypeFromSafetensors(value.text);
  if (!dtype) {
    return At(Code::kUnsupported, value,
              fmt::format("tensor {}: dtype {} is none that safetensors knows", Quote(tensor.name),
                          Quote(value.text)));
  }
  tensor.dtype = *dtype;
  return {};
}

// data_offsets, as written: relative to the end of the header. `end` is kept apart from
// tensor.data, which is only filled in when begin <= end is known.
struct Entry {
  Tensor tensor;
  uint64_t begin = 0, end = 0;
  const JsonValue* json;
};

Status ParseOffsets(const JsonValue& value, Entry& entry) {
  if (!value.Is(Kind::kArray) || value.items.size() != 2) {
    return At(Code::kMalformed, value,
              fmt::format("tensor {}: data_offsets: wanted [begin, end], found {}",
                          Quote(entry.tensor.name),
                          value.Is(Kind::kArray) ? fmt::format("an array of {}", value.items.size())
                                                 : std::string(KindName(value.kind))));
  }
  const auto begin = value.items[0].AsUint(), end = value.items[1].AsUint();
  if (!begin || !end) {
    return At(Code::kMalformed, value,
              fmt::format("tensor {}: data_offsets: wanted whole numbers from 0 to 2^64-1",
                          Quote(entry.tensor.name)));
  }
  entry.begin = *begin;
  entry.end = *end;
  return {};
}

Result<Entry> ParseEntry(const std::string& name, const JsonValue& value, Model& model) {
  Entry entry{Tensor{}, 0, 0, &value};
  entry.tensor.name = name;
  if (!value.Is(Kind::kObject)) {
    return At(
        Code::kMalformed, value,
        fmt::format("tensor {}: wanted an object, found {}", Quote(name), KindName(value.kind)));
  }
  for (const char* field : {"dtype", "shape", "data_offsets"}) {
    if (value.Find(field) == nullptr) {
      return At(Code::kMalformed, value, fmt::format("tensor {}: no {}", Quote(name), field));
    }
  }
  WL_CHECKED(ParseDType(*value.Find("dtype"), entry.tensor));
  WL_CHECKED(ParseShape(*value.Find("shape"), entry.tensor));
  WL_CHECKED(ParseOffsets(*value.Find("data_offsets"), entry));
  if (value.members.size() > 3) {
    model.notes.push_back(
        fmt::format("tensor {}: fields beside dtype, shape and data_offsets", Quote(name)));
  }
  return entry;
}

// Bytes that shape and dtype ask for.
Result<uint64_t> WantedBytes(const Entry& entry) {
  const Tensor& t = entry.tensor;
  const uint64_t bits_each = Info(t.dtype).bits;
  const auto elements = ElementCount(t.shape);
  const auto bits = elements ? CheckedMul(*elements, bits_each) : std::nullopt;
  if (!bits) {
    return At(Code::kMalformed, *entry.json,
              fmt::format("tensor {}: shape {} of {} is beyond 2^64 bits", Quote(t.name),
                          ShapeText(t.shape), Info(t.dtype).name));
  }
  if (*bits % 8 != 0) {
    return At(Code::kMalformed, *entry.json,
              fmt::format("tensor {}: shape {} of {} is {} bits, no whole number of bytes",
                          Quote(t.name), ShapeText(t.shape), Info(t.dtype).name, *bits));
  }
  return *bits / 8;
}

// Places the tensors behind one another: the first at 0, each where the last ended, the end at the
// file's. Steps 6 to 10 of the table.
Status PlaceTensors(std::vector<Entry>& entries, uint64_t header_end, uint64_t file_size,
                    Model& model) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  uint64_t position = 0;
  bool aligned = true;
  for (Entry& entry : entries) {
    Tensor& t = entry.tensor;
    if (entry.begin != position || entry.end < entry.begin) {
      const char* fault = entry.end < entry.begin  ? "ends before it begins"
                          : entry.begin > position ? "leaves a hole before it"
                                                   : "overlaps the one before it";
      return At(Code::kMalformed, *entry.json,
                fmt::format("tensor {}: data_offsets [{}, {}]: {}, wanted begin {}", Quote(t.name),
                            entry.begin, entry.end, fault, position));
    }
    WL_TRY(const uint64_t wanted, WantedBytes(entry));
    if (entry.end - entry.begin != wanted) {
      return At(Code::kMismatch, *entry.json,
                fmt::format("tensor {}: shape {} of {} wants {} bytes, data_offsets give {}",
                            Quote(t.name), ShapeText(t.shape), Info(t.dtype).name, wanted,
                            entry.end - entry.begin));
    }
    position = entry.end;
    t.data = {header_end + entry.begin, wanted};
    t.storage = model.tensors.size();
    aligned = aligned && (Info(t.dtype).bits < 16 || t.data.offset % (Info(t.dtype).bits / 8) == 0);
    if (t.name.empty() || t.name.find('\0') != std::string::npos) {
      model.notes.push_back(
          fmt::format("the tensor name {} is empty or holds a NUL", Quote(t.name)));
    }
    model.tensors.push_back(std::move(t));
  }
  const uint64_t held = file_size - header_end;
  if (position > held) {
    return Error(
        Code::kTruncated,
        fmt::format("the header promises {} bytes of tensors, the file holds {}", position, held),
        file_size);
  }
  if (position < held) {
    return Error(Code::kMalformed, fmt::format("{} bytes follow the last tensor", held - position),
                 header_end + position);
  }
  if (!aligned) model.notes.push_back("some tensors are not aligned to their element size");
  return {};
}

}  // namespace

bool LooksLikeSafetensors(Bytes head) {
  if (head.size() < kSafetensorsPrefix + 1) return false;
  if (LoadLe<uint64_t>(head) > Limits().safetensors_header) return false;
  const std::string_view text = AsText(head.subspan(kSafetensorsPrefix));
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

Result<uint64_t> SafetensorsHeaderEnd(Bytes prefix, uint64_t file_size, const Limits& limits) {
  if (file_size < kSafetensorsPrefix || prefix.size() < kSafetensorsPrefix) {
    return Error(
        Code::kTruncated,
        fmt::format("safetensors: wanted 8 bytes of header length, the file has {}", file_size), 0);
  }
  const auto length = LoadLe<uint64_t>(prefix);
  if (length > limits.safetensors_header) {
    return Error(Code::kLimit,
                 fmt::format("safetensors: the header says it is {} bytes, at most {} are allowed",
                             length, limits.safetensors_header),
                 0);
  }
  if (length > file_size - kSafetensorsPrefix) {
    return Error(Code::kTruncated,
                 fmt::format("safetensors: the header says it is {} bytes, {} follow", length,
                             file_size - kSafetensorsPrefix),
                 0);
  }
  return kSafetensorsPrefix + length;
}

Result<Model> ParseSafetensors(Bytes prefix_and_header, uint64_t file_size, const Limits& limits) {
  const Bytes header = prefix_and_header.subspan(kSafetensorsPrefix);
  auto parsed = ParseJson(header, limits);
  if (!parsed) {
    return Error(parsed.error().code(), parsed.error().what(),
                 kSafetensorsPrefix + parsed.error().offset());
  }
  const JsonValue root = *std::move(parsed);
  if (!root.Is(Kind::kObject)) {
    return At(Code::kMalformed, root,
              fmt::format("the header: wanted an object, found {}", KindName(root.kind)));
  }
  Model model;
  model.format = "safetensors";
  if (root.offset > 0) model.notes.push_back("white space stands before the header's brace");
  std::vector<Entry> entries;
  entries.reserve(root.members.size());
  for (const auto& [name, value] : root.members) {
    if (name == "__metadata__") {
      WL_CHECKED(ParseMetadata(value, model));
      continue;
    }
    WL_TRY(Entry entry, ParseEntry(name, value, model));
    entries.push_back(std::move(entry));
  }
  model.tensors.reserve(entries.size());
  WL_CHECKED(PlaceTensors(entries, prefix_and_header.size(), file_size, model));
  return model;
}

Result<Model> ReadSafetensors(const ByteSource& source, const Limits& limits) {
  WL_TRY(const ByteVector prefix, source.Head(kSafetensorsPrefix));
  WL_TRY(const uint64_t header_end, SafetensorsHeaderEnd(prefix, source.size(), limits));
  WL_TRY(const ByteVector header, source.Read(0, header_end));
  return ParseSafetensors(header, source.size(), limits);
}

}  // namespace weighlock

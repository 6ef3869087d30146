// Messages of an object's header (HDF5 file format specification IV.A.2), read as far as their
// values' places need.
#include "scan/hdf5/hdf5_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "scan/hdf5/hdf5_groups.h"

namespace weighlock::scan {
namespace {

Error Unknown(std::string_view what, uint64_t version, uint64_t at) {
  return Error(Code::kUnsupported, fmt::format("{} of version {}", what, version), at);
}

// How many elements a dataspace (IV.A.2.b) has.
Result<uint64_t> CountElements(Hdf5Fields fields) {
  const uint64_t at = fields.address();
  WL_TRY(const auto version, fields.Le<uint8_t>());
  if (version != 1 && version != 2) return Unknown("a dataspace", version, at);
  WL_TRY(const auto rank, fields.Le<uint8_t>());
  WL_CHECKED(fields.Skip(1));
  WL_TRY(const auto type, fields.Le<uint8_t>());
  WL_CHECKED(fields.Skip(version == 1 ? 4 : 0));
  constexpr uint8_t kNothing = 2;
  uint64_t count = version == 2 && type == kNothing ? 0 : 1;
  for (uint8_t i = 0; i < rank; ++i) {
    WL_TRY(const auto dimension, fields.Le<uint64_t>());
    const auto product = CheckedMul(count, dimension);
    if (!product) return Error(Code::kMalformed, "more elements than can be counted", at);
    count = *product;
  }
  return count;
}

// The values of varying length that `count` references lead to.
Status AddHeapValues(Hdf5File& file, const Hdf5Datatype& type, uint64_t count, Hdf5Fields data,
                     std::vector<Extent>& values) {
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t at = data.address();
    WL_TRY(const auto length, data.Le<uint32_t>());
    WL_TRY(const auto collection, data.Le<uint64_t>());
    WL_TRY(const auto index, data.Le<uint32_t>());
    if (length == 0) continue;
    WL_TRY(Extent value, file.HeapValue(collection, index));
    const uint64_t bytes = uint64_t{length} * type.element_bytes;
    if (bytes > value.size) return Error(Code::kMalformed, "a value longer than its place", at);
    value.size = bytes;
    values.push_back(value);
  }
  return {};
}

}  // namespace

Result<Hdf5Datatype> ParseHdf5Datatype(Hdf5Fields fields) {
  const uint64_t at = fields.address();
  WL_TRY(const auto head, fields.Le<uint8_t>());
  const int version = head >> 4;
  if (version < 1 || version > 5) return Unknown("a datatype", static_cast<uint64_t>(version), at);
  Hdf5Datatype type;
  type.kind = Hdf5Datatype::Class(head & 0x0F);
  WL_CHECKED(fields.Skip(3));
  WL_TRY(type.bytes, fields.Le<uint32_t>());
  if (type.kind != Hdf5Datatype::Class::kVariable) return type;
  if (type.bytes != 16) return Error(Code::kMalformed, "a reference not of 16 bytes", at);
  WL_TRY(const auto base, fields.Le<uint8_t>());
  WL_CHECKED(fields.Skip(3));
  WL_TRY(type.element_bytes, fields.Le<uint32_t>());
  type.nested = Hdf5Datatype::Class(base & 0x0F) == Hdf5Datatype::Class::kVariable;
  return type;
}

Result<Hdf5Attribute> ParseHdf5Attribute(Hdf5File& file, const Hdf5Message& message) {
  Hdf5Attribute attribute;
  attribute.address = message.address;
  Hdf5Fields fields = message.fields();
  WL_TRY(const auto version, fields.Le<uint8_t>());
  if (version < 1 || version > 3) return Unknown("an attribute", version, message.address);
  WL_TRY(const auto flags, fields.Le<uint8_t>());
  WL_TRY(const auto name_size, fields.Le<uint16_t>());
  WL_TRY(const auto type_size, fields.Le<uint16_t>());
  WL_TRY(const auto space_size, fields.Le<uint16_t>());
  WL_CHECKED(fields.Skip(version == 3 ? 1 : 0));
  // Of version 1 each part is padded to eight bytes.
  const auto part = [&](uint16_t size) -> Result<Hdf5Fields> {
    const uint64_t address = fields.address();
    WL_TRY(const Bytes bytes, fields.Take(size));
    if (version == 1) WL_CHECKED(fields.Align());
    return Hdf5Fields(bytes, address);
  };
  WL_TRY(Hdf5Fields name, part(name_size));
  WL_TRY(attribute.name, name.Text());
  WL_TRY(const Hdf5Fields type_fields, part(type_size));
  WL_TRY(const Hdf5Fields space, part(space_size));
  if (message.shared || (version > 1 && (flags & 3) != 0)) {
    return Error(Code::kUnsupported, "an attribute of a type that is shared", message.address);
  }
  WL_TRY(const Hdf5Datatype type, ParseHdf5Datatype(type_fields));
  WL_TRY(const uint64_t count, CountElements(space));
  const auto bytes = CheckedMul(count, type.bytes);
  const uint64_t data = fields.address();
  if (!bytes || *bytes > fields.left()) {
    return Error(
        Code::kTruncated,
        fmt::format("{} elements of {} bytes, {} bytes are left", count, type.bytes, fields.left()),
        data);
  }
  switch (type.kind) {
    case Hdf5Datatype::Class::kString:
      for (uint64_t i = 0; type.bytes > 0 && i < count; ++i) {
        attribute.values.push_back({data + i * type.bytes, type.bytes});
      }
      break;
    case Hdf5Datatype::Class::kInteger:
      if (type.bytes == 1 && count > 0) attribute.values.push_back({data, count});
      break;
    case Hdf5Datatype::Class::kOpaque:
      if (*bytes > 0) attribute.values.push_back({data, *bytes});
      break;
    case Hdf5Datatype::Class::kVariable:
      if (type.nested) return Error(Code::kUnsupported, "values of values of any length", data);
      WL_CHECKED(AddHeapValues(file, type, count, fields, attribute.values));
      break;
  }
  return attribute;
}

Result<Hdf5Layout> ParseHdf5Layout(const Hdf5Message& message) {
  Hdf5Fields fields = message.fields();
  Hdf5Layout layout;
  WL_TRY(const auto version, fields.Le<uint8_t>());
  if (version < 1 || version > 5) return Unknown("a layout", version, message.address);
  const bool old = version < 3;
  uint8_t rank = 0;
  if (old) {
    WL_TRY(rank, fields.Le<uint8_t>());
  }
  WL_TRY(const auto kind, fields.Le<uint8_t>());
  if (kind > 3 || (kind == 3 && version < 4))
    return Unknown("a layout of class", kind, message.address);
  layout.kind = Hdf5Layout::Kind(kind);
  if (old) WL_CHECKED(fields.Skip(5));
  if (layout.kind == Hdf5Layout::Kind::kContiguous) {
    WL_TRY(layout.bytes.offset, fields.Le<uint64_t>());
    if (!old) {
      WL_TRY(layout.bytes.size, fields.Le<uint64_t>());
    } else {
      layout.bytes.size = 1;
      for (uint8_t i = 0; i < rank; ++i) {
        WL_TRY(const auto dimension, fields.Le<uint32_t>());
        layout.bytes.size = CheckedMul(layout.bytes.size, dimension).value_or(UINT64_MAX);
      }
    }
  } else if (layout.kind == Hdf5Layout::Kind::kCompact) {
    if (old) WL_CHECKED(fields.Skip(rank * uint64_t{4}));
    WL_TRY(layout.bytes.size, fields.Number(old ? 4 : 2));
    layout.bytes.offset = fields.address();
    WL_CHECKED(fields.Skip(layout.bytes.size));
  }
  return layout;
}

Result<std::vector<std::string>> ParseHdf5ExternalFiles(Hdf5File& file,
                                                        const Hdf5Message& message) {
  Hdf5Fields fields = message.fields();
  WL_TRY(const auto version, fields.Le<uint8_t>());
  if (version != 1) return Unknown("a list of files", version, message.address);
  WL_CHECKED(fields.Skip(5));
  WL_TRY(const auto count, fields.Le<uint16_t>());
  WL_TRY(const auto heap, fields.Le<uint64_t>());
  std::vector<std::string> names;
  for (uint16_t i = 0; i < count; ++i) {
    WL_TRY(const auto name, fields.Le<uint64_t>());
    WL_CHECKED(fields.Skip(16));
    WL_TRY(names.emplace_back(), Hdf5HeapName(file, heap, name));
  }
  return names;
}

Result<std::vector<uint16_t>> ParseHdf5Filters(const Hdf5Message& message) {
  Hdf5Fields fields = message.fields();
  WL_TRY(const auto version, fields.Le<uint8_t>());
  if (version != 1 && version != 2) return Unknown("a filter pipeline", version, message.address);
  WL_TRY(const auto count, fields.Le<uint8_t>());
  WL_CHECKED(fields.Skip(version == 1 ? 6 : 0));
  std::vector<uint16_t> filters;
  for (uint8_t i = 0; i < count; ++i) {
    WL_TRY(const auto id, fields.Le<uint16_t>());
    filters.push_back(id);
    constexpr uint16_t kFirstOfOthers = 256;  // whose names may be left out
    uint16_t name = 0;
    if (version == 1 || id >= kFirstOfOthers) {
      WL_TRY(name, fields.Le<uint16_t>());
    }
    WL_CHECKED(fields.Skip(2));
    WL_TRY(const auto values, fields.Le<uint16_t>());
    WL_CHECKED(fields.Skip(name));
    WL_CHECKED(fields.Skip(uint64_t{4} * values));
    if (version == 1 && values % 2 != 0) WL_CHECKED(fields.Skip(4));
  }
  return filters;
}

}  // namespace weighlock::scan

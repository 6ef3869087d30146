// Sorting, a compact header, padding to 8 bytes.
#include "format/safetensors/safetensors_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/escape.h"
#include "format/safetensors/safetensors_reader.h"
#include "weighlock/limits.h"

namespace weighlock {
namespace {

// `text` as a JSON string with the fewest escapes, as serde writes it.
void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// Indices into `tensors`, in the order of the file.
std::vector<size_t> FileOrder(std::span<const Tensor> tensors) {
  std::vector<size_t> order(tensors.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (tensors[a].dtype != tensors[b].dtype) return tensors[a].dtype > tensors[b].dtype;
    return tensors[a].name < tensors[b].name;
  });
  return order;
}

Status CheckTensor(const Tensor& tensor) {
  if (Info(tensor.dtype).safetensors.empty()) {
    return Error(Code::kUnsupported, fmt::format("tensor {}: safetensors has no dtype for {}",
                                                 Quote(tensor.name), Info(tensor.dtype).name));
  }
  if (!IsUtf8(tensor.name)) {
    return Error(Code::kMalformed,
                 fmt::format("tensor {}: its name is not UTF-8", Quote(tensor.name)));
  }
  return {};
}

}  // namespace

namespace {

// `order` and `positions`: the tensors as they are to be listed, and where each one's bytes begin.
Result<std::string> HeaderText(std::span<const Tensor> tensors, std::span<const size_t> order,
                               std::span<const uint64_t> positions,
                               const SafetensorsMetadata& metadata) {
  std::string header = "{";
  if (!metadata.empty()) {
    header += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) {
      if (header.back() != '{') header += ',';
      AppendJsonString(header, key);
      header += ':';
      AppendJsonString(header, value);
    }
    header += '}';
  }
  for (const size_t i : order) {
    const Tensor& t = tensors[i];
    WL_CHECKED(CheckTensor(t));
    if (header.size() > 1) header += ',';
    AppendJsonString(header, t.name);
    fmt::format_to(std::back_inserter(header),
                   ":{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                   Info(t.dtype).safetensors, fmt::join(t.shape, ","), positions[i],
                   positions[i] + t.data.size);
  }
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');
  if (header.size() > Limits().safetensors_header) {
    return Error(Code::kLimit, fmt::format("the header would have {} bytes, readers take {}",
                                           header.size(), Limits().safetensors_header));
  }
  return header;
}

}  // namespace

Result<std::string> SafetensorsHeader(std::span<const Tensor> tensors, uint64_t data_start,
                                      const SafetensorsMetadata& metadata) {
  std::vector<size_t> order(tensors.size());
  std::vector<uint64_t> positions(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    order[i] = i;
    positions[i] = tensors[i].data.offset - data_start;
  }
  return HeaderText(tensors, order, positions, metadata);
}

Result<Layout> PlanSafetensors(std::span<const Tensor> tensors,
                               const SafetensorsMetadata& metadata) {
  const std::vector<size_t> order = FileOrder(tensors);
  std::vector<uint64_t> positions(tensors.size());
  uint64_t position = 0;
  for (const size_t i : order) {
    positions[i] = position;
    position += tensors[i].data.size;
  }
  WL_TRY(const std::string header, HeaderText(tensors, order, positions, metadata));

  Layout layout;
  ByteVector head;
  AppendLe(head, static_cast<uint64_t>(header.size()));
  Append(head, header);
  layout.size = head.size();
  layout.pieces.push_back({0, head.size(), std::move(head), -1, nullptr});
  for (const size_t i : order) {
    const uint64_t size = tensors[i].data.size;
    if (size == 0) continue;
    layout.pieces.push_back({layout.size, size, {}, static_cast<int64_t>(i), nullptr});
    layout.size += size;
  }
  return layout;
}

}  // namespace weighlock

// Small safetensors files for tests, assembled byte by byte.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace weighlock {

struct TestTensor {
  std::string name;
  std::string dtype;
  std::string shape;  // "[2, 3]"
  std::string data;
};

// The tensors one behind the other, in the order given.
inline std::string SafetensorsFile(const std::vector<TestTensor>& tensors,
                                   std::string_view metadata = R"({"format":"pt"})") {
  std::string header = fmt::format("{{\"__metadata__\":{}", metadata), data;
  for (const TestTensor& t : tensors) {
    header += fmt::format(",\"{}\":{{\"dtype\":\"{}\",\"shape\":{},\"data_offsets\":[{},{}]}}",
                          t.name, t.dtype, t.shape, data.size(), data.size() + t.data.size());
    data += t.data;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  ByteVector length;
  AppendLe(length, static_cast<uint64_t>(header.size()));
  return std::string(AsText(length)) + header + data;
}

// A file with other words in its header, wherever they stand.
inline std::string WithHeaderWords(const std::string& file, std::string_view from,
                                   std::string_view to) {
  const auto size = static_cast<size_t>(LoadLe<uint64_t>(AsBytes(file)));
  std::string header = file.substr(8, size);
  for (size_t at = 0; (at = header.find(from, at)) != std::string::npos; at += to.size()) {
    header.replace(at, from.size(), to);
  }
  header.resize((header.size() + 7) / 8 * 8, ' ');
  ByteVector length;
  AppendLe(length, static_cast<uint64_t>(header.size()));
  return std::string(AsText(length)) + header + file.substr(8 + size);
}

// `count` F32 values as bytes, different for every seed.
inline std::string Floats(size_t count, unsigned seed) {
  std::string bytes(count * 4, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>((i * 31 + seed * 17 + i / 7) & 0xFF);
  }
  return bytes;
}

}  // namespace weighlock

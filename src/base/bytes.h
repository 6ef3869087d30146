// Views of raw bytes, and little-endian loads and stores that never cast.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weighlock {

static_assert(std::endian::native == std::endian::little,
              "loads and stores below assume a little-endian machine");

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;
using ByteVector = std::vector<std::byte>;

inline Bytes AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // char may alias anything
}

// memcmp: the algorithms of the standard library go byte by byte over std::byte.
inline bool SameBytes(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// The first sizeof(T) bytes as a little-endian integer. Requires bytes.size() >= sizeof(T).
template <class T>
requires std::is_integral_v<T> T LoadLe(Bytes bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

template <class T>
requires std::is_integral_v<T>
void AppendLe(ByteVector& out, T value) {
  const size_t at = out.size();
  out.resize(at + sizeof value);  // not insert(): g++ 12 sees an overflow there that is none
  std::memcpy(out.data() + at, &value, sizeof value);
}

inline void Append(ByteVector& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

inline void Append(ByteVector& out, std::string_view text) {
  Append(out, AsBytes(text));
}

}  // namespace weighlock

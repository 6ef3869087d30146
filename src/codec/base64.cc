// OpenSSL's encoder, fed in blocks.
#include "codec/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace weighlock {
namespace {

// OpenSSL counts in int; 3 bytes become 4 characters, so blocks of this size join without padding.
constexpr size_t kBlock = size_t{3} << 20;

const unsigned char* In(const void* bytes) {
  return static_cast<const unsigned char*>(bytes);
}

}  // namespace

std::string Base64(Bytes bytes) {
  std::string out;
  std::string block(kBlock / 3 * 4 + 1, '\0');
  while (!bytes.empty()) {
    const Bytes part = bytes.first(std::min(kBlock, bytes.size()));
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(block.data()),
                                     In(part.data()), static_cast<int>(part.size()));
    out.append(block, 0, static_cast<size_t>(size));
    bytes = bytes.subspan(part.size());
  }
  return out;
}

std::optional<ByteVector> FromBase64(std::string_view text) {
  const std::string_view whole = text;
  ByteVector out;
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  ByteVector block(kBlock);
  while (!text.empty()) {
    const std::string_view part = text.substr(0, kBlock / 3 * 4);
    text.remove_prefix(part.size());
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(block.data()),
                                     In(part.data()), static_cast<int>(part.size()));
    if (size < 0) return std::nullopt;
    Append(out, Bytes(block).first(static_cast<size_t>(size)));
  }
  out.resize(out.size() - padding);
  // The decoder forgives stray bits and padding inside: what it made must be written the same
  // again.
  if (Base64(out) != whole) return std::nullopt;
  return out;
}

}  // namespace weighlock

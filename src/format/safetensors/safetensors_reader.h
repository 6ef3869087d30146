// safetensors files (docs/formats/safetensors.md): a length, a JSON header, and the tensors' bytes.
//
// Accepts what the reference reader accepts, less what its own documentation forbids and two
// readers could take differently: duplicate names, duplicate metadata keys, entries in array form.
#pragma once

#include "base/byte_source.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock {

inline constexpr uint64_t kSafetensorsPrefix = 8;  // bytes of the header's length field

// Whether `head` (>= 9 bytes of it) can begin a safetensors file: a credible length, then "{".
bool LooksLikeSafetensors(Bytes head);

// Bytes of prefix and header together, from the file's first 8 bytes (fewer where the file is
// shorter) and its size. Errors: kTruncated, kLimit.
Result<uint64_t> SafetensorsHeaderEnd(Bytes prefix, uint64_t file_size, const Limits& limits);

// The model of a file of `file_size` bytes, from its first SafetensorsHeaderEnd bytes. Tensors come
// in the order of their bytes, which then cover the rest of the file without gap or overlap.
// Errors: kMalformed, kMismatch, kUnsupported (a dtype no release knows), kTruncated; offsets count
// from the start of the file. O(n log n) in the number of tensors.
Result<Model> ParseSafetensors(Bytes prefix_and_header, uint64_t file_size, const Limits& limits);

// Both steps over a source. Reads the header only.
Result<Model> ReadSafetensors(const ByteSource& source, const Limits& limits);

}  // namespace weighlock

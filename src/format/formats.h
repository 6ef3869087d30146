// The formats by their first bytes, and how those with tensors are read: one table.
#pragma once

#include "base/byte_source.h"
#include "weighlock/limits.h"
#include "weighlock/package.h"

namespace weighlock {

// Bytes of a file's start that Recognise wants to see.
inline constexpr uint64_t kHeadSize = 4096;

// What the bytes are; `head` is the start of a file of `size` bytes. Never trusts a name.
Format Recognise(Bytes head, uint64_t size);

// Whether ReadModel can read this format.
bool HasModel(Format format);

// The tensors of a source of this format. kUnsupported for formats without a reader.
Result<Model> ReadModel(Format format, const ByteSource& source, const Limits& limits);

}  // namespace weighlock

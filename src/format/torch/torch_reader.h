// Reads what torch.save wrote: the zip of torch 1.6 and later, the older stream, the tar of 0.1;
// and what pickle.dump made of tensors. The bytes are described in docs/formats/: torch-zip.md,
// torch-legacy.md, torch-tar.md, pickle.md.
#pragma once

#include "base/byte_source.h"
#include "base/bytes.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock {

// Whether a file that starts with `head` (256 bytes are enough) may be a torch zip: a zip whose
// first member has a name as torch gives it.
bool LooksLikeTorchZip(Bytes head);

// Whether it starts with the magic number of the older stream.
bool LooksLikeTorchLegacy(Bytes head);

// Whether it is a tar whose first member (a head of 512 bytes has it) is one that torch 0.1 wrote.
bool LooksLikeTorchTar(Bytes head);

// Tensors in the order of the object, names joined by "." through nested mappings, lists and
// modules; a tensor that is the whole object is called "tensor". Every extent is proven to lie in
// its storage, and every storage in the file. A tensor whose bytes `source` does not hold has the
// offset kNoOffset. What is no tensor, or none that its bytes alone describe, is in `extras`.
//
// Errors: kUnsupported where the file is neither, or compressed inside; kTruncated, kMalformed and
// kMismatch where it breaks the rules of its format; kLimit; and those of reading.
Result<Model> ReadTorch(const ByteSource& source, const Limits& limits);

}  // namespace weighlock

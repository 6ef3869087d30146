// The way back: the JSON of an object as a pickle that makes the same object again.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include "json/json.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock {

struct ObjectPickle {
  ByteVector pickle;
  std::set<std::string> functions;  // "module.name" of everything that loading it would import
  size_t redacted = 0;              // values that were left out of the JSON: None stands for each
};

// Writes the object of `root` (weighlock-object/1, docs/formats/object-json.md). `tensors` are
// those of the torch zip that the pickle is for; `index_of` gives the index of each name that the
// JSON may use. kMalformed with the offset in the JSON: it does not keep to the schema.
// kUnsupported: a tuple that contains itself, names that the stream made at run time, out-of-band
// buffers. The tree is walked without recursion.
Result<ObjectPickle> PickleOfJson(const JsonValue& root, std::span<const Tensor> tensors,
                                  const std::map<std::string, size_t>& index_of);

}  // namespace weighlock

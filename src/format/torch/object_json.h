// Any object that torch.save or pickle.dump wrote, as JSON and tensors: training state without a
// pickle. The schema, weighlock-object/1, is docs/formats/object-json.md.
#pragma once

#include <string>
#include <vector>

#include "base/byte_source.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock {

struct ObjectJsonOptions {
  std::string source_name;    // as the JSON is to name the file it was made from
  std::string tensors_name;   // and the file that the tensors go into
  bool keep_secrets = false;  // else their values are left out
};

struct ObjectJson {
  std::string text;
  Model model;  // the tensors, under the names that the JSON gives them, and what was odd
  std::vector<std::string> secrets;  // where the values that were left out (or kept) stood
};

// Reads a torch zip, a legacy stream or a bare pickle whole and writes down all of it: values of
// every kind, calls by the name of what they call, and what was shared or cyclic. Nothing is
// called. kLimit: nesting beyond limits.pickle_depth, or strings that repeat out of proportion.
// Linear in the pickle.
Result<ObjectJson> ReadObjectJson(const ByteSource& source, const ObjectJsonOptions& options,
                                  const Limits& limits);

}  // namespace weighlock

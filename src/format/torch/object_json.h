// Any object that torch.save or pickle.dump wrote, as JSON and tensors: training state without a
// pickle. The schema, weighlock-object/1, is docs/formats/object-json.md.
#pragma once

#include <functional>
#include <string>
#include <string_view>
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
  // Which classes and functions may stand in the JSON, by the names that Python 3 imports; empty:
  // all of them. What is made by others is left out: null stands for it.
  std::function<bool(std::string_view module, std::string_view name)> may_stay = {};
};

// A value that was left out.
struct LeftOutValue {
  std::string path;  // in the object: "state.hooks"; empty: the object itself
  std::string what;  // "os.system"; escaped
};

struct ObjectJson {
  std::string text;
  Model model;  // the tensors, under the names that the JSON gives them, and what was odd
  std::vector<std::string> secrets;    // where the values that were left out (or kept) stood
  std::vector<LeftOutValue> left_out;  // by ObjectJsonOptions::may_stay
};

// Reads a torch zip, a legacy stream or a bare pickle whole and writes down all of it: values of
// every kind, calls by the name of what they call, and what was shared or cyclic. Nothing is
// called. kLimit: nesting beyond limits.pickle_depth, or strings that repeat out of proportion.
// Linear in the pickle.
Result<ObjectJson> ReadObjectJson(const ByteSource& source, const ObjectJsonOptions& options,
                                  const Limits& limits);

}  // namespace weighlock

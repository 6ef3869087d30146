// The types that transformers from 5.4 on wants of configuration values: kb/config_types.json, read
// from the annotations of its configuration classes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "json/json_table.h"
#include "weighlock/result.h"
#include "weighlock/target.h"

namespace weighlock {

struct TypeFault {
  std::string key;      // of the configuration
  std::string wanted;   // "int", "float | int"
  std::string message;  // what is raised; empty: its words are not known
};

class ConfigTypes {
 public:
  static Result<ConfigTypes> Builtin();
  // Borrows the text, of which only the row of a class that is asked for is parsed. kMalformed: not
  // the form that docs/knowledge.md describes.
  static Result<ConfigTypes> Parse(std::string_view text);

  // The first value, in the order of the file, that the class refuses; values whose type cannot be
  // judged here (lists of something, other configurations) pass. O(text + keys).
  std::optional<TypeFault> FirstFault(std::string_view config_class, const JsonValue& config,
                                      const Version& transformers) const;

 private:
  JsonTable table_;
};

}  // namespace weighlock

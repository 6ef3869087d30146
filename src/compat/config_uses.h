// What releases of transformers do with the values of a configuration, one after the other, and
// where Python raises on one whose type its reader does not expect (kb/config_uses.json).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "json/json_table.h"
#include "weighlock/result.h"
#include "weighlock/target.h"
#include "weighlock/verdict.h"

namespace weighlock {

// What uses look at; borrowed.
struct UseInput {
  const JsonValue& config;
  std::string_view file = "config.json";  // its name: "generation_config.json"
  std::string_view model_type;
  std::string_view architecture;  // that is loaded; empty: not known
  const Target& target;
};

struct UseFault {
  // "base": the configuration of any model; "config": of one, "weights", "forward", "generation"
  std::string stage;
  std::string text, source;
  std::string key;         // of the configuration
  const JsonValue* value;  // borrowed from it
  std::string message;     // empty: its words are not known
};

struct UseReport {
  std::optional<UseFault> fault;  // the first
  // Whether the table knows all that the target does with sizes until a model of this class is
  // made.
  bool is_whole = false;
};

class ConfigUses {
 public:
  static Result<ConfigUses> Builtin();
  // Borrows the text, of which nothing but the types that values usually have is read before one
  // has another. kMalformed: not the form that docs/knowledge.md describes.
  static Result<ConfigUses> Parse(std::string_view text);

  // O(uses). Where all values have the types that their keys usually have nothing is carried out.
  UseReport Report(const UseInput& input) const;

 private:
  JsonTable table_;
};

}  // namespace weighlock

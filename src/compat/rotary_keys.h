// Where releases of transformers before 5 look for what 5 keeps in rope_parameters of a
// configuration: kb/rotary.json (docs/knowledge.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "weighlock/result.h"
#include "weighlock/target.h"

namespace weighlock {

// A value of rope_parameters, and the key that a release wants it under.
struct RotaryValue {
  enum class What : uint8_t { kBase, kPart, kScaling, kPattern };
  // kTwoFields, kThreeFields and kAnyType are the forms of rope_scaling that a release reads;
  // kIgnored: the release has no place for the value; kRefused: it raises where it meets it.
  enum class Form : uint8_t {
    kNumber,
    kTwoFields,
    kThreeFields,
    kAnyType,
    kPeriod,
    kIgnored,
    kRefused
  };

  What what;
  Form form;
  std::string key;         // "rotary_pct", "rope_scaling"
  const JsonValue* value;  // the number, the object, or layer_types
  bool differs;            // from what the release takes without it

  bool HasPlace() const { return form != Form::kIgnored && form != Form::kRefused; }
};

class RotaryKeys {
 public:
  // The table that is built in, whose form a test has checked.
  static const RotaryKeys& Builtin();
  // A table from the text of a file. kMalformed: not the form that docs/knowledge.md describes.
  static Result<RotaryKeys> Parse(Bytes text);

  // What of an object with rope_parameters (config.json, or its text_config) a release looks for
  // elsewhere and does not find there. Empty from 5.0 on, where the release does not know the model
  // type, and where there is no such object. The values are those of `config`.
  std::vector<RotaryValue> Missed(const JsonValue& config, const Version& transformers) const;

 private:
  JsonValue root_;
};

// The period that layer_types repeat with, the last layer of each with full attention as Gemma's
// sliding_window_pattern has it; 0: they are not of that form.
size_t PeriodOf(const JsonValue& layer_types);

}  // namespace weighlock

// Statements of kb/config_uses.json, carried out on the values of one configuration.
//
// A statement is a list: an operator, and what it takes. A text is a name: what "let" gave it, else
// the value of the configuration; numbers, true, false and null are themselves.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "compat/python_value.h"
#include "json/json.h"
#include "weighlock/target.h"

namespace weighlock {

class UseEvaluator {
 public:
  struct Raised {
    std::string message;  // empty: its words are not known
    std::string_view key;
  };
  using Lookup = std::function<PyValue(std::string_view name)>;

  // `words` is the table of messages that releases of torch and transformers word; borrowed, like
  // the target.
  UseEvaluator(Lookup lookup, const JsonValue& words, const Target& target);

  // In their order, until one raises.
  std::optional<Raised> Run(const JsonValue& statements);

 private:
  using Operator = PyValue (UseEvaluator::*)(const JsonValue&);
  static Operator OperatorOf(std::string_view name);

  PyValue Value(const JsonValue& expression);
  PyValue Argument(const JsonValue& call, size_t index);
  PyValue Take(PyOutcome outcome, std::string_view key);
  void Raise(std::string message, std::string_view key);
  void RaiseIf(std::optional<std::string> message, const PyValue& value);
  void Statements(const JsonValue& list);
  void Size(const PyValue& value, size_t place);
  std::string Words(std::string_view name, const PyValue& value, size_t place) const;

  PyValue Binary(const JsonValue& call);
  PyValue And(const JsonValue& call);
  PyValue Or(const JsonValue& call);
  PyValue Not(const JsonValue& call);
  PyValue If(const JsonValue& call);
  PyValue Let(const JsonValue& call);
  PyValue Each(const JsonValue& call);
  PyValue Is(const JsonValue& call);
  PyValue In(const JsonValue& call);
  PyValue OneOf(const JsonValue& call);
  PyValue Item(const JsonValue& call);
  PyValue Attribute(const JsonValue& call);
  PyValue Int(const JsonValue& call);
  PyValue Iterate(const JsonValue& call);
  PyValue Hash(const JsonValue& call);
  PyValue RaiseCall(const JsonValue& call);
  PyValue Asked(const JsonValue& call);
  PyValue Tensor(const JsonValue& call);
  PyValue Behind(const JsonValue& call);
  PyValue Embedding(const JsonValue& call);
  PyValue Dropout(const JsonValue& call);
  PyValue Default(const JsonValue& call);
  PyValue Dotted(const JsonValue& call);

  Lookup lookup_;
  const JsonValue& words_;
  const Target& target_;
  const Version* python_;
  std::map<std::string, PyValue, std::less<>> named_;
  std::optional<Raised> raised_;
};

}  // namespace weighlock

// Each operator is a few lines; once something was raised nothing is carried out any more. What is
// not known stays so through all of them, and an "if" that hangs on it is passed over.
#include "compat/use_evaluator.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "compat/known_spec.h"
#include "compat/message_slots.h"

namespace weighlock {
namespace {

using Kind = PyValue::Kind;

const Version* VersionOf(const Target& target, std::string_view component) {
  const Component* own = target.Find(component);
  return own != nullptr && own->version ? &*own->version : nullptr;
}

// Whether a release is within a spec; empty: it is not known.
std::optional<bool> IsWithin(const Target& target, std::string_view component,
                             std::string_view spec) {
  if (spec.empty()) return true;
  const Version* version = VersionOf(target, component);
  const VersionSpec* wanted = KnownSpec(spec);
  if (version == nullptr || wanted == nullptr) return std::nullopt;
  return wanted->Contains(*version);
}

// Whether a word stands in a list of words with spaces between them.
bool HasWord(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::string_view first = words.substr(0, words.find(' '));
    if (first == word) return true;
    words.remove_prefix(std::min(words.size(), first.size() + 1));
  }
  return false;
}

std::string_view TextAt(const JsonValue& call, size_t index) {
  return index < call.items.size() ? std::string_view(call.items[index].text) : "";
}

// {python} as str() writes the value, {repr}, {class}, and the {place} of a size in a shape. Empty
// where a value is written in a way that is not known.
std::string Filled(std::string_view text, const PyValue& value, size_t place) {
  bool is_known = true;
  const std::string filled =
      FillSlots(text, [&](std::string_view slot) -> std::optional<std::string> {
        if (slot == "{class}") return std::string(PyClass(value));
        if (slot == "{place}") return std::to_string(place);
        if (slot != "{python}" && slot != "{repr}") return std::nullopt;
        std::string repr = PyRepr(value);
        if (slot == "{repr}") return repr;
        is_known = is_known && !repr.empty();
        return value.Is(Kind::kStr) ? value.json->text : std::move(repr);
      });
  return is_known ? filled : std::string();
}

}  // namespace

UseEvaluator::UseEvaluator(Lookup lookup, const JsonValue& words, const Target& target)
    : lookup_(std::move(lookup)),
      words_(words),
      target_(target),
      python_(VersionOf(target, "python")) {}

std::optional<UseEvaluator::Raised> UseEvaluator::Run(const JsonValue& statements) {
  raised_.reset();
  Statements(statements);
  return std::exchange(raised_, std::nullopt);
}

UseEvaluator::Operator UseEvaluator::OperatorOf(std::string_view name) {
  using Self = UseEvaluator;
  static const std::map<std::string_view, Operator> kOperators = {{"+", &Self::Binary},
                                                                  {"-", &Self::Binary},
                                                                  {"*", &Self::Binary},
                                                                  {"/", &Self::Binary},
                                                                  {"//", &Self::Binary},
                                                                  {"%", &Self::Binary},
                                                                  {"**", &Self::Binary},
                                                                  {"<", &Self::Binary},
                                                                  {"<=", &Self::Binary},
                                                                  {">", &Self::Binary},
                                                                  {">=", &Self::Binary},
                                                                  {"==", &Self::Binary},
                                                                  {"!=", &Self::Binary},
                                                                  {"and", &Self::And},
                                                                  {"or", &Self::Or},
                                                                  {"not", &Self::Not},
                                                                  {"if", &Self::If},
                                                                  {"let", &Self::Let},
                                                                  {"each", &Self::Each},
                                                                  {"is", &Self::Is},
                                                                  {"in", &Self::In},
                                                                  {"one of", &Self::OneOf},
                                                                  {"item", &Self::Item},
                                                                  {"attribute", &Self::Attribute},
                                                                  {"int", &Self::Int},
                                                                  {"iterate", &Self::Iterate},
                                                                  {"hash", &Self::Hash},
                                                                  {"raise", &Self::RaiseCall},
                                                                  {"target", &Self::Asked},
                                                                  {"tensor", &Self::Tensor},
                                                                  {"size behind", &Self::Behind},
                                                                  {"Embedding", &Self::Embedding},
                                                                  {"Dropout", &Self::Dropout},
                                                                  {"default", &Self::Default},
                                                                  {"dotted", &Self::Dotted}};
  const auto found = kOperators.find(name);
  return found == kOperators.end() ? nullptr : found->second;
}

PyValue UseEvaluator::Value(const JsonValue& expression) {
  if (raised_) return {};
  if (expression.Is(JsonValue::Kind::kString)) {
    const auto named = named_.find(expression.text);
    return named != named_.end() ? named->second : lookup_(expression.text);
  }
  if (!expression.Is(JsonValue::Kind::kArray)) return PyValueOf(expression, {});
  const Operator op = OperatorOf(TextAt(expression, 0));
  return op == nullptr ? PyValue() : (this->*op)(expression);
}

PyValue UseEvaluator::Argument(const JsonValue& call, size_t index) {
  return index < call.items.size() ? Value(call.items[index]) : PyValue();
}

void UseEvaluator::Raise(std::string message, std::string_view key) {
  if (!raised_) raised_ = {std::move(message), key};
}

void UseEvaluator::RaiseIf(std::optional<std::string> message, const PyValue& value) {
  if (message) Raise(std::move(*message), value.key);
}

PyValue UseEvaluator::Take(PyOutcome outcome, std::string_view key) {
  if (outcome.raised) Raise(std::move(*outcome.raised), key);
  return outcome.value;
}

void UseEvaluator::Statements(const JsonValue& list) {
  for (const JsonValue& statement : list.items) Value(statement);
}

// --- what Python does ----------------------------------------------------------------------------

PyValue UseEvaluator::Binary(const JsonValue& call) {
  const PyValue a = Argument(call, 1), b = Argument(call, 2);
  if (raised_) return {};
  const bool is_second = (a.key.empty() || a.Is(Kind::kInt)) && !b.key.empty();
  return Take(PyBinary(TextAt(call, 0), a, b), is_second ? b.key : a.key);
}

PyValue UseEvaluator::And(const JsonValue& call) {
  PyValue value;
  for (size_t i = 1; i < call.items.size(); ++i) {
    value = Argument(call, i);
    const auto truth = PyTruth(value);
    if (raised_ || !truth) return {};
    if (!*truth) return value;
  }
  return value;
}

PyValue UseEvaluator::Or(const JsonValue& call) {
  PyValue value;
  for (size_t i = 1; i < call.items.size(); ++i) {
    value = Argument(call, i);
    const auto truth = PyTruth(value);
    if (raised_ || !truth) return {};
    if (*truth) return value;
  }
  return value;
}

PyValue UseEvaluator::Not(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  const auto truth = PyTruth(value);
  return truth ? PyBool(!*truth, value.key) : PyValue();
}

PyValue UseEvaluator::If(const JsonValue& call) {
  const auto truth = PyTruth(Argument(call, 1));
  if (raised_ || !truth) return {};
  const size_t taken = *truth ? 2 : 3;
  if (taken < call.items.size()) Statements(call.items[taken]);
  return {};
}

PyValue UseEvaluator::Let(const JsonValue& call) {
  PyValue value = Argument(call, 2);
  if (!raised_) named_.insert_or_assign(std::string(TextAt(call, 1)), value);
  return value;
}

// for _ in range(count): the first round meets what the others would.
PyValue UseEvaluator::Each(const JsonValue& call) {
  const PyValue count = Argument(call, 1);
  RaiseIf(PyNoIndex(count), count);
  if (!raised_ && call.items.size() > 2 && count.IsWhole() && count.number >= 1) {
    Statements(call.items[2]);
  }
  return {};
}

PyValue UseEvaluator::Is(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  if (value.Is(Kind::kUnknown)) return {};
  return PyBool(HasWord(TextAt(call, 2), PyClass(value)), value.key);
}

PyValue UseEvaluator::In(const JsonValue& call) {
  // The word is the text itself.
  PyValue word;
  word.kind = Kind::kStr;
  if (call.items.size() > 1) word.json = &call.items[1];
  const PyValue container = Argument(call, 2);
  return raised_ ? PyValue() : Take(PyIn(word, container), container.key);
}

PyValue UseEvaluator::OneOf(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  if (value.Is(Kind::kUnknown)) return {};
  const bool is_one =
      value.Is(Kind::kStr) && value.json != nullptr &&
      std::any_of(call.items.begin() + 2, call.items.end(),
                  [&](const JsonValue& word) { return word.text == value.json->text; });
  return PyBool(is_one, value.key);
}

PyValue UseEvaluator::Item(const JsonValue& call) {
  const PyValue container = Argument(call, 1);
  return raised_ ? PyValue()
                 : Take(PyItem(container, std::string(TextAt(call, 2)), python_), container.key);
}

// An attribute that only values of some classes have.
PyValue UseEvaluator::Attribute(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  if (raised_ || value.Is(Kind::kUnknown) || HasWord(TextAt(call, 3), PyClass(value))) return {};
  Raise("AttributeError: '" + std::string(PyClass(value)) + "' object has no attribute '" +
            std::string(TextAt(call, 2)) + "'",
        value.key);
  return {};
}

PyValue UseEvaluator::Int(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  return raised_ ? PyValue() : Take(PyInt(value, python_), value.key);
}

PyValue UseEvaluator::Iterate(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  RaiseIf(PyNoIterable(value), value);
  return value;
}

PyValue UseEvaluator::Hash(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  RaiseIf(PyUnhashable(value), value);
  return value;
}

// {python} and {class} in the message are those of the value behind it.
PyValue UseEvaluator::RaiseCall(const JsonValue& call) {
  const PyValue value = Argument(call, 2);
  if (!raised_) Raise(Filled(TextAt(call, 1), value, 0), value.key);
  return {};
}

PyValue UseEvaluator::Asked(const JsonValue& call) {
  const auto is_within = IsWithin(target_, TextAt(call, 1), TextAt(call, 2));
  return is_within ? PyBool(*is_within, {}) : PyValue();
}

// The first that is there and not None, or the last.
PyValue UseEvaluator::Default(const JsonValue& call) {
  PyValue value;
  for (size_t i = 1; i < call.items.size(); ++i) {
    value = Argument(call, i);
    if (!value.Is(Kind::kUnknown) && !value.Is(Kind::kNone)) return value;
  }
  return value;
}

// str(value).split(".")[1]
PyValue UseEvaluator::Dotted(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  const std::string text = PyRepr(value);
  if (!raised_ && !text.empty() && text.find('.') == std::string::npos) {
    Raise("IndexError: list index out of range", value.key);
  }
  return {};
}

// --- what torch does -----------------------------------------------------------------------------

// Of the rows of a message the first that holds for the target.
std::string UseEvaluator::Words(std::string_view name, const PyValue& value, size_t place) const {
  const JsonValue* rows = words_.Find(name);
  for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
    const JsonValue& row = rows->items[i];
    const bool fits = IsWithin(target_, "transformers", TextAt(row, 0)).value_or(false) &&
                      IsWithin(target_, "torch", TextAt(row, 1)).value_or(false);
    if (fits) return Filled(TextAt(row, 2), value, place);
  }
  return {};
}

// The first size of a tensor tells torch which of its constructors is meant: there a bool is no
// integer, and behind it it is one.
void UseEvaluator::Size(const PyValue& value, size_t place) {
  if (raised_ || value.Is(Kind::kUnknown) || value.Is(Kind::kInt)) return;
  if (place > 1 && value.Is(Kind::kBool)) return;
  Raise(Words(place == 1 ? "size_first" : "size_behind", value, place), value.key);
}

// A tensor of these sizes, as torch.empty makes it.
PyValue UseEvaluator::Tensor(const JsonValue& call) {
  for (size_t i = 1; i < call.items.size(); ++i) Size(Argument(call, i), i);
  return {};
}

// A size that is not a tensor's first.
PyValue UseEvaluator::Behind(const JsonValue& call) {
  const PyValue value = Argument(call, 1);
  Size(value, 2);
  return value;
}

// nn.Embedding(rows, width, padding_idx)
PyValue UseEvaluator::Embedding(const JsonValue& call) {
  const PyValue rows = Argument(call, 1), width = Argument(call, 2), pad = Argument(call, 3);
  PyValue zero;
  zero.kind = Kind::kInt;
  const bool is_padded = !pad.Is(Kind::kUnknown) && !pad.Is(Kind::kNone);
  if (is_padded && !raised_) {
    const PyValue above = Take(PyBinary(">", pad, zero), pad.key);
    if (PyTruth(above) == true) {
      // Both are the same question, which torch asks in its own way since it raises itself.
      const bool asserts = IsWithin(target_, "torch", "<2.6.0").value_or(false);
      PyOutcome within = PyBinary(asserts ? "<" : ">=", pad, rows);
      const bool is_known = asserts || IsWithin(target_, "torch", ">=2.15.0").value_or(false);
      if (within.raised && !is_known) within.raised->clear();
      const auto truth = PyTruth(Take(std::move(within), rows.key));
      if (truth && *truth != asserts)
        Raise("AssertionError: Padding_idx must be within num_embeddings", pad.key);
    }
  }
  Size(rows, 1);
  Size(width, 2);
  if (is_padded && !raised_ && pad.Is(Kind::kFloat)) {
    Raise(
        "IndexError: only integers, slices (`:`), ellipsis (`...`), None and long or byte "
        "Variables are valid indices (got float)",
        pad.key);
  }
  return {};
}

// nn.Dropout(p)
PyValue UseEvaluator::Dropout(const JsonValue& call) {
  const PyValue p = Argument(call, 1);
  PyValue bound;
  bound.kind = Kind::kInt;
  if (raised_) return {};
  const PyValue below = Take(PyBinary("<", p, bound), p.key);
  bound.number = 1;
  const PyValue above = raised_ ? PyValue() : Take(PyBinary(">", p, bound), p.key);
  if (PyTruth(below) == true || PyTruth(above) == true) {
    Raise(
        Filled("ValueError: dropout probability has to be between 0 and 1, but got {python}", p, 0),
        p.key);
  }
  return {};
}

}  // namespace weighlock

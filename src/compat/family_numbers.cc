// Names, sums and quotients of the table, looked up in a configuration.
#include "compat/family_numbers.h"

#include <charconv>
#include <set>

#include "base/checked.h"
#include "compat/known_spec.h"
#include "compat/rules.h"

namespace weighlock {

// A value of the configuration; "text_config/hidden_size" is one inside another. Of a list,
// "conv_dim/#" is the one of this layer, "conv_dim/#-" of the layer before, "conv_dim/$" the
// last.
const JsonValue* FamilyNumbers::Value(std::string_view key) const {
  const size_t slash = key.find('/');
  const JsonValue* value = config_.Find(key.substr(0, slash));
  if (value == nullptr || slash == std::string_view::npos) return value;
  const std::string_view inner = key.substr(slash + 1);
  const auto& items = value->items;
  if (inner == "$") return items.empty() ? nullptr : &items.back();
  if (!inner.starts_with('#')) return value->Find(inner);
  const uint64_t back = inner == "#-" ? 1 : 0;
  if (!layer_ || *layer_ < back || *layer_ - back >= items.size()) return nullptr;
  return &items[*layer_ - back];
}

// A number of the configuration, or of the family's defaults. No model is made of null.
std::optional<uint64_t> FamilyNumbers::Key(std::string_view key) const {
  const JsonValue* value = Value(key);
  // To Python true is 1, wherever it may count at all.
  if (value != nullptr && value->Is(JsonValue::Kind::kBool)) return value->boolean ? 1 : 0;
  if (value != nullptr) return value->AsUint();
  value = family_.Find("defaults")->Find(key);
  return value == nullptr ? std::nullopt : value->AsUint();
}

// id2label wins over num_labels, from 5.4 on it is the other way round; both are missing for two
// labels, if the class says no other.
std::optional<uint64_t> FamilyNumbers::Labels() const {
  const JsonValue* names = config_.Find("id2label");
  const JsonValue* count = config_.Find("num_labels");
  const bool is_counted = count != nullptr && count->AsUint() && Within(kCountsLabels);
  if (names != nullptr && names->Is(JsonValue::Kind::kObject) && !is_counted) {
    return names->members.size();
  }
  const bool is_said = count != nullptr || family_.Find("defaults")->Find("num_labels") != nullptr;
  return is_said ? Key("num_labels") : std::optional<uint64_t>(2);
}

// One name or number. Depth bounds names that stand for each other.
std::optional<uint64_t> FamilyNumbers::Term(std::string_view term, int depth) const {
  uint64_t number = 0;
  const auto parsed = std::from_chars(term.data(), term.data() + term.size(), number);
  if (parsed.ptr == term.data() + term.size()) return number;
  if (term == "num_labels") return Labels();
  const JsonValue* values = family_.Find("values");
  const JsonValue* choices = values == nullptr ? nullptr : values->Find(term);
  if (choices == nullptr) return Key(term);
  for (const JsonValue& choice : choices->items) {
    if (const std::string* spec = choice.FindString("spec"); spec && !Within(*spec)) continue;
    if (const JsonValue* when = choice.Find("when"); when && !Holds(*when)) continue;
    if (const std::string* key = choice.FindString("key")) {
      const JsonValue* value = Value(*key);
      const bool given = value != nullptr && !value->Is(JsonValue::Kind::kNull);
      // Null is given too, and no default stands for it.
      const bool is_default = value == nullptr && family_.Find("defaults")->Find(*key) != nullptr;
      if (given || is_default) return Key(*key);
    } else if (const std::string* list = choice.FindString("count")) {
      const JsonValue* items = config_.Find(*list);
      return items == nullptr ? std::nullopt : std::optional<uint64_t>(items->items.size());
    } else if (const std::string* expression = choice.FindString("expression")) {
      return Expression(*expression, depth + 1);
    } else if (const JsonValue* over = choice.Find("over")) {
      const auto above = Expression(over->items[0].text, depth + 1);
      const auto below = Expression(over->items[1].text, depth + 1);
      if (!above || !below || *below == 0) return std::nullopt;
      return *above / *below;
    }
  }
  return std::nullopt;
}

FamilyNumbers::NamedValue FamilyNumbers::Named(std::string_view name) const {
  const JsonValue* values = family_.Find("values");
  const JsonValue* choices = values == nullptr ? nullptr : values->Find(name);
  if (choices == nullptr) return {std::string(name), name == "num_labels" ? nullptr : Value(name)};
  for (const JsonValue& choice : choices->items) {
    if (const std::string* spec = choice.FindString("spec"); spec && !Within(*spec)) continue;
    if (const JsonValue* when = choice.Find("when"); when && !Holds(*when)) continue;
    const std::string* key = choice.FindString("key");
    if (key == nullptr) {
      const std::string* other = choice.FindString("expression");
      const bool is_name = other != nullptr && other->find_first_of("*+-") == std::string::npos;
      return is_name ? NamedValue{*other, Value(*other)} : NamedValue();
    }
    const JsonValue* value = Value(*key);
    if (value != nullptr && !value->Is(JsonValue::Kind::kNull)) return {*key, value};
    if (value == nullptr && family_.Find("defaults")->Find(*key) != nullptr) return {};
  }
  return {};
}

// Products joined by +, and perhaps "-1" behind them.
std::optional<uint64_t> FamilyNumbers::Expression(std::string_view text, int depth) const {
  if (depth > 4) return std::nullopt;
  const bool less_one = text.ends_with("-1");
  if (less_one) text.remove_suffix(2);
  std::optional<uint64_t> sum = 0;
  while (sum) {
    const size_t plus = text.find('+');
    const auto product = Product(text.substr(0, plus), depth);
    sum = product ? CheckedAdd(*sum, *product) : std::nullopt;
    if (plus == std::string_view::npos) break;
    text.remove_prefix(plus + 1);
  }
  if (!sum || (less_one && *sum == 0)) return std::nullopt;
  return *sum - (less_one ? 1 : 0);
}

// Factors joined by *.
std::optional<uint64_t> FamilyNumbers::Product(std::string_view text, int depth) const {
  std::optional<uint64_t> product = 1;
  while (product) {
    const size_t star = text.find('*');
    const auto factor = Term(text.substr(0, star), depth);
    product = factor ? CheckedMul(*product, *factor) : std::nullopt;
    if (star == std::string_view::npos) break;
    text.remove_prefix(star + 1);
  }
  return product;
}

bool FamilyNumbers::Within(std::string_view spec) const {
  const Component* transformers = target_.Find("transformers");
  const VersionSpec* wanted = KnownSpec(spec);
  return transformers != nullptr && wanted != nullptr &&
         transformers->Within(*wanted) == Overlap::kAll;
}

bool FamilyNumbers::Holds(const JsonValue& condition) const {
  if (const JsonValue* wanted = condition.Find("layer")) return layer_ == wanted->AsUint();
  if (const JsonValue* pair = condition.Find("unequal")) {
    return Expression(pair->items[0].text) != Expression(pair->items[1].text);
  }
  static const std::set<std::string, std::less<>> kNoFacts;
  return weighlock::Holds(condition, {&config_, nullptr, kNoFacts}, &target_) == Tri::kYes;
}

}  // namespace weighlock

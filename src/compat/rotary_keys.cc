// A key is missed where the release reads it, the package does not have it, and rope_parameters do.
#include "compat/rotary_keys.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>

#include "compat/known_spec.h"
#include "compat/rules.h"

namespace weighlock {

// kb/rotary.json, embedded by the build.
extern const std::string_view kBuiltinRotary;

namespace {

using Kind = JsonValue::Kind;
using What = RotaryValue::What;
using Form = RotaryValue::Form;

// Members of rope_parameters that are no part of the scaling.
constexpr std::string_view kNoScaling[] = {"rope_theta", "partial_rotary_factor"};

std::optional<double> Number(const JsonValue* value) {
  double number = 0;
  if (value == nullptr || !value->Is(Kind::kNumber)) return std::nullopt;
  const char* end = value->text.data() + value->text.size();
  if (std::from_chars(value->text.data(), end, number).ptr != end) return std::nullopt;
  return number;
}

bool IsMissing(const JsonValue* value) {
  return value == nullptr || value->Is(Kind::kNull);
}

bool IsObject(const JsonValue* value) {
  return value != nullptr && value->Is(Kind::kObject);
}

What WhatOf(std::string_view key) {
  const bool part = key == "partial_rotary_factor" || key == "rotary_pct";
  return part ? What::kPart : What::kBase;
}

bool IsAnyOf(const std::string* text, std::initializer_list<std::string_view> words) {
  return text != nullptr && std::find(words.begin(), words.end(), *text) != words.end();
}

// The type, by the name of 5 or by that of before.
const std::string* TypeOf(const JsonValue& scaling) {
  const std::string* type = scaling.FindString("rope_type");
  return type != nullptr ? type : scaling.FindString("type");
}

// Whether there is anything in it that a model without rope_scaling does not have.
bool Scales(const JsonValue& scaling) {
  const std::string* type = TypeOf(scaling);
  if (type != nullptr && *type != "default") return true;
  return std::any_of(scaling.members.begin(), scaling.members.end(), [](const JsonMember& member) {
    return member.name != "rope_type" && member.name != "type" && !member.value.Is(Kind::kNull) &&
           std::find(std::begin(kNoScaling), std::end(kNoScaling), member.name) ==
               std::end(kNoScaling);
  });
}

// Whether all that a release has by default says the same as what stands there.
bool SaysAsMuch(const JsonValue& defaults, const JsonValue& scaling) {
  return std::all_of(defaults.members.begin(), defaults.members.end(), [&](const JsonMember& own) {
    const JsonValue* there = scaling.Find(own.name);
    if (there == nullptr || there->kind != own.value.kind) return false;
    if (own.value.Is(Kind::kNumber)) return Number(there) == Number(&own.value);
    return there->text == own.value.text && there->boolean == own.value.boolean;
  });
}

// The form in which a release takes this scaling.
Form FormOf(std::string_view word, const JsonValue& scaling) {
  const std::string* type = TypeOf(scaling);
  if (word == "any") return Form::kAnyType;
  if (word == "two") {
    const auto factor = Number(scaling.Find("factor"));
    const bool fits = IsAnyOf(type, {"linear", "dynamic"}) && factor && *factor > 1;
    return fits ? Form::kTwoFields : Form::kRefused;
  }
  const bool fits = IsAnyOf(type, {"longrope"}) && scaling.Find("short_factor") != nullptr &&
                    scaling.Find("long_factor") != nullptr;
  return fits ? Form::kThreeFields : Form::kRefused;
}

class Finder {
 public:
  Finder(const JsonValue& root, const JsonValue& row, const JsonValue& config, const Version& own)
      : keys_(*root.Find("keys")),
        anybody_(*root.Find("anybody")),
        row_(row),
        config_(config),
        rope_(*config.Find("rope_parameters")),
        own_(own) {}

  std::vector<RotaryValue> Run() {
    Numbers();
    Scaling();
    Pattern();
    return std::move(missed_);
  }

 private:
  // What the table says of a key in all releases. A type of which it has no key for the base has
  // that of anybody.
  const JsonValue* RowsOf(std::string_view key) const {
    const JsonValue* rows = row_.Find(key);
    if (rows != nullptr || key != "rope_theta") return rows;
    const auto& own = row_.members;
    const bool has_base = std::any_of(own.begin(), own.end(), [](const JsonMember& member) {
      return member.name == "rotary_emb_base" || member.name == "global_rope_theta";
    });
    return has_base ? nullptr : anybody_.Find(key);
  }

  void Numbers() {
    for (const auto& [key, places] : keys_.members) {
      const JsonValue* rows = RowsOf(key);
      if (rows == nullptr) continue;
      const JsonValue* value = nullptr;
      for (const JsonValue& place : places.items) {
        if (const JsonValue* found = At(&rope_, place.text)) value = found;
      }
      const auto number = Number(value);
      if (!number) continue;
      if (const JsonValue* defaults = HoldingRow(rows, own_)) {
        const bool differs = Number(defaults) != number;
        if (IsMissing(config_.Find(key))) {
          missed_.push_back({WhatOf(key), Form::kNumber, key, value, differs});
        }
        continue;
      }
      const JsonValue* fixed = row_.Find("fixed");
      const auto taken = fixed == nullptr ? std::nullopt : Number(fixed->Find(key));
      if (taken && taken != number) {
        missed_.push_back({WhatOf(key), Form::kIgnored, key, value, /*differs=*/true});
      }
    }
  }

  // Of models with several kinds of layers the one for full attention: the others are not scaled.
  void Scaling() {
    const JsonValue* full = rope_.Find("full_attention");
    if (!IsObject(full) && IsObject(rope_.Find("sliding_attention"))) return;
    const JsonValue& scaling = IsObject(full) ? *full : rope_;
    const JsonValue* form = HoldingRow(row_.Find("rope_scaling"), own_);
    const JsonValue* there = config_.Find("rope_scaling");
    const bool scales = Scales(scaling);
    if (form == nullptr) {
      if (!scales) return;
      missed_.push_back({What::kScaling, Form::kIgnored, "rope_scaling", &scaling, true});
      return;
    }
    const JsonValue& defaults = form->items[1];
    if (IsObject(&defaults)) {
      if (there != nullptr || SaysAsMuch(defaults, scaling)) return;
    } else if (!scales || !IsMissing(there)) {
      return;
    }
    missed_.push_back(
        {What::kScaling, FormOf(form->items[0].text, scaling), "rope_scaling", &scaling, true});
  }

  void Pattern() {
    const JsonValue* layers = config_.Find("layer_types");
    const JsonValue* defaults = HoldingRow(row_.Find("sliding_window_pattern"), own_);
    if (layers == nullptr || !layers->Is(Kind::kArray) || defaults == nullptr) return;
    if (!IsMissing(config_.Find("sliding_window_pattern"))) return;
    const size_t period = PeriodOf(*layers);
    missed_.push_back({What::kPattern, period == 0 ? Form::kIgnored : Form::kPeriod,
                       "sliding_window_pattern", layers, defaults->AsUint() != period});
  }

  const JsonValue& keys_;
  const JsonValue& anybody_;
  const JsonValue& row_;
  const JsonValue& config_;
  const JsonValue& rope_;
  const Version& own_;
  std::vector<RotaryValue> missed_;
};

}  // namespace

size_t PeriodOf(const JsonValue& layer_types) {
  const auto& layers = layer_types.items;
  const auto is_full = [](const JsonValue& layer) { return layer.text == "full_attention"; };
  const auto first = std::find_if(layers.begin(), layers.end(), is_full);
  const auto period = static_cast<size_t>(first - layers.begin()) + 1;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (is_full(layers[i]) != ((i + 1) % period == 0)) return 0;
  }
  return period;
}

const RotaryKeys& RotaryKeys::Builtin() {
  static const RotaryKeys table = [] {
    auto parsed = Parse(AsBytes(kBuiltinRotary));
    return parsed ? *std::move(parsed) : RotaryKeys();
  }();
  return table;
}

Result<RotaryKeys> RotaryKeys::Parse(Bytes text) {
  RotaryKeys table;
  WL_TRY(table.root_, ParseJson(text, Limits()));
  const std::string* schema = table.root_.FindString("schema");
  if (schema == nullptr || *schema != "weighlock-rotary/1" || !IsObject(table.root_.Find("keys")) ||
      !IsObject(table.root_.Find("types")) || !IsObject(table.root_.Find("anybody"))) {
    return Error(Code::kMalformed,
                 "wanted schema \"weighlock-rotary/1\" with keys, types and anybody", 0);
  }
  for (const JsonMember& type : table.root_.Find("types")->members) {
    const JsonValue* known = type.value.Find("known");
    if (known == nullptr || !known->Is(Kind::kArray)) {
      return Error(Code::kMalformed, "a type without the releases that know it", type.value.offset);
    }
    const JsonValue* forms = type.value.Find("rope_scaling");
    for (size_t i = 0; forms != nullptr && i < forms->items.size(); ++i) {
      const auto& row = forms->items[i].items;
      if (row.size() != 2 || row[0].items.size() != 2) {
        return Error(Code::kMalformed, "rope_scaling is [[form, default], ranges]",
                     forms->items[i].offset);
      }
    }
  }
  return table;
}

std::vector<RotaryValue> RotaryKeys::Missed(const JsonValue& config,
                                            const Version& transformers) const {
  const JsonValue* types = root_.Find("types");
  const VersionSpec* old = KnownSpec("<5.0.0");
  if (types == nullptr || old == nullptr || !old->Contains(transformers) ||
      !IsObject(config.Find("rope_parameters"))) {
    return {};
  }
  const std::string* type = config.FindString("model_type");
  const JsonValue* row = type == nullptr ? nullptr : types->Find(*type);
  if (row != nullptr && !IsWithinRanges(*row->Find("known"), transformers)) return {};
  return Finder(root_, row != nullptr ? *row : *root_.Find("anybody"), config, transformers).Run();
}

}  // namespace weighlock

// Phi-3 counts the factors of its rotary embedding: one for each pair that a head rotates.
#include "check/longrope.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "json/python_text.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

// What the configuration keeps its factors in, and what messages call that. Null: nothing is
// counted.
std::pair<const JsonValue*, std::string_view> FactorsOf(const Situation& s,
                                                        const JsonValue& config) {
  const JsonValue* parameters = config.Find("rope_parameters");
  const JsonValue* scaling = config.Find("rope_scaling");
  if (s.TransformersIs(">=5.0.0")) {
    const JsonValue* own = scaling != nullptr ? scaling : parameters;
    return {own, "rope_parameters"};
  }
  // Of other than three fields, and of another type, something else is said.
  const std::string* type = scaling == nullptr ? nullptr : scaling->FindString("type");
  const bool fits = type != nullptr && *type == "longrope" && scaling->members.size() == 3;
  return {fits ? scaling : nullptr, "rope_scaling"};
}

// How many there must be; nothing where the releases do not agree.
std::optional<uint64_t> Wanted(const JsonValue& config) {
  const JsonValue* part = config.Find("partial_rotary_factor");
  const bool is_whole = part == nullptr || std::strtod(part->text.c_str(), nullptr) == 1;
  const JsonValue* size = config.Find("hidden_size");
  const JsonValue* heads = config.Find("num_attention_heads");
  const uint64_t width = size == nullptr ? 0 : size->AsUint().value_or(0);
  const uint64_t parts = heads == nullptr ? 0 : heads->AsUint().value_or(0);
  if (!is_whole || width == 0 || parts == 0) return std::nullopt;
  return width / parts / 2;
}

// What is wrong with a list of factors; empty: nothing.
std::string FaultOf(const JsonValue& factors, std::string_view name, uint64_t wanted,
                    std::string_view place) {
  const bool are_numbers =
      factors.Is(Kind::kArray) &&
      std::all_of(factors.items.begin(), factors.items.end(), [](const JsonValue& item) {
        return item.Is(Kind::kNumber) || item.Is(Kind::kBool);
      });
  if (!are_numbers) {
    return fmt::format("`{}`'s {} field must be a list of numbers, got {}", place, name,
                       factors.Is(Kind::kString) ? factors.text : PythonText(factors));
  }
  if (factors.items.size() == wanted) return {};
  return fmt::format("`{}`'s {} field must have length {}, got {}", place, name, wanted,
                     factors.items.size());
}

}  // namespace

std::vector<CheckFinding> JudgeLongrope(const Situation& s) {
  const JsonValue* config = s.files.config.get();
  if (config == nullptr || s.files.ConfigText("model_type") != "phi3" ||
      !s.TransformersIs(">=4.41.0")) {
    return {};
  }
  const auto [own, place] = FactorsOf(s, *config);
  const auto wanted = Wanted(*config);
  if (own == nullptr || !wanted) return {};
  for (const std::string_view name : {"short_factor", "long_factor"}) {
    const JsonValue* factors = own->Find(name);
    // 5 says that of null in words of its own.
    if (factors == nullptr || factors->Is(Kind::kNull)) continue;
    const std::string fault = FaultOf(*factors, name, *wanted, place);
    if (fault.empty()) continue;
    CheckFinding finding =
        MakeFinding(Stage::kConfig, Verdict::kFail, "WL-C-096",
                    fmt::format("{} of the rotary embedding is no list of {} numbers, one for each "
                                "pair that a head of Phi-3 rotates",
                                name, *wanted),
                    s.files.config.path);
    finding.message =
        s.TransformersIs("<5.4.0")
            ? "ValueError: " + fault
            : "StrictDataclassClassValidationError: Class validation error for validator "
              "'validate_rope':\n    ValueError: " +
                  fault;
    finding.offset = factors->offset;
    finding.source =
        "configuration_phi3.py of 4.45.2 to 5.23.0; tried in 4.45.2, 4.49.0, 4.56.2, 5.0.0 and "
        "5.23.0";
    return {std::move(finding)};
  }
  return {};
}

}  // namespace weighlock

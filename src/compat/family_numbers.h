// The numbers and conditions of a family in kb/families.json, for one configuration and target.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/json.h"
#include "weighlock/target.h"

namespace weighlock {

// Borrows all three.
class FamilyNumbers {
 public:
  FamilyNumbers(const JsonValue& family, const JsonValue& config, const Target& target)
      : family_(family), config_(config), target_(target) {}

  // The releases in which num_labels counts, and not how many labels are named.
  static constexpr const char* kCountsLabels = ">=5.4.0";

  // The innermost layer that is being made.
  std::optional<uint64_t> layer() const { return layer_; }
  void SetLayer(std::optional<uint64_t> layer) { layer_ = layer; }

  // Products of names and numbers joined by +, and perhaps "-1" behind them; empty where there is
  // no such number, or it overflows. Depth bounds names that stand for each other.
  std::optional<uint64_t> Expression(std::string_view text, int depth = 0) const;
  // The value of the configuration that a name stands for, and the key that it has there; null:
  // it stands for another number, or for a default.
  struct NamedValue {
    std::string key;
    const JsonValue* value = nullptr;
  };
  NamedValue Named(std::string_view name) const;
  // A condition of kb/check.json, of the layer, or of two expressions that differ.
  bool Holds(const JsonValue& condition) const;

 private:
  const JsonValue* Value(std::string_view key) const;
  std::optional<uint64_t> Key(std::string_view key) const;
  std::optional<uint64_t> Labels() const;
  std::optional<uint64_t> Term(std::string_view term, int depth) const;
  std::optional<uint64_t> Product(std::string_view text, int depth) const;
  bool Within(std::string_view spec) const;

  const JsonValue& family_;
  const JsonValue& config_;
  const Target& target_;
  std::optional<uint64_t> layer_;
};

}  // namespace weighlock

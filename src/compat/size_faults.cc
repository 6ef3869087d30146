// Rows are walked as a model is made of them, each layer once: the first layer meets what the
// others would.
#include "compat/size_faults.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compat/family_numbers.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

// A layer of a model takes some kilobytes of Python's objects before it has any weight.
constexpr uint64_t kBeyondAll = 100'000'000;

constexpr std::array<std::string_view, 7> kHeads = {
    "num_attention_heads",     "n_head",      "n_heads", "num_heads", "encoder_attention_heads",
    "decoder_attention_heads", "num_kv_heads"};

bool IsWord(std::string_view text) {
  return !text.empty() && text.find_first_of("*+/#$") == std::string_view::npos &&
         !text.ends_with("-1") && (text[0] < '0' || text[0] > '9');
}

bool IsInteger(const JsonValue& value) {
  return value.Is(Kind::kNumber) && value.text.find_first_of(".eE") == std::string::npos;
}

bool IsNegative(const JsonValue& value) {
  return IsInteger(value) && value.text.starts_with('-') && value.text != "-0";
}

// A text, or a number with a point. What null or a list means differs from class to class.
bool IsNoInteger(const JsonValue& value) {
  return value.Is(Kind::kString) || (value.Is(Kind::kNumber) && !IsInteger(value));
}

class Walker {
 public:
  Walker(const JsonValue& family, const JsonValue& config, const Target& target)
      : family_(family), config_(config), numbers_(family, config, target) {}

  std::optional<SizeFault> Run() {
    Rows(*family_.Find("parameters"));
    if (!fault_) Heads();
    return std::move(fault_);
  }

 private:
  void Rows(const JsonValue& rows) {
    for (const JsonValue& row : rows.items) {
      if (fault_) return;
      if (row.Is(Kind::kArray)) {
        Module(row);
      } else if (const std::string* count = row.FindString("each")) {
        Layers(row, *count);
      } else if (numbers_.Holds(*row.Find("when")) && !row.FindTrue("unknown")) {
        Rows(*row.Find("parameters"));
      }
    }
  }

  void Layers(const JsonValue& row, const std::string& count) {
    const auto named = numbers_.Named(count);
    if (named.value != nullptr) {
      const auto number = named.value->AsUint();
      if (IsNoInteger(*named.value)) {
        fault_ = {SizeFault::Kind::kCountNoInteger, named.key, named.value, "", {}, 0};
      } else if (IsInteger(*named.value) && !IsNegative(*named.value) &&
                 (!number || *number >= kBeyondAll)) {
        fault_ = {SizeFault::Kind::kCountBeyondAll, named.key, named.value, "", {}, 0};
      }
      if (fault_ || IsNegative(*named.value) || number == 0) return;
    }
    const auto outer = numbers_.layer();
    numbers_.SetLayer(0);
    Rows(*row.Find("parameters"));
    numbers_.SetLayer(outer);
  }

  // A module's first tensor, in whose shape a Linear has its sizes the other way round.
  void Module(const JsonValue& row) {
    const std::string& kind = row.items[1].text;
    if (kind.starts_with("buffer of ")) return;
    std::vector<const JsonValue*> sizes;
    for (size_t i = 2; i < row.items.size(); ++i) sizes.push_back(&row.items[i]);
    const std::string module = kind.substr(kind.rfind(' ') + 1);
    if (module == "Linear" && sizes.size() == 2) std::swap(sizes[0], sizes[1]);
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (!IsWord(sizes[i]->text)) {
        seen_ += sizes[i]->text + " ";
        continue;
      }
      const auto named = numbers_.Named(sizes[i]->text);
      // Heads are divided by before anything is made of them.
      const bool is_heads = std::find(kHeads.begin(), kHeads.end(), named.key) != kHeads.end();
      if (named.value == nullptr || is_heads) continue;
      const bool is_negative = IsNegative(*named.value);
      if (!is_negative && !IsNoInteger(*named.value)) continue;
      fault_ = {
          is_negative ? SizeFault::Kind::kNegative : SizeFault::Kind::kNoInteger,
          named.key,
          named.value,
          kind.starts_with("parameter of ") ? "" : module,
          seen_.find(named.key) == std::string::npos ? Shape(sizes) : std::vector<std::string>(),
          i};
      return;
    }
  }

  std::vector<std::string> Shape(const std::vector<const JsonValue*>& sizes) const {
    std::vector<std::string> shape;
    for (const JsonValue* size : sizes) {
      const auto named =
          IsWord(size->text) ? numbers_.Named(size->text) : FamilyNumbers::NamedValue();
      if (named.value != nullptr) {
        shape.push_back(PythonText(*named.value));
      } else if (const auto number = numbers_.Expression(size->text)) {
        shape.push_back(std::to_string(*number));
      } else {
        return {};
      }
    }
    return shape;
  }

  // Every attention divides by its heads, or takes the remainder of a division by them.
  void Heads() {
    for (const std::string_view key : kHeads) {
      const JsonValue* value = config_.Find(key);
      if (value == nullptr) continue;
      const bool is_zero = IsInteger(*value) && value->AsUint() == 0;
      if (!is_zero && !value->Is(Kind::kString)) continue;
      fault_ = {is_zero ? SizeFault::Kind::kHeadsZero : SizeFault::Kind::kHeadsNoNumber,
                std::string(key),
                value,
                "",
                {},
                0};
      return;
    }
  }

  const JsonValue& family_;
  const JsonValue& config_;
  FamilyNumbers numbers_;
  std::optional<SizeFault> fault_;
  // Products that were made before, of which the words of a fault in one of their factors are not
  // known.
  std::string seen_;
};

}  // namespace

std::optional<SizeFault> FirstSizeFault(const JsonValue& family, const JsonValue& config,
                                        const Target& target) {
  return Walker(family, config, target).Run();
}

}  // namespace weighlock

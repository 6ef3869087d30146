// From rows of the table, and numbers of a configuration, to names and shapes.
#include "compat/families.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/checked.h"
#include "compat/rules.h"

namespace weighlock {

// kb/families.json, embedded by the build.
extern const std::string_view kBuiltinFamilies;

namespace {

// A configuration can ask for any number of layers; no model has more parameters than this.
constexpr size_t kMostParameters = 200'000;
constexpr std::string_view kWeightOf = "weight of ", kBiasOf = "bias of ";

const JsonValue* HeadOf(const JsonValue& family, std::string_view class_name) {
  const JsonValue* heads = family.Find("heads");
  return heads == nullptr ? nullptr : heads->Find(class_name);
}

class ModelMaker {
 public:
  ModelMaker(const JsonValue& family, const JsonValue& config, const Target& target)
      : family_(family), config_(config), target_(target) {}

  std::optional<ExpectedModel> Make(std::string_view class_name) {
    const JsonValue& head = *HeadOf(family_, class_name);
    const JsonValue* own = head.Find("parameters");
    model_.class_name = class_name;
    model_.prefix = *family_.FindString("prefix");
    // The bare model is the one without a head of its own; in a flat family (T5) the parts of all
    // stand at the top.
    const bool has_head = own != nullptr || head.Find("tied") != nullptr;
    model_.is_bare = !has_head || family_.FindTrue("flat");
    const std::string path = model_.is_bare ? "" : model_.prefix + ".";
    Rows(*family_.Find("parameters"), path, std::nullopt, false);
    if (head.FindTrue("pooler")) Rows(*family_.Find("pooler"), path, std::nullopt, false);
    if (own != nullptr) Rows(*own, "", std::nullopt, false);
    Pairs(head.Find("tied"), model_.tied);
    if (const JsonValue* buffers = family_.Find("buffers")) {
      for (const JsonValue& name : buffers->items) model_.buffers.push_back(name.text);
    }
    if (const JsonValue* renamed = family_.Find("renamed")) {
      for (const JsonValue& row : renamed->items) {
        if (!Within(*row.FindString("spec"))) continue;
        model_.renamed.emplace_back(*row.FindString("from"), *row.FindString("to"));
      }
    }
    if (!possible_) return std::nullopt;
    return std::move(model_);
  }

 private:
  static void Pairs(const JsonValue* rows,
                    std::vector<std::pair<std::string, std::string>>& pairs) {
    for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
      pairs.emplace_back(rows->items[i].items[0].text, rows->items[i].items[1].text);
    }
  }

  // A number of the configuration, or of the family's defaults. No model is made of null.
  std::optional<uint64_t> Key(std::string_view key) const {
    const JsonValue* value = config_.Find(key);
    if (value != nullptr) return value->AsUint();
    value = family_.Find("defaults")->Find(key);
    return value == nullptr ? std::nullopt : value->AsUint();
  }

  // id2label wins over num_labels, and both are missing for two labels.
  std::optional<uint64_t> Labels() const {
    const JsonValue* names = config_.Find("id2label");
    if (names != nullptr && names->Is(JsonValue::Kind::kObject)) return names->members.size();
    const JsonValue* number = config_.Find("num_labels");
    return number == nullptr ? std::optional<uint64_t>(2) : number->AsUint();
  }

  // One name or number. Depth bounds names that stand for each other.
  std::optional<uint64_t> Term(std::string_view term, int depth) const {
    uint64_t number = 0;
    const auto parsed = std::from_chars(term.data(), term.data() + term.size(), number);
    if (parsed.ptr == term.data() + term.size()) return number;
    if (term == "num_labels") return Labels();
    const JsonValue* values = family_.Find("values");
    const JsonValue* choices = values == nullptr ? nullptr : values->Find(term);
    if (choices == nullptr) return Key(term);
    for (const JsonValue& choice : choices->items) {
      if (const std::string* key = choice.FindString("key")) {
        if (const std::string* spec = choice.FindString("spec"); spec && !Within(*spec)) continue;
        const JsonValue* value = config_.Find(*key);
        const bool given = value != nullptr && !value->Is(JsonValue::Kind::kNull);
        if (given || family_.Find("defaults")->Find(*key) != nullptr) return Key(*key);
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

  // Factors joined by *, and perhaps "-1" behind them.
  std::optional<uint64_t> Expression(std::string_view text, int depth = 0) const {
    if (depth > 4) return std::nullopt;
    const bool less_one = text.ends_with("-1");
    if (less_one) text.remove_suffix(2);
    std::optional<uint64_t> product = 1;
    while (product) {
      const size_t star = text.find('*');
      const auto factor = Term(text.substr(0, star), depth);
      if (!factor) return std::nullopt;
      product = CheckedMul(*product, *factor);
      if (star == std::string_view::npos) break;
      text.remove_prefix(star + 1);
    }
    if (!product || (less_one && *product == 0)) return std::nullopt;
    return *product - (less_one ? 1 : 0);
  }

  bool Within(std::string_view spec) const {
    const Component* transformers = target_.Find("transformers");
    const auto wanted = VersionSpec::Parse(spec);
    return transformers != nullptr && transformers->version && wanted &&
           wanted->Contains(*transformers->version);
  }

  bool Holds(const JsonValue& condition, std::optional<uint64_t> layer) {
    if (const JsonValue* wanted = condition.Find("layer")) return layer == wanted->AsUint();
    if (const JsonValue* pair = condition.Find("unequal")) {
      return Expression(pair->items[0].text) != Expression(pair->items[1].text);
    }
    static const std::set<std::string, std::less<>> kNoFacts;
    return weighlock::Holds(condition, {target_, &config_, nullptr, kNoFacts}) == Tri::kYes;
  }

  void Rows(const JsonValue& rows, const std::string& path, std::optional<uint64_t> layer,
            bool conditional) {
    for (const JsonValue& row : rows.items) {
      if (!possible_) return;
      if (row.Is(JsonValue::Kind::kArray)) {
        Parameters(row, path, conditional);
      } else if (const std::string* count = row.FindString("each")) {
        const auto layers = Expression(*count);
        possible_ &= layers.has_value();
        for (uint64_t i = 0; possible_ && i < *layers; ++i) {
          Rows(*row.Find("parameters"), fmt::format("{}{}.{}.", path, *row.FindString("path"), i),
               i, conditional);
        }
      } else if (const JsonValue& when = *row.Find("when"); Holds(when, layer)) {
        const bool of_config = when.Find("target") == nullptr && when.Find("layer") == nullptr &&
                               when.Find("unequal") == nullptr;
        Rows(*row.Find("parameters"), path, layer, conditional || of_config);
      }
    }
  }

  // One row: a module, by its path and class, and what its parameters measure.
  void Parameters(const JsonValue& row, const std::string& path, bool conditional) {
    std::vector<uint64_t> sizes;
    for (size_t i = 2; i < row.items.size(); ++i) {
      const auto size = Expression(row.items[i].text);
      possible_ &= size.has_value();
      sizes.push_back(size.value_or(0));
    }
    std::string_view kind = row.items[1].text;
    const std::string name = path + row.items[0].text;
    const bool only_weight = kind.starts_with(kWeightOf), only_bias = kind.starts_with(kBiasOf);
    if (only_weight) kind.remove_prefix(kWeightOf.size());
    if (only_bias) kind.remove_prefix(kBiasOf.size());
    const auto add = [&](const char* parameter, std::vector<uint64_t> shape) {
      model_.parameters.push_back(
          {name + parameter, std::move(shape), std::string(kind), conditional});
    };
    const std::vector<uint64_t> last = {sizes.back()};
    // A Linear keeps its weight the other way round: out, in.
    if (kind == "Linear" && sizes.size() == 2) std::swap(sizes[0], sizes[1]);
    if (!only_bias) add(".weight", sizes);
    if (!only_weight && kind != "Embedding") add(".bias", last);
    possible_ &= model_.parameters.size() <= kMostParameters;
  }

  const JsonValue& family_;
  const JsonValue& config_;
  const Target& target_;
  ExpectedModel model_;
  bool possible_ = true;
};

}  // namespace

Result<Families> Families::Builtin() {
  return Parse(AsBytes(kBuiltinFamilies));
}

Result<Families> Families::Parse(Bytes text) {
  Families families;
  WL_TRY(families.root_, ParseJson(text, Limits()));
  const std::string* schema = families.root_.FindString("schema");
  const JsonValue* rows = families.root_.Find("families");
  if (schema == nullptr || *schema != "weighlock-families/1" || rows == nullptr) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-families/1\" with families", 0);
  }
  for (const JsonMember& family : rows->members) {
    for (const char* key : {"prefix", "defaults", "parameters", "heads"}) {
      if (family.value.Find(key) == nullptr) {
        return Error(Code::kMalformed, fmt::format("family {}: no {}", family.name, key),
                     family.value.offset);
      }
    }
  }
  return families;
}

std::optional<ExpectedModel> Families::Expect(std::string_view class_name, const JsonValue& config,
                                              const Target& target) const {
  for (const JsonMember& family : root_.Find("families")->members) {
    if (HeadOf(family.value, class_name) == nullptr) continue;
    return ModelMaker(family.value, config, target).Make(class_name);
  }
  return std::nullopt;
}

}  // namespace weighlock

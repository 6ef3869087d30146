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

// What of a module a row means where it is not its weight and bias: a parameter or a buffer of that
// very name.
enum class Part { kBoth, kWeight, kBias, kItself, kBuffer };
constexpr std::pair<std::string_view, Part> kParts[] = {{"weight of ", Part::kWeight},
                                                        {"bias of ", Part::kBias},
                                                        {"parameter of ", Part::kItself},
                                                        {"buffer of ", Part::kBuffer}};

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
    model_.is_bare = !has_head || head.FindTrue("bare") || family_.FindTrue("flat");
    const std::string path = model_.is_bare ? "" : model_.prefix + ".";
    if (const JsonValue* first = head.Find("first")) Rows(*first, "", std::nullopt, false);
    Rows(*family_.Find("parameters"), path, std::nullopt, false);
    if (head.FindTrue("pooler")) Rows(*family_.Find("pooler"), path, std::nullopt, false);
    if (own != nullptr) Rows(*own, "", std::nullopt, false);
    if (const JsonValue* tied = head.Find("tied")) Tied(*tied);
    if (const JsonValue* buffers = family_.Find("buffers")) {
      for (const JsonValue& name : buffers->items) model_.buffers.push_back(name.text);
    }
    for (const JsonValue* row : Holding("renamed")) {
      model_.renamed.emplace_back(*row->FindString("from"), *row->FindString("to"));
    }
    for (const JsonValue* row : Holding("stacked")) {
      model_.stacked.emplace_back(*row->FindString("piece"), *row->FindString("into"));
    }
    if (!possible_) return std::nullopt;
    for (const auto& [name, other] : model_.tied) AddAlias(name, other);
    return std::move(model_);
  }

 private:
  void Tied(const JsonValue& rows) {
    for (const JsonValue& row : rows.items) {
      if (row.Is(JsonValue::Kind::kArray)) {
        model_.tied.emplace_back(row.items[0].text, row.items[1].text);
      } else if (Holds(*row.Find("when"), std::nullopt)) {
        Tied(*row.Find("tied"));
      }
    }
  }

  // Puts a tied name where state_dict has it: before the other parameters of its module, as weights
  // come before biases; embeddings that are shared before all others of their part of the model,
  // heads behind them.
  void AddAlias(const std::string& name, const std::string& other) {
    const auto with = [&](std::string_view beginning) {
      return [beginning](const ExpectedParameter& p) { return p.name.starts_with(beginning); };
    };
    auto& all = model_.parameters;
    const auto same = [](const std::string& wanted) {
      return [&](const ExpectedParameter& p) { return p.name == wanted; };
    };
    const auto found = std::find_if(all.begin(), all.end(), same(other));
    if (found == all.end() || std::any_of(all.begin(), all.end(), same(name))) return;
    const bool is_embedding = name.ends_with("embed_tokens.weight");
    ExpectedParameter alias = {name,
                               found->shape,
                               is_embedding ? found->module : "Linear",
                               found->conditional,
                               found->is_buffer,
                               true};
    const std::string module = name.substr(0, name.rfind('.') + 1);
    const std::string part = module.substr(0, module.rfind('.', module.size() - 2) + 1);
    auto place = std::find_if(all.begin(), all.end(), with(module));
    if (place != all.end()) {
      place += name.ends_with(".bias") ? 1 : 0;
    } else if (is_embedding) {
      place = std::find_if(all.begin(), all.end(), with(part));
    } else {
      place = std::find_if(all.rbegin(), all.rend(), with(part)).base();
      if (place == all.begin()) place = all.end();
    }
    all.insert(place, std::move(alias));
  }

  // The rows of one of the family's lists that hold for this configuration and target.
  std::vector<const JsonValue*> Holding(std::string_view list) const {
    std::vector<const JsonValue*> rows;
    const JsonValue* all = family_.Find(list);
    for (size_t i = 0; all != nullptr && i < all->items.size(); ++i) {
      const JsonValue& row = all->items[i];
      if (Holds(*row.Find("when"), std::nullopt)) rows.push_back(&row);
    }
    return rows;
  }

  // A value of the configuration; "text_config/hidden_size" is one inside another. Of a list,
  // "conv_dim/#" is the one of this layer, "conv_dim/#-" of the layer before, "conv_dim/$" the
  // last.
  const JsonValue* Value(std::string_view key) const {
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
  std::optional<uint64_t> Key(std::string_view key) const {
    const JsonValue* value = Value(key);
    if (value != nullptr) return value->AsUint();
    value = family_.Find("defaults")->Find(key);
    return value == nullptr ? std::nullopt : value->AsUint();
  }

  // id2label wins over num_labels, and both are missing for two labels, if the class says no other.
  std::optional<uint64_t> Labels() const {
    const JsonValue* names = config_.Find("id2label");
    if (names != nullptr && names->Is(JsonValue::Kind::kObject)) return names->members.size();
    const bool is_said = config_.Find("num_labels") != nullptr ||
                         family_.Find("defaults")->Find("num_labels") != nullptr;
    return is_said ? Key("num_labels") : std::optional<uint64_t>(2);
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
      if (const std::string* spec = choice.FindString("spec"); spec && !Within(*spec)) continue;
      if (const JsonValue* when = choice.Find("when"); when && !Holds(*when, layer_)) continue;
      if (const std::string* key = choice.FindString("key")) {
        const JsonValue* value = Value(*key);
        const bool given = value != nullptr && !value->Is(JsonValue::Kind::kNull);
        if (given || family_.Find("defaults")->Find(*key) != nullptr) return Key(*key);
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

  // Products joined by +, and perhaps "-1" behind them.
  std::optional<uint64_t> Expression(std::string_view text, int depth = 0) const {
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
  std::optional<uint64_t> Product(std::string_view text, int depth) const {
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

  bool Within(std::string_view spec) const {
    const Component* transformers = target_.Find("transformers");
    const auto wanted = VersionSpec::Parse(spec);
    return transformers != nullptr && transformers->version && wanted &&
           wanted->Contains(*transformers->version);
  }

  bool Holds(const JsonValue& condition, std::optional<uint64_t> layer) const {
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
          layer_ = i;
          Rows(*row.Find("parameters"), fmt::format("{}{}.{}.", path, *row.FindString("path"), i),
               i, conditional);
        }
        layer_ = layer;
      } else if (const JsonValue& when = *row.Find("when"); Holds(when, layer)) {
        possible_ &= !row.FindTrue("unknown");
        if (!possible_) return;
        // What is there unless a key says no is there by default.
        const bool of_config = when.Find("target") == nullptr && when.Find("layer") == nullptr &&
                               when.Find("unequal") == nullptr && when.Find("not") == nullptr;
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
    Part part = Part::kBoth;
    for (const auto& [words, meaning] : kParts) {
      if (!kind.starts_with(words)) continue;
      kind.remove_prefix(words.size());
      part = meaning;
    }
    const auto add = [&](const char* parameter, std::vector<uint64_t> shape) {
      model_.parameters.push_back({name + parameter, std::move(shape), std::string(kind),
                                   conditional, part == Part::kBuffer, false});
    };
    if (part == Part::kItself || part == Part::kBuffer) {
      add("", std::move(sizes));
      return;
    }
    // A Linear keeps its weight the other way round, out and in; its bias is as long as what comes
    // out. Of a convolution the first size is that of what comes out.
    if (kind == "Linear" && sizes.size() == 2) std::swap(sizes[0], sizes[1]);
    const std::vector<uint64_t> out = {kind == "Conv1D" ? sizes.back() : sizes.front()};
    if (part != Part::kBias) add(".weight", sizes);
    if (part != Part::kWeight && kind != "Embedding") add(".bias", out);
    possible_ &= model_.parameters.size() <= kMostParameters;
  }

  const JsonValue& family_;
  const JsonValue& config_;
  const Target& target_;
  ExpectedModel model_;
  std::optional<uint64_t> layer_;  // the innermost that is being made
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
    if (const JsonValue* when = family.value.Find("when")) {
      static const std::set<std::string, std::less<>> kNoFacts;
      if (Holds(*when, {target, &config, nullptr, kNoFacts}) != Tri::kYes) continue;
    }
    return ModelMaker(family.value, config, target).Make(class_name);
  }
  return std::nullopt;
}

}  // namespace weighlock

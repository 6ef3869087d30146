// From rows of the table to names and shapes.
#include "compat/families.h"

#include <fmt/format.h>

#include <algorithm>

#include "compat/family_numbers.h"
#include "compat/known_spec.h"

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
      : family_(family), numbers_(family, config, target) {}

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
    if (const JsonValue* first = head.Find("first")) Rows(*first, "", false);
    Rows(*family_.Find("parameters"), path, false);
    if (head.FindTrue("pooler")) Rows(*family_.Find("pooler"), path, false);
    if (own != nullptr) Rows(*own, "", false);
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
      } else if (numbers_.Holds(*row.Find("when"))) {
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
      if (numbers_.Holds(*row.Find("when"))) rows.push_back(&row);
    }
    return rows;
  }

  void Rows(const JsonValue& rows, const std::string& path, bool conditional) {
    for (const JsonValue& row : rows.items) {
      if (!possible_) return;
      if (row.Is(JsonValue::Kind::kArray)) {
        Parameters(row, path, conditional);
      } else if (row.Find("each") != nullptr) {
        Layers(row, path, conditional);
      } else if (const JsonValue& when = *row.Find("when"); numbers_.Holds(when)) {
        possible_ &= !row.FindTrue("unknown");
        if (!possible_) return;
        // What is there unless a key says no is there by default.
        const bool of_config = when.Find("target") == nullptr && when.Find("layer") == nullptr &&
                               when.Find("unequal") == nullptr && when.Find("not") == nullptr;
        Rows(*row.Find("parameters"), path, conditional || of_config);
      }
    }
  }

  // A layer may have no parameters at all, so their number is bounded as well.
  void Layers(const JsonValue& row, const std::string& path, bool conditional) {
    const auto layers = numbers_.Expression(*row.FindString("each"));
    possible_ &= layers && *layers <= kMostParameters;
    const auto outer = numbers_.layer();
    for (uint64_t i = 0; possible_ && i < *layers; ++i) {
      numbers_.SetLayer(i);
      Rows(*row.Find("parameters"), fmt::format("{}{}.{}.", path, *row.FindString("path"), i),
           conditional);
      possible_ &= model_.parameters.size() <= kMostParameters;
    }
    numbers_.SetLayer(outer);
  }

  // One row: a module, by its path and class, and what its parameters measure.
  void Parameters(const JsonValue& row, const std::string& path, bool conditional) {
    std::vector<uint64_t> sizes;
    for (size_t i = 2; i < row.items.size(); ++i) {
      const auto size = numbers_.Expression(row.items[i].text);
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
  }

  const JsonValue& family_;
  FamilyNumbers numbers_;
  ExpectedModel model_;
  bool possible_ = true;
};

}  // namespace

Result<Families> Families::Builtin() {
  return Parse(kBuiltinFamilies);
}

Result<Families> Families::Parse(std::string_view text) {
  if (text.find("\"schema\": \"weighlock-families/1\"") == std::string_view::npos) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-families/1\"", 0);
  }
  Families families;
  families.table_ = JsonTable(text);
  if (families.table_.Table("families").names().empty()) {
    return Error(Code::kMalformed, "wanted families", 0);
  }
  return families;
}

// Conditions stand at any depth. A spec without a target is one of transformers.
void Families::CollectQuestions(const JsonValue& value, std::vector<Question>& questions) {
  if (const std::string* spec = value.FindString("spec")) {
    const std::string* component = value.FindString("target");
    questions.emplace_back(component == nullptr ? "transformers" : *component, KnownSpec(*spec));
  }
  for (const JsonValue& item : value.items) CollectQuestions(item, questions);
  for (const JsonMember& member : value.members) CollectQuestions(member.value, questions);
}

const Families::OfClass& Families::Having(std::string_view class_name) const {
  const auto known = classes_.find(class_name);
  if (known != classes_.end()) return known->second;
  OfClass& own = classes_[std::string(class_name)];
  const std::string quoted = fmt::format("\"{}\"", class_name);
  const JsonTable& families = table_.Table("families");
  for (const std::string_view name : families.names()) {
    if (families.TextOf(name).find(quoted) == std::string_view::npos) continue;
    const JsonValue* family = families.Find(name);
    if (family == nullptr || HeadOf(*family, class_name) == nullptr) continue;
    own.families.push_back(family);
    CollectQuestions(*family, own.questions);
  }
  if (!own.families.empty()) {
    own.questions.emplace_back("transformers", KnownSpec(FamilyNumbers::kCountsLabels));
  }
  std::sort(own.questions.begin(), own.questions.end());
  own.questions.erase(std::unique(own.questions.begin(), own.questions.end()), own.questions.end());
  return own;
}

std::vector<Overlap> Families::Answers(std::string_view class_name, const Target& target) const {
  std::vector<Overlap> answers;
  for (const auto& [name, spec] : Having(class_name).questions) {
    const Component* component = target.Find(name);
    const bool is_known = component != nullptr && spec != nullptr;
    answers.push_back(is_known ? component->Within(*spec) : Overlap::kSome);
  }
  return answers;
}

const JsonValue* Families::FamilyOf(std::string_view class_name, const JsonValue& config,
                                    const Target& target) const {
  for (const JsonValue* family : Having(class_name).families) {
    const JsonValue* when = family->Find("when");
    if (when == nullptr || FamilyNumbers(*family, config, target).Holds(*when)) return family;
  }
  return nullptr;
}

std::optional<ExpectedModel> Families::Expect(std::string_view class_name, const JsonValue& config,
                                              const Target& target) const {
  const JsonValue* family = FamilyOf(class_name, config, target);
  if (family == nullptr) return std::nullopt;
  return ModelMaker(*family, config, target).Make(class_name);
}

}  // namespace weighlock

// Of a family that is known its rows tell which tensor is the first that cannot be made; of any
// other model the keys that all of them share are looked at.
#include "check/odd_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/escape.h"
#include "check/loaded_class.h"
#include "check/parameter_match.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

constexpr std::string_view kRule = "WL-W-047";
constexpr uint64_t kMostLayers = 10'000, kMostOfAll = 100'000'000;

using Kind = JsonValue::Kind;

// Keys that count rows, columns or layers wherever they are; some classes have lists of them.
constexpr std::array<std::string_view, 12> kWidths = {
    "hidden_size", "d_model", "n_embd",  "dim",       "vocab_size",      "intermediate_size",
    "ffn_dim",     "d_ff",    "n_inner", "embed_dim", "encoder_ffn_dim", "decoder_ffn_dim"};
constexpr std::array<std::string_view, 7> kLayers = {
    "num_hidden_layers", "n_layer",        "n_layers",          "num_layers",
    "encoder_layers",    "decoder_layers", "num_decoder_layers"};
constexpr std::array<std::string_view, 8> kHeads = {"num_attention_heads",
                                                    "n_head",
                                                    "n_heads",
                                                    "num_heads",
                                                    "encoder_attention_heads",
                                                    "decoder_attention_heads",
                                                    "head_dim",
                                                    "num_key_value_heads"};
constexpr std::array<std::string_view, 4> kOthers = {"max_position_embeddings", "n_positions",
                                                     "type_vocab_size", "num_local_experts"};
// A width, the heads that share it, where no other key says how wide one of them is.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShared = {
    {{"hidden_size", "num_attention_heads"},
     {"n_embd", "n_head"},
     {"dim", "n_heads"},
     {"d_model", "encoder_attention_heads"},
     {"d_model", "decoder_attention_heads"},
     {"d_model", "n_head"},
     {"hidden_size", "n_head"}}};
constexpr std::array<std::string_view, 9> kHeadWidths = {
    "head_dim",         "d_kv",       "d_head",     "kv_channels",        "attention_head_dim",
    "qk_nope_head_dim", "key_length", "v_head_dim", "attention_head_size"};

bool IsOneOf(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What is odd about the value of a key; empty: nothing.
std::string_view OddityOf(std::string_view key, const JsonValue& value) {
  const bool is_layers = IsOneOf(kLayers, key), is_head = IsOneOf(kHeads, key);
  if (!is_layers && !is_head && !IsOneOf(kWidths, key) && !IsOneOf(kOthers, key)) return {};
  if (value.Is(Kind::kString) || value.Is(Kind::kBool)) return "no number";
  if (!value.Is(Kind::kNumber)) return {};
  const auto number = value.AsUint();
  if (value.text.starts_with('-')) return "negative";
  if (value.text.find_first_of(".eE") != std::string::npos) return "no integer";
  if (!number || *number >= kMostOfAll || (is_layers && *number > kMostLayers)) {
    return "beyond all measure";
  }
  static constexpr std::array<std::string_view, 7> kWanted = {
      "hidden_size", "d_model", "n_embd", "dim", "vocab_size", "max_position_embeddings",
      "n_positions"};
  const bool is_wanted = is_head || IsOneOf(kWanted, key);
  return *number == 0 && is_wanted ? "zero" : std::string_view();
}

struct Oddity {
  std::string pointer;  // "/text_config/hidden_size"
  const JsonValue* value;
  std::string text;
};

void LookAt(const JsonValue& config, const std::string& path, std::vector<Oddity>& odd) {
  for (const JsonMember& member : config.members) {
    const std::string_view what = OddityOf(member.name, member.value);
    if (what.empty()) continue;
    odd.push_back({path + "/" + member.name, &member.value,
                   fmt::format("{} is {}, which is {}", Escape(member.name),
                               Escape(PythonText(member.value)), what)});
  }
  for (const std::string_view key : kHeadWidths) {
    const JsonValue* width = config.Find(key);
    if (width != nullptr && !width->Is(Kind::kNull)) return;
  }
  for (const auto& [width, heads] : kShared) {
    const JsonValue* all = config.Find(width);
    const JsonValue* shared = config.Find(heads);
    const auto a = all == nullptr ? std::nullopt : all->AsUint();
    const auto b = shared == nullptr ? std::nullopt : shared->AsUint();
    if (!a || !b || *b == 0 || *a == 0 || *a % *b == 0) continue;
    odd.push_back({path + "/" + std::string(heads), shared,
                   fmt::format("{} is {}, which is no multiple of {}, {}", width, *a, heads, *b)});
  }
}

std::vector<Oddity> OdditiesOf(const JsonValue& config) {
  std::vector<Oddity> odd;
  LookAt(config, "", odd);
  for (const JsonMember& member : config.members) {
    const bool is_part =
        member.name.ends_with("_config") || member.name == "encoder" || member.name == "decoder";
    const bool is_other = member.name == "quantization_config";
    if (is_part && !is_other && member.value.Is(Kind::kObject)) {
      LookAt(member.value, "/" + member.name, odd);
    }
  }
  return odd;
}

// The class that is loaded; where config.json names none, the bare model, which all others have
// within.
std::string ClassOf(const Situation& s) {
  constexpr std::string_view kConfig = "Config";
  std::string name = LoadedArchitecture(s);
  if (!name.empty() || !NamedArchitecture(s).empty()) return name;
  name = s.base.releases.ConfigClassOf(s.files.ConfigText("model_type"), *s.transformers());
  if (!name.ends_with(kConfig)) return {};
  return name.replace(name.size() - kConfig.size(), kConfig.size(), "Model");
}

// Whether the padding's row is not asked for before the embedding is made.
bool PadsAtMostTheFirst(const JsonValue& config) {
  const JsonValue* pad = config.Find("pad_token_id");
  return pad != nullptr && (pad->Is(Kind::kNull) || pad->AsUint() == 0);
}

std::string MessageOf(const Situation& s, const SizeFault& fault) {
  using Fault = SizeFault::Kind;
  if (fault.kind == Fault::kCountNoInteger) {
    // GPT-Neo counts the kinds of its layers first.
    if (s.files.config.get()->Find("attention_types") != nullptr) return {};
    return fmt::format("TypeError: '{}' object cannot be interpreted as an integer",
                       PythonClass(*fault.value));
  }
  const bool is_embedding = fault.module == "Embedding", is_linear = fault.module == "Linear";
  if (fault.shape.empty() || !(is_embedding || is_linear)) return {};
  const bool is_rows = is_embedding && fault.place == 0;
  if (is_rows && !PadsAtMostTheFirst(*s.files.config.get())) return {};
  if (fault.kind == Fault::kNegative) {
    return fmt::format("RuntimeError: Trying to create tensor with negative dimension {}: [{}]",
                       fault.shape[fault.place], fmt::join(fault.shape, ", "));
  }
  if (fault.kind != Fault::kNoInteger) return {};
  // Their configurations divide a text first.
  const std::string type = s.files.ConfigText("model_type");
  const bool is_text = fault.value->Is(Kind::kString);
  if (is_text && (type == "gpt_neox" || type == "mixtral")) return {};
  return s.base.knowledge.Message(
      fault.place == 0 ? "size_no_integer_first" : "size_no_integer_behind", s.target,
      {{"{class}", std::string(PythonClass(*fault.value))},
       {"{place}", std::to_string(fault.place + 1)}});
}

std::string TextOf(const SizeFault& fault) {
  using Fault = SizeFault::Kind;
  const std::string value =
      fmt::format("{} is {}", Escape(fault.key), Escape(PythonText(*fault.value)));
  switch (fault.kind) {
    case Fault::kNegative:
      return value + ", and no tensor can have a negative size";
    case Fault::kNoInteger:
      return value + ", and a tensor's size must be an integer";
    case Fault::kCountNoInteger:
      return value + ", and the number of layers must be an integer";
    case Fault::kCountBeyondAll:
      return value + ": no machine holds so many layers, and the process ends for want of memory";
    case Fault::kHeadsZero:
      return value + ", and the width of a head is divided by it";
    case Fault::kHeadsNoNumber:
      return value + ", and the width of a head is divided by it, which no text can be";
  }
  return {};
}

}  // namespace

std::vector<CheckFinding> JudgeOddSizes(const Situation& s) {
  const JsonValue* config = s.files.config.get();
  if (config == nullptr || s.transformers() == nullptr) return {};
  const auto make = [&](Verdict verdict, std::string text, std::string pointer,
                        const JsonValue& value) {
    CheckFinding finding = MakeFinding(Stage::kWeights, verdict, std::string(kRule),
                                       std::move(text), s.files.config.path);
    finding.pointer = std::move(pointer);
    finding.offset = value.offset;
    finding.source =
        "the constructors of each class (kb/families.json); tried in transformers "
        "4.20.1, 4.37.2, 4.49.0, 4.56.2, 5.2.0 and 5.23.0";
    return finding;
  };
  if (const SizeFault* fault = s.matches.SizeFaultOf(ClassOf(s), s.target)) {
    CheckFinding finding = make(Verdict::kFail, TextOf(*fault), "/" + fault->key, *fault->value);
    finding.message = MessageOf(s, *fault);
    return {finding};
  }
  const std::vector<Oddity> odd = OdditiesOf(*config);
  if (odd.empty()) return {};
  return {make(Verdict::kRisk,
               odd.front().text + ": whether a model is made of that, and which, is not known here",
               odd.front().pointer, *odd.front().value)};
}

void HearOnlyOfRules(std::vector<CheckFinding>& findings) {
  bool is_told = false;
  std::set<std::string> places;
  for (const CheckFinding& finding : findings) {
    if (finding.verdict != Verdict::kFail || finding.rule == kRule) continue;
    is_told |= finding.stage == Stage::kConfig || finding.stage == Stage::kWeights;
    if (finding.stage == Stage::kWeights) places.insert(finding.pointer);
  }
  std::erase_if(findings, [&](const CheckFinding& finding) {
    if (finding.rule != kRule) return false;
    return finding.verdict == Verdict::kRisk ? is_told : places.contains(finding.pointer);
  });
}

}  // namespace weighlock

// LoRA's pairs: lora_A is [r, in], lora_B is [out, r], and both must be there.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

#include "base/escape.h"
#include "check/adapter.h"

namespace weighlock {
namespace {

constexpr std::string_view kPrefix = "base_model.model.";
constexpr const char* kSource = "peft utils/save_and_load.py; measured in peft 0.4 to 0.21";

// The order in which a Llama's modules are asked, and so that of the lines of an error.
constexpr std::string_view kOrder[] = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                       "gate_proj", "up_proj", "down_proj"};

struct Part {
  std::string module;  // "base_model.model.model.layers.0.self_attn.q_proj"
  bool is_a = false;
  const Tensor* tensor = nullptr;
};

// "M.lora_A.weight" and "M.lora_B.weight"; embeddings and other parts are not judged.
bool Split(const Tensor& tensor, Part& part) {
  for (const bool is_a : {true, false}) {
    const std::string_view ending = is_a ? ".lora_A.weight" : ".lora_B.weight";
    if (!tensor.name.ends_with(ending)) continue;
    part = {tensor.name.substr(0, tensor.name.size() - ending.size()), is_a, &tensor};
    return true;
  }
  return false;
}

// The number behind "layers." or "h." and its like, or nothing.
std::optional<uint64_t> LayerOf(std::string_view module) {
  for (const std::string_view list : {".layers.", ".layer.", ".h.", ".blocks."}) {
    const size_t at = module.find(list);
    if (at == std::string_view::npos) continue;
    const char* begin = module.data() + at + list.size();
    uint64_t layer = 0;
    const auto read = std::from_chars(begin, module.data() + module.size(), layer);
    if (read.ec == std::errc() && read.ptr != begin) return layer;
  }
  return std::nullopt;
}

class LoraTensors {
 public:
  LoraTensors(const Situation& s, const Artefact& weights, const Version* peft)
      : s_(s), weights_(weights), peft_(peft), config_(*s.files.adapter_config.get()) {}

  std::vector<CheckFinding> Run() {
    for (const Tensor& tensor : weights_.model->tensors) {
      Part part;
      if (Split(tensor, part)) parts_.push_back(part);
    }
    if (JudgePrefix()) return std::move(findings_);
    JudgePairs();
    JudgeRanks();
    JudgeLayers();
    return std::move(findings_);
  }

 private:
  CheckFinding& Add(Verdict verdict, const char* rule, std::string text) {
    findings_.push_back(
        MakeFinding(Stage::kWeights, verdict, rule, std::move(text), weights_.path));
    findings_.back().source = kSource;
    return findings_.back();
  }

  // True: none of the tensors is found, and nothing else matters.
  bool JudgePrefix() {
    const auto& tensors = weights_.model->tensors;
    if (tensors.empty()) return false;
    const auto all = [&](const auto& holds) {
      return std::all_of(tensors.begin(), tensors.end(), holds);
    };
    if (all([](const Tensor& t) { return !t.name.starts_with(kPrefix); })) {
      Add(Verdict::kDiffers, "WL-A-011",
          fmt::format("no name begins with {}: nothing of it is taken, and the base model answers "
                      "as if there were no adapter",
                      Quote(kPrefix)));
      return true;
    }
    const bool named = all([](const Tensor& t) { return t.name.ends_with(".default.weight"); });
    // From 0.21 on the name of the adapter is looked for in the file too.
    if (!named || (peft_ != nullptr && !KnownSpec("<0.21.0")->Contains(*peft_))) {
      return false;
    }
    Add(peft_ == nullptr ? Verdict::kRisk : Verdict::kDiffers, "WL-A-011",
        "the names hold the adapter's own name, default: before peft 0.21 nothing of it is taken, "
        "and the base model answers as if there were no adapter")
        .adaptations = {"W6"};
    return true;
  }

  void JudgePairs() {
    std::map<std::string_view, std::array<int, 2>> found;
    for (const Part& part : parts_) ++found[part.module][part.is_a ? 0 : 1];
    NameCount alone;
    bool without_b = false;
    for (const auto& [module, halves] : found) {
      if (halves[0] == halves[1]) continue;
      if (alone.count == 0) without_b = halves[1] == 0;
      alone.Add(module);
    }
    if (alone.count == 0) return;
    Add(Verdict::kDiffers, "WL-A-012",
        fmt::format("{}{} has no {}: {}", Quote(alone.first),
                    alone.count == 1 ? "" : fmt::format(", and {} more,", alone.count - 1),
                    without_b ? "lora_B" : "lora_A",
                    without_b ? "it stays zero, and the pair changes nothing"
                              : "it stays as it was initialised, at random"));
  }

  // Ranks by name, and by module where rank_pattern has it.
  void ReadRanks() {
    const JsonValue* r = config_.Find("r");
    rank_ = r == nullptr ? std::optional<uint64_t>(8) : r->AsUint();
    const JsonValue* pattern = config_.Find("rank_pattern");
    const bool knows =
        peft_ == nullptr || s_.base.peft.HasField("LoraConfig", "rank_pattern", *peft_);
    for (size_t i = 0; knows && pattern != nullptr && i < pattern->members.size(); ++i) {
      const auto& [name, value] = pattern->members[i];
      // A regular expression of Python, unless it is a plain name.
      regular_ |= name.find_first_of("^$*+?()[]{}|\\") != std::string::npos;
      patterns_.emplace(name, std::pair(i, value.AsUint()));
    }
  }

  // The rank of a module; nothing where it cannot be told. The first pattern that fits decides.
  std::optional<uint64_t> RankOf(std::string_view module) const {
    if (regular_) return std::nullopt;
    const std::pair<size_t, std::optional<uint64_t>>* best = nullptr;
    for (size_t dot = module.find('.'); dot != std::string_view::npos;
         dot = module.find('.', dot + 1)) {
      const auto found = patterns_.find(module.substr(dot + 1));
      if (found == patterns_.end()) continue;
      if (best == nullptr || found->second.first < best->first) best = &found->second;
    }
    return best == nullptr ? rank_ : best->second;
  }

  // "PeftModelForCausalLM", as task_type has it.
  std::string ModelClass() const {
    static const std::map<std::string_view, const char*> kClasses = {
        {"CAUSAL_LM", "PeftModelForCausalLM"},
        {"SEQ_2_SEQ_LM", "PeftModelForSeq2SeqLM"},
        {"SEQ_CLS", "PeftModelForSequenceClassification"},
        {"TOKEN_CLS", "PeftModelForTokenClassification"},
        {"QUESTION_ANS", "PeftModelForQuestionAnswering"},
        {"FEATURE_EXTRACTION", "PeftModelForFeatureExtraction"},
    };
    const std::string* task = config_.FindString("task_type");
    const auto found = task == nullptr ? kClasses.end() : kClasses.find(*task);
    return found == kClasses.end() ? "PeftModel" : found->second;
  }

  struct Mismatch {
    uint64_t layer;
    size_t order;  // of the module in its layer
    bool is_b;
    std::string line;
    auto Key() const { return std::tuple(layer, order, is_b); }
  };

  void JudgeRanks() {
    ReadRanks();
    std::vector<Mismatch> mismatches;
    bool ordered = true;
    for (const Part& part : parts_) {
      const Shape& shape = part.tensor->shape;
      if (shape.size() != 2) continue;
      const auto rank = RankOf(part.module);
      if (!rank || shape[part.is_a ? 0 : 1] == *rank) continue;
      Shape wanted = shape;
      wanted[part.is_a ? 0 : 1] = *rank;
      const std::string_view last =
          std::string_view(part.module).substr(part.module.rfind('.') + 1);
      const auto* const place = std::find(std::begin(kOrder), std::end(kOrder), last);
      const auto layer = LayerOf(part.module);
      ordered &= place != std::end(kOrder) && layer.has_value();
      mismatches.push_back(
          {layer.value_or(0), static_cast<size_t>(place - std::begin(kOrder)), !part.is_a,
           fmt::format(
               "\n\tsize mismatch for {}.lora_{}.default.weight: copying a param with shape "
               "torch.Size({}) from checkpoint, the shape in current model is "
               "torch.Size({}).",
               part.module, part.is_a ? "A" : "B", ShapeText(shape), ShapeText(wanted))});
    }
    if (mismatches.empty()) return;
    CheckFinding& finding =
        Add(Verdict::kFail, "WL-A-013",
            fmt::format("{} of {} tensors have another rank than r and rank_pattern of the "
                        "configuration say",
                        mismatches.size(), weights_.model->tensors.size()));
    finding.pointer = "/r";
    finding.path = s_.files.adapter_config.path;
    if (!ordered) return;
    std::stable_sort(mismatches.begin(), mismatches.end(),
                     [](const Mismatch& a, const Mismatch& b) { return a.Key() < b.Key(); });
    finding.message =
        fmt::format("RuntimeError: Error(s) in loading state_dict for {}:", ModelClass());
    for (const Mismatch& mismatch : mismatches) finding.message += mismatch.line;
  }

  // Layers that layers_to_transform leaves out get no adapter, and what the file has for them goes.
  void JudgeLayers() {
    const JsonValue* wanted = config_.Find("layers_to_transform");
    if (wanted == nullptr || wanted->Is(JsonValue::Kind::kNull)) return;
    if (peft_ != nullptr && !s_.base.peft.HasField("LoraConfig", "layers_to_transform", *peft_))
      return;
    std::set<uint64_t> layers;
    if (const auto one = wanted->AsUint()) layers.insert(*one);
    for (const JsonValue& item : wanted->items) {
      if (const auto layer = item.AsUint()) layers.insert(*layer);
    }
    NameCount left_out;
    size_t in = 0;
    for (const Part& part : parts_) {
      const auto layer = LayerOf(part.module);
      if (!layer) continue;
      if (layers.contains(*layer)) {
        ++in;
      } else {
        left_out.Add(part.tensor->name);
      }
    }
    if (left_out.count == 0) return;
    CheckFinding& finding =
        Add(in == 0 ? Verdict::kRisk : Verdict::kDiffers, "WL-A-014",
            in == 0 ? "the file holds no tensor of the layers in layers_to_transform: where the "
                      "base model has no such layers, nothing can be adapted"
                    : fmt::format("{} tensors are of layers that layers_to_transform leaves out: "
                                  "they are not taken",
                                  left_out.count));
    finding.pointer = "/layers_to_transform";
    finding.path = s_.files.adapter_config.path;
  }

  const Situation& s_;
  const Artefact& weights_;
  const Version* peft_;
  const JsonValue& config_;
  std::vector<Part> parts_;
  std::optional<uint64_t> rank_;
  std::map<std::string, std::pair<size_t, std::optional<uint64_t>>, std::less<>> patterns_;
  bool regular_ = false;
  std::vector<CheckFinding> findings_;
};

}  // namespace

std::vector<CheckFinding> JudgeLoraTensors(const Situation& s, const Artefact& weights,
                                           const Version* peft) {
  return LoraTensors(s, weights, peft).Run();
}

}  // namespace weighlock

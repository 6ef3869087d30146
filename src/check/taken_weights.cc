// AutoModel.from_pretrained: what it makes of the file that it takes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "check/loaded_class.h"
#include "check/odd_sizes.h"
#include "check/packaging.h"
#include "check/situation.h"
#include "compat/format_metadata.h"
#include "package/wrapper_prefix.h"

namespace weighlock {
namespace {

class TakenWeights {
 public:
  TakenWeights(const Situation& s, const WeightSet& set)
      : s_(s), set_(set), path_(s.package().artefacts[set.index.value_or(set.files[0])].path) {}

  std::vector<CheckFinding> Run() {
    JudgeDtype();
    JudgeMetadata();
    JudgeUnlisted();
    Append(JudgeSafetensorsDTypes(s_, set_));
    JudgeActivation();
    JudgeHeadBias();
    Append(JudgeOtherWeights(s_, set_));
    // Files are read before a model is made; where either fails, nothing is put into it.
    std::vector<CheckFinding> odd = JudgePickledObjects(s_, set_);
    if (odd.empty()) odd = JudgeOddSizes(s_);
    const bool is_made = odd.empty() || odd[0].verdict != Verdict::kFail;
    Append(std::move(odd));
    if (is_made && !JudgePrefix()) Append(JudgeModelWeights(s_, set_));
    return std::move(findings_);
  }

 private:
  void Append(std::vector<CheckFinding> findings) {
    for (CheckFinding& finding : findings) findings_.push_back(std::move(finding));
  }

  CheckFinding& Add(Verdict verdict, std::string rule, std::string text, const std::string& path) {
    findings_.push_back(
        MakeFinding(Stage::kWeights, verdict, std::move(rule), std::move(text), path));
    return findings_.back();
  }

  const std::vector<Tensor>& TensorsOf(size_t file) const {
    return s_.package().artefacts[file].model->tensors;
  }

  // From 5.0 on the model is made in the dtype of config.json, as torch's default, which only some
  // numbers can be.
  void JudgeDtype() {
    const JsonValue* config = s_.files.config.get();
    if (config == nullptr || !s_.TransformersIs(">=5.0.0")) return;
    if (config->Find("quantization_config") != nullptr) return;
    const char* key = config->FindString("dtype") != nullptr ? "dtype" : "torch_dtype";
    const std::string* named = config->FindString(key);
    if (named == nullptr) return;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kNoFloats = {
        {{"bool", "bool"},
         {"complex128", "complex128"},
         {"complex64", "complex64"},
         {"int", "int32"},
         {"int16", "int16"},
         {"int32", "int32"},
         {"int64", "int64"},
         {"int8", "int8"},
         {"long", "int64"},
         {"short", "int16"},
         {"uint16", "uint16"},
         {"uint32", "uint32"},
         {"uint8", "uint8"}}};
    const auto* const number = std::find_if(kNoFloats.begin(), kNoFloats.end(),
                                            [&](const auto& row) { return row.first == *named; });
    const bool is_small = named->starts_with("float8_") || named->starts_with("float4_");
    if (number == kNoFloats.end() && !is_small) return;
    CheckFinding& finding = Add(
        Verdict::kFail, "WL-W-140",
        fmt::format("the target makes the model in the dtype of config.json, and {} cannot be the "
                    "one that torch makes tensors in",
                    Quote(*named)),
        s_.files.config.path);
    finding.pointer = std::string("/") + key;
    finding.source =
        "local_torch_dtype of modeling_utils.py; tried in 5.0.0, 5.2.0, 5.12.0, 5.23.0";
    const std::string loaded = LoadedArchitecture(s_);
    if (is_small) {
      finding.message = fmt::format("TypeError: couldn't find storage object F{}Storage",
                                    Escape(named->substr(1)));
    } else if (!loaded.empty()) {
      finding.message = fmt::format(
          "ValueError: {} cannot be instantiated under `dtype=torch.{}` as it's not a "
          "floating-point dtype",
          loaded, number->second);
    }
  }

  // Releases of 4.50 to 4.57 take of a shard what the index lists, and nothing else.
  void JudgeUnlisted() {
    if (!set_.index || !s_.TransformersIs(">=4.50.0,<5.0.0")) return;
    for (const IndexGaps& gaps : s_.files.platform.gaps) {
      if (gaps.index != path_ || gaps.unlisted.count == 0) continue;
      CheckFinding& finding = Add(
          Verdict::kDiffers, "WL-W-141",
          fmt::format(
              "{}{} is in no line of the index: this release passes over it, and its "
              "parameter is left at random",
              Quote(gaps.unlisted.first),
              gaps.unlisted.count == 1 ? "" : fmt::format(" and {} more", gaps.unlisted.count - 1)),
          path_);
      finding.pointer = "/weight_map";
      finding.adaptations = {"W5"};
      finding.source =
          "load_shard_file of modeling_utils.py; tried in 4.49.0, 4.50.0, 4.52.4, 4.56.2 and 5.0.0";
    }
  }

  // Releases of 4.43 to 4.50 tie the bias of these heads to their decoder's once more after
  // loading; of that, files hold none, so that it is zero.
  void JudgeHeadBias() {
    constexpr std::array<std::string_view, 6> kClasses = {
        "AlbertForMaskedLM",  "CamembertForMaskedLM",  "LongformerForMaskedLM",
        "RobertaForMaskedLM", "XLMRobertaForMaskedLM", "XLMRobertaXLForMaskedLM"};
    const std::string loaded = LoadedArchitecture(s_);
    const bool is_tied = std::find(kClasses.begin(), kClasses.end(), loaded) != kClasses.end();
    if (!is_tied || !s_.TransformersIs(">=4.43.0,<4.51.0")) return;
    bool has_bias = false, has_decoder = false;
    for (const size_t file : set_.files) {
      for (const Tensor& tensor : TensorsOf(file)) {
        const bool is_bias = tensor.name == "lm_head.bias" || tensor.name == "predictions.bias";
        has_bias = has_bias || (is_bias && !IsZero(tensor, file));
        has_decoder = has_decoder || tensor.name.ends_with("decoder.bias");
      }
    }
    if (!has_bias || has_decoder) return;
    Add(Verdict::kDiffers, "WL-W-046",
        fmt::format("{} of this release sets the bias of its head to zero after it was read",
                    loaded),
        path_)
        .source = "tried in transformers 4.41.2, 4.43.0, 4.44.2 to 4.50.3, 4.51.3";
  }

  // Whether a small tensor is zeros; of what cannot be read it is not known, and taken for weights.
  bool IsZero(const Tensor& tensor, size_t file) const {
    constexpr uint64_t kMost = uint64_t{4} << 20;
    if (tensor.data.size > kMost) return false;
    const auto bytes = s_.opened.sources[file].Read(tensor.data.offset, tensor.data.size);
    return bytes && std::all_of(bytes->begin(), bytes->end(),
                                [](std::byte byte) { return byte == std::byte{0}; });
  }

  // transformers of 4.23 to 4.57 want to know which framework wrote a safetensors file.
  void JudgeMetadata() {
    if (set_.format != Format::kSafetensors) return;
    const Artefact& file = s_.package().artefacts[set_.files[0]];
    const FormatMetadata format = JudgeFormatMetadata(*file.model, set_.sharded(), s_.target);
    if (format.is_foreign && s_.TransformersIs(">=4.35.0,<5.0.0")) {
      return JudgeForeign(format.value);
    }
    if (format.refusal.empty()) return;
    CheckFinding& finding =
        Add(Verdict::kFail, "WL-W-004",
            fmt::format(
                "{} {}",
                format.is_foreign ? "the target reads no safetensors written by another framework:"
                : format.value == "None" ? "the target wants format in the metadata of"
                                         : "the target does not know the format in the metadata of",
                Escape(path_)),
            path_);
    finding.adaptations = {"W4"};
    finding.source =
        "modeling_utils.py of transformers 4.26.1, 4.30.2, 4.35.2, 4.45.2, 4.48.3, 4.52.4";
    const std::string path = s_.package().path + "/" + file.path;
    finding.message = s_.base.knowledge.Message(format.refusal, s_.target,
                                                {{"{file}", path}, {"{format}", format.value}});
  }

  // From 4.35 on such a file is converted by the other framework, which must be there.
  void JudgeForeign(const std::string& format) {
    const std::string framework = format == "tf" ? "tensorflow" : "flax";
    const Component* own = s_.target.Find(framework);
    if (own != nullptr && !own->absent) return;
    CheckFinding& finding =
        Add(Verdict::kFail, "WL-W-005",
            fmt::format("{} was written by {}, which the target needs to read it", Escape(path_),
                        framework),
            path_);
    finding.message = fmt::format("ModuleNotFoundError: No module named '{}'", framework);
    finding.adaptations = {"W4"};
    finding.source = "modeling_utils.py of transformers 4.35.2 to 4.57.6";
  }

  void JudgeActivation() {
    const JsonValue* config = s_.files.config.get();
    if (config == nullptr || s_.transformers() == nullptr) return;
    for (const char* key : {"hidden_act", "activation_function", "hidden_activation"}) {
      const std::string* name = config->FindString(key);
      if (name == nullptr) continue;
      if (s_.base.releases.HasActivation(*name, *s_.transformers()) != Tri::kNo) continue;
      CheckFinding& finding = Add(Verdict::kFail, "WL-C-030",
                                  fmt::format("transformers {} has no activation function {}",
                                              s_.transformers()->text(), Quote(*name)),
                                  s_.files.config.path);
      finding.message = fmt::format("KeyError: '{}'", *name);
      finding.pointer = std::string("/") + key;
      finding.source = "activations.py of each release, read from its wheel (kb/transformers.json)";
    }
  }

  // Names that wrappers of training have left: nothing is found under the names that are wanted.
  bool JudgePrefix() {
    const std::string prefix = WrapperPrefix(s_.package(), set_);
    if (prefix.empty()) return false;
    CheckFinding& finding =
        Add(Verdict::kDiffers, "WL-W-031",
            fmt::format("every name in {} begins with \"{}.\": {}", Escape(path_), prefix,
                        TakesFolder(s_.target.platform)
                            ? "the server finds none of the weights that it wants"
                            : "the model is left as it was initialised, at random, with no more "
                              "than a warning"),
            path_);
    finding.adaptations = {"W6"};
    finding.source = "transformers 28041; PyTorch 101107";
    return true;
  }

  const Situation& s_;
  const WeightSet& set_;
  const std::string path_;
  std::vector<CheckFinding> findings_;
};

}  // namespace

std::vector<CheckFinding> JudgeTakenWeights(const Situation& situation, const WeightSet& set) {
  return TakenWeights(situation, set).Run();
}

}  // namespace weighlock

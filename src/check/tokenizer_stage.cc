// AutoTokenizer.from_pretrained: the class, and whether its library reads tokenizer.json.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/situation.h"

namespace weighlock {
namespace {

// What tokenizers are made from, besides tokenizer.json.
constexpr std::string_view kVocabularies[] = {
    "vocab.txt",    "vocab.json",      "merges.txt",
    "spiece.model", "tokenizer.model", "sentencepiece.bpe.model",
    "spm.model",    "source.spm",      "tokenizer_config.json"};

std::string Placed(std::string_view message, const TokenizerFeature& feature) {
  std::string out(message);
  for (const auto& [slot, number] : {std::pair<std::string_view, size_t>{"{line}", feature.line},
                                     {"{column}", feature.column}}) {
    if (const size_t at = out.find(slot); at != std::string::npos) {
      out.replace(at, slot.size(), std::to_string(number));
    }
  }
  return out;
}

std::string VersionsText(const std::vector<Version>& versions) {
  if (versions.size() == 1) return versions[0].text();
  return fmt::format("{} to {}", versions.front().text(), versions.back().text());
}

// The class that a release makes of a model's type: "BertTokenizerFast".
std::string ClassOfType(const Situation& s) {
  std::string type = s.files.ConfigText("model_type");
  if (type.empty() && s.TransformersIs("<5.2.0")) {
    type = s.base.releases.ModelTypeIn(s.package().path, *s.transformers());
  }
  const auto names = s.base.releases.TokenizersOf(type, *s.transformers());
  return names.empty() ? "" : names.back();
}

CheckFinding WithoutFiles(const Situation& s) {
  CheckFinding finding = MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-008",
                                     "there are no tokenizer files", "");
  if (s.TransformersIs(">=5.0.0") && ClassOfType(s).empty()) {
    finding.message =
        "ValueError: Couldn't instantiate the backend tokenizer from one of: \n(1) a `tokenizers` "
        "library serialization file, \n(2) a slow tokenizer instance to convert or \n(3) an "
        "equivalent slow tokenizer class to instantiate and convert. \nYou need to have "
        "sentencepiece or tiktoken installed to convert a slow tokenizer to a fast one.";
    return finding;
  }
  if (s.TransformersIs(">=5.0.0")) {
    finding.verdict = Verdict::kDiffers;
    finding.text += ": the target makes one without a vocabulary, and says nothing";
    return finding;
  }
  const std::string name = ClassOfType(s);
  if (name.empty() && s.TransformersIs(">=4.17.0,<4.52.0")) return finding;
  finding.message = s.base.knowledge.Message("missing_tokenizer", s.target,
                                             {{"{package}", s.package().path}, {"{class}", name}});
  return finding;
}

// tokenizer_config.json is read before anything else, by every release.
void JudgeTokenizerConfig(const Situation& s, std::vector<CheckFinding>& findings) {
  const JsonFile& file = s.files.tokenizer_config;
  if (!file.present || file.json || (file.python_error.empty() && !file.is_array)) return;
  findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-009",
                                 "tokenizer_config.json cannot be read: " + file.broken,
                                 file.path));
  findings.back().message = PythonJsonMessage(file.python_error);
  if (file.is_array && s.TransformersIs(">=4.25.0")) {
    findings.back().message = "TypeError: list indices must be integers or slices, not str";
  }
}

// From 5.4 on classes of a model's own read tokenizer.json with Python first.
std::string BrokenTokenizerMessage(const Situation& s) {
  const ModelFiles& files = s.files;
  if (s.TransformersIs(">=5.4.0") &&
      !s.files.TokenizerText("tokenizer_class").starts_with("TokenizersBackend") &&
      !s.files.TokenizerText("tokenizer_class").starts_with("PreTrainedTokenizerFast")) {
    return PythonJsonMessage(files.tokenizer_python_error);
  }
  return files.tokenizer_serde_error.empty() ? "" : "Exception: " + files.tokenizer_serde_error;
}

void JudgeTokenizerJson(const Situation& s, std::vector<CheckFinding>& findings) {
  const std::string path = s.files.root + "tokenizer.json";
  if (!s.files.tokenizer_broken.empty()) {
    findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-006",
                                   "tokenizer.json cannot be read: " + s.files.tokenizer_broken,
                                   path));
    findings.back().message = BrokenTokenizerMessage(s);
    return;
  }
  const std::vector<Version> versions = VersionsOf(s, "tokenizers", s.base.tokenizers);
  if (versions.empty()) {
    findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kRisk, "WL-T-007",
                                   "the target does not say which tokenizers library it has",
                                   path));
    return;
  }
  bool failed = false;
  for (const TokenizerFeature& feature : s.files.features) {
    if (feature.name == kLowercases || feature.name == kKeepsCase) continue;
    const bool known = s.base.tokenizers.Knows(feature.name) || feature.fallback.empty();
    const std::string_view answer =
        CommonAnswer(s.base.tokenizers, known ? feature.name : feature.fallback, versions);
    if (answer == "reads" || answer.empty()) continue;
    const bool differs = answer == "differs", unsure = answer == "?";
    CheckFinding finding = MakeFinding(
        Stage::kTokenizer,
        unsure    ? Verdict::kRisk
        : differs ? Verdict::kDiffers
                  : Verdict::kFail,
        differs ? "WL-T-005" : "WL-T-003",
        fmt::format("tokenizers {} {}: {}", VersionsText(versions),
                    unsure    ? "may not read this part of tokenizer.json"
                    : differs ? "passes over this part of tokenizer.json, and splits text otherwise"
                              : "cannot read this part of tokenizer.json",
                    Escape(feature.name)),
        path);
    finding.pointer = feature.pointer;
    if (!differs && !unsure && !failed) finding.message = Placed(answer, feature);
    failed |= !differs && !unsure;
    if (feature.name == "model.BPE.merges as pairs") finding.adaptations = {"T1"};
    if (feature.name.ends_with("Metaspace without add_prefix_space")) finding.adaptations = {"T2"};
    finding.source = "each release of tokenizers, asked (kb/tokenizer_json.json)";
    findings.push_back(std::move(finding));
  }
}

// Two files say whether capital letters are lowered. The fast classes follow tokenizer_config.json,
// what reads tokenizer.json alone does not.
void JudgeLowercase(const Situation& s, std::vector<CheckFinding>& findings) {
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* lowers = config == nullptr ? nullptr : config->Find("do_lower_case");
  if (lowers == nullptr || !lowers->Is(JsonValue::Kind::kBool)) return;
  const std::string_view other = lowers->boolean ? kKeepsCase : kLowercases;
  for (const TokenizerFeature& feature : s.files.features) {
    if (feature.name != other) continue;
    findings.push_back(MakeFinding(
        Stage::kTokenizer, Verdict::kDiffers, "WL-T-011",
        fmt::format("tokenizer_config.json says that capital letters are {}, tokenizer.json that "
                    "they are {}: which of the two holds depends on the class",
                    lowers->boolean ? "lowered" : "kept", lowers->boolean ? "kept" : "lowered"),
        s.files.tokenizer_config.path));
    findings.back().pointer = "/do_lower_case";
    findings.back().source = "tokenization_bert_fast.py; token ids compared from 4.11.3 to 5.23.0";
  }
}

// What Python calls a value that is no text; empty: text, or nothing.
std::string_view PythonClass(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::kObject:
      return "dict";
    case JsonValue::Kind::kArray:
      return "list";
    case JsonValue::Kind::kBool:
      return "bool";
    case JsonValue::Kind::kNumber:
      return value.text.find_first_of(".eE") == std::string::npos ? "int" : "float";
    default:
      return {};
  }
}

// Special tokens are text; from 3.4 on objects too, which say more of them.
void JudgeTokenObjects(const Situation& s, std::vector<CheckFinding>& findings) {
  const JsonValue* config = s.files.tokenizer_config.get();
  if (config == nullptr) return;
  const bool takes_objects = !s.TransformersIs("<3.4.0");
  for (const char* name : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                           "cls_token", "mask_token"}) {
    const JsonValue* token = config->Find(name);
    const std::string_view is = token == nullptr ? std::string_view() : PythonClass(*token);
    if (is.empty() || (is == "dict" && takes_objects)) continue;
    findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-012",
                                   fmt::format("{} is {}, and the target wants text", name,
                                               is == "dict" ? "an object" : "no text"),
                                   s.files.tokenizer_config.path));
    CheckFinding& finding = findings.back();
    finding.pointer = fmt::format("/{}", name);
    finding.offset = token->offset;
    finding.message = fmt::format(
        "TypeError: {}pecial token {} has to be either str or AddedToken but got: <class '{}'>",
        s.TransformersIs(">=4.34.0") ? "S" : "s", name, is);
    finding.source =
        "tokenization_utils_base.py of transformers 3.0.2 to 5.3.0; 3.4.0 reads objects";
    return;
  }
}

// A key of tokenizer_config.json becomes an attribute, and must not be the name of a method.
void JudgeMethods(const Situation& s, std::vector<CheckFinding>& findings) {
  static constexpr std::string_view kMethod = "add_special_tokens";
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* key = config == nullptr ? nullptr : config->Find(kMethod);
  if (key == nullptr || !s.TransformersIs(">=4.44.0")) return;
  findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-010",
                                 "tokenizer_config.json has a key that is the name of a method",
                                 s.files.tokenizer_config.path));
  CheckFinding& finding = findings.back();
  finding.pointer = fmt::format("/{}", kMethod);
  finding.offset = key->offset;
  finding.source = "transformers 36032; tried in 4.45.2 to 5.23.0";
  std::string name = s.files.TokenizerText("tokenizer_class");
  if (name.empty()) name = ClassOfType(s);
  const bool fast = s.TransformersIs("<5.0.0") && s.files.has_tokenizer_json;
  if (fast && !name.ends_with("Fast")) name += "Fast";
  if (s.TransformersIs(">=5.0.0") && name.ends_with("Fast")) name.resize(name.size() - 4);
  finding.message =
      fmt::format("AttributeError: {} conflicts with the method {} in {}", kMethod, kMethod, name);
}

// The class that is asked for, or nothing where the model type decides.
std::string ClassName(const Situation& s) {
  return s.TransformersIs("<4.8.0") ? s.files.ConfigText("tokenizer_class")
                                    : s.files.TokenizerText("tokenizer_class");
}

void JudgeClass(const Situation& s, std::vector<CheckFinding>& findings) {
  const std::string name = ClassName(s);
  if (name.empty() || !s.TransformersIs(">=4.0.0,<5.0.0")) return;
  const Releases& releases = s.base.releases;
  const auto has = [&](const std::string& n) {
    return releases.HasTokenizerClass(n, *s.transformers()) == Tri::kYes;
  };
  const JsonValue* config = s.files.tokenizer_config.get();
  if (config != nullptr && config->Find("auto_map") != nullptr) return;
  if (has(name) || (!name.ends_with("Fast") && has(name + "Fast"))) return;
  CheckFinding finding = MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-001",
                                     fmt::format("transformers {} has no tokenizer class {}",
                                                 s.transformers()->text(), Quote(name)),
                                     s.files.tokenizer_config.path);
  finding.message = fmt::format(
      "ValueError: Tokenizer class {} does not exist or is not currently imported.", name);
  finding.pointer = "/tokenizer_class";
  if (s.files.has_tokenizer_json) finding.adaptations = {"T3"};
  finding.source =
      "the tokenizer classes of each release, read from its wheel (kb/transformers.json)";
  findings.push_back(std::move(finding));
}

// A tokenizer class of the package's own; from 4.30 on the release's own is taken where it has one.
void JudgeOwnCode(const Situation& s, std::vector<CheckFinding>& findings) {
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* code = config == nullptr ? nullptr : config->Find("auto_map");
  if (code == nullptr || code->Find("AutoTokenizer") == nullptr) return;
  std::string message =
      s.base.knowledge.Message("untrusted_tokenizer", s.target, {{"{package}", s.package().path}});
  if (message.empty()) return;
  findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-014",
                                 "the package brings a tokenizer class of its own, which is code "
                                 "that the target must be told to trust (trust_remote_code)",
                                 s.files.tokenizer_config.path));
  findings.back().pointer = "/auto_map/AutoTokenizer";
  findings.back().message = std::move(message);
  findings.back().source = "tokenization_auto.py of transformers 4.13.0 to 4.30.2; tried";
}

// A vocabulary of sentencepiece is read by that library alone, unless there is a tokenizer.json.
void JudgeSentencePiece(const Situation& s, std::vector<CheckFinding>& findings) {
  static constexpr std::string_view kModels[] = {"spiece.model", "tokenizer.model",
                                                 "sentencepiece.bpe.model", "spm.model"};
  const auto* const model =
      std::find_if(std::begin(kModels), std::end(kModels),
                   [&](std::string_view name) { return s.files.names.contains(name); });
  const Component* library = s.target.Find("sentencepiece");
  if (s.files.has_tokenizer_json || model == std::end(kModels)) return;
  if (library != nullptr && !library->absent) return;
  CheckFinding finding = MakeFinding(
      Stage::kTokenizer, library == nullptr ? Verdict::kRisk : Verdict::kFail, "WL-T-013",
      fmt::format(
          "the tokenizer must be made from {}, for which the target {}", *model,
          library == nullptr ? "must have sentencepiece: it does not say" : "has no sentencepiece"),
      s.files.root + std::string(*model));
  // Of classes that have no fast one other things are said.
  const bool fast = ClassOfType(s).ends_with("Fast") || s.TransformersIs(">=5.0.0");
  if (library != nullptr && fast) {
    finding.message = s.base.knowledge.Message("no_sentencepiece", s.target, {});
  }
  finding.source = "transformers 15136 and 9250; tried in 4.25.1 to 5.12.0 without sentencepiece";
  findings.push_back(std::move(finding));
}

}  // namespace

bool TokenizerMeets(const Situation& s, const CheckFinding& config_failure) {
  // From 5.0 on AutoTokenizer always reads config.json, and forgives no more than a model that it
  // does not know; before, tokenizer_config.json is asked first from 4.8 on.
  static constexpr std::string_view kForgiven[] = {"WL-C-001", "WL-C-003", "WL-C-004"};
  const bool has_files = !s.files.names.empty();
  const bool forgiven = std::find(std::begin(kForgiven), std::end(kForgiven),
                                  config_failure.rule) != std::end(kForgiven);
  if (s.TransformersIs(">=5.0.0") && !forgiven) return true;
  if (s.TransformersIs(">=5.0.0") && !has_files) return false;
  return s.TransformersIs("<4.8.0") || s.files.TokenizerText("tokenizer_class").empty();
}

std::vector<CheckFinding> JudgeTokenizer(const Situation& s) {
  std::vector<CheckFinding> findings;
  if (s.package().kind == PackageKind::kFile || s.transformers() == nullptr) return findings;
  const bool vocabulary =
      std::any_of(std::begin(kVocabularies), std::end(kVocabularies),
                  [&](std::string_view name) { return s.files.names.contains(name); });
  if (!s.files.has_tokenizer_json && !vocabulary) {
    // Models of images and sound have none; an adapter takes its model's.
    const bool other = s.files.names.contains("preprocessor_config.json") ||
                       s.files.names.contains("adapter_config.json");
    if (!other) findings.push_back(WithoutFiles(s));
    return findings;
  }
  JudgeTokenizerConfig(s, findings);
  if (findings.empty()) JudgeOwnCode(s, findings);
  if (findings.empty()) JudgeClass(s, findings);
  if (findings.empty()) JudgeTokenObjects(s, findings);
  if (findings.empty()) JudgeMethods(s, findings);
  if (findings.empty()) JudgeSentencePiece(s, findings);
  if (findings.empty()) JudgeLowercase(s, findings);
  const bool failed = !findings.empty() && findings.back().verdict == Verdict::kFail;
  // Releases before 4 take the slow class, which reads no tokenizer.json.
  if (failed || !s.files.has_tokenizer_json || s.TransformersIs("<4.0.0")) return findings;
  JudgeTokenizerJson(s, findings);
  return findings;
}

}  // namespace weighlock

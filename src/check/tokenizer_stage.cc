// AutoTokenizer.from_pretrained: the class, and whether its library reads tokenizer.json.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/added_tokens.h"
#include "check/situation.h"
#include "check/tokenizer_class.h"
#include "check/tokenizer_config_keys.h"
#include "check/tokenizer_rebuilt.h"
#include "check/tokenizer_side_files.h"
#include "check/tokenizer_vocabulary.h"
#include "check/untrusted_code.h"

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
                                     {"{column}", feature.column},
                                     {"{number}", feature.number},
                                     {"{last line}", feature.last_line},
                                     {"{last column}", feature.last_column}}) {
    if (const size_t at = out.find(slot); at != std::string::npos) {
      out.replace(at, slot.size(), std::to_string(number));
    }
  }
  for (const auto& [slot, text] :
       {std::pair<std::string_view, const std::string&>{"{token}", feature.token},
        {"{older token}", feature.older_token}}) {
    if (const size_t at = out.find(slot); at != std::string::npos) {
      out.replace(at, slot.size(), text);
    }
  }
  return out;
}

std::string VersionsText(const std::vector<Version>& versions) {
  if (versions.size() == 1) return versions[0].text();
  return fmt::format("{} to {}", versions.front().text(), versions.back().text());
}

// Nothing to make a tokenizer from: before 4.52 that is asked first, later the class finds out.
CheckFinding WithoutFiles(const Situation& s, const TokenizerClass& tokenizer) {
  CheckFinding finding = MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-008",
                                     "there are no tokenizer files", "");
  if (!s.TransformersIs("<4.52.0")) {
    const auto made = JudgeVocabulary(s, tokenizer);
    if (!tokenizer.known()) {
      finding.message = s.base.knowledge.Message("no_tokenizer_json", s.target, {});
    } else if (!made.empty()) {
      finding.verdict = made[0].verdict;
      finding.message = made[0].message;
    } else if (s.TransformersIs(">=5.0.0")) {
      finding.verdict = Verdict::kDiffers;
    }
    if (finding.verdict == Verdict::kDiffers) {
      finding.text += ": the target makes one without a vocabulary, and says nothing";
    }
    return finding;
  }
  if (!tokenizer.known() && s.TransformersIs(">=4.17.0")) return finding;
  finding.message =
      s.base.knowledge.Message("missing_tokenizer", s.target,
                               {{"{package}", s.package().path}, {"{class}", tokenizer.name()}});
  return finding;
}

// From 4.34 on Python reads tokenizer.json first where it looks for added tokens there, and
// from 5.4 on where the class is one of a model's own.
std::string BrokenTokenizerMessage(const Situation& s) {
  const ModelFiles& files = s.files;
  const std::string asked = files.TokenizerText("tokenizer_class");
  // Of these model types 5 takes the base of all classes, whatever is asked for.
  static constexpr std::string_view kBased[] = {"mistral", "mixtral", "modernbert"};
  const bool based = std::find(std::begin(kBased), std::end(kBased),
                               files.ConfigText("model_type")) != std::end(kBased);
  const bool own = !based && !asked.starts_with("TokenizersBackend") &&
                   !asked.starts_with("PreTrainedTokenizerFast");
  if ((s.TransformersIs(">=4.34.0") && ReadsSideFiles(s)) || (s.TransformersIs(">=5.4.0") && own)) {
    return files.tokenizer_python_error;
  }
  return files.tokenizer_serde_error.empty() ? "" : "Exception: " + files.tokenizer_serde_error;
}

// From 5.4 on a class of a model's own takes the vocabulary out of tokenizer.json, and has the
// library read the rest of it without its added tokens.
bool LeavesOutAddedTokens(const Situation& s, const TokenizerClass& tokenizer) {
  if (!s.TransformersIs(">=5.4.0") || tokenizer.slow.empty()) return false;
  if (tokenizer.slow == "TokenizersBackend" || tokenizer.slow == "PreTrainedTokenizer")
    return false;
  return std::any_of(s.files.features.begin(), s.files.features.end(), [](const auto& feature) {
    return feature.name == "model.BPE" || feature.name == "model.WordPiece" ||
           feature.name == "model.WordLevel";
  });
}

void JudgeTokenizerJson(const Situation& s, const TokenizerClass& tokenizer,
                        std::vector<CheckFinding>& findings) {
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
  const bool leaves_out = LeavesOutAddedTokens(s, tokenizer);
  for (const TokenizerFeature& feature : s.files.features) {
    if (leaves_out && feature.pointer == "/added_tokens") continue;
    if (feature.name == kLowercases || feature.name == kKeepsCase) continue;
    if (feature.name.starts_with(kAround) || feature.name.starts_with(kLacks)) continue;
    if (feature.name == kLastWord) continue;
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

void JudgeClass(const Situation& s, std::vector<CheckFinding>& findings) {
  const std::string name = AskedTokenizerClass(s);
  if (name.empty() || !s.TransformersIs(">=4.0.0,<5.0.0")) return;
  const Releases& releases = s.base.releases;
  const auto has = [&](const std::string& n) {
    return releases.HasTokenizerClass(n, *s.transformers()) == Tri::kYes;
  };
  const JsonValue* config = s.files.tokenizer_config.get();
  // From 4.30 to 4.36 a class that is asked for counts as the release's own, there or not; later it
  // does where it is there.
  const bool has_code = config != nullptr && config->Find("auto_map") != nullptr;
  if (has_code && !s.TransformersIs(">=4.30.0,<4.37.0")) return;
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

// Whether the release has a class of its own for the tokenizer, which from 4.30 on it takes: the
// one that is asked for, or else the model type's. From 5.0 on either will do, and later of some
// model types the package's is never taken.
bool HasOwnClass(const Situation& s) {
  if (!s.TransformersIs(">=4.37.0")) return s.TransformersIs(">=4.30.0");
  const std::string type = s.files.ConfigText("model_type");
  if (s.TransformersIs(">=5.0.0") &&
      (s.base.vocabularies.IgnoresCodeIn5(type) ||
       !s.base.releases.TokenizersOf(type, *s.transformers()).empty())) {
    return true;
  }
  const std::string asked = AskedTokenizerClass(s);
  const auto has = [&](const std::string& name) {
    return s.base.releases.HasTokenizerClass(name, *s.transformers()) == Tri::kYes;
  };
  return asked.empty() || has(asked) || has(asked + "Fast");
}

// A tokenizer class of the package's own.
void JudgeOwnCode(const Situation& s, std::vector<CheckFinding>& findings) {
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* code = config == nullptr ? nullptr : config->Find("auto_map");
  // A list of two is what 4.12 to 4.16 wrote.
  const bool is_list =
      code != nullptr && code->Is(JsonValue::Kind::kArray) && s.TransformersIs(">=4.17.0");
  if (code == nullptr || (!is_list && code->Find("AutoTokenizer") == nullptr)) return;
  if (s.trusts_code) {
    findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kRisk, "WL-T-014",
                                   "the package brings a tokenizer class of its own, which the "
                                   "target is told to trust: what that code does is not judged",
                                   s.files.tokenizer_config.path));
    findings.back().pointer = "/auto_map/AutoTokenizer";
    return;
  }
  if (HasOwnClass(s)) return;
  // From 4.30 on the words are those for a configuration.
  std::string message = UntrustedCodeMessage(
      s, s.files.tokenizer_config, "AutoTokenizer",
      s.TransformersIs("<4.30.0") ? "untrusted_tokenizer" : "untrusted_configuration");
  if (message.empty()) return;
  findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-014",
                                 "the package brings a tokenizer class of its own, which is code "
                                 "that the target must be told to trust (trust_remote_code)",
                                 s.files.tokenizer_config.path));
  findings.back().pointer = "/auto_map/AutoTokenizer";
  findings.back().message = std::move(message);
  findings.back().source =
      "tokenization_auto.py of each release from 4.13 to 5.24; tried in 4.20 to 4.48";
}

// Whether tokenizer.json decides; where the class is not known it does if it is there.
bool IsFromJson(const Situation& s, const TokenizerClass& tokenizer) {
  return tokenizer.known() ? tokenizer.from_json : s.files.has_tokenizer_json;
}

// A vocabulary of sentencepiece is read by that library alone, unless there is a tokenizer.json.
void JudgeSentencePiece(const Situation& s, const TokenizerClass& tokenizer,
                        std::vector<CheckFinding>& findings) {
  static constexpr std::string_view kModels[] = {"spiece.model", "tokenizer.model",
                                                 "sentencepiece.bpe.model", "spm.model"};
  const auto* const model =
      std::find_if(std::begin(kModels), std::end(kModels),
                   [&](std::string_view name) { return s.files.names.contains(name); });
  const Component* library = s.target.Find("sentencepiece");
  if (IsFromJson(s, tokenizer) || model == std::end(kModels)) return;
  if (library != nullptr && !library->absent) return;
  const bool unknown = !s.Lacks("sentencepiece");
  CheckFinding finding = MakeFinding(
      Stage::kTokenizer, unknown ? Verdict::kRisk : Verdict::kFail, "WL-T-013",
      fmt::format("the tokenizer must be made from {}, for which the target {}", *model,
                  unknown ? "must have sentencepiece: it does not say" : "has no sentencepiece"),
      s.files.root + std::string(*model));
  // Of classes that have no fast one other things are said.
  const bool fast = !tokenizer.fast.empty() || s.TransformersIs(">=5.0.0");
  if (!unknown && fast) {
    finding.message = s.base.knowledge.Message("no_sentencepiece", s.target, {});
  }
  finding.source = "transformers 15136 and 9250; tried in 4.25.1 to 5.12.0 without sentencepiece";
  findings.push_back(std::move(finding));
}

// What is raised where the class makes a tokenizer of its files, and what it makes of them.
std::vector<CheckFinding> JudgeMaking(const Situation& s, const TokenizerClass& tokenizer) {
  std::vector<CheckFinding> findings;
  if (findings.empty()) JudgeOwnCode(s, findings);
  if (findings.empty()) JudgeClass(s, findings);
  if (findings.empty()) JudgeTokenObjects(s, tokenizer, findings);
  if (findings.empty()) JudgeLibraryArguments(s, tokenizer, findings);
  if (findings.empty()) JudgeMethods(s, tokenizer, findings);
  if (findings.empty()) JudgeSentencePiece(s, tokenizer, findings);
  const auto failed = [&] {
    return !findings.empty() && findings.back().verdict == Verdict::kFail;
  };
  const auto append = [&](std::vector<CheckFinding> more) {
    for (CheckFinding& found : more) findings.push_back(std::move(found));
  };
  if (!failed()) append(JudgeVocabulary(s, tokenizer));
  if (findings.empty()) JudgeLowercase(s, tokenizer, findings);
  // Releases before 4 take the slow class, which reads no tokenizer.json.
  if (!failed() && !s.TransformersIs("<4.0.0")) {
    const bool from_json = IsFromJson(s, tokenizer);
    if (from_json) JudgeTokenizerJson(s, tokenizer, findings);
    if (failed() || (from_json && !s.files.tokenizer_broken.empty())) return findings;
    append(from_json ? JudgeRebuilt(s, tokenizer) : JudgeMadeFromSlow(s, tokenizer));
  }
  if (!failed() && tokenizer.known()) append(JudgeAddedTokens(s, tokenizer));
  return findings;
}

// From 5.0 on AutoTokenizer always reads config.json: as its own class, and where that fails as the
// base of all, which knows of no model what it wants. 5.4 forgives no more than two kinds of
// errors.
bool IsOfAnyConfiguration(const Situation& s, const CheckFinding& failure) {
  static constexpr std::string_view kForgiven[] = {"WL-C-001", "WL-C-003", "WL-C-004", "WL-C-007"};
  static constexpr std::string_view kOfBase[] = {
      "WL-C-002", "WL-C-013", "WL-C-014", "WL-C-015", "WL-C-031", "WL-C-032", "WL-C-033",
      "WL-C-034", "WL-C-035", "WL-C-036", "WL-C-037", "WL-C-038", "WL-C-110"};
  const auto is_in = [&](const auto& rules) {
    return std::find(std::begin(rules), std::end(rules), failure.rule) != std::end(rules);
  };
  // A model_type that no dict can have as its key is no unknown one.
  const bool is_type_error = failure.message.starts_with("TypeError: ");
  if (is_in(kForgiven)) return is_type_error;
  if (is_in(kOfBase)) return true;
  return s.TransformersIs(">=5.4.0") && !failure.message.starts_with("ValueError: ") &&
         !failure.message.starts_with("OSError: ");
}

}  // namespace

bool TokenizerMeets(const Situation& s, const CheckFinding& config_failure) {
  if (s.TransformersIs(">=5.0.0")) {
    return IsOfAnyConfiguration(s, config_failure) && !s.files.names.empty();
  }
  // tokenizer_config.json is asked first from 4.8 on.
  return s.TransformersIs("<4.8.0") || s.files.TokenizerText("tokenizer_class").empty();
}

std::vector<CheckFinding> JudgeTokenizer(const Situation& s) {
  std::vector<CheckFinding> findings;
  if (s.package().kind == PackageKind::kFile || s.transformers() == nullptr) return findings;
  const TokenizerClass tokenizer = TokenizerClassOf(s);
  const bool vocabulary =
      std::any_of(std::begin(kVocabularies), std::end(kVocabularies),
                  [&](std::string_view name) { return s.files.names.contains(name); });
  if (!s.files.has_tokenizer_json && !vocabulary) {
    // Models of images and sound have none; an adapter takes its model's.
    const bool other = s.files.names.contains("preprocessor_config.json") ||
                       s.files.names.contains("adapter_config.json");
    if (!other) findings.push_back(WithoutFiles(s, tokenizer));
    return findings;
  }
  const std::vector<CheckFinding> beside = JudgeSideFiles(s);
  if (beside.empty()) return JudgeMaking(s, tokenizer);
  // tokenizer_config.json says which class; the files beside it are read before a tokenizer is
  // made, and after that in releases before 4.34.
  if (beside[0].rule != "WL-T-030") return beside;
  if (s.TransformersIs("<4.34.0")) {
    findings = JudgeMaking(s, tokenizer);
  } else {
    JudgeClass(s, findings);
  }
  const bool fails = std::any_of(findings.begin(), findings.end(),
                                 [](const CheckFinding& f) { return f.verdict == Verdict::kFail; });
  return fails ? findings : beside;
}

}  // namespace weighlock

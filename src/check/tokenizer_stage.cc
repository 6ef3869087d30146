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

CheckFinding Finding_(Verdict verdict, std::string rule, std::string text, std::string path) {
  CheckFinding finding;
  finding.verdict = verdict;
  finding.rule = std::move(rule);
  finding.stage = Stage::kTokenizer;
  finding.text = std::move(text);
  finding.path = std::move(path);
  return finding;
}

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

void JudgeTokenizerJson(const Situation& s, std::vector<CheckFinding>& findings) {
  const std::string path = s.files.root + "tokenizer.json";
  if (!s.files.tokenizer_broken.empty()) {
    findings.push_back(Finding_(Verdict::kFail, "WL-T-006",
                                "tokenizer.json cannot be read: " + s.files.tokenizer_broken,
                                path));
    return;
  }
  const std::vector<Version> versions = VersionsOf(s, "tokenizers", s.base.tokenizers);
  if (versions.empty()) {
    findings.push_back(Finding_(Verdict::kRisk, "WL-T-007",
                                "the target does not say which tokenizers library it has", path));
    return;
  }
  bool failed = false;
  for (const TokenizerFeature& feature : s.files.features) {
    const bool known = s.base.tokenizers.Knows(feature.name) || feature.fallback.empty();
    const std::string_view answer =
        CommonAnswer(s.base.tokenizers, known ? feature.name : feature.fallback, versions);
    if (answer == "reads" || answer.empty()) continue;
    const bool differs = answer == "differs", unsure = answer == "?";
    CheckFinding finding = Finding_(
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
  CheckFinding finding = Finding_(Verdict::kFail, "WL-T-001",
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

}  // namespace

bool TokenizerWantsConfig(const Situation& s) {
  // tokenizer_config.json is asked first from 4.8.0 on.
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
    if (!other && s.files.config.present) {
      findings.push_back(Finding_(Verdict::kFail, "WL-T-008", "there are no tokenizer files", ""));
    }
    return findings;
  }
  JudgeClass(s, findings);
  // Releases before 4 take the slow class, which reads no tokenizer.json.
  if (!findings.empty() || !s.files.has_tokenizer_json || s.TransformersIs("<4.0.0"))
    return findings;
  JudgeTokenizerJson(s, findings);
  return findings;
}

}  // namespace weighlock

// Read line by line and not as a tree: what is looked for stands in one line however it is nested,
// and no parser can be led astray. What hides it in escapes is a finding too.
#include "scan/text/yaml_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/escape.h"
#include "base/package_path.h"
#include "scan/pickle/name_policy.h"
#include "scan/text/plain_text.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kMostText = uint64_t{16} << 20;

// "os.system" of `_target_: "os.system"`: the value behind a key, wherever it stands in the line.
std::optional<std::string_view> ValueOf(std::string_view line, std::string_view key) {
  const size_t at = line.find(key);
  if (at == line.npos) return std::nullopt;
  std::string_view rest = line.substr(at + key.size());
  const size_t colon = rest.find_first_not_of("\"' ");
  if (colon == rest.npos || rest[colon] != ':') return std::nullopt;
  rest.remove_prefix(colon + 1);
  const size_t begin = rest.find_first_not_of("\"' ");
  if (begin == rest.npos) return std::string_view();
  rest.remove_prefix(begin);
  return rest.substr(0, rest.find_first_of("\"' ,}\r\n"));
}

// Libraries whose classes a configuration may make.
bool IsKnownTarget(std::string_view target) {
  constexpr std::array<std::string_view, 12> kPrefixes = {
      "nemo.",      "torch.nn.",  "torch.optim.",  "transformers.",           "pytorch_lightning.",
      "lightning.", "omegaconf.", "torchmetrics.", "torchvision.transforms.", "diffusers.",
      "megatron.",  "ldm."};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return target.starts_with(prefix); });
}

// MLflow's manifest: paths are resolved beside it, and some keys name code.
void JudgeMlflowLine(std::string_view line, uint64_t at, const FileScan& scan) {
  if (const auto loader = ValueOf(line, "loader_module")) {
    ScanFinding& finding =
        scan.Add("WL-S-381", at, fmt::format("loading it imports {}", Quote(*loader, 80)));
    if (loader->starts_with("mlflow.")) finding.level = Level::kLow;
  }
  if (const auto model = ValueOf(line, "python_model"); model && !model->empty()) {
    scan.Add("WL-S-381", at, fmt::format("loading it unpickles {}", Quote(*model, 80)));
  }
  for (const char* key : {"code", "data", "model_path", "path", "artifact_path", "conda",
                          "virtualenv", "pickled_model", "model_data", "python_model", "uri"}) {
    const auto value = ValueOf(line, key);
    if (!value || value->empty()) continue;
    if (const auto path = NormalisePath(*value, scan.limits()); !path) {
      scan.Add("WL-S-203", at, fmt::format("it refers to {}", Quote(*value, 80)));
      return;
    }
  }
}

bool HidesCharacters(std::string_view line) {
  const size_t quote = line.find('"');
  if (quote == line.npos) return false;
  return line.find("\\x5f", quote) != line.npos || line.find("\\u005f", quote) != line.npos ||
         line.find("\\x5F", quote) != line.npos || line.find("\\u005F", quote) != line.npos;
}

void JudgeLine(std::string_view line, uint64_t at, bool is_mlflow, const FileScan& scan) {
  if (const auto target = ValueOf(line, "_target_"); target && !target->empty()) {
    JudgeTarget(*target, at, scan);
  }
  if (line.find("!python/") != line.npos || line.find("tag:yaml.org,2002:python") != line.npos) {
    scan.Add("WL-S-372", at, fmt::format("a tag of Python's own: {}", Quote(line, 80)));
  }
  if (HidesCharacters(line)) {
    ScanFinding& finding =
        scan.Add("WL-S-371", at, "an underscore is written as an escape: what is named is hidden");
    finding.level = Level::kMedium;
  }
  if (is_mlflow) JudgeMlflowLine(line, at, scan);
}

}  // namespace

void JudgeTarget(std::string_view target, uint64_t at, const FileScan& scan) {
  const size_t dot = target.rfind('.');
  const std::string_view module =
      dot == target.npos ? std::string_view("builtins") : target.substr(0, dot);
  const std::string_view name = dot == target.npos ? target : target.substr(dot + 1);
  const Standing standing = LookupName(module, name).standing;
  if (standing == Standing::kAllowed || standing == Standing::kLibrary) return;
  ScanFinding& finding =
      scan.Add("WL-S-371", at, fmt::format("whoever instantiates it calls {}", Quote(target, 80)));
  if (standing == Standing::kDangerous || standing == Standing::kTampering) {
    finding.level = Level::kCritical;
  } else if (IsKnownTarget(target)) {
    finding.level = Level::kLow;
    finding.verdict = ScanVerdict::kReview;
  }
}

bool IsYaml(const Subject& subject) {
  const bool named = subject.name.ends_with(".yaml") || subject.name.ends_with(".yml") ||
                     subject.name == "mlmodel";
  return named && IsPlainText(subject);
}

void JudgeYaml(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  if (subject.source.size() > kMostText) {
    return scan.Unjudged("WL-S-003", kNoOffset, "YAML of more than 16 MiB");
  }
  const auto bytes = subject.source.Read(0, subject.source.size());
  if (!bytes) return scan.Unreadable(bytes.error());
  const std::string_view text = AsText(*bytes);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    JudgeLine(text.substr(at, end - at), at, subject.name == "mlmodel", scan);
    at = end + 1;
  }
}

}  // namespace weighlock::scan

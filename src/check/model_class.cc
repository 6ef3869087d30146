// AutoModelFor...: whether torch is there for it, and whether it has the class of config.json.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/loaded_class.h"
#include "check/situation.h"

namespace weighlock {
namespace {

// Releases from 4.52 on go on as if there were no torch where it is older than they take.
std::vector<CheckFinding> WithoutTorch(const Situation& s) {
  const Component* torch = s.target.Find("torch");
  const std::string floor = s.base.knowledge.Message("torch_floors", s.target, {});
  if (torch == nullptr || (floor.empty() && !torch->absent)) return {};
  const VersionSpec* spec = KnownSpec(">=" + floor);
  const Overlap overlap = torch->absent || !spec ? Overlap::kNone : torch->Within(*spec);
  const bool known = torch->version || torch->range || torch->absent;
  if (overlap == Overlap::kAll || !known) return {};
  CheckFinding finding = MakeFinding(
      Stage::kWeights, overlap == Overlap::kSome ? Verdict::kRisk : Verdict::kFail, "WL-W-007",
      torch->absent ? "the target has no torch"
                    : fmt::format("transformers {} takes torch {} and later, and goes on without "
                                  "an older one",
                                  s.transformers()->text(), floor),
      "");
  finding.source = "utils/import_utils.py of transformers 4.25.1 to 5.23.0";
  if (!floor.empty()) finding.removed_by = {"torch", floor};
  if (finding.verdict == Verdict::kFail && s.target.Find("tensorflow") == nullptr) {
    finding.message = s.base.knowledge.Message("no_torch", s.target,
                                               {{"{class}", AutoClassOf(NamedArchitecture(s))}});
  }
  return {finding};
}

// "transformers.models.gpt_neox.configuration_gpt_neox.GPTNeoXConfig".
std::string ConfigPath(const Situation& s, const std::string& type) {
  std::string module = type;
  std::replace(module.begin(), module.end(), '-', '_');
  return fmt::format("transformers.models.{0}.configuration_{0}.{1}", module,
                     s.base.releases.ConfigClassOf(type, *s.transformers()));
}

}  // namespace

std::vector<CheckFinding> JudgeModelClass(const Situation& s) {
  if (s.transformers() == nullptr) return {};
  if (auto torch = WithoutTorch(s); !torch.empty()) return torch;
  const std::string name = NamedArchitecture(s), type = s.files.ConfigText("model_type");
  const Releases& releases = s.base.releases;
  const JsonValue* config = s.files.config.get();
  if (name.empty() || config->Find("auto_map") != nullptr || s.TransformersIs("<4.0.0")) return {};
  // Of a bare model, and of one that answers with a text, there are more ways to load it.
  const std::string_view made_by = AutoClassOf(name);
  if (made_by == "AutoModel" || made_by == "AutoModelForSeq2SeqLM") return {};
  const bool none = LoadedArchitecture(s).empty();
  if ((!none && releases.HasArchitecture(name, *s.transformers()) != Tri::kNo) ||
      releases.KnowsModelType(type, *s.transformers()) != Tri::kYes) {
    return {};
  }
  CheckFinding finding =
      MakeFinding(Stage::kWeights, Verdict::kFail, "WL-W-008",
                  none ? fmt::format("the model type {} has no class for the task of {}",
                                     Escape(type), Escape(name))
                       : fmt::format("transformers {} has no {} yet, or no more",
                                     s.transformers()->text(), Escape(name)),
                  s.files.config.path);
  finding.pointer = "/architectures";
  finding.offset = config->Find("architectures")->offset;
  finding.source = "the tables of all Auto classes of each release (kb/transformers.json)";
  // The list of all others, which differs by release, is not told.
  finding.message = fmt::format(
      "ValueError: Unrecognized configuration class <class '{}'> for this kind of AutoModel: "
      "{}.\nModel type should be one of ",
      ConfigPath(s, type), made_by);
  return {finding};
}

}  // namespace weighlock

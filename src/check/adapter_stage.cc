// The configuration against the release's own fields, and which weights file it looks for.
//
// The words were taken from runs: peft 0.3 to 0.21 under transformers 4.37.2, 4.45.2 and 5.23.0.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/adapter.h"

namespace weighlock {
namespace {

constexpr const char* kFields =
    "the fields of each release of PEFT, read from its wheel (kb/peft.json)";

// More keys than any configuration has: its cost is keys times releases.
constexpr size_t kMostKeys = 1000;

class AdapterStage {
 public:
  explicit AdapterStage(const Situation& s)
      : s_(s), config_(s.files.adapter_config.get()), component_(s.target.Find("peft")) {
    if (component_ != nullptr && component_->version) peft_ = &*component_->version;
  }

  std::vector<CheckFinding> Run() {
    JudgeBase();
    if (component_ != nullptr && component_->absent) {
      JudgeWithoutPeft();
      return std::move(findings_);
    }
    if (config_ != nullptr && config_->members.size() > kMostKeys) {
      Add(Verdict::kRisk, "WL-A-004", Stage::kConfig,
          fmt::format("adapter_config.json has {} keys: that is no configuration of an adapter",
                      config_->members.size()),
          ConfigPath());
      return std::move(findings_);
    }
    if (config_ == nullptr) {
      Add(Verdict::kFail, "WL-A-004", Stage::kConfig,
          "adapter_config.json cannot be read: " + s_.files.adapter_config.broken, ConfigPath());
      return std::move(findings_);
    }
    JudgeRelease();
    if (JudgeType()) {
      JudgeKeys();
      JudgeTaskType();
    }
    JudgeOwnWay();
    JudgeWeightsFile();
    return std::move(findings_);
  }

 private:
  std::string ConfigPath() const { return s_.files.adapter_config.path; }
  const PeftReleases& releases() const { return s_.base.peft; }
  // Whether the table speaks of the target's release.
  bool Known() const { return peft_ != nullptr && !releases().IsNewer(*peft_); }

  // The reference is good until the next call.
  CheckFinding& Add(Verdict verdict, std::string rule, Stage stage, std::string text,
                    std::string path) {
    CheckFinding& finding = findings_.emplace_back();
    finding.rule = std::move(rule);
    finding.verdict = verdict;
    finding.stage = stage;
    finding.text = std::move(text);
    finding.path = std::move(path);
    return finding;
  }

  // The first release from the target's on for which `holds`; none: no removal.
  template <typename Holds>
  Removal FirstRelease(const Holds& holds) const {
    for (const Version& version : releases().all()) {
      if (version.Compare(*peft_) > 0 && holds(version)) return {"peft", version.text()};
    }
    return {};
  }

  void JudgeBase() {
    const JsonValue* base = config_ == nullptr ? nullptr : config_->Find("base_model_name_or_path");
    const bool named = base != nullptr && base->Is(JsonValue::Kind::kString) && !base->text.empty();
    if (!named) {
      Add(Verdict::kRisk, "WL-A-001", Stage::kConfig,
          "an adapter, and it does not say of which model: that must load too", ConfigPath())
          .pointer = "/base_model_name_or_path";
      return;
    }
    const std::string& name = base->text;
    const bool local = name.starts_with('/') || name.starts_with('.') || name.starts_with('~') ||
                       name.find('\\') != std::string::npos ||
                       std::count(name.begin(), name.end(), '/') > 1;
    Add(Verdict::kRisk, "WL-A-001", Stage::kConfig,
        fmt::format("an adapter of {}, {} and must load too", Quote(name),
                    local ? "a folder where it was trained, which is not in the package"
                          : "which is not in the package"),
        ConfigPath())
        .pointer = "/base_model_name_or_path";
  }

  // AutoModel, pointed at a folder without config.json.
  void JudgeWithoutPeft() {
    CheckFinding& finding = Add(
        Verdict::kFail, "WL-A-002", Stage::kConfig,
        "the target has no PEFT, and for transformers alone this is a folder without config.json",
        ConfigPath());
    const std::string& path = s_.package().path;
    if (s_.TransformersIs(">=4.11.0,<4.12.0")) {
      finding.message = fmt::format(
          "OSError: Can't load config for '{0}'. Make sure that:\n\n- '{0}' is a correct model "
          "identifier listed on 'https://huggingface.co/models'\n\n- or '{0}' is the correct path "
          "to a directory containing a config.json file\n\n",
          path);
    } else if (s_.TransformersIs(">=4.31.0,<4.38.0")) {
      finding.message = fmt::format(
          "OSError: {0} does not appear to have a file named config.json. Checkout "
          "'https://huggingface.co/{0}/None' for available files.",
          path);
    } else if (s_.TransformersIs(">=5.2.0")) {
      finding.message =
          s_.base.knowledge.Message("missing_model_type", s_.target, {{"{package}", path}});
    }
    finding.adaptations = {"A2"};
    finding.source = "measured in transformers 4.11.3, 4.31.0, 4.37.2, 5.23.0";
  }

  void JudgeRelease() {
    if (peft_ == nullptr) {
      Add(Verdict::kRisk, "WL-A-003", Stage::kConfig,
          component_ == nullptr ? "the target does not say whether it has PEFT (peft=VERSION)"
                                : "the target names no version of PEFT (peft=VERSION)",
          ConfigPath());
    } else if (!Known()) {
      Add(Verdict::kRisk, "WL-A-003", Stage::kConfig,
          fmt::format("peft {} is not in the knowledge base, which ends at {}", peft_->text(),
                      releases().all().back().text()),
          ConfigPath());
    }
  }

  // True: the release has a configuration for it, whose fields are known.
  bool JudgeType() {
    const JsonValue* type = config_->Find("peft_type");
    if (type == nullptr || !type->Is(JsonValue::Kind::kString)) {
      CheckFinding& finding = Add(Verdict::kFail, "WL-A-005", Stage::kConfig,
                                  "adapter_config.json names no peft_type", ConfigPath());
      if (peft_ != nullptr && Known()) {
        const bool old = KnownSpec("<0.4.0")->Contains(*peft_);
        finding.message = old ? "KeyError: None" : "KeyError: 'peft_type'";
      }
      return false;
    }
    if (!Known()) return false;
    type_ = type->text;
    class_ = releases().ConfigClass(type_, *peft_);
    if (!class_.empty()) return true;
    CheckFinding& finding =
        Add(Verdict::kFail, "WL-A-005", Stage::kConfig,
            fmt::format("peft {} does not know the adapter type {}", peft_->text(), Quote(type_)),
            ConfigPath());
    finding.pointer = "/peft_type";
    finding.message = fmt::format("KeyError: '{}'", type_);
    finding.removed_by = FirstRelease(
        [&](const Version& version) { return !releases().ConfigClass(type_, version).empty(); });
    finding.source = kFields;
    return false;
  }

  void JudgeKeys() {
    const std::vector<const JsonMember*> unknown =
        releases().UnknownFields(type_, *config_, *peft_);
    if (unknown.empty()) return;
    const bool raises = releases().UnknownKeys(*peft_) == "raises";
    const auto loses = [&](const JsonMember* member) {
      return releases().Matters(class_, *member);
    };
    const bool alters = std::any_of(unknown.begin(), unknown.end(), loses);
    if (!raises && !alters) return;
    const JsonMember& shown =
        raises ? *unknown[0] : **std::find_if(unknown.begin(), unknown.end(), loses);
    CheckFinding& finding =
        Add(raises ? Verdict::kFail : Verdict::kDiffers, "WL-A-006", Stage::kConfig,
            fmt::format("peft {} has no {} in {}, and {}", peft_->text(), Quote(shown.name), class_,
                        raises ? "takes no key that it does not know" : "goes on without it"),
            ConfigPath());
    finding.pointer = "/" + shown.name;
    finding.offset = shown.value.offset;
    if (raises) {
      // The class is named from Python 3.10 on.
      const Component* python = s_.target.Find("python");
      const bool old =
          python != nullptr && python->version && KnownSpec("<3.10")->Contains(*python->version);
      finding.message =
          fmt::format("TypeError: {}__init__() got an unexpected keyword argument '{}'",
                      old ? "" : std::string(class_) + ".", shown.name);
    }
    finding.removed_by = FirstRelease([&](const Version& version) {
      const auto left = releases().UnknownFields(type_, *config_, version);
      if (left.empty()) return true;
      return releases().UnknownKeys(version) != "raises" &&
             std::none_of(left.begin(), left.end(), loses);
    });
    // What has its default may go; what has not would be lost.
    if (!alters) finding.adaptations = {"A1"};
    finding.source = kFields;
  }

  void JudgeTaskType() {
    const std::string* task = config_->FindString("task_type");
    const std::vector<std::string> names = releases().TaskTypes(*peft_);
    if (task == nullptr || names.empty()) return;
    if (std::find(names.begin(), names.end(), *task) != names.end()) return;
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    CheckFinding& finding = Add(
        Verdict::kFail, "WL-A-007", Stage::kConfig,
        fmt::format("peft {} knows no task type {}", peft_->text(), Quote(*task)), ConfigPath());
    finding.pointer = "/task_type";
    finding.message = fmt::format(
        "ValueError: Invalid task type: '{}'. Must be one of the following task types: {}.", *task,
        all);
    finding.source = "peft 0.14.0 config.py";
  }

  // transformers loads adapters by itself too, and wants a PEFT of its own choice for that.
  void JudgeOwnWay() {
    if (peft_ == nullptr) return;
    const bool newest = s_.TransformersIs(">=5.23.0");
    if (!newest && !s_.TransformersIs(">=4.32.0,<5.0.0")) return;
    const char* wanted = newest ? "0.19.0" : "0.5.0";
    if (peft_->Compare(*Version::Parse(wanted)) >= 0) return;
    CheckFinding& finding =
        Add(Verdict::kRisk, "WL-A-008", Stage::kConfig,
            fmt::format("transformers' own load_adapter, and AutoModel on this folder, want peft "
                        "{} or later; PeftModel does not",
                        wanted),
            ConfigPath());
    finding.message = newest ? "ModuleNotFoundError: No module named "
                               "'peft.utils.transformers_weight_conversion'"
                             : "ValueError: The version of PEFT you are using is not compatible, "
                               "please use a version that is greater than 0.5.0";
    finding.source = "measured in transformers 4.37.2 and 5.23.0";
  }

  const Artefact* Find(std::string_view name) const {
    for (const Artefact& artefact : s_.package().artefacts) {
      if (artefact.path == s_.files.root + std::string(name)) return &artefact;
    }
    return nullptr;
  }

  void JudgeWeightsFile() {
    const Artefact* safetensors = Find("adapter_model.safetensors");
    const Artefact* pickled = Find("adapter_model.bin");
    const bool reads = peft_ == nullptr || releases().ReadsSafetensors(*peft_);
    const Artefact* taken = safetensors != nullptr && reads ? safetensors : pickled;
    if (taken == nullptr) return NoWeights(safetensors, reads);
    if (!taken->model) {
      CheckFinding& finding =
          Add(Verdict::kFail, "WL-W-020", Stage::kWeights,
              fmt::format("{} cannot be read", Escape(taken->path)), taken->path);
      for (const weighlock::Finding& fact : s_.package().findings) {
        if (fact.path == taken->path && fact.severity == Severity::kError) {
          finding.text += ": " + fact.text;
          break;
        }
      }
      finding.message = DamagedWeightsMessage(s_, taken->path);
      return;
    }
    if (config_->FindString("peft_type") == nullptr) return;
    if (*config_->FindString("peft_type") != "LORA") return;
    for (CheckFinding& finding : JudgeLoraTensors(s_, *taken, peft_)) {
      findings_.push_back(std::move(finding));
    }
  }

  void NoWeights(const Artefact* safetensors, bool reads) {
    CheckFinding& finding =
        Add(Verdict::kFail, "WL-A-010", Stage::kWeights,
            safetensors != nullptr
                ? fmt::format("peft {} looks for adapter_model.bin only", peft_->text())
                : "there is no adapter_model.safetensors and no adapter_model.bin",
            safetensors != nullptr ? safetensors->path : ConfigPath());
    const std::string& path = s_.package().path;
    if (!reads) {
      finding.message = fmt::format(
          "ValueError: Can't find weights for {0} in {0} or in the Hugging Face Hub. Please check "
          "that the file adapter_model.bin is present at {0}.",
          path);
    } else if (std::count(path.begin(), path.end(), '/') > 1) {
      // It is taken for a name on the hub; one that could be a name is asked for there.
      finding.message = fmt::format(
          "HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': "
          "'{}'. Use `repo_type` argument if needed.",
          path);
    }
    if (safetensors != nullptr) {
      finding.removed_by = FirstRelease(
          [&](const Version& version) { return releases().ReadsSafetensors(version); });
      finding.adaptations = {"A3"};
    }
    finding.source = "peft 0.3.0 peft_model.py, 0.4.0 utils/save_and_load.py";
  }

  const Situation& s_;
  const JsonValue* config_;     // null: broken
  const Component* component_;  // peft, or null
  const Version* peft_ = nullptr;
  std::string type_;
  std::string_view class_;
  std::vector<CheckFinding> findings_;
};

}  // namespace

bool IsAdapter(const Situation& s) {
  return s.files.adapter_config.present && !s.files.config.present;
}

std::vector<CheckFinding> JudgeAdapter(const Situation& s) {
  return AdapterStage(s).Run();
}

}  // namespace weighlock

// One walk over all values, with a stack of its own; what matters is told by its key, wherever it
// stands: transformers, diffusers, PEFT and sentence-transformers put it at the top, others do not.
#include "scan/text/config_judge.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/escape.h"
#include "base/package_path.h"
#include "model/secrets.h"
#include "scan/model/keras_judge.h"
#include "scan/text/class_names.h"
#include "scan/text/secrets_judge.h"
#include "scan/text/template_judge.h"
#include "scan/text/yaml_judge.h"

namespace weighlock::scan {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kMostPaths = 20;  // that lead out, and secrets: the first ones tell
constexpr size_t kMostTemplates = 100, kMostTargets = 1000;

class ConfigJudge {
 public:
  ConfigJudge(std::string_view file, const FileScan& scan) : file_(file), scan_(scan) {}

  void Judge(const JsonValue& root) {
    ClassNames names(file_, root, scan_);
    std::vector<const JsonValue*> open = {&root};
    while (!open.empty()) {
      const JsonValue& value = *open.back();
      open.pop_back();
      if (value.Is(Kind::kObject)) names.Judge(value);
      for (const JsonValue& item : value.items) open.push_back(&item);
      for (const JsonMember& member : value.members) {
        JudgeMember(member.name, member.value);
        open.push_back(&member.value);
      }
    }
    if (file_ == "modules.json") JudgeModules(root);
    if (file_.ends_with(".index.json")) JudgeShards(root);
    if (file_ == "manifest.json") JudgeManifest(root);
    if (file_ != kKerasConfig) JudgeKerasParts(root, scan_);
    Report();
  }

 private:
  void JudgeMember(const std::string& name, const JsonValue& value) {
    if (name.find("chat_template") != std::string::npos) return JudgeTemplates(name, value);
    if (name == "auto_map" || name == "custom_pipelines") return NameCode(name, value);
    if (name == "trust_remote_code" && value.Is(Kind::kBool) && value.boolean) {
      return Name(name, value);
    }
    if (name == "_target_" && value.Is(Kind::kString)) {
      if (targets_++ == kMostTargets) {
        scan_.Unjudged("WL-S-003", value.offset, fmt::format("more than {} targets", kMostTargets));
      }
      if (targets_ > kMostTargets) return;
      return JudgeTarget(value.text, value.offset, scan_);
    }
    if (name == "parent_library" && value.Is(Kind::kString) &&
        !value.text.starts_with("transformers.")) {
      return Name(value.text, value);
    }
    // A kernel that is fetched from the hub, and a pipeline of the package's own.
    const bool is_attention = name.find("attn_implementation") != std::string::npos;
    if (is_attention && value.Is(Kind::kString) && value.text.find('/') != std::string::npos) {
      return Name(value.text, value);
    }
    if (name == "_class_name" && value.Is(Kind::kArray)) return NameCode(name, value);
    constexpr size_t kLeastSecret = 8;
    if (value.Is(Kind::kString) && value.text.size() >= kLeastSecret &&
        value.text.find(' ') == std::string::npos && IsSecret(name, value.text) &&
        secrets_++ < kMostPaths) {
      AddSecret(fmt::format("the value of {}", Quote(name, 60)), value.offset, scan_);
    }
  }

  // All strings of {"AutoModel": "modeling_x.XModel"} or {"task": {"impl": "file.Class"}}.
  void NameCode(const std::string& key, const JsonValue& root) {
    std::vector<const JsonValue*> open = {&root};
    while (!open.empty()) {
      const JsonValue& value = *open.back();
      open.pop_back();
      for (const JsonValue& item : value.items) open.push_back(&item);
      for (const JsonMember& member : value.members) {
        const bool is_setting =
            key == "custom_pipelines" && member.name != "impl" && !member.value.Is(Kind::kObject);
        if (!is_setting) open.push_back(&member.value);
      }
      if (value.Is(Kind::kString)) Name(value.text, value);
    }
  }

  void Name(const std::string& target, const JsonValue& value) {
    is_elsewhere_ = is_elsewhere_ || target.find("--") != std::string::npos;
    if (named_++ == 0) {
      first_ = target;
      first_at_ = value.offset;
    }
  }

  // "chat_template": "...", or [{"name": "default", "template": "..."}], or {"default": "..."}.
  void JudgeTemplates(const std::string& name, const JsonValue& root) {
    std::vector<const JsonValue*> open = {&root};
    while (!open.empty()) {
      const JsonValue& value = *open.back();
      open.pop_back();
      for (const JsonValue& item : value.items) open.push_back(&item);
      for (const JsonMember& member : value.members) open.push_back(&member.value);
      if (!value.Is(Kind::kString)) continue;
      if (templates_++ == kMostTemplates) {
        scan_.Unjudged("WL-S-003", value.offset,
                       fmt::format("more than {} templates", kMostTemplates));
      }
      if (templates_ > kMostTemplates) return;
      JudgeTemplate(value.text, name, value.offset, scan_, false);
    }
  }

  // sentence-transformers imports the class of each module.
  void JudgeModules(const JsonValue& root) {
    for (const JsonValue& module : root.items) {
      const std::string* type = module.FindString("type");
      const std::string_view name = type == nullptr ? std::string_view() : *type;
      const std::string_view last = name.substr(name.rfind('.') + 1);  // npos + 1 is 0
      const bool is_own = name.starts_with("sentence_transformers.") && last >= "A" && last < "[";
      if (!name.empty() && !is_own) Name(*type, module);  // ClassNames knows the dangerous ones
      const std::string* path = module.FindString("path");
      if (path != nullptr) JudgePath(*path, module.offset);
    }
  }

  // The manifest of a TorchServe archive that was unpacked.
  void JudgeManifest(const JsonValue& root) {
    const JsonValue* model = root.Find("model");
    const std::string* handler = model == nullptr ? nullptr : model->FindString("handler");
    if (handler == nullptr) return;
    scan_.Add("WL-S-402", model->offset,
              fmt::format("TorchServe runs the handler {}", Quote(*handler, 80)));
  }

  // Loaders of sharded weights open whatever the index names.
  void JudgeShards(const JsonValue& root) {
    const JsonValue* map = root.Find("weight_map");
    if (map == nullptr) return;
    std::set<std::string_view> seen;
    for (const JsonMember& member : map->members) {
      const JsonValue& shard = member.value;
      if (shard.Is(Kind::kString) && seen.insert(shard.text).second) {
        JudgePath(shard.text, shard.offset);
      }
    }
  }

  void JudgePath(const std::string& path, uint64_t offset) {
    if (NormalisePath(path, scan_.limits()) || wrong_paths_++ >= kMostPaths) return;
    scan_.Add("WL-S-203", offset, fmt::format("it refers to {}", Quote(path, 80)));
  }

  void Report() {
    if (named_ == 0) return;
    scan_.Add("WL-S-340", first_at_,
              fmt::format("it names code: {}{}", Quote(first_, 100),
                          named_ > 1 ? fmt::format(" and {} more", named_ - 1) : "") +
                  (is_elsewhere_ ? ", of another repository" : ""));
  }

  std::string_view file_;
  const FileScan& scan_;
  size_t named_ = 0, wrong_paths_ = 0, templates_ = 0, targets_ = 0, secrets_ = 0;
  bool is_elsewhere_ = false;  // "user/repository--module.Class"
  std::string first_;
  uint64_t first_at_ = 0;
};

}  // namespace

void JudgeConfig(const JsonValue& root, std::string_view file, const FileScan& scan) {
  ConfigJudge(file, scan).Judge(root);
}

void JudgeLooseCode(std::string_view key, uint64_t offset, const FileScan& scan) {
  scan.Add("WL-S-340", offset, fmt::format("it names code under {}", Quote(key)));
}

void JudgeLooseTemplate(std::string_view text, uint64_t offset, const FileScan& scan) {
  if (text.find("{%") == text.npos && text.find("{{") == text.npos) return;
  JudgeTemplate(text, "a string of broken JSON", offset, scan, false);
}

}  // namespace weighlock::scan

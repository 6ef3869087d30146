// One walk over all values, with a stack of its own; what matters is told by its key, wherever it
// stands: transformers, diffusers, PEFT and sentence-transformers put it at the top, others do not.
#include "scan/config_judge.h"

#include <fmt/format.h>

#include <vector>

#include "base/escape.h"
#include "model/secrets.h"
#include "scan/secrets_judge.h"
#include "scan/template_judge.h"
#include "scan/yaml_judge.h"

namespace weighlock::scan {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kMostReferences = 1000;

class ConfigJudge {
 public:
  ConfigJudge(std::string_view file, const FileScan& scan) : file_(file), scan_(scan) {}

  void Judge(const JsonValue& root) {
    std::vector<const JsonValue*> open = {&root};
    while (!open.empty()) {
      const JsonValue& value = *open.back();
      open.pop_back();
      for (const JsonValue& item : value.items) open.push_back(&item);
      for (const JsonMember& member : value.members) {
        JudgeMember(member.name, member.value);
        open.push_back(&member.value);
      }
    }
    if (file_ == "modules.json") JudgeModules(root);
    Report();
  }

 private:
  void JudgeMember(const std::string& name, const JsonValue& value) {
    if (name.find("chat_template") != std::string::npos) return JudgeTemplates(name, value);
    if (name == "auto_map" || name == "custom_pipelines") return NameCode(name, value);
    if (name == "trust_remote_code" && value.Is(Kind::kBool) && value.boolean) {
      return Name(name, value, "trust_remote_code");
    }
    if (name == "_target_" && value.Is(Kind::kString)) {
      return JudgeTarget(value.text, value.offset, scan_);
    }
    if (name == "parent_library" && value.Is(Kind::kString) &&
        !value.text.starts_with("transformers.")) {
      return Name(value.text, value, "auto_map");
    }
    constexpr size_t kLeastSecret = 8;
    if (value.Is(Kind::kString) && value.text.size() >= kLeastSecret &&
        value.text.find(' ') == std::string::npos && IsSecret(name, value.text)) {
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
      if (value.Is(Kind::kString)) Name(value.text, value, "auto_map");
    }
  }

  void Name(const std::string& target, const JsonValue& value, std::string_view kind) {
    if (named_++ == 0) {
      first_ = target;
      first_at_ = value.offset;
    }
    if (named_ > kMostReferences || kind == "trust_remote_code") return;
    scan_.scanner().AddReference({scan_.file().path, target, std::string(kind), value.offset});
  }

  // "chat_template": "...", or [{"name": "default", "template": "..."}], or {"default": "..."}.
  void JudgeTemplates(const std::string& name, const JsonValue& root) {
    std::vector<const JsonValue*> open = {&root};
    while (!open.empty()) {
      const JsonValue& value = *open.back();
      open.pop_back();
      for (const JsonValue& item : value.items) open.push_back(&item);
      for (const JsonMember& member : value.members) open.push_back(&member.value);
      if (value.Is(Kind::kString)) JudgeTemplate(value.text, name, value.offset, scan_, false);
    }
  }

  // sentence-transformers imports the class of each module.
  void JudgeModules(const JsonValue& root) {
    for (const JsonValue& module : root.items) {
      const std::string* type = module.FindString("type");
      if (type != nullptr && !type->starts_with("sentence_transformers.")) {
        Name(*type, module, "auto_map");
      }
    }
  }

  void Report() {
    if (named_ == 0) return;
    scan_.Add("WL-S-340", first_at_,
              fmt::format("it names code: {}{}", Quote(first_, 100),
                          named_ > 1 ? fmt::format(" and {} more", named_ - 1) : ""));
  }

  std::string_view file_;
  const FileScan& scan_;
  size_t named_ = 0;
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

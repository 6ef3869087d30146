// One walk over all values, with a stack of its own; what matters is told by its key, wherever it
// stands: transformers, diffusers, PEFT and sentence-transformers put it at the top, others do not.
#include "scan/text/config_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include "base/byte_source.h"
#include "base/escape.h"
#include "base/package_path.h"
#include "codec/base64.h"
#include "model/secrets.h"
#include "scan/model/keras_judge.h"
#include "scan/text/called_names.h"
#include "scan/text/class_names.h"
#include "scan/text/secrets_judge.h"
#include "scan/text/server_keys.h"
#include "scan/text/template_judge.h"
#include "scan/text/yaml_judge.h"

namespace weighlock::scan {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kMostPaths = 20;  // that lead out, and secrets: the first ones tell
constexpr size_t kMostTemplates = 100, kMostTargets = 1000;

std::optional<ByteVector> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) {
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  ByteVector bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return bytes;
}

class ConfigJudge {
 public:
  ConfigJudge(std::string_view file, const FileScan& scan) : file_(file), scan_(scan) {}

  void Judge(const JsonValue& root) {
    ClassNames names(file_, root, scan_);
    JudgeMaybeTemplate(std::string(), root);
    is_bundle_ = root.Find("imports") != nullptr || root.Find("run") != nullptr ||
                 root.Find("initialize") != nullptr || root.Find("bundle_root") != nullptr;
    std::vector<const JsonValue*> open = {&root};
    while (!open.empty()) {
      const JsonValue& value = *open.back();
      open.pop_back();
      if (value.Is(Kind::kObject)) {
        names.Judge(value);
        JudgeRay(value);
      }
      if (value.Is(Kind::kString) && IsBundleExpression(value.text)) NoteExpression(value);
      for (const JsonValue& item : value.items) {
        JudgeMaybeTemplate(std::string(), item);
        open.push_back(&item);
      }
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
    JudgeMaybeTemplate(name, value);
    constexpr std::array<std::string_view, 8> kCode = {
        "auto_map",       "custom_pipelines",   "custom_pipeline", "custom_generate",
        "custom_imports", "custom_ops_library", "tool_class",      "user_dir"};
    if (std::find(kCode.begin(), kCode.end(), name) != kCode.end()) return NameCode(name, value);
    if (name == ":serialized:" && value.Is(Kind::kString)) {
      return JudgePickle(FromBase64(value.text), value.offset);
    }
    if ((name == "__nni_type__" || name == "__symbol__") && value.Is(Kind::kString)) {
      return JudgeNni(value);
    }
    if (IsTrustKey(name) && IsOn(value)) return Name(name, value);
    JudgeServerMember(name, value, scan_);
    if (name == "_target_" && value.Is(Kind::kString)) {
      if (targets_++ == kMostTargets) {
        scan_.Unjudged("WL-S-003", value.offset, fmt::format("more than {} targets", kMostTargets));
      }
      if (targets_ > kMostTargets) return;
      return JudgeTarget(value.text, value.offset, scan_);
    }
    if (name == "parent_library" && value.Is(Kind::kString) &&
        (!value.text.starts_with("transformers.") || IsDangerousTarget(value.text + ".x"))) {
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

  // What Python, and those who write by hand, take for true.
  static bool IsOn(const JsonValue& value) {
    if (value.Is(Kind::kNumber)) return value.text != "0";
    return value.Is(Kind::kString) ? value.text == "true" || value.text == "True" : value.boolean;
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
      if (!MayJudgeTemplate(value.offset)) return;
      JudgeTemplate(value.text, name, value.offset, scan_, false);
    }
  }

  // A pickle that was text in the JSON, and that the library loads with the rest:
  // Stable-Baselines3 keeps so what is no JSON, Ray what it cannot write otherwise, NNI values.
  void JudgePickle(std::optional<ByteVector> bytes, uint64_t at) {
    constexpr size_t kMost = 1000;
    if (pickles_++ == kMost) {
      scan_.Unjudged("WL-S-003", at, fmt::format("more than {} pickles", kMost));
    }
    if (pickles_ > kMost) return;
    if (!bytes) return scan_.Unjudged("WL-S-002", at, "a pickle as text that cannot be decoded");
    const std::string name = fmt::format("+0x{:x}", at);
    scan_.Descend(ByteSource::FromMemory(*std::move(bytes), name), name, kNoOffset);
  }

  // {"_type": "CLOUDPICKLE_FALLBACK", "value": "8005..."}
  void JudgeRay(const JsonValue& object) {
    const std::string* type = object.FindString("_type");
    const JsonValue* value = object.Find("value");
    if (type == nullptr || *type != "CLOUDPICKLE_FALLBACK") return;
    const bool is_text = value != nullptr && value->Is(Kind::kString);
    JudgePickle(is_text ? FromHex(value->text) : std::nullopt, object.offset);
  }

  // "bytes:gASV..." is unpickled, "path:module.name" is imported, and called as a symbol.
  void JudgeNni(const JsonValue& value) {
    const std::string_view text = value.text;
    if (text.starts_with("bytes:")) return JudgePickle(FromBase64(text.substr(6)), value.offset);
    if (text.starts_with("path:")) JudgeNamed(text.substr(5), "path", value.offset, scan_);
  }

  void JudgeMaybeTemplate(const std::string& key, const JsonValue& value) {
    if (!value.Is(Kind::kString) || !MayBeTemplate(key, value.text)) return;
    if (!MayJudgeTemplate(value.offset)) return;
    JudgeTemplate(value.text, key.empty() ? std::string(file_) : key, value.offset, scan_, false,
                  TemplateUse::kMaybe);
  }

  bool MayJudgeTemplate(uint64_t at) {
    if (templates_++ == kMostTemplates) {
      scan_.Unjudged("WL-S-003", at, fmt::format("more than {} templates", kMostTemplates));
    }
    return templates_ <= kMostTemplates;
  }

  // Whether some server may render it with Jinja. Prompts are also what rows of data are made of:
  // they count in files that configure.
  bool MayBeTemplate(std::string_view key, std::string_view text) const {
    if (text.find("{{") == text.npos && text.find("{%") == text.npos) return false;
    const auto speaks = [](std::string_view name) {
      return name.find("emplate") != name.npos || name.find("jinja") != name.npos;
    };
    const bool configures = file_.find("config") != file_.npos || file_ == "params" ||
                            file_.find("prompt") != file_.npos;
    const bool is_prompt = key.find("prompt") != key.npos || key.starts_with("system");
    return speaks(key) || speaks(file_) || (is_prompt && configures);
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

  // The manifest of an archive of TorchServe, or of the servers before it, that was unpacked.
  void JudgeManifest(const JsonValue& root) {
    for (const char* key : {"model", "Model"}) {
      const JsonValue* model = root.Find(key);
      if (model == nullptr) continue;
      for (const JsonMember& member : model->members) {
        if (!member.value.Is(Kind::kString)) continue;
        const std::string& text = member.value.text;
        if (member.name == "handler" || member.name == "Handler" || member.name == "Service") {
          scan_.Add("WL-S-402", model->offset,
                    fmt::format("TorchServe runs the handler {}", Quote(text, 80)));
        } else if (member.name.ends_with("File") && !text.empty()) {
          JudgePath(text, member.value.offset);
        }
      }
    }
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

  void NoteExpression(const JsonValue& value) {
    if (!IsDangerousExpression(value.text)) {
      if (expression_ == nullptr) expression_ = &value;
    } else if (dangerous_expression_ == nullptr) {
      dangerous_expression_ = &value;
    }
  }

  // A bundle of MONAI: told by what it makes, or by what it imports and runs.
  void ReportExpressions() {
    if (targets_ == 0 && !is_bundle_) return;
    if (dangerous_expression_ != nullptr) {
      scan_
          .Add("WL-S-371", dangerous_expression_->offset,
               fmt::format("MONAI evaluates {} as Python", Quote(dangerous_expression_->text, 80)))
          .level = Level::kCritical;
    } else if (expression_ != nullptr) {
      scan_.Add("WL-S-340", expression_->offset,
                fmt::format("MONAI evaluates {} as Python", Quote(expression_->text, 80)));
    }
  }

  void JudgePath(const std::string& path, uint64_t offset) {
    if (NormalisePath(path, scan_.limits()) || wrong_paths_++ >= kMostPaths) return;
    scan_.Add("WL-S-203", offset, fmt::format("it refers to {}", Quote(path, 80)));
  }

  void Report() {
    ReportExpressions();
    if (named_ == 0) return;
    scan_.Add("WL-S-340", first_at_,
              fmt::format("it names code: {}{}", Quote(first_, 100),
                          named_ > 1 ? fmt::format(" and {} more", named_ - 1) : "") +
                  (is_elsewhere_ ? ", of another repository" : ""));
  }

  std::string_view file_;
  const FileScan& scan_;
  size_t named_ = 0, wrong_paths_ = 0, templates_ = 0, targets_ = 0, secrets_ = 0, pickles_ = 0;
  bool is_bundle_ = false;                 // of MONAI
  const JsonValue* expression_ = nullptr;  // the first ones that it evaluates
  const JsonValue* dangerous_expression_ = nullptr;
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

// Each library has keys of its own for a class, and calls what it has imported. What is ordinary
// there is passed over; the rest is judged as _target_ is.
#include "scan/text/class_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/escape.h"
#include "scan/pickle/name_policy.h"
#include "scan/text/called_names.h"
#include "scan/text/yaml_judge.h"

namespace weighlock::scan {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kMostSaid = 200;

// Folders of diffusers' pipelines that name parts of their own, and the libraries of parts.
constexpr std::array<std::string_view, 34> kPartsFrom = {"diffusers",
                                                         "transformers",
                                                         "onnxruntime",
                                                         "onnxruntime.training",
                                                         "flax",
                                                         "peft",
                                                         "sentencepiece",
                                                         "tokenizers",
                                                         "optimum",
                                                         "schedulers",
                                                         "k_diffusion",
                                                         "torchvision",
                                                         "stable_diffusion",
                                                         "stable_diffusion_xl",
                                                         "stable_diffusion_3",
                                                         "stable_diffusion_safe",
                                                         "stable_cascade",
                                                         "latent_diffusion",
                                                         "paint_by_example",
                                                         "kandinsky",
                                                         "kandinsky2_2",
                                                         "kandinsky3",
                                                         "shap_e",
                                                         "audioldm",
                                                         "audioldm2",
                                                         "deepfloyd_if",
                                                         "wuerstchen",
                                                         "unidiffuser",
                                                         "blip_diffusion",
                                                         "alt_diffusion",
                                                         "stable_audio",
                                                         "spectrogram_diffusion",
                                                         "deprecated",
                                                         "flux"};

bool StartsWithAny(std::string_view text, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return text.starts_with(start); });
}

// "A.b.C": names with dots between them, and nothing else.
bool IsDotted(std::string_view text) {
  return text.find('.') != text.npos && !text.starts_with('.') && !text.ends_with('.') &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return c >= 0x80 || c == '.' || c == '_' || std::isalnum(c) != 0;
         });
}

std::string_view LastName(std::string_view target) {
  return target.substr(target.rfind('.') + 1);  // npos + 1 is 0
}

bool IsClassLike(std::string_view name) {
  return !name.empty() && name[0] >= 'A' && name[0] <= 'Z' && name.find('.') == name.npos;
}

// Keys whose value is called in any library that has them: LDM, Haystack. Under the others only
// what is known to run code is worth a word.
bool NamesClass(std::string_view key, const JsonValue& object) {
  return key == "target" || key == "cls" ||
         (key == "type" && object.Find("init_parameters") != nullptr);
}

// Layers, and what GluonTS writes of itself, but for what it loads and runs with.
bool IsOrdinary(std::string_view target) {
  if (StartsWithAny(target,
                    {"torch.nn.", "sentence_transformers.", "transformers.", "torch.optim."})) {
    return IsClassLike(LastName(target));
  }
  if (target.starts_with("torchtune.")) return LastName(target).find("load") == target.npos;
  return target.starts_with("gluonts.") &&
         !StartsWithAny(target, {"gluonts.core.serde", "gluonts.shell", "gluonts.util"}) &&
         LastName(target).find("load") == target.npos;
}

}  // namespace

bool IsCalleeKey(std::string_view key) {
  constexpr std::array<std::string_view, 10> kKeys = {
      "target", "cls", "fn", "func", "type", "class", "function", "_fn_", "callable", "factory"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

bool IsArgumentsKey(std::string_view key) {
  constexpr std::array<std::string_view, 6> kKeys = {"params", "init_args", "init_parameters",
                                                     "kwargs", "args",      "_args_"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

ClassNames::ClassNames(std::string_view file, const JsonValue& root, const FileScan& scan)
    : file_(file),
      scan_(scan),
      is_pipeline_(file == "model_index.json"),
      is_diffusers_(root.Find("_diffusers_version") != nullptr) {
  const std::string* name = root.FindString("_class_name");
  is_pipeline_ = is_pipeline_ || (name != nullptr && name->ends_with("Pipeline"));
  const JsonValue* model = root.Find("model");
  is_allennlp_ = root.Find("dataset_reader") != nullptr ||
                 (model != nullptr && model->FindString("type") != nullptr);
}

void ClassNames::Judge(const JsonValue& object) {
  const std::string* kind = object.FindString("__kind__");
  for (const JsonMember& member : object.members) {
    if (kind != nullptr && member.name == "class" && member.value.Is(Kind::kString)) {
      Imports(member.value.text, member.value.offset);  // GluonTS
    }
    JudgeMember(member);
  }
  JudgeCallees(object);
  if (is_pipeline_ || is_diffusers_) JudgeParts(object);
  if (file_ == "schema.json" || object.Find("__loader__") != nullptr) JudgeSkopsType(object);
}

void ClassNames::JudgeMember(const JsonMember& member) {
  const auto& [name, value] = member;
  if (name == "py/repr") {  // evaluated by older ones
    if (IsFirst(name)) {
      scan_.Add("WL-S-371", value.offset, "jsonpickle evaluates what stands under \"py/repr\"")
          .level = Level::kCritical;
    }
    return;
  }
  if (name == "types") {  // of the parts of a router of sentence-transformers
    for (const JsonMember& part : value.members) {
      if (part.value.Is(Kind::kString) && IsDotted(part.value.text)) {
        JudgeType(part.value.text, part.value.offset, true);
      }
    }
    return;
  }
  if (!value.Is(Kind::kString)) return;
  if (name == "_component_" || name == "__target__") return Imports(value.text, value.offset);
  if (name == "py/object" || name == "py/type" || name == "py/class" || name == "py/function") {
    return Imports(value.text, value.offset);
  }
  if (name == "py/mod" && IsFirst(value.text)) {
    scan_.Add("WL-S-340", value.offset,
              fmt::format("jsonpickle imports {}", Quote(value.text, 80)));
  }
  // Of sentence-transformers; elsewhere they are words without a dot.
  const bool is_imported = name == "activation_function" || name == "activation_fn" ||
                           name == "sbert_ce_default_activation_function" ||
                           name == "tokenizer_class";
  if (is_imported && value.text.find('.') != std::string::npos) {
    return Imports(value.text, value.offset);
  }
  if (!IsDotted(value.text)) return;
  if (name == "type") JudgeType(value.text, value.offset, is_allennlp_);
  if (name == "class_path") JudgeType(value.text, value.offset, true);  // Lightning
}

// {"target": "ldm.models.VAE", "params": {}}. Rows of data have such keys, too, but nothing that a
// function is called with.
void ClassNames::JudgeCallees(const JsonValue& object) {
  const std::string* caller = object.FindString("_target_");
  const bool gets_attribute = caller != nullptr && caller->starts_with("hydra.utils.get_");
  const bool has_arguments =
      object.members.size() == 1 ||
      std::any_of(object.members.begin(), object.members.end(),
                  [](const JsonMember& member) { return IsArgumentsKey(member.name); });
  for (const auto& [name, value] : object.members) {
    if (!value.Is(Kind::kString)) continue;
    if (gets_attribute && name == "path" && IsDangerousTarget(value.text)) {
      Imports(value.text, value.offset);
    }
    if (name == "implementation" && file_ == "model-settings.json" &&
        !StartsWithAny(value.text, {"mlserver.", "mlserver_"}) && IsFirst(value.text)) {
      JudgeNamed(value.text, name, value.offset, scan_);  // MLServer
    }
    // A factory of Python's logging; of others, "()" names none.
    if (name == "()" && IsFirst(value.text)) JudgeNamed(value.text, name, value.offset, scan_);
    if (!has_arguments || !IsCalleeKey(name)) continue;
    if (NamesClass(name, object)) {
      if (IsFirst(value.text)) JudgeNamed(value.text, name, value.offset, scan_);
    } else if (IsDangerousTarget(value.text) && IsFirst(value.text)) {
      scan_.Add("WL-S-340", value.offset,
                fmt::format("{} stands under {}", Quote(value.text, 80), Quote(name)));
    }
  }
}

// {"unet": ["diffusers", "UNet2DConditionModel"]}: a library, or a module of the package.
void ClassNames::JudgeParts(const JsonValue& object) {
  for (const JsonMember& member : object.members) {
    const std::vector<JsonValue>& pair = member.value.items;
    if (member.name.starts_with('_') || pair.size() != 2 || !pair[0].Is(Kind::kString) ||
        !pair[1].Is(Kind::kString)) {
      continue;
    }
    const std::string& library = pair[0].text;
    const std::string& name = pair[1].text;
    const bool is_known =
        std::find(kPartsFrom.begin(), kPartsFrom.end(), library) != kPartsFrom.end();
    if (is_known && IsClassLike(name)) continue;
    if (!is_known && LookupName(library, name).standing == Standing::kDangerous) {
      Imports(library + "." + name, member.value.offset);
    } else if (is_pipeline_ && IsFirst(library + "." + name)) {
      scan_.Add(
          "WL-S-340", member.value.offset,
          fmt::format("a part of the pipeline is {} of {}", Quote(name, 80), Quote(library, 80)));
    }
  }
}

void ClassNames::JudgeSkopsType(const JsonValue& object) {
  const std::string* name = object.FindString("__class__");
  const std::string* module = object.FindString("__module__");
  if (name == nullptr || module == nullptr) return;
  const Standing standing = LookupName(*module, *name).standing;
  if (standing == Standing::kAllowed || standing == Standing::kLibrary) return;
  const std::string text = fmt::format("{}.{}", Escape(*module), Escape(*name));
  if (!IsFirst(text)) return;
  ScanFinding& finding = scan_.Add("WL-S-364", object.offset, fmt::format("it makes {}", text));
  if (standing != Standing::kUnknown) finding.level = Level::kCritical;
}

// AllenNLP's registry takes a path to a class for a name; elsewhere "type" is any word.
void ClassNames::JudgeType(const std::string& type, uint64_t at, bool is_imported) {
  const size_t dot = type.rfind('.');
  const Standing standing = LookupName(type.substr(0, dot), type.substr(dot + 1)).standing;
  const bool is_model =
      StartsWithAny(type, {"torch.nn.", "torch.optim.", "transformers.", "diffusers.", "keras.",
                           "tensorflow.", "datasets.", "sentence_transformers.", "allennlp."});
  if (!is_model && standing == Standing::kDangerous) return Imports(type, at);
  if (is_imported && !is_model && standing == Standing::kUnknown && IsFirst(type)) {
    scan_.Add("WL-S-340", at, fmt::format("a type is named by {}", Quote(type, 80)));
  }
}

void ClassNames::Imports(const std::string& target, uint64_t at) {
  if (IsOrdinary(target) || !IsFirst(target)) return;
  JudgeTarget(target, at, scan_);
}

// Whether this is said for the first time; many are said as one.
bool ClassNames::IsFirst(std::string_view said) {
  if (said_.contains(said)) return false;
  if (said_.size() > kMostSaid) return false;
  said_.emplace(said);
  if (said_.size() <= kMostSaid) return true;
  scan_.Unjudged("WL-S-003", kNoOffset, "more names of classes than are judged");
  return false;
}

}  // namespace weighlock::scan

// WL-H-001 to WL-H-009: form, formats, dtypes, architecture, licence, task, memory.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/escape.h"
#include "contract/card_licences.h"
#include "contract/contract_findings.h"
#include "contract/file_classes.h"
#include "json/json.h"
#include "package/roles.h"

namespace weighlock {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool HasInAnyCase(const std::vector<std::string>& list, std::string_view word) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::any_of(list.begin(), list.end(), [&](std::string_view one) {
    return std::equal(one.begin(), one.end(), word.begin(), word.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
  });
}

std::string Joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& word : list) out += (out.empty() ? "" : ", ") + Escape(word);
  return out;
}

bool IsAt(const ContractFindings& out, std::string_view path) {
  const auto& artefacts = out.package().artefacts;
  return std::any_of(artefacts.begin(), artefacts.end(),
                     [&](const Artefact& artefact) { return artefact.path == path; });
}

bool FitsForm(const ContractFindings& out, std::string_view form) {
  const PackageKind kind = out.package().kind;
  if (form == "s3-prefix") return kind == PackageKind::kFolder;
  if (form == "dir") return kind == PackageKind::kFolder && !IsAt(out, "oci-layout");
  if (form == "mar") return kind == PackageKind::kZip && IsAt(out, "MAR-INF/MANIFEST.json");
  if (form == "oci-layout") {
    return kind == PackageKind::kFolder && IsAt(out, "oci-layout") && IsAt(out, "index.json");
  }
  return form == PackageKindName(kind);
}

void JudgeForm(ContractFindings& out) {
  const auto& forms = out.contract.forms;
  const PackageKind kind = out.package().kind;
  if (forms.empty()) return;
  const auto form = std::find_if(forms.begin(), forms.end(),
                                 [&](const std::string& one) { return FitsForm(out, one); });
  if (form == forms.end()) {
    const bool is_oci = kind == PackageKind::kFolder && IsAt(out, "oci-layout");
    const bool no_mar = kind == PackageKind::kZip && Has(forms, "mar");
    return out.Fail("WL-H-001", fmt::format("the package is {}; the contract takes {}{}",
                                            is_oci   ? "an oci-layout"
                                            : no_mar ? "a zip without MAR-INF/MANIFEST.json"
                                                     : fmt::format("a {}", PackageKindName(kind)),
                                            Joined(forms),
                                            no_mar ? ": torch-model-archiver makes one"
                                            : kind == PackageKind::kFolder
                                                ? ": pack it with weighlock pack"
                                                : ": bring it there with weighlock unpack and "
                                                  "pack"));
  }
  if (*form != "oci-layout") return;
  out.Add(Verdict::kRisk, "WL-H-001",
          "the package is an oci-layout, and what lies in its layers is not looked into");
}

void JudgeFormats(ContractFindings& out) {
  const Contract& contract = out.contract;
  for (const Artefact& artefact : out.package().artefacts) {
    const std::string_view format = WeightsFormat(artefact);
    if (format.empty()) continue;
    if (!contract.formats.empty() && !Has(contract.formats, format)) {
      const bool mends = Has(contract.formats, "safetensors") && IsPickled(artefact.format);
      out.Fail(
          "WL-H-002",
          fmt::format("weights as {}; the contract takes {}{}", format, Joined(contract.formats),
                      mends ? ": convert them with weighlock convert" : ""),
          artefact.path);
    }
    if (!contract.weights.empty() && !MatchesAny(contract.weights, artefact.path) &&
        !Has(contract.weights, format)) {
      out.Fail("WL-H-003",
               fmt::format("weights of another name than the contract takes: {}",
                           Joined(contract.weights)),
               artefact.path);
    }
  }
}

// `who` of the sentence takes those dtypes alone.
void JudgeDTypes(ContractFindings& out, const std::vector<DType>& dtypes, std::string_view who) {
  if (dtypes.empty()) return;
  std::vector<std::string> names;
  for (const DType dtype : dtypes) names.emplace_back(Info(dtype).name);
  for (const Artefact& artefact : out.package().artefacts) {
    if (!ContractFindings::IsWeights(artefact)) continue;
    std::map<DType, std::pair<size_t, const Tensor*>> others;
    for (const Tensor& tensor : artefact.model->tensors) {
      if (std::find(dtypes.begin(), dtypes.end(), tensor.dtype) != dtypes.end()) continue;
      auto& [count, first] = others[tensor.dtype];
      if (count++ == 0) first = &tensor;
    }
    for (const auto& [dtype, found] : others) {
      out.Fail("WL-H-004",
               fmt::format("{} tensor{} of {} ({} is the first); {} takes {}", found.first,
                           found.first == 1 ? "" : "s", Info(dtype).name, Quote(found.second->name),
                           who, Joined(names)),
               artefact.path);
    }
  }
}

const Artefact* ConfigArtefact(const Package& package) {
  const ConfigFacts* config = ModelConfig(package);
  for (const Artefact& artefact : package.artefacts) {
    if (artefact.config && &*artefact.config == config) return &artefact;
  }
  return nullptr;
}

void JudgeArchitecture(ContractFindings& out) {
  const Contract& contract = out.contract;
  const Artefact* artefact = ConfigArtefact(out.package());
  const std::string path = artefact == nullptr ? "" : artefact->path;
  const ConfigFacts facts = artefact == nullptr ? ConfigFacts() : *artefact->config;
  if (!contract.architectures.empty()) {
    const bool fits =
        std::any_of(facts.architectures.begin(), facts.architectures.end(),
                    [&](const std::string& name) { return Has(contract.architectures, name); });
    if (!fits) {
      out.Fail(
          "WL-H-005",
          fmt::format("config.json names {}; the contract takes {}",
                      facts.architectures.empty() ? "no architecture" : Joined(facts.architectures),
                      Joined(contract.architectures)),
          path);
    }
  }
  if (!contract.model_types.empty() && !Has(contract.model_types, facts.model_type)) {
    out.Fail("WL-H-005",
             fmt::format("config.json names {}; the contract takes {}",
                         facts.model_type.empty() ? "no model type"
                                                  : "the model type " + Quote(facts.model_type),
                         Joined(contract.model_types)),
             path);
  }
}

constexpr std::pair<std::string_view, std::string_view> kTaskSuffixes[] = {
    {"text-classification", "ForSequenceClassification"},
    {"token-classification", "ForTokenClassification"},
    {"question-answering", "ForQuestionAnswering"},
    {"fill-mask", "ForMaskedLM"},
    {"text-generation", "ForCausalLM"},
    {"text-generation", "LMHeadModel"},
    {"text2text-generation", "ForConditionalGeneration"},
    {"feature-extraction", "Model"},
    {"multiple-choice", "ForMultipleChoice"},
    {"image-classification", "ForImageClassification"}};

}  // namespace

bool IsForTask(std::string_view architecture, std::string_view task) {
  return std::any_of(std::begin(kTaskSuffixes), std::end(kTaskSuffixes), [&](const auto& row) {
    return row.first == task && architecture.ends_with(row.second);
  });
}

namespace {

// "LABEL_0, LABEL_1" of the labels that transformers fills in, at most three; empty: there is none.
std::string DefaultLabels(const JsonValue& labels) {
  std::string names;
  size_t count = 0;
  for (const JsonMember& label : labels.members) {
    if (label.value.text != "LABEL_" + label.name) continue;
    if (++count > 3) return names + ", ...";
    names += (names.empty() ? "" : ", ") + Escape(label.value.text);
  }
  return names;
}

void JudgeLabels(ContractFindings& out, const Artefact* config) {
  const auto& artefacts = out.package().artefacts;
  JsonValue labels;
  if (config != nullptr) {
    const JsonValue json = out.Json(static_cast<size_t>(config - artefacts.data()));
    const JsonValue* own = json.Find("id2label");
    if (own != nullptr) labels = *own;
  }
  const std::string path = config == nullptr ? "" : config->path;
  if (labels.members.empty()) {
    return out.Fail("WL-H-008",
                    "config.json has no id2label: the answers would be LABEL_0, LABEL_1", path);
  }
  const std::string defaults = DefaultLabels(labels);
  if (defaults.empty()) return;
  out.Fail("WL-H-008",
           fmt::format("id2label of config.json has {}: those are the names that transformers "
                       "fills in where nobody gave any",
                       defaults),
           path);
}

void JudgeTask(ContractFindings& out) {
  const Contract& contract = out.contract;
  const Artefact* artefact = ConfigArtefact(out.package());
  const std::string path = artefact == nullptr ? "" : artefact->path;
  const ConfigFacts facts = artefact == nullptr ? ConfigFacts() : *artefact->config;
  if (!contract.task.empty()) {
    bool fits = false;
    for (const std::string& name : facts.architectures) {
      fits |= IsForTask(name, contract.task);
    }
    if (!fits) {
      out.Fail(
          "WL-H-007",
          fmt::format("config.json names {}, which is not for {}",
                      facts.architectures.empty() ? "no architecture" : Joined(facts.architectures),
                      contract.task),
          path);
    }
  }
  if (contract.labels) JudgeLabels(out, artefact);
}

void JudgeLicense(ContractFindings& out) {
  const auto& licenses = out.contract.licenses;
  if (licenses.empty()) return;
  const auto& artefacts = out.package().artefacts;
  for (size_t i = 0; i < artefacts.size(); ++i) {
    if (out.Inner(artefacts[i]) != "README.md") continue;
    const ByteSource& source = out.opened.sources[i];
    const auto bytes = source.Read(0, std::min<uint64_t>(source.size(), 64u << 10));
    if (!bytes) {
      return out.Add(Verdict::kRisk, "WL-H-006", "the card cannot be read in this form of package",
                     artefacts[i].path);
    }
    // Of several licences none is known to be enough, so all must be taken.
    const std::vector<std::string> named = CardLicences(AsText(*bytes));
    const auto other = std::find_if(named.begin(), named.end(), [&](const std::string& licence) {
      return !HasInAnyCase(licenses, licence);
    });
    if (!named.empty() && other == named.end()) return;
    return out.Fail("WL-H-006",
                    fmt::format("the card names {}; the contract takes {}",
                                named.empty() ? "no licence" : "the licence " + Quote(*other, 60),
                                Joined(licenses)),
                    artefacts[i].path);
  }
  out.Fail("WL-H-006",
           fmt::format("no README.md names a licence; the contract takes {}", Joined(licenses)));
}

void JudgeMemory(ContractFindings& out) {
  const auto& most = out.contract.limits.memory;
  if (!most) return;
  uint64_t bytes = 0;
  for (const WeightSet& set : out.package().weights) {
    uint64_t own = 0;
    for (const size_t file : set.files) {
      if (!out.package().artefacts[file].model) continue;
      std::map<uint64_t, uint64_t> storages;  // what tensors share counts once
      for (const Tensor& tensor : out.package().artefacts[file].model->tensors) {
        uint64_t& size = storages[tensor.storage];
        size = std::max(size, tensor.data.size);
      }
      for (const auto& [storage, size] : storages) own += size;
    }
    bytes = std::max(bytes, own);  // one set is loaded
  }
  if (bytes <= *most) return;
  out.Fail("WL-H-009", fmt::format("the weights have {} bytes, the accelerator {}", bytes, *most));
}

}  // namespace

void JudgeModelRules(ContractFindings& out) {
  JudgeForm(out);
  JudgeFormats(out);
  JudgeDTypes(out, out.contract.dtypes, "the contract");
  JudgeDTypes(out, out.contract.runtime_dtypes, "the contract's runtime");
  JudgeArchitecture(out);
  JudgeLicense(out);
  JudgeTask(out);
  JudgeMemory(out);
}

}  // namespace weighlock

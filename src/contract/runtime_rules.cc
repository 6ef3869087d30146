// WL-H-018, WL-H-019, WL-H-031: what must be fetched, which device it needs, what loads it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "contract/contract_findings.h"
#include "contract/file_classes.h"
#include "contract/text_file.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

// The first entry of auto_map that comes from another repository: "org/repo--module.Class".
std::string CodeElsewhere(const JsonValue& config) {
  const JsonValue* map = config.Find("auto_map");
  if (map == nullptr) return {};
  const auto elsewhere = [](const JsonValue& value) {
    return value.Is(Kind::kString) && value.text.find("--") != std::string::npos;
  };
  for (const JsonMember& entry : map->members) {
    if (elsewhere(entry.value)) return entry.value.text;
    for (const JsonValue& one : entry.value.items) {
      if (elsewhere(one)) return one.text;
    }
  }
  return {};
}

// Whether a requirements.txt asks for anything.
bool AsksForPackages(std::string_view text) {
  const std::vector<std::string_view> lines = Lines(text);
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    const std::string_view content = TrimSpace(line);
    return !content.empty() && content[0] != '#';
  });
}

// That something must be there already where nothing can be fetched, a cache or a wheel, is not
// seen from the package.
void JudgeOffline(ContractFindings& out) {
  if (out.contract.offline != true) return;
  const auto& artefacts = out.package().artefacts;
  const auto risk = [&](std::string what, const std::string& path) {
    out.Add(Verdict::kRisk, "WL-H-018",
            what + "; the contract's runtime is offline, where it must be there already", path);
  };
  for (size_t i = 0; i < artefacts.size(); ++i) {
    const std::string inner = out.Inner(artefacts[i]);
    if (inner == "code/requirements.txt" && AsksForPackages(out.Text(i))) {
      risk("pip installs what code/requirements.txt names when the container starts",
           artefacts[i].path);
    }
    if (artefacts[i].names_code) {
      const std::string code = CodeElsewhere(out.Json(i));
      if (!code.empty())
        risk(fmt::format("{} is fetched from the hub", Quote(code, 80)), artefacts[i].path);
    }
    if (inner != "adapter_config.json") continue;
    const JsonValue config = out.Json(i);
    const std::string* base = config.FindString("base_model_name_or_path");
    if (base == nullptr || base->empty() || base->starts_with('/')) continue;
    risk(fmt::format("the base model {} is fetched from the hub", Quote(*base, 80)),
         artefacts[i].path);
  }
}

// Methods whose quantizer raises where torch.cuda is not available, in every release that was
// read; and those of which that hangs on releases and on what else is installed.
constexpr std::array<std::string_view, 5> kCudaAlone = {"eetq", "higgs", "spqr", "fbgemm_fp8",
                                                        "nvfp4"};
constexpr std::array<std::string_view, 12> kCudaMostly = {"bitsandbytes",
                                                          "bitsandbytes_4bit",
                                                          "bitsandbytes_8bit",
                                                          "gptq",
                                                          "awq",
                                                          "fp8",
                                                          "hqq",
                                                          "vptq",
                                                          "aqlm",
                                                          "mxfp4",
                                                          "fp_quant",
                                                          "bitnet"};

void JudgeDevice(ContractFindings& out) {
  const Contract& contract = out.contract;
  const bool by_device = !contract.device.empty();
  const std::string& device = by_device ? contract.device : contract.accelerator;
  if (device.empty() || device == "cuda" || device == "rocm") return;
  const auto& artefacts = out.package().artefacts;
  for (size_t i = 0; i < artefacts.size(); ++i) {
    if (out.Inner(artefacts[i]) != "config.json") continue;
    const JsonValue config = out.Json(i);
    const JsonValue* quantized = config.Find("quantization_config");
    const std::string* named =
        quantized == nullptr ? nullptr : quantized->FindString("quant_method");
    if (named == nullptr) return;
    const auto is = [&](std::string_view method) { return method == *named; };
    const std::string says =
        fmt::format("the contract's {} is {}", by_device ? "device" : "accelerator", device);
    if (std::any_of(kCudaAlone.begin(), kCudaAlone.end(), is)) {
      out.Fail("WL-H-019",
               fmt::format("weights quantized by {} load where there is CUDA only; {}",
                           Escape(*named), says),
               artefacts[i].path);
    } else if (std::any_of(kCudaMostly.begin(), kCudaMostly.end(), is)) {
      out.Add(Verdict::kRisk, "WL-H-019",
              fmt::format("weights quantized by {} load without CUDA in some releases only, and "
                          "with packages that go with them; {}",
                          Escape(*named), says),
              artefacts[i].path);
    }
    return;
  }
}

// What loads the package, by what it looks for first.
void JudgeLoader(ContractFindings& out) {
  const std::string& loader = out.contract.loader;
  const auto& artefacts = out.package().artefacts;
  const auto has = [&](std::string_view name) {
    return std::any_of(artefacts.begin(), artefacts.end(),
                       [&](const Artefact& a) { return out.Inner(a) == name; });
  };
  if (loader == "peft" && !has("adapter_config.json")) {
    out.Fail("WL-H-031",
             "the contract's loader is peft, which looks for adapter_config.json: there is none");
  }
  if (loader == "sentence-transformers" && !has("modules.json")) {
    out.Add(Verdict::kDiffers, "WL-H-031",
            "the contract's loader is sentence-transformers, and there is no modules.json: it "
            "takes the mean of the tokens, whatever the model was trained with");
  }
  if (loader != "torch-state-dict-strict") return;
  const auto read = std::any_of(artefacts.begin(), artefacts.end(), [](const Artefact& a) {
    return a.role == Role::kWeights && IsPickled(a.format);
  });
  if (read) return;
  out.Fail("WL-H-031",
           "the contract's loader is torch-state-dict-strict, which reads what torch.save wrote: "
           "there is no such file: weighlock convert makes one");
}

}  // namespace

void JudgeRuntimeRules(ContractFindings& out) {
  JudgeOffline(out);
  JudgeDevice(out);
  JudgeLoader(out);
}

}  // namespace weighlock

// What SageMaker's containers make of the files at the top, where no code of the package says.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/escape.h"
#include "check/packaging.h"

namespace weighlock {
namespace {

// Endings of architectures that the toolkit knows a task for, as it prints them.
constexpr std::string_view kTasks[] = {
    "TapasForQuestionAnswering",
    "ForQuestionAnswering",
    "ForTokenClassification",
    "ForSequenceClassification",
    "ForMultipleChoice",
    "ForMaskedLM",
    "ForCausalLM",
    "ForConditionalGeneration",
    "MTModel",
    "EncoderDecoderModel",
    "GPT2LMHeadModel",
    "T5WithLMHeadModel",
};

// The first architecture that config.json names, or null.
const std::string* Architecture(const Situation& s) {
  const JsonValue* config = s.files.config.get();
  const JsonValue* list = config == nullptr ? nullptr : config->Find("architectures");
  if (list == nullptr || list->items.empty()) return nullptr;
  const JsonValue& first = list->items[0];
  return first.Is(JsonValue::Kind::kString) ? &first.text : nullptr;
}

std::string NoTaskMessage(const std::string& architecture) {
  std::string known;
  for (const std::string_view task : kTasks) {
    known += fmt::format("{}'{}'", known.empty() ? "" : ", ", task);
  }
  return fmt::format(
      "ValueError: Task couldn't be inferenced from {}.Inference Toolkit can only inference tasks "
      "from architectures ending with [{}].Use env `HF_TASK` to define your task.",
      architecture, known);
}

// The toolkit takes the task from the architecture, unless the endpoint sets HF_TASK.
void JudgeHuggingFace(const Situation& s, PackagingFindings& out) {
  if (s.files.config.get() == nullptr) return;
  const std::string* architecture = Architecture(s);
  const bool known = architecture != nullptr &&
                     std::any_of(std::begin(kTasks), std::end(kTasks), [&](std::string_view task) {
                       return architecture->ends_with(task);
                     });
  if (known) return;
  CheckFinding& finding =
      out.Add(Verdict::kRisk, "WL-P-024",
              architecture == nullptr
                  ? "config.json names no architecture: the container cannot tell the task, and "
                    "wants it in HF_TASK"
                  : "the container knows no task for this architecture, and wants it in HF_TASK",
              s.files.config.path);
  finding.pointer = "/architectures";
  finding.message = architecture == nullptr
                        ? "AttributeError: 'NoneType' object has no attribute 'endswith'"
                        : NoTaskMessage(*architecture);
  finding.source = "sagemaker-huggingface-inference-toolkit transformers_utils.py, issue 108";
}

// Without a model_fn the toolkit wants one TorchScript archive, model.pt or the only one there is.
void JudgePyTorch(const Situation& s, PackagingFindings& out) {
  std::vector<const Artefact*> found;
  for (const Artefact& artefact : s.package().artefacts) {
    const std::string& path = artefact.path;
    if (path.find('/') != std::string::npos) continue;
    if (path == "model.pt") {
      found = {&artefact};
      break;
    }
    if (path.ends_with(".pt") || path.ends_with(".pth")) found.push_back(&artefact);
  }
  if (found.size() != 1) {
    CheckFinding& finding = out.Add(
        Verdict::kFail, "WL-P-023",
        fmt::format("without code/inference.py the container wants model.pt or exactly one .pt or "
                    ".pth at the top, and finds {}",
                    found.empty() ? "none" : std::to_string(found.size())),
        found.empty() ? "" : found[0]->path);
    // Of several the order is that of the file system.
    if (found.empty())
      finding.message =
          "ValueError: Exactly one .pth or .pt file is required for PyTorch models: []";
    finding.source = "sagemaker-pytorch-inference-toolkit default_pytorch_inference_handler.py";
    return;
  }
  const auto& model = found[0]->model;
  const bool script =
      model && std::any_of(model->notes.begin(), model->notes.end(), [](const std::string& note) {
        return note.starts_with("a TorchScript archive");
      });
  if (script) return;
  CheckFinding& finding =
      out.Add(Verdict::kFail, "WL-P-023",
              fmt::format("without code/inference.py the container takes {} for TorchScript, which "
                          "it is not",
                          Escape(found[0]->path)),
              found[0]->path);
  finding.message = fmt::format(
      "Failed to load /opt/ml/model/{}. Please ensure model is saved using torchscript.",
      found[0]->path);
  finding.source = "sagemaker-pytorch-inference-toolkit default_pytorch_inference_handler.py";
}

// What a module defines at its top: names behind "def" in the first column, outside of texts that
// go over lines.
std::set<std::string, std::less<>> DefinedIn(std::string_view python) {
  std::set<std::string, std::less<>> names;
  std::string_view quotes;  // that a text of several lines is ended by; empty: none is open
  while (!python.empty()) {
    std::string_view line = python.substr(0, python.find('\n'));
    python.remove_prefix(std::min(line.size() + 1, python.size()));
    if (quotes.empty()) {
      std::string_view rest = line;
      if (rest.starts_with("async ")) rest.remove_prefix(6);
      if (rest.starts_with("def ")) {
        rest.remove_prefix(4);
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        names.emplace(rest.substr(0, rest.find_first_of(" (")));
      }
    }
    while (!line.empty()) {
      if (quotes.empty() && line[0] == '#') break;
      const bool triple = line.starts_with("\"\"\"") || line.starts_with("'''");
      if (triple && (quotes.empty() || line.starts_with(quotes))) {
        quotes = quotes.empty() ? line.substr(0, 3) : std::string_view();
        line.remove_prefix(3);
      } else {
        line.remove_prefix(1);
      }
    }
  }
  return names;
}

// The toolkit asks that before it loads anything.
void JudgeHandlers(const Situation& s, PackagingFindings& out) {
  const auto names = DefinedIn(s.files.platform.inference);
  if (!names.contains("transform_fn")) return;
  for (const char* other : {"input_fn", "predict_fn", "output_fn"}) {
    if (!names.contains(other)) continue;
    CheckFinding& finding = out.Add(
        Verdict::kFail, "WL-P-028",
        fmt::format("code/inference.py defines transform_fn and {}, and the container takes "
                    "one or the other",
                    other),
        "code/inference.py");
    finding.message =
        "ValueError: Cannot use transform_fn implementation in conjunction with input_fn, "
        "predict_fn, and/or output_fn implementation";
    finding.source = "sagemaker-huggingface-inference-toolkit handler_service.py";
    return;
  }
}

}  // namespace

void JudgeTask(const Situation& s, PackagingFindings& out) {
  if (s.target.platform == Platform::kSageMakerHf) JudgeHandlers(s, out);
  if (!IsSageMaker(s.target.platform) || BringsItsLoader(s)) return;
  if (s.package().kind == PackageKind::kFile) return;
  if (s.target.platform == Platform::kSageMakerHf) return JudgeHuggingFace(s, out);
  JudgePyTorch(s, out);
}

}  // namespace weighlock

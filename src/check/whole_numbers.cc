// Weights that are whole numbers, as quantizers leave them, and nothing that says how to read them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "check/situation.h"

namespace weighlock {
namespace {

bool IsWhole(DType dtype) {
  static constexpr DType kWhole[] = {DType::kBool, DType::kU8,  DType::kI8,
                                     DType::kI16,  DType::kU16, DType::kI32,
                                     DType::kU32,  DType::kI64, DType::kU64};
  return std::find(std::begin(kWhole), std::end(kWhole), dtype) != std::end(kWhole);
}

std::string CannotCopy(std::string_view name, const Shape& shape) {
  const std::string size = fmt::format("torch.Size([{}])", fmt::join(shape, ", "));
  return fmt::format(
      "\n\tWhile copying the parameter named \"{}\", whose dimensions in the model are {} and "
      "whose dimensions in the checkpoint are {}, an exception occurred : ('Only Tensors of "
      "floating point and complex dtype can require gradients',).",
      name, size, size);
}

using Tensors = std::map<std::string_view, const Tensor*>;

struct WholeWeights {
  std::vector<const ExpectedParameter*> in_model;  // in the model's order
  const Tensor* first = nullptr;                   // in the file's
  const ExpectedParameter* first_parameter = nullptr;
};

// Those of the files that `is_one` holds for, by name.
template <typename Predicate>
Tensors TensorsOf(const Situation& s, const WeightSet& set, Predicate is_one) {
  Tensors tensors;
  for (const size_t file : set.files) {
    for (const Tensor& tensor : s.package().artefacts[file].model->tensors) {
      if (is_one(tensor)) tensors.emplace(tensor.name, &tensor);
    }
  }
  return tensors;
}

WholeWeights WholeOf(const ExpectedModel& model, const Tensors& tensors) {
  WholeWeights whole;
  for (const ExpectedParameter& parameter : model.parameters) {
    const auto found = tensors.find(parameter.name);
    if (found == tensors.end() || parameter.is_buffer) continue;
    if (!parameter.is_alias) whole.in_model.push_back(&parameter);
    const Tensor* tensor = found->second;
    if (whole.first == nullptr || tensor->data.offset < whole.first->data.offset) {
      whole.first = tensor;
      whole.first_parameter = &parameter;
    }
  }
  return whole;
}

// From 4.43 to 4.50 tensors are put into a model as they are where the first parameter's has the
// model's dtype, from 4.51 to 4.57 always; otherwise they are copied, and become floats.
std::string Message(const Situation& s, const ExpectedModel& model, const WeightSet& set,
                    const Tensors& tensors, const WholeWeights& whole) {
  if (s.TransformersIs(">=4.51.0,<5.0.0")) {
    const std::string& name = whole.first->name;
    return fmt::format("RuntimeError: Error(s) in loading state_dict for {}:{}",
                       whole.first_parameter->module,
                       CannotCopy(name.substr(name.rfind('.') + 1), whole.first->shape));
  }
  if (!s.TransformersIs(">=4.43.0,<4.51.0")) return {};
  const Tensors leading = TensorsOf(
      s, set, [&](const Tensor& tensor) { return tensor.name == model.parameters[0].name; });
  if (leading.empty() || leading.begin()->second->dtype != DType::kF32) return {};
  std::string message =
      fmt::format("RuntimeError: Error(s) in loading state_dict for {}:", model.class_name);
  for (const ExpectedParameter* parameter : whole.in_model) {
    message += CannotCopy(parameter->name, tensors.at(parameter->name)->shape);
  }
  return message;
}

}  // namespace

std::vector<CheckFinding> JudgeWholeNumbers(const Situation& s, const ExpectedModel& model,
                                            const WeightSet& set) {
  const JsonValue* config = s.files.config.get();
  if (config == nullptr || config->Find("quantization_config") != nullptr) return {};
  const Tensors tensors =
      TensorsOf(s, set, [](const Tensor& tensor) { return IsWhole(tensor.dtype); });
  if (tensors.empty()) return {};
  const WholeWeights whole = WholeOf(model, tensors);
  if (whole.first == nullptr) return {};
  CheckFinding finding = MakeFinding(
      Stage::kWeights, Verdict::kDiffers, "WL-C-078",
      fmt::format("{} holds whole numbers, and config.json has no quantization_config that says "
                  "what they stand for: they are taken for the weights themselves",
                  Escape(whole.first->name)),
      s.package().artefacts[set.index.value_or(set.files[0])].path);
  finding.message = Message(s, model, set, tensors, whole);
  if (!finding.message.empty()) finding.verdict = Verdict::kFail;
  finding.source =
      "check_support_param_buffer_assignment and _load_parameter_into_model of modeling_utils.py; "
      "tried in transformers 4.31.0 to 5.18.0";
  return {std::move(finding)};
}

}  // namespace weighlock

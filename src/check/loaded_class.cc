// The ending of an architecture's name tells the AutoModel class that a service would call; what
// that class makes of the model type is a row of the knowledge base.
#include "check/loaded_class.h"

#include <utility>

namespace weighlock {
namespace {

// Endings of the classes that config.json names, and who makes them.
constexpr std::pair<std::string_view, std::string_view> kAutoClasses[] = {
    {"ForSequenceClassification", "AutoModelForSequenceClassification"},
    {"ForTokenClassification", "AutoModelForTokenClassification"},
    {"ForQuestionAnswering", "AutoModelForQuestionAnswering"},
    {"ForMultipleChoice", "AutoModelForMultipleChoice"},
    {"ForImageClassification", "AutoModelForImageClassification"},
    {"ForConditionalGeneration", "AutoModelForSeq2SeqLM"},
    {"ForPreTraining", "AutoModelForPreTraining"},
    {"ForMaskedLM", "AutoModelForMaskedLM"},
    {"ForCausalLM", "AutoModelForCausalLM"},
    {"LMHeadModel", "AutoModelForCausalLM"},
};

}  // namespace

std::string NamedArchitecture(const Situation& situation) {
  const JsonValue* config = situation.files.config.get();
  const JsonValue* names = config == nullptr ? nullptr : config->Find("architectures");
  return names == nullptr || names->items.empty() ? "" : names->items[0].text;
}

std::string_view AutoClassOf(std::string_view architecture) {
  for (const auto& [ending, name] : kAutoClasses) {
    if (architecture.ends_with(ending)) return name;
  }
  return "AutoModel";
}

std::string LoadedArchitecture(const Situation& situation) {
  std::string named = NamedArchitecture(situation);
  const std::string type = situation.files.ConfigText("model_type");
  const Releases& releases = situation.base.releases;
  const std::string_view made_by = AutoClassOf(named);
  if (situation.transformers() == nullptr || made_by == "AutoModel" ||
      releases.IsOfModelType(named, type) == Tri::kYes ||
      releases.KnowsModelType(type, *situation.transformers()) != Tri::kYes) {
    return named;
  }
  for (const auto& [ending, name] : kAutoClasses) {
    if (name != made_by) continue;
    std::string own = releases.ArchitectureOf(type, ending, *situation.transformers());
    if (!own.empty()) return own;
  }
  return releases.ArchitectureNamedOtherwise(made_by, type, *situation.transformers());
}

}  // namespace weighlock

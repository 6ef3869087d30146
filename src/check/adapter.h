// Adapters of PEFT: a package of adapter_config.json and adapter_model.*, without the base model.
#pragma once

#include <string>
#include <vector>

#include "check/situation.h"

namespace weighlock {

// Whether the package is one: the stages of a whole model do not apply to it.
bool IsAdapter(const Situation& s);

// PeftConfig.from_pretrained and PeftModel.from_pretrained, or what AutoModel makes of the folder
// where the target has no PEFT. Findings of the config and the weights stage.
std::vector<CheckFinding> JudgeAdapter(const Situation& s);

// What the tensors of a LoRA say against its configuration; `peft` is the target's, or null.
std::vector<CheckFinding> JudgeLoraTensors(const Situation& s, const Artefact& weights,
                                           const Version* peft);

}  // namespace weighlock

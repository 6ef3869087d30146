// Names of classes and functions in a configuration that a framework imports and calls.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// What a configuration names as _target_, at byte `at`: a class or function that gets called.
void JudgeTarget(std::string_view target, uint64_t at, const FileScan& scan);

// The same under a key that other things stand under, too ("target", "name"): what is no dotted
// name is none, and an unknown one is only worth a look. `key`: as the file has it.
void JudgeNamed(std::string_view target, std::string_view key, uint64_t at, const FileScan& scan);

// Whether `target` is a name of Python's that runs code, whatever is written around it.
bool IsDangerousTarget(std::string_view target);

// Python that a framework evaluates ("nn.Conv2d", "nn.SiLU()"): what calls anything but a layer.
void JudgeExpression(std::string_view text, uint64_t at, const FileScan& scan);

// "$torch.device('cuda')": Python that a bundle of MONAI evaluates. Any of it is worth a look; what
// starts programs or looks behind names is more.
bool IsBundleExpression(std::string_view text);
bool IsDangerousExpression(std::string_view text);

}  // namespace weighlock::scan

// YAML that names what is called: Hydra's _target_, Python's own tags, the manifests of MLflow.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsYaml(const Subject& subject);
void JudgeYaml(const Subject& subject, const FileScan& scan);

// What a configuration names as _target_, at byte `at`: a class or function that gets called.
void JudgeTarget(std::string_view target, uint64_t at, const FileScan& scan);

}  // namespace weighlock::scan

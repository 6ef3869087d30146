// YAML that names what is called: Hydra's _target_, Python's own tags, the manifests of MLflow.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsYaml(const Subject& subject);
void JudgeYaml(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan

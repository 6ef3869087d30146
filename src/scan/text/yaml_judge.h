// YAML that names what is called: Hydra's _target_, Python's own tags, the manifests of MLflow.
#pragma once

#include "scan/scanner.h"
#include "scan/text/called_names.h"

namespace weighlock::scan {

bool IsYaml(const Subject& subject);
void JudgeYaml(const Subject& subject, const FileScan& scan);

// Text of any other name: most loaders of YAML take what they are told of.
void JudgeText(const Subject& subject, const FileScan& scan);

// Whether a text holds a tag or a target that makes more than data of it.
bool HoldsYamlSigns(std::string_view text);

// Documents, by their name, that may speak of YAML.
bool IsDocument(std::string_view name);

}  // namespace weighlock::scan

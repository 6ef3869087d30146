// How roles and kinds of package are called in tables and JSON, and findings as errors.
#include <algorithm>

#include "weighlock/package.h"

namespace weighlock {

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kWeights:
      return "weights";
    case Role::kConfig:
      return "config";
    case Role::kTokenizer:
      return "tokenizer";
    case Role::kTrainingState:
      return "training state";
    case Role::kCode:
      return "code";
    case Role::kDoc:
      return "doc";
    case Role::kJunk:
      return "junk";
    case Role::kOther:
      return "other";
  }
  return "other";
}

bool HasModelParts(const Package& package) {
  return std::any_of(package.artefacts.begin(), package.artefacts.end(), [](const Artefact& a) {
    return a.role == Role::kWeights || a.role == Role::kConfig || a.role == Role::kTokenizer ||
           a.role == Role::kTrainingState;
  });
}

Error AsError(const Finding& finding) {
  return Error(finding.code.value_or(Code::kMalformed), finding.text, finding.offset, finding.path);
}

const Finding* FirstError(const std::vector<Finding>& findings) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [](const Finding& f) { return f.severity == Severity::kError; });
  return found == findings.end() ? nullptr : &*found;
}

std::string_view PackageKindName(PackageKind kind) {
  switch (kind) {
    case PackageKind::kFile:
      return "file";
    case PackageKind::kFolder:
      return "folder";
    case PackageKind::kTar:
      return "tar";
    case PackageKind::kTarGz:
      return "tar.gz";
  }
  return "file";
}

}  // namespace weighlock

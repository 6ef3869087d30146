// How roles and kinds of package are called in tables and JSON, and findings as errors.
#include <algorithm>
#include <set>

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

const ConfigFacts* ModelConfig(const Package& package) {
  const Artefact* nearest = nullptr;
  const auto depth = [](const Artefact& a) {
    return std::count(a.path.begin(), a.path.end(), '/');
  };
  for (const Artefact& artefact : package.artefacts) {
    if (!artefact.config) continue;
    if (nearest == nullptr || depth(artefact) < depth(*nearest)) nearest = &artefact;
  }
  return nearest == nullptr ? nullptr : &*nearest->config;
}

Error AsError(const Finding& finding) {
  return Error(finding.code.value_or(Code::kMalformed), finding.text, finding.offset, finding.path);
}

const Finding* FirstError(const std::vector<Finding>& findings) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [](const Finding& f) { return f.severity == Severity::kError; });
  return found == findings.end() ? nullptr : &*found;
}

const Finding* FirstUnread(const Package& package) {
  std::set<std::string_view> read;
  for (const Artefact& artefact : package.artefacts) read.insert(artefact.path);
  for (const Finding& finding : package.findings) {
    if (finding.severity == Severity::kError && !read.contains(finding.path)) return &finding;
  }
  return nullptr;
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
    case PackageKind::kZip:
      return "zip";
  }
  return "file";
}

}  // namespace weighlock

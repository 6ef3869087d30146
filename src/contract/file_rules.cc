// WL-H-010 to WL-H-017: what must be there, and what must not.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "contract/contract_findings.h"
#include "contract/file_classes.h"
#include "contract/text_file.h"
#include "package/name_pattern.h"

namespace weighlock {
namespace {

// Whether package.extra_files lets a file in, whatever else forbids it.
bool IsExtra(const ContractFindings& out, const Artefact& artefact) {
  const auto& files = out.contract.extra_files;
  return std::any_of(files.begin(), files.end(), [&](const auto& file) {
    return NamePattern(file.first).Fits(out.Inner(artefact));
  });
}

void JudgeForbidden(ContractFindings& out) {
  const Contract& contract = out.contract;
  for (const Artefact& artefact : out.package().artefacts) {
    if (IsExtra(out, artefact)) continue;
    for (const std::string& word : contract.forbidden_classes) {
      if (!IsOfClass(word, artefact)) continue;
      out.Fail("WL-H-013",
               fmt::format("{} is {}, which the contract forbids: leave it out with weighlock pack "
                           "--drop",
                           Escape(artefact.path), word),
               artefact.path);
    }
    for (const std::string& pattern : contract.forbidden_files) {
      if (!NamePattern(pattern).Matches(artefact.path) &&
          !NamePattern(pattern).Matches(out.Inner(artefact)))
        continue;
      out.Fail("WL-H-014",
               fmt::format("{} matches {}, which the contract forbids: leave it out with weighlock "
                           "pack --drop",
                           Escape(artefact.path), Quote(pattern, 80)),
               artefact.path);
      break;
    }
    if (contract.forbid_remote_code && artefact.names_code) {
      out.Fail(
          "WL-H-015",
          fmt::format("{} names a class of the package's own code (auto_map, custom_pipelines)",
                      Escape(artefact.path.substr(artefact.path.rfind('/') + 1))),
          artefact.path);
    }
  }
}

// Whether an artefact meets one alternative of a required file: a pattern, or "one-of:ROLE".
bool Meets(const ContractFindings& out, std::string_view wanted, const Artefact& artefact) {
  if (wanted == "one-of:weights") {
    return artefact.role == Role::kWeights || !WeightsFormat(artefact).empty();
  }
  if (wanted == "one-of:tokenizer") return artefact.role == Role::kTokenizer;
  return NamePattern(wanted).Matches(out.Inner(artefact)) &&
         (wanted.find('/') != wanted.npos || out.Inner(artefact).find('/') == std::string::npos);
}

void JudgeRequired(ContractFindings& out) {
  const Contract& contract = out.contract;
  const auto& artefacts = out.package().artefacts;
  for (const std::string& wanted : contract.required_files) {
    if (wanted.ends_with('?')) continue;
    bool met = false;
    std::string_view rest = wanted;
    while (!met && !rest.empty()) {
      const size_t bar = std::min(rest.find('|'), rest.size());
      const std::string_view one = TrimSpace(rest.substr(0, bar));
      met = std::any_of(artefacts.begin(), artefacts.end(),
                        [&](const Artefact& a) { return Meets(out, one, a); });
      rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    if (!met) {
      out.Fail("WL-H-010",
               fmt::format("there is no {}, which the contract requires", Escape(wanted)));
    }
  }
  for (const WeightSet& set : out.package().weights) {
    if (!contract.complete_index || set.complete) continue;
    const size_t shown = set.index.value_or(set.files.empty() ? 0 : set.files[0]);
    const std::string path = artefacts.empty() ? "" : artefacts[shown].path;
    out.Fail("WL-H-011", "not every shard of the weights is there and can be read", path);
  }
  if (contract.card) {
    const bool has = std::any_of(artefacts.begin(), artefacts.end(), [&](const Artefact& a) {
      return out.Inner(a) == "README.md" && a.size > 0;
    });
    if (!has) out.Fail("WL-H-012", "there is no README.md, the model's card");
  }
}

void JudgeIntegrity(ContractFindings& out) {
  const auto has = [&](std::initializer_list<const char*> names) {
    return std::any_of(out.package().artefacts.begin(), out.package().artefacts.end(),
                       [&](const Artefact& a) {
                         return std::find(names.begin(), names.end(), out.Inner(a)) != names.end();
                       });
  };
  if (out.contract.manifest == Demand::kRequired && !has({"SHA256SUMS"})) {
    out.Fail("WL-H-016", "there is no SHA256SUMS: pack it with weighlock pack --manifest");
  }
  if (out.contract.signature != Demand::kRequired) return;
  const auto& artefacts = out.package().artefacts;
  const auto signature = std::find_if(artefacts.begin(), artefacts.end(), [&](const Artefact& a) {
    return out.Inner(a) == "model.sig";
  });
  if (signature == artefacts.end()) {
    out.Fail("WL-H-017", "there is no signature, model.sig");
  } else {
    JudgeSignature(out, static_cast<size_t>(signature - artefacts.begin()));
  }
}

}  // namespace

void JudgeFileRules(ContractFindings& out) {
  JudgeRequired(out);
  JudgeForbidden(out);
  JudgeIntegrity(out);
}

}  // namespace weighlock

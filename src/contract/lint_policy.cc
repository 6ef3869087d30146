// What is to be done to packages and what is not, who may pass, and what is waived.
#include <algorithm>

#include "base/escape.h"
#include "contract/contract_problems.h"
#include "package/name_pattern.h"

namespace weighlock {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Each adaptation that is asked for must not be forbidden, also as one of a family ("W*").
void LintAdaptations(ContractProblems& out) {
  const Contract& c = out.contract;
  for (size_t i = 0; i < c.adapt.size(); ++i) {
    for (size_t j = 0; j < c.never_adapt.size(); ++j) {
      if (!NamePattern(c.never_adapt[j]).Fits(c.adapt[i])) continue;
      const std::string of =
          c.adapt[i] == c.never_adapt[j] ? "" : fmt::format(" as one of {}", c.never_adapt[j]);
      out.Fail(fmt::format("{} allows {}, which {} forbids{}", out.At("policy.adapt", i),
                           c.adapt[i], out.At("policy.never_adapt", j), of));
    }
  }
}

void LintCode(ContractProblems& out) {
  const Contract& c = out.contract;
  if (c.forbid_remote_code && c.trust_remote_code == true) {
    out.Fail(fmt::format("{} is true, and {} refuses every package with code of its own",
                         out.At("runtime.trust_remote_code"), out.At("forbid.remote_code")));
  }
}

void LintForm(ContractProblems& out) {
  const Contract& c = out.contract;
  const bool sagemaker = c.kind == "sagemaker-hf" || c.kind == "sagemaker-pytorch";
  if (sagemaker && !c.forms.empty() && !Has(c.forms, "tar.gz") && !Has(c.forms, "s3-prefix")) {
    out.Fail(fmt::format("{} is {}, which takes a tar.gz, and {} does not", out.At("target.kind"),
                         c.kind, out.At("target.form")));
  }
  if (sagemaker && c.root == "one-folder") {
    out.Fail(fmt::format("{} is {}, which looks at the top, and {} is one-folder",
                         out.At("target.kind"), c.kind, out.At("layout.root")));
  }
  if (c.forms == std::vector<std::string>{"file"} && c.required_files.size() > 1) {
    out.Fail(fmt::format("{} is one file, and {} wants {}", out.At("target.form"),
                         out.At("require.files"), c.required_files.size()));
  }
}

// A signature cannot be verified yet: that is a RISK, whatever the package is.
void LintSignature(ContractProblems& out) {
  const Contract& c = out.contract;
  if (c.signature != Demand::kRequired || !c.Fails(Verdict::kRisk)) return;
  const char* gate = out.Has("policy.on_risk") ? "policy.on_risk" : "gate.fail_on";
  out.Fail(
      fmt::format("{} is required, which is a RISK as long as nothing verifies it, and {} "
                  "refuses that: no package passes",
                  out.At("integrity.signature"), out.At(gate)));
}

// The keys that ask for the rules of contracts; a rule of which none is there finds nothing.
constexpr std::pair<std::string_view, std::string_view> kAskedBy[] = {
    {"WL-H-001", "target.form"},          {"WL-H-002", "accept.formats"},
    {"WL-H-003", "accept.weights"},       {"WL-H-004", "accept.dtypes"},
    {"WL-H-005", "accept.architectures"}, {"WL-H-005", "accept.model_types"},
    {"WL-H-006", "accept.licenses"},      {"WL-H-007", "task.name"},
    {"WL-H-008", "task.labels_required"}, {"WL-H-009", "runtime.accelerator.memory"},
    {"WL-H-010", "require.files"},        {"WL-H-011", "require.index"},
    {"WL-H-012", "require.card"},         {"WL-H-013", "forbid.classes"},
    {"WL-H-014", "forbid.files"},         {"WL-H-015", "forbid.remote_code"},
    {"WL-H-016", "integrity.manifest"},   {"WL-H-017", "integrity.signature"},
    {"WL-H-018", "runtime.offline"},      {"WL-H-019", "runtime.device"},
    {"WL-H-019", "runtime.accelerator"},  {"WL-H-004", "runtime.dtypes_ok"},
    {"WL-H-010", "package.extra_files"},  {"WL-H-013", "package.symlinks"},
    {"WL-H-031", "runtime.loader"},       {"WL-H-032", "package.name_pattern"},
    {"WL-H-033", "package.allow_pickle"}, {"WL-H-020", "layout.root"},
    {"WL-H-021", "layout.names"},         {"WL-H-022", "layout.mode"},
    {"WL-H-023", "limits.total"},         {"WL-H-024", "limits.file"},
    {"WL-H-025", "limits.files"},         {"WL-H-026", "limits.path"},
    {"WL-H-027", "limits.depth"},         {"WL-H-028", "limits.header"},
    {"WL-H-029", "limits.ratio"}};

void LintWaivers(ContractProblems& out) {
  const auto& waivers = out.contract.waivers;
  for (size_t i = 0; i < waivers.size(); ++i) {
    const Waiver& waiver = waivers[i];
    std::string keys;
    bool asked = false;
    for (const auto& [rule, key] : kAskedBy) {
      if (rule != waiver.rule) continue;
      asked = asked || out.Has(key);
      keys += fmt::format("{}{}", keys.empty() ? "" : " and no ", key);
    }
    if (!keys.empty() && !asked) {
      out.Warn(fmt::format("the waiver of {} in line {} accepts nothing: there is no {}",
                           waiver.rule, waiver.line, keys));
    }
    for (size_t j = 0; j < i; ++j) {
      if (waivers[j].rule != waiver.rule || waivers[j].path != waiver.path) continue;
      out.Warn(fmt::format("the waivers of {} in lines {} and {} are of the same files",
                           waiver.rule, waivers[j].line, waiver.line));
      break;
    }
  }
}

}  // namespace

void LintPolicy(ContractProblems& out) {
  LintAdaptations(out);
  LintCode(out);
  LintForm(out);
  LintSignature(out);
  LintWaivers(out);
}

}  // namespace weighlock

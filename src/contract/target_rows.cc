// A target and its contract as one list of keys and values, which can be shown and compared.
#include <fmt/format.h>

#include <map>

#include "base/escape.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

void Add(Rows& rows, std::string key, std::string value) {
  if (!value.empty()) rows.emplace_back(std::move(key), std::move(value));
}

void Add(Rows& rows, std::string key, const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  Add(rows, std::move(key), std::move(text));
}

void Add(Rows& rows, std::string key, const std::optional<uint64_t>& value) {
  if (value) rows.emplace_back(std::move(key), std::to_string(*value));
}

void Add(Rows& rows, std::string key, const std::optional<bool>& value) {
  if (value) rows.emplace_back(std::move(key), *value ? "true" : "false");
}

std::string DemandText(Demand demand) {
  if (demand == Demand::kOff) return "";
  return demand == Demand::kRequired ? "required" : "optional";
}

std::vector<std::string> NamesOf(const std::vector<DType>& dtypes) {
  std::vector<std::string> names;
  for (const DType dtype : dtypes) names.emplace_back(Info(dtype).name);
  return names;
}

void AddPackage(Rows& rows, const Contract& c) {
  Add(rows, "package.name_pattern", c.name_pattern);
  Add(rows, "package.allow_pickle", c.allow_pickle);
  Add(rows, "package.symlinks", c.symlinks);
  for (const auto& [path, required] : c.extra_files) {
    Add(rows, "package.extra_files " + path, std::string(required ? "required" : "optional"));
  }
}

void AddRules(Rows& rows, const Contract& c) {
  Add(rows, "accept.formats", c.formats);
  Add(rows, "accept.weights", c.weights);
  Add(rows, "accept.dtypes", NamesOf(c.dtypes));
  Add(rows, "accept.architectures", c.architectures);
  Add(rows, "accept.model_types", c.model_types);
  Add(rows, "accept.licenses", c.licenses);
  Add(rows, "require.files", c.required_files);
  Add(rows, "require.index", std::string(c.complete_index ? "complete" : ""));
  Add(rows, "require.card", std::string(c.card ? "true" : ""));
  Add(rows, "forbid.classes", c.forbidden_classes);
  Add(rows, "forbid.files", c.forbidden_files);
  Add(rows, "forbid.remote_code", std::string(c.forbid_remote_code ? "true" : ""));
  Add(rows, "layout.root", c.root);
  Add(rows, "layout.names", c.names);
  Add(rows, "layout.mode", c.mode);
  AddPackage(rows, c);
  Add(rows, "limits.total", c.limits.total);
  Add(rows, "limits.file", c.limits.file);
  Add(rows, "limits.files", c.limits.files);
  Add(rows, "limits.path", c.limits.path);
  Add(rows, "limits.depth", c.limits.depth);
  Add(rows, "limits.header", c.limits.header);
  Add(rows, "limits.ratio", c.limits.ratio);
  Add(rows, "task.name", c.task);
  Add(rows, "task.labels_required", std::string(c.labels ? "true" : ""));
  Add(rows, "policy.adapt", c.adapt);
  Add(rows, "policy.never_adapt", c.never_adapt);
  Add(rows, "integrity.manifest", DemandText(c.manifest));
  Add(rows, "integrity.signature", DemandText(c.signature));
  Add(rows, "integrity.scheme", c.signature_scheme);
  Add(rows, "integrity.keys", c.keys);
  Add(rows, "integrity.roots", c.roots);
  Add(rows, "integrity.at", c.signed_at);
}

void AddContract(Rows& rows, const Contract& c) {
  Add(rows, "id", c.id);
  Add(rows, "version", c.version);
  Add(rows, "sha256", c.sha256);
  Add(rows, "owner", c.owner);
  Add(rows, "extends", c.extends);
  Add(rows, "target.kind", c.kind);
  Add(rows, "target.form", c.forms);
  Add(rows, "runtime.loader", c.loader);
  Add(rows, "runtime.device", c.device);
  Add(rows, "runtime.dtypes_ok", NamesOf(c.runtime_dtypes));
  Add(rows, "runtime.trust_remote_code", c.trust_remote_code);
  Add(rows, "runtime.offline", c.offline);
  Add(rows, "runtime.accelerator.kind", c.accelerator);
  Add(rows, "runtime.accelerator.memory", c.limits.memory);
  Add(rows, "runtime.may_change", c.may_change);
  AddRules(rows, c);
  std::vector<std::string> fails;
  for (const Verdict verdict : {Verdict::kRisk, Verdict::kDiffers, Verdict::kFail}) {
    if (c.Fails(verdict)) fails.emplace_back(VerdictName(verdict));
  }
  Add(rows, "gate", fails);
  for (const Waiver& waiver : c.waivers) {
    Add(rows,
        fmt::format("waiver {}{}{}", waiver.rule, waiver.path.empty() ? "" : " ", waiver.path),
        fmt::format("until {}: {}", waiver.until.Text(), waiver.reason));
  }
}

}  // namespace

Rows TargetRows(const GivenTarget& given) {
  Rows rows;
  Add(rows, "platform", std::string(PlatformName(given.target.platform)));
  for (const auto& [name, component] : given.target.components) {
    rows.emplace_back(name, component.Text());
  }
  if (given.contract) AddContract(rows, *given.contract);
  return rows;
}

std::vector<TargetDifference> DiffTargets(const GivenTarget& a, const GivenTarget& b) {
  std::map<std::string, TargetDifference> all;
  for (const auto& [key, value] : TargetRows(a)) all[key].a = value;
  for (const auto& [key, value] : TargetRows(b)) all[key].b = value;
  std::vector<TargetDifference> differences;
  for (auto& [key, difference] : all) {
    if (difference.a == difference.b) continue;
    difference.key = key;
    differences.push_back(std::move(difference));
  }
  return differences;
}

}  // namespace weighlock

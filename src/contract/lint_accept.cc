// What is accepted, against itself, and against what the runtime reads and knows.
#include <algorithm>

#include "base/escape.h"
#include "contract/contract_findings.h"
#include "contract/contract_problems.h"
#include "contract/file_classes.h"
#include "package/name_pattern.h"

namespace weighlock {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string Joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& one : list) out += (out.empty() ? "" : ", ") + Escape(one);
  return out;
}

bool IsPickledName(std::string_view format) {
  return format.starts_with("torch-") || format == "pickle";
}

void LintEmpty(ContractProblems& out) {
  const Contract& c = out.contract;
  const std::pair<const char*, bool> rows[] = {{"target.form", c.forms.empty()},
                                               {"accept.formats", c.formats.empty()},
                                               {"accept.weights", c.weights.empty()},
                                               {"accept.dtypes", c.dtypes.empty()},
                                               {"accept.architectures", c.architectures.empty()},
                                               {"accept.model_types", c.model_types.empty()},
                                               {"accept.licenses", c.licenses.empty()}};
  for (const auto& [key, empty] : rows) {
    if (!empty || !out.Has(key)) continue;
    out.Fail(
        fmt::format("{} is empty, which asks for nothing: name what is taken, or leave the "
                    "key out",
                    out.At(key)));
  }
}

// accept.weights takes names of formats too; of one that nothing here knows every package fails.
void LintWeightWords(ContractProblems& out) {
  const auto& weights = out.contract.weights;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].find_first_of(".*?[/") != std::string::npos || IsFormatWord(weights[i]))
      continue;
    out.Fail(fmt::format(
        "{} takes {}, which is neither a pattern of file names nor a format: "
        "those are {}",
        out.At("accept.weights", i), Quote(weights[i], 60), fmt::join(FormatWords(), ", ")));
  }
}

// The formats that pass accept.formats, forbid.classes and accept.weights.
std::vector<std::string> LintFormats(ContractProblems& out) {
  const Contract& c = out.contract;
  std::vector<std::string> left = c.formats;
  if (left.empty()) {
    for (const std::string_view word : FormatWords()) left.emplace_back(word);
  }
  if (Has(c.forbidden_classes, "pickle")) {
    std::vector<std::string> pickled;
    std::erase_if(left, [&](const std::string& format) {
      if (IsPickledName(format)) pickled.push_back(format);
      return IsPickledName(format);
    });
    if (!c.formats.empty() && !pickled.empty()) {
      std::string text =
          fmt::format("{} takes {}, which {} forbids as pickle", out.At("accept.formats"),
                      Joined(pickled), out.At("forbid.classes"));
      left.empty() ? out.Fail(text + ": no weights are left") : out.Warn(text);
    }
  }
  if (c.weights.empty() || left.empty()) return left;
  std::vector<std::string> named;
  for (const std::string& pattern : c.weights) {
    if (IsFormatWord(pattern)) {
      named.push_back(pattern);
      continue;
    }
    const std::vector<std::string_view> formats = FormatsOfName(pattern);
    if (formats.empty() && !pattern.ends_with(".json")) return left;  // a name of any format
    named.insert(named.end(), formats.begin(), formats.end());
  }
  std::vector<std::string> both;
  for (const std::string& format : left) {
    if (Has(named, format)) both.push_back(format);
  }
  if (both.empty()) {
    out.Fail(fmt::format(
        "{} takes no file of the formats that {} leaves: {}", out.At("accept.weights"),
        c.formats.empty() ? out.At("forbid.classes") : out.At("accept.formats"), Joined(left)));
  }
  return both;
}

// Weights that are taken, and that the runtime does not read.
void LintReadable(ContractProblems& out, const std::vector<std::string>& formats) {
  const Contract& c = out.contract;
  const bool loads = c.loader.empty() || c.loader == "transformers-auto" || c.loader == "pipeline";
  if (formats.empty() || !loads || out.given.target.Find("transformers") == nullptr) return;
  struct Kind {
    const char* format;
    Format of;
    const char* stem;
    const char* adaptation;
  };
  constexpr Kind kKinds[] = {{"safetensors", Format::kSafetensors, "model", "W1"},
                             {"torch-zip", Format::kTorchZip, "pytorch_model", "W3"},
                             {"torch-legacy", Format::kTorchLegacy, "pytorch_model", "W3"}};
  std::string adaptation;
  for (const std::string& format : formats) {
    const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                    [&](const Kind& one) { return one.format == format; });
    if (kind == std::end(kKinds)) return;
    const WeightsVerdict verdict =
        out.knowledge.JudgeWeights(kind->of, kind->stem, /*sharded=*/false, out.given.target);
    if (verdict.readable != Tri::kNo) return;
    adaptation = kind->adaptation;
  }
  const std::string key = c.formats.empty() ? "forbid.classes" : "accept.formats";
  const std::string forbidden = c.Forbids(adaptation);
  std::string text =
      fmt::format("of the weights that {} leaves ({}) the runtime reads none: {}{}", out.At(key),
                  Joined(formats), out.AtRuntime("transformers"),
                  out.given.target.Find("torch") == nullptr ? "" : ", " + out.AtRuntime("torch"));
  if (forbidden.empty()) {
    out.Warn(text + fmt::format("; each package must be adapted first ({})", adaptation));
  } else {
    out.Fail(text +
             fmt::format("; {} would help, which {} {}", adaptation, forbidden,
                         forbidden.starts_with("policy.never") ? "forbids" : "does not allow"));
  }
}

// float8 came with torch 2.1.
void LintDTypes(ContractProblems& out) {
  const auto& dtypes = out.contract.dtypes;
  const Component* torch = out.given.target.Find("torch");
  const auto first = VersionSpec::Parse(">=2.1.0");
  if (dtypes.empty() || torch == nullptr || !first) return;
  std::vector<std::string> names;
  for (const DType dtype : dtypes) names.emplace_back(Info(dtype).name);
  const bool all = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return std::string_view(name).starts_with("F8");
  });
  if (!all || torch->Within(*first) != Overlap::kNone) return;
  out.Fail(fmt::format("{} takes {} alone, which torch has from 2.1.0 on: {}",
                       out.At("accept.dtypes"), Joined(names), out.AtRuntime("torch")));
}

// The releases of transformers that the runtime may have.
std::vector<const Release*> ReleasesThere(const ContractProblems& out) {
  std::vector<const Release*> list;
  const Component* own = out.given.target.Find("transformers");
  if (own == nullptr || own->absent || (!own->version && !own->range)) return list;
  for (const Release& release : out.releases.all()) {
    const bool in = own->version ? own->version->Compare(release.version) == 0
                                 : own->range->Contains(release.version);
    if (in) list.push_back(&release);
  }
  return list;
}

// Names of a list that no release of the runtime knows; an error where it knows none of them.
template <typename Knows>
void LintKnown(ContractProblems& out, const char* key, const std::vector<std::string>& names,
               const Knows& knows) {
  const std::vector<const Release*> there = ReleasesThere(out);
  if (there.empty() || names.empty()) return;
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    const bool none = std::all_of(there.begin(), there.end(), [&](const Release* release) {
      return knows(name, release->version) == Tri::kNo;
    });
    if (none) unknown.push_back(name);
  }
  if (unknown.empty()) return;
  const std::string text = fmt::format("{} takes {}, which {} does not know", out.At(key),
                                       Joined(unknown), out.AtRuntime("transformers"));
  unknown.size() == names.size() ? out.Fail(text) : out.Warn(text);
}

void LintTask(ContractProblems& out) {
  const Contract& c = out.contract;
  if (c.task.empty() || c.architectures.empty()) return;
  const bool any = std::any_of(c.architectures.begin(), c.architectures.end(),
                               [&](const std::string& name) { return IsForTask(name, c.task); });
  if (any) return;
  out.Fail(fmt::format("{} is {}, and none of {} is for it: {}", out.At("task.name"), c.task,
                       out.At("accept.architectures"), Joined(c.architectures)));
}

void LintFamilies(ContractProblems& out) {
  const Contract& c = out.contract;
  if (c.architectures.empty() || c.model_types.empty()) return;
  const bool any = std::any_of(
      c.architectures.begin(), c.architectures.end(), [&](const std::string& architecture) {
        return std::any_of(c.model_types.begin(), c.model_types.end(),
                           [&](const std::string& type) {
                             return out.releases.IsOfModelType(architecture, type) != Tri::kNo;
                           });
      });
  if (any) return;
  out.Fail(fmt::format("none of {} is a class of {}: {}, and {}", out.At("accept.architectures"),
                       out.At("accept.model_types"), Joined(c.architectures),
                       Joined(c.model_types)));
}

}  // namespace

void LintAccept(ContractProblems& out) {
  LintEmpty(out);
  LintWeightWords(out);
  LintReadable(out, LintFormats(out));
  LintDTypes(out);
  LintKnown(out, "accept.model_types", out.contract.model_types,
            [&](const std::string& name, const Version& version) {
              return out.releases.KnowsModelType(name, version);
            });
  LintKnown(out, "accept.architectures", out.contract.architectures,
            [&](const std::string& name, const Version& version) {
              return out.releases.HasArchitecture(name, version);
            });
  LintTask(out);
  LintFamilies(out);
}

}  // namespace weighlock

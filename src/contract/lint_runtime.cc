// What loads the package and where it runs, against each other and against what else is asked.
#include <algorithm>
#include <array>

#include "base/escape.h"
#include "contract/contract_problems.h"

namespace weighlock {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

void LintLoader(ContractProblems& out) {
  const Contract& c = out.contract;
  constexpr std::array<std::string_view, 4> kServers = {"tgi", "vllm", "tei", "torchserve"};
  const auto is_server = [&](std::string_view word) {
    return std::find(kServers.begin(), kServers.end(), word) != kServers.end();
  };
  if (is_server(c.loader) && is_server(c.kind) && c.loader != c.kind) {
    out.Fail(fmt::format("{} is {}, and {} is {}", out.At("runtime.loader"), c.loader,
                         out.At("target.kind"), c.kind));
  }
  for (const char* package : {"peft", "sentence-transformers", "vllm"}) {
    const Component* own = out.given.target.Find(package);
    if (c.loader != package || own == nullptr || !own->absent) continue;
    out.Fail(fmt::format("{} is {}, and the runtime has none: {}", out.At("runtime.loader"),
                         c.loader, out.AtRuntime(package)));
  }
  const bool pickled = std::any_of(c.formats.begin(), c.formats.end(), [](std::string_view format) {
    return format.starts_with("torch-") || format == "pickle";
  });
  if (c.loader == "torch-state-dict-strict" && !c.formats.empty() && !pickled) {
    out.Fail(fmt::format("{} is {}, which reads what torch.save wrote, and {} takes none of that",
                         out.At("runtime.loader"), c.loader, out.At("accept.formats")));
  }
  if (c.loader == "pipeline" && c.offline == true && c.task.empty()) {
    out.Warn(
        fmt::format("{} is pipeline, which asks the hub for the task where task.name says "
                    "none, and {} is true",
                    out.At("runtime.loader"), out.At("runtime.offline")));
  }
}

void LintDevice(ContractProblems& out) {
  const Contract& c = out.contract;
  if (c.device == "cpu") {
    for (const char* key : {"runtime.accelerator.kind", "runtime.accelerator.memory"}) {
      if (!out.Has(key)) continue;
      return out.Fail(key == std::string_view("runtime.accelerator.kind")
                          ? fmt::format("{} is cpu, and {} is {}", out.At("runtime.device"),
                                        out.At(key), c.accelerator)
                          : fmt::format("{} is cpu, and {} is that of an accelerator",
                                        out.At("runtime.device"), out.At(key)));
    }
  } else if (!c.device.empty() && !c.accelerator.empty() && c.device != c.accelerator) {
    out.Fail(fmt::format("{} is {}, and {} is {}", out.At("runtime.device"), c.device,
                         out.At("runtime.accelerator.kind"), c.accelerator));
  }
}

// Of the dtypes that are taken, those that the device does not compute with.
void LintDTypesOfRuntime(ContractProblems& out) {
  const Contract& c = out.contract;
  if (c.dtypes.empty() || c.runtime_dtypes.empty()) return;
  std::string others;
  size_t count = 0;
  for (const DType dtype : c.dtypes) {
    const auto& there = c.runtime_dtypes;
    if (std::find(there.begin(), there.end(), dtype) != there.end()) continue;
    ++count;
    others += fmt::format("{}{}", others.empty() ? "" : ", ", Info(dtype).name);
  }
  if (count == 0) return;
  const std::string text = fmt::format("{} takes {}, which {} does not", out.At("accept.dtypes"),
                                       others, out.At("runtime.dtypes_ok"));
  count == c.dtypes.size() ? out.Fail(text) : out.Warn(text);
}

void LintOffline(ContractProblems& out) {
  const Contract& c = out.contract;
  constexpr const char* kInstalled = "code/requirements.txt";
  if (c.offline != true || !Has(c.required_files, kInstalled)) return;
  std::string text = fmt::format("{} wants {}, which pip installs, and {} is true",
                                 out.At("require.files"), kInstalled, out.At("runtime.offline"));
  if (!c.Fails(Verdict::kRisk)) return out.Warn(text);
  out.Fail(text + ": that is a RISK, which the contract refuses");
}

}  // namespace

void LintRuntime(ContractProblems& out) {
  LintLoader(out);
  LintDevice(out);
  LintDTypesOfRuntime(out);
  LintOffline(out);
}

}  // namespace weighlock

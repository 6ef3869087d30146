// Limits that no package can keep, or that say nothing beside others.
#include <set>
#include <tuple>

#include "contract/contract_problems.h"

namespace weighlock {
namespace {

void LintZeros(ContractProblems& out) {
  const ContractLimits& limits = out.contract.limits;
  const std::tuple<const char*, const std::optional<uint64_t>&, const char*> rows[] = {
      {"limits.total", limits.total, "bytes in all"},
      {"limits.file", limits.file, "bytes in a file"},
      {"limits.header", limits.header, "bytes in a header"},
      {"runtime.accelerator.memory", limits.memory, "bytes of weights"},
      {"limits.files", limits.files, "files"},
      {"limits.path", limits.path, "bytes in a path"}};
  for (const auto& [key, value, what] : rows) {
    if (value != uint64_t{0}) continue;
    out.Fail(fmt::format("{} is 0: no package has so few {}", out.At(key), what));
  }
}

// The first can never be reached.
void LintPair(ContractProblems& out, const char* part, const std::optional<uint64_t>& of_part,
              const char* whole, const std::optional<uint64_t>& of_whole, const char* why) {
  if (!of_part || !of_whole || *of_part <= *of_whole || *of_whole == 0) return;
  out.Fail(fmt::format("{} is {}, and {} is {}: {}", out.At(part), *of_part, out.At(whole),
                       *of_whole, why));
}

// How many files must be there: those that are wanted by name. Of the others one may be another.
uint64_t PlainNames(const std::vector<std::string>& entries) {
  std::set<std::string_view> names;
  for (const std::string& entry : entries) {
    if (entry.find_first_of("*?[|:") == std::string::npos) names.insert(entry);
  }
  return names.size();
}

}  // namespace

void LintLimits(ContractProblems& out) {
  const Contract& contract = out.contract;
  const ContractLimits& limits = contract.limits;
  LintZeros(out);
  LintPair(out, "limits.file", limits.file, "limits.total", limits.total,
           "a file cannot be larger than all of them");
  LintPair(out, "limits.header", limits.header, "limits.file", limits.file,
           "a header cannot be larger than its file");
  LintPair(out, "limits.depth", limits.depth, "limits.path", limits.path,
           "a path has more bytes than folders");
  const uint64_t required = PlainNames(contract.required_files);
  if (limits.files && *limits.files > 0 && required > *limits.files) {
    out.Fail(fmt::format("{} wants {} files, and {} takes {}", out.At("require.files"), required,
                         out.At("limits.files"), *limits.files));
  }
  if (contract.root == "one-folder" && limits.depth == uint64_t{0}) {
    out.Fail(fmt::format("{} is one-folder, and {} is 0: all files lie below that folder",
                         out.At("layout.root"), out.At("limits.depth")));
  }
}

}  // namespace weighlock

// What the judges of a contract's contradictions have in common: where its keys stand, and the
// making of problems.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compat/knowledge.h"
#include "compat/releases.h"
#include "contract/other_names.h"
#include "weighlock/contract.h"

namespace weighlock {

class ContractProblems {
 public:
  ContractProblems(const GivenTarget& asked, const Releases& known_releases,
                   const Knowledge& known_weights)
      : given(asked),
        contract(*asked.contract),
        releases(known_releases),
        knowledge(known_weights) {}

  const GivenTarget& given;
  const Contract& contract;
  const Releases& releases;
  const Knowledge& knowledge;

  bool Has(std::string_view key) const {
    return contract.lines.contains(AsWritten(key, contract.lines));
  }
  // "forbid.files (line 12)": of an entry of its list the line of that.
  std::string At(std::string_view key, size_t entry = kWhole) const {
    key = AsWritten(key, contract.lines);
    auto line = contract.lines.find(fmt::format("{}.{}", key, entry));
    if (line == contract.lines.end()) line = contract.lines.find(key);
    return line == contract.lines.end() ? std::string(key)
                                        : fmt::format("{} (line {})", key, line->second);
  }
  // "transformers 4.11.3 (line 7)", or of extends, where the runtime does not name it itself.
  std::string AtRuntime(std::string_view component) const {
    const Component* own = given.target.Find(component);
    const std::string name =
        fmt::format("{} {}", component, own == nullptr ? std::string("unknown") : own->Text());
    for (const std::string& key :
         {fmt::format("runtime.{}", component), fmt::format("runtime.packages.{}", component),
          std::string("extends")}) {
      const auto line = contract.lines.find(key);
      if (line != contract.lines.end()) return fmt::format("{} (line {})", name, line->second);
    }
    return name;
  }

  void Fail(std::string text) { problems_.push_back({/*error=*/true, std::move(text)}); }
  void Warn(std::string text) { problems_.push_back({/*error=*/false, std::move(text)}); }
  std::vector<TargetProblem> Take() { return std::move(problems_); }

 private:
  static constexpr size_t kWhole = SIZE_MAX;
  std::vector<TargetProblem> problems_;
};

// [require] against [forbid], [accept] and [layout].
void LintFiles(ContractProblems& out);
// [accept] in itself, and against [runtime], [forbid] and [task].
void LintAccept(ContractProblems& out);
// [runtime] besides versions, in itself and against [target], [accept] and [require].
void LintRuntime(ContractProblems& out);
// [package], and [layout] against [target].
void LintPackage(ContractProblems& out);
// [limits] and [layout].
void LintLimits(ContractProblems& out);
// [target], [policy], [integrity], [gate] and the waivers.
void LintPolicy(ContractProblems& out);

}  // namespace weighlock

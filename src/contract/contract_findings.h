// What the judges of a contract have in common: the package's files by their paths in the model's
// own folder, and the making of findings.
#pragma once

#include <string>
#include <vector>

#include "json/json.h"
#include "package/package_reader.h"
#include "weighlock/check.h"
#include "weighlock/contract.h"

namespace weighlock {

class ContractFindings {
 public:
  ContractFindings(const Contract& asked, const OpenedPackage& package_opened, const Limits& most);

  const Contract& contract;
  const OpenedPackage& opened;
  const Limits& limits;

  const Package& package() const { return opened.package; }
  // The folder that all files lie below ("model/"), or "".
  const std::string& top() const { return top_; }
  // An artefact's path below the folder that counts as the package's root.
  std::string Inner(const Artefact& artefact) const;
  // The bytes of a small file that describes the model; empty where they are not held.
  std::string Text(size_t artefact) const;
  // The same as JSON; null where it is none.
  JsonValue Json(size_t artefact) const;
  // Whether its tensors are a model's weights, not training state.
  static bool IsWeights(const Artefact& artefact);

  void Add(Verdict verdict, std::string rule, std::string text, const std::string& path = {});
  void Fail(std::string rule, std::string text, const std::string& path = {}) {
    Add(Verdict::kFail, std::move(rule), std::move(text), path);
  }
  std::vector<CheckFinding> Take() { return std::move(findings_); }

 private:
  std::string top_;
  std::vector<CheckFinding> findings_;
};

// Whether a class is one for a task, by the end of its name: "BertForMaskedLM" for "fill-mask".
bool IsForTask(std::string_view architecture, std::string_view task);

// [target], [accept], [task] and the memory of [runtime]: what the model is.
void JudgeModelRules(ContractFindings& out);
// [runtime] besides versions: what must be fetched, which device it needs, what loads it.
void JudgeRuntimeRules(ContractFindings& out);
// [package]: its name, its pickles, its links, and files that are let in.
void JudgePackageRules(ContractFindings& out);
// [require], [forbid] and [integrity]: which files there are.
void JudgeFileRules(ContractFindings& out);
// A signature that is asked for and there, the artefact `artefact`.
void JudgeSignature(ContractFindings& out, size_t artefact);
// [layout] and [limits]: where they lie, and how large they are.
void JudgeLayoutRules(ContractFindings& out);

}  // namespace weighlock

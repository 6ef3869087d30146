// The rules of packaging, by what they look at. Each asks the target's platform itself, and says
// nothing of one that it does not concern.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/situation.h"

namespace weighlock {

// Collects findings of the packaging stage.
class PackagingFindings {
 public:
  // The reference is good until the next call.
  CheckFinding& Add(Verdict verdict, std::string rule, std::string text, std::string path = {}) {
    CheckFinding& finding = findings_.emplace_back();
    finding.rule = std::move(rule);
    finding.stage = Stage::kPackaging;
    finding.verdict = verdict;
    finding.text = std::move(text);
    finding.path = std::move(path);
    return finding;
  }
  std::vector<CheckFinding> Take() && { return std::move(findings_); }

 private:
  std::vector<CheckFinding> findings_;
};

// Servers that are pointed at one folder and take the model from its top: tgi, vllm, tei.
bool TakesFolder(Platform platform);
bool IsArchive(PackageKind kind);
// Whether SageMaker runs code of the package, which may look for the model wherever it likes.
bool BringsItsLoader(const Situation& s);

// "checkpoint-500" where one of the path's folders is such a one; else empty.
std::string CheckpointOf(std::string_view path);

// SageMaker's words for an archive that it cannot unpack; container and address are the endpoint's.
std::string ExtractionMessage();

void JudgeContainer(const Situation& s, PackagingFindings& out);  // kind of archive, what is in it
void JudgeRoot(const Situation& s, PackagingFindings& out);       // where the model lies
void JudgeCode(const Situation& s, PackagingFindings& out);       // code/, requirements.txt
void JudgeTask(const Situation& s, PackagingFindings& out);       // what SageMaker makes of it
void JudgeIndexes(const Situation& s, PackagingFindings& out);    // shards and their index
void JudgeContents(const Situation& s, PackagingFindings& out);   // pointers, leftovers, sizes
void JudgeServerWeights(const Situation& s, PackagingFindings& out);  // what tgi, vllm, tei take
void JudgeTorchServe(const Situation& s, PackagingFindings& out);
void JudgeTriton(const Situation& s, PackagingFindings& out);
void JudgeMlflow(const Situation& s, PackagingFindings& out);

}  // namespace weighlock

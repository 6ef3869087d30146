// The first tensor of a dtype that is not known: safetensors reads the header before torch is asked
// for the dtype by its name.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/escape.h"
#include "check/situation.h"

namespace weighlock {
namespace {

// Names that a torch must have; the releases before have no such dtype.
struct Since {
  DType dtype;
  std::string_view name, torch;
};
constexpr std::array<Since, 5> kSince = {{{DType::kF8E4M3, "float8_e4m3fn", "2.1.0"},
                                          {DType::kF8E5M2, "float8_e5m2", "2.1.0"},
                                          {DType::kU16, "uint16", "2.3.0"},
                                          {DType::kU32, "uint32", "2.3.0"},
                                          {DType::kU64, "uint64", "2.3.0"}}};

class DTypes {
 public:
  DTypes(const Situation& s, const WeightSet& set)
      : s_(s), set_(set), versions_(VersionsOf(s, "safetensors", s.base.safetensors)) {}

  std::vector<CheckFinding> Run() {
    std::set<DType> seen;
    for (const size_t file : set_.files) {
      const Artefact& artefact = s_.package().artefacts[file];
      for (const Tensor& tensor : artefact.model->tensors) {
        if (!seen.insert(tensor.dtype).second) continue;
        JudgeLibrary(tensor, artefact.path);
        if (findings_.empty()) JudgeTorch(tensor, artefact.path);
        if (!findings_.empty()) return std::move(findings_);
      }
    }
    return {};
  }

 private:
  CheckFinding& Add(Verdict verdict, const char* rule, std::string text, const std::string& path) {
    findings_.push_back(MakeFinding(Stage::kWeights, verdict, rule, std::move(text), path));
    return findings_.back();
  }

  std::string AnswerOf(const Version& version, const Tensor& tensor) const {
    const std::string name = fmt::format("dtype {}", Info(tensor.dtype).safetensors);
    return std::string(s_.base.safetensors.Answer(name, version));
  }

  // The first release, of those that the table speaks of, that reads the dtype.
  std::string FirstThatReads(const Tensor& tensor) const {
    for (const Version& version : s_.base.safetensors.Within(*KnownSpec(">=0.2.2"))) {
      if (AnswerOf(version, tensor) == "reads") return version.text();
    }
    return {};
  }

  void JudgeLibrary(const Tensor& tensor, const std::string& path) {
    std::set<std::string> answers;
    for (const Version& version : versions_) answers.insert(AnswerOf(version, tensor));
    if (answers.empty() || answers.contains("")) return;
    const bool is_read = answers.contains("reads");
    const Component* own = s_.target.Find("safetensors");
    // Where the target leaves it open, the newest is what is installed.
    if (is_read && (answers.size() == 1 || own == nullptr || !own->range)) return;
    CheckFinding& finding =
        Add(is_read ? Verdict::kRisk : Verdict::kFail, "WL-W-180",
            fmt::format("{} is of {}, which {} safetensors {} read", Escape(tensor.name),
                        Info(tensor.dtype).safetensors, is_read ? "not every" : "the target's",
                        is_read ? "that fits does" : "does not"),
            path);
    if (answers.size() == 1) finding.message = DTypeMessage(s_, path, *answers.begin());
    const std::string first = FirstThatReads(tensor);
    if (!first.empty()) finding.removed_by = {"safetensors", first};
    finding.source = "each release of safetensors, asked (kb/safetensors.json)";
  }

  void JudgeTorch(const Tensor& tensor, const std::string& path) {
    const Component* torch = s_.target.Find("torch");
    const auto* const since = std::find_if(
        kSince.begin(), kSince.end(), [&](const Since& row) { return row.dtype == tensor.dtype; });
    if (torch == nullptr || since == kSince.end()) return;
    const VersionSpec* without = KnownSpec(fmt::format("<{}", since->torch));
    if (without == nullptr || torch->Within(*without) != Overlap::kAll) return;
    CheckFinding& finding = Add(Verdict::kFail, "WL-W-110",
                                fmt::format("{} is of {}, which the target's torch does not have",
                                            Escape(tensor.name), since->name),
                                path);
    finding.message =
        fmt::format("AttributeError: module 'torch' has no attribute '{}'", since->name);
    finding.removed_by = {"torch", std::string(since->torch)};
    finding.source =
        "tried in transformers 4.28.1 and 4.33.3 with torch 1.13.1, in 4.30.2 with torch 2.1.2";
  }

  const Situation& s_;
  const WeightSet& set_;
  const std::vector<Version> versions_;
  std::vector<CheckFinding> findings_;
};

}  // namespace

std::vector<CheckFinding> JudgeSafetensorsDTypes(const Situation& s, const WeightSet& set) {
  if (set.format != Format::kSafetensors) return {};
  return DTypes(s, set).Run();
}

}  // namespace weighlock

// By rule and server. What stands in no row is of transformers' own classes: it may hold of the
// server's too, or not.
#include "check/server_stages.h"

#include <fmt/format.h>

#include <algorithm>

#include "check/adapter.h"
#include "check/packaging.h"

namespace weighlock {
namespace {

enum class Validity {
  kYes,     // as it is said
  kSilent,  // and it is not known in which words
  kNo,
  kOpen,  // the server's code decides
};

struct Row {
  std::string_view rule;
  Validity tgi, vllm, tei;
};

constexpr Validity kYes = Validity::kYes, kSilent = Validity::kSilent, kNo = Validity::kNo,
                   kOpen = Validity::kOpen;

// TGI and vLLM take what lies at the top by its ending (WL-P-060 to 062), open safetensors without
// asking for their metadata, and know the index of shards only to leave files out (vLLM) or not at
// all (TGI). TGI takes shapes from the file, the others from config.json.
constexpr Row kRows[] = {
    // Which file is taken, and whether transformers or its torch would read it.
    {"WL-W-001", kNo, kNo, kNo},
    {"WL-W-002", kNo, kNo, kNo},
    {"WL-W-004", kNo, kNo, kNo},
    {"WL-W-005", kNo, kNo, kNo},
    {"WL-W-010", kNo, kNo, kNo},
    {"WL-W-011", kNo, kNo, kNo},
    {"WL-W-013", kNo, kNo, kNo},
    {"WL-W-021", kNo, kSilent, kSilent},
    {"WL-W-022", kNo, kNo, kNo},  // WL-P-030 says it
    {"WL-W-046", kNo, kNo, kNo},
    {"WL-W-141", kNo, kNo, kNo},
    {"WL-W-007", kOpen, kOpen, kNo},
    // What stands in the files.
    {"WL-W-020", kSilent, kSilent, kSilent},
    {"WL-W-030", kOpen, kSilent, kSilent},
    {"WL-W-031", kSilent, kSilent, kSilent},
    {"WL-W-040", kSilent, kSilent, kSilent},
    {"WL-W-042", kYes, kOpen, kYes},
    {"WL-W-048", kSilent, kSilent, kOpen},
    {"WL-W-050", kYes, kYes, kYes},
    {"WL-W-110", kSilent, kSilent, kOpen},
    {"WL-W-111", kYes, kYes, kYes},
    {"WL-C-076", kOpen, kOpen, kNo},
    {"WL-C-077", kOpen, kOpen, kNo},
    // What the configuration's class does not hand on.
    {"WL-C-020", kYes, kYes, kOpen},
    {"WL-C-047", kYes, kYes, kOpen},
    {"WL-C-090", kYes, kYes, kOpen},
    {"WL-C-091", kYes, kYes, kOpen},
    {"WL-C-092", kYes, kYes, kOpen},
    {"WL-C-093", kYes, kYes, kOpen},
    // TEI reads these with the library that transformers has beneath it.
    {"WL-T-003", kYes, kYes, kSilent},
    {"WL-T-005", kYes, kYes, kYes},
    {"WL-T-006", kYes, kYes, kSilent},
    {"WL-C-002", kYes, kYes, kSilent},
    {"WL-C-003", kYes, kYes, kSilent},
    {"WL-C-004", kYes, kYes, kSilent},
    {"WL-C-005", kYes, kYes, kYes},
    {"WL-C-009", kYes, kYes, kYes},
};

bool IsOfWeights(const CheckFinding& finding) {
  return finding.stage == Stage::kWeights || finding.stage == Stage::kForward;
}

Validity HoldsIn(Platform platform, const CheckFinding& finding) {
  const auto* const row = std::find_if(std::begin(kRows), std::end(kRows),
                                       [&](const Row& r) { return r.rule == finding.rule; });
  if (row != std::end(kRows)) {
    return platform == Platform::kTgi    ? row->tgi
           : platform == Platform::kVllm ? row->vllm
                                         : row->tei;
  }
  if (IsOfWeights(finding)) return kOpen;
  if (platform != Platform::kTei) return kYes;
  // A tokenizer's class of Python is not made there at all.
  return finding.stage == Stage::kTokenizer ? kNo : kOpen;
}

std::string_view NameOf(Platform platform) {
  return platform == Platform::kTgi ? "TGI" : platform == Platform::kVllm ? "vLLM" : "TEI";
}

// What transformers leaves at random with a warning, these servers want.
bool IsWanted(const CheckFinding& finding) {
  return finding.rule == "WL-W-031" || finding.rule == "WL-W-040";
}

void Weaken(Platform platform, CheckFinding& finding) {
  if (finding.verdict == Verdict::kOk) return;
  finding.message.clear();
  finding.removed_by = {};
  finding.verdict = Verdict::kRisk;
  finding.text += fmt::format("; {} reads {} with its own code, which may do otherwise",
                              NameOf(platform), IsOfWeights(finding) ? "weights" : "them");
}

}  // namespace

void HearOnlyOfServer(const Situation& s, std::vector<CheckFinding>& findings) {
  const Platform platform = s.target.platform;
  if (!TakesFolder(platform) || IsAdapter(s)) return;
  std::erase_if(findings, [&](CheckFinding& finding) {
    if (finding.stage == Stage::kPackaging) return false;
    Validity valid = HoldsIn(platform, finding);
    // Of an index of .bin files vLLM makes nothing.
    if (finding.rule == "WL-W-021" && finding.path.ends_with(".bin.index.json")) valid = kNo;
    if (valid == kNo) return true;
    if (valid == kOpen) Weaken(platform, finding);
    if (valid == kSilent) finding.message.clear();
    if (valid == kSilent && IsWanted(finding) && finding.verdict == Verdict::kDiffers) {
      finding.verdict = Verdict::kFail;
    }
    return false;
  });
}

}  // namespace weighlock

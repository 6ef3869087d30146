// By rule: which failures come from where the handler is.
#include "check/without_protobuf.h"

#include <algorithm>

namespace weighlock {
namespace {

// Rules of what a class raises while it is made, in 4; in 5 files are read before.
constexpr std::string_view kInFour[] = {"WL-T-002", "WL-T-003", "WL-T-006", "WL-T-008", "WL-T-010",
                                        "WL-T-012", "WL-T-013", "WL-T-020", "WL-T-027", "WL-T-028",
                                        "WL-T-031", "WL-T-032", "WL-T-035", "WL-T-036", "WL-T-040"};
constexpr std::string_view kInFive[] = {"WL-T-002", "WL-T-010", "WL-T-012", "WL-T-020", "WL-T-027",
                                        "WL-T-031", "WL-T-032", "WL-T-035", "WL-T-039"};

bool IsRaisedInClass(const Situation& s, const CheckFinding& finding) {
  const auto is_in = [&](const auto& rules) {
    return std::find(std::begin(rules), std::end(rules), finding.rule) != std::end(rules);
  };
  if (s.TransformersIs("<5.0.0")) return is_in(kInFour);
  // tiktoken is asked for before a class is.
  return is_in(kInFive) && finding.message.find("tiktoken") == std::string::npos;
}

}  // namespace

void HearOnlyOfProtobuf(const Situation& s, std::vector<CheckFinding>& findings) {
  if (!s.TransformersIs(">=4.45.0,<5.6.0") || !s.Lacks("protobuf")) return;
  for (CheckFinding& finding : findings) {
    const bool fails = finding.stage == Stage::kTokenizer && finding.verdict == Verdict::kFail;
    if (fails && !finding.inherited && IsRaisedInClass(s, finding)) {
      finding.message = s.base.knowledge.Message("no_protobuf", s.target, {});
    }
  }
}

}  // namespace weighlock

// The names that verdicts go by.
#include "weighlock/verdict.h"

namespace weighlock {

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "OK";
    case Verdict::kRisk:
      return "RISK";
    case Verdict::kDiffers:
      return "DIFFERS";
    case Verdict::kFail:
      return "FAIL";
  }
  return {};
}

}  // namespace weighlock

// The strict reader vouches for the header and for the extents of all tensors; what their bytes are
// is nobody's matter.
#include "scan/safetensors_judge.h"

#include "base/escape.h"
#include "format/safetensors/safetensors_reader.h"

namespace weighlock::scan {

bool IsSafetensors(const Subject& subject) {
  return LooksLikeSafetensors(subject.head);
}

void JudgeSafetensors(const Subject& subject, const FileScan& scan) {
  const auto model = ReadSafetensors(subject.source, scan.limits());
  if (model) return;
  const Code code = model.error().code();
  if (code == Code::kMalformed || code == Code::kMismatch) {
    scan.Add("WL-S-301", model.error().offset(), model.error().what());
  } else {
    scan.Unreadable(model.error());
  }
}

}  // namespace weighlock::scan

// The torch reader's own proof, asked tensor by tensor.
#include "scan/pickle/torch_storages.h"

#include <fmt/format.h>

#include "format/torch/torch_tensors.h"

namespace weighlock::scan {
namespace {

// One wrong tensor condemns the file; a file of a million of them needs no million findings.
constexpr int kMostFindings = 20;

}  // namespace

std::optional<torch::Storages> JudgeStorageIds(const pickle::Pickle& pickle, torch::PidForm form,
                                               const FileScan& scan) {
  auto storages = torch::Storages::Collect(pickle, form);
  if (storages) return *std::move(storages);
  scan.Add("WL-S-107", storages.error().offset(), storages.error().what());
  return std::nullopt;
}

void JudgeTensors(const pickle::Pickle& pickle, const torch::Storages& storages,
                  const FileScan& scan) {
  const torch::TensorReader reader(pickle, storages);
  int found = 0;
  pickle.graph.ForEachOf({pickle::ValueKind::kCall}, [&](pickle::ValueId id) {
    if (found == kMostFindings) return;
    const auto outcome = reader.Read(id);
    if (outcome) return;
    scan.Add("WL-S-113", pickle.OffsetOf(id), outcome.error().what());
    ++found;
  });
}

}  // namespace weighlock::scan

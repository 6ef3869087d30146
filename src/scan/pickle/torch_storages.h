// The storages and tensors of a torch pickle: each id names one that is there, each tensor lies in
// it.
#pragma once

#include <optional>

#include "format/torch/storages.h"
#include "scan/pickle/pickle_judge.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// The storages that the pickle asks for. Nothing where an id is none that torch takes: then a
// finding says so.
std::optional<torch::Storages> JudgeStorageIds(const pickle::Pickle& pickle, torch::PidForm form,
                                               const FileScan& scan);

// Holds every tensor against its storage: sizes, strides and offsets that lead out are findings.
void JudgeTensors(const pickle::Pickle& pickle, const torch::Storages& storages,
                  const FileScan& scan);

}  // namespace weighlock::scan

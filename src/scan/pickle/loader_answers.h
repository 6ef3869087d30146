// Who would load a pickle, and what becomes of it there: torch.load with and without weights_only,
// pickle.load, joblib.load.
#pragma once

#include "pickle/pickle.h"
#include "scan/pickle/pickle_calls.h"
#include "scan/pickle/pickle_judge.h"
#include "weighlock/scan.h"

namespace weighlock::scan {

// Of a pickle that ended. `calls` are what was found in it. Facts of torch:
// kb/scan/weights_only.tsv.
std::vector<LoaderAnswer> LoaderAnswers(const pickle::Pickle& pickle, const PickleCalls& calls,
                                        PickleHome home);

}  // namespace weighlock::scan

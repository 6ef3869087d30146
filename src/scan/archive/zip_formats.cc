// One row a format that is built on zip.
#include <array>

#include "scan/archive/zip_view.h"
#include "scan/model/keras_judge.h"
#include "scan/pickle/torch_export_judge.h"
#include "scan/pickle/torch_package_judge.h"
#include "scan/pickle/torch_zip_judge.h"

namespace weighlock::scan {
namespace {

constexpr std::array kFormats = {
    ZipFormat{"torchscript", IsTorchScript, JudgeTorchScript},
    ZipFormat{"torch-zip", IsTorchZip, JudgeTorchZip},
    ZipFormat{"torch-package", IsTorchPackage, JudgeTorchPackage},
    ZipFormat{"torch-export", IsTorchExport, JudgeTorchExport},
    ZipFormat{"keras", IsKeras, JudgeKeras},
    ZipFormat{"skops", IsSkops, JudgeSkops},
    ZipFormat{"torchserve", IsTorchServe, JudgeTorchServe},
};

}  // namespace

std::span<const ZipFormat> ZipFormats() {
  return kFormats;
}

}  // namespace weighlock::scan

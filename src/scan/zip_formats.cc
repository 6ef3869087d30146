// One row a format that is built on zip.
#include <array>

#include "scan/torch_zip_judge.h"
#include "scan/zip_view.h"

namespace weighlock::scan {
namespace {

constexpr std::array kFormats = {
    ZipFormat{"torchscript", IsTorchScript, JudgeTorchScript},
    ZipFormat{"torch-zip", IsTorchZip, JudgeTorchZip},
};

}  // namespace

std::span<const ZipFormat> ZipFormats() {
  return kFormats;
}

}  // namespace weighlock::scan

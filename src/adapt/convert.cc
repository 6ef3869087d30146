// Convert: find the weights, lay the output out, write and compare, prove, and only then name it.
#include "weighlock/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "adapt/layout_proof.h"
#include "adapt/layout_writer.h"
#include "adapt/output_layout.h"
#include "adapt/tensor_bytes.h"
#include "base/escape.h"
#include "base/staging.h"
#include "base/threads.h"

namespace weighlock {
namespace {

// The one set of weights to convert. Findings that stand in the way become the error.
Result<const WeightSet*> OnlySet(const Package& package) {
  if (const Finding* finding = FirstError(package.findings)) return AsError(*finding);
  if (package.weights.empty()) {
    return Error(Code::kUnsupported, "there are no weights in it that can be read", kNoOffset,
                 package.path);
  }
  if (package.weights.size() > 1) {
    std::string names;
    for (const WeightSet& set : package.weights) {
      if (!names.empty()) names += ", ";
      names += Quote(package.artefacts[set.index.value_or(set.files[0])].path);
    }
    return Error(Code::kUsage,
                 fmt::format("wanted one set of weights, found {}; name one of them", names),
                 kNoOffset, package.path);
  }
  if (!package.weights[0].complete) {
    return Error(Code::kUnsupported,
                 fmt::format("weights of format {} cannot be converted",
                             FormatName(package.weights[0].format)),
                 kNoOffset, package.path);
  }
  return &package.weights[0];
}

WeightsForm FormOf(const std::string& output, const ConvertOptions& options) {
  if (output.ends_with(".safetensors")) return WeightsForm::kSafetensors;
  return options.container == TorchContainer::kZip ? WeightsForm::kTorchZip
                                                   : WeightsForm::kTorchLegacy;
}

}  // namespace

Result<ConvertReport> Convert(const std::string& input, const std::string& output,
                              const ConvertOptions& options) {
  // The destination first: a refusal should cost nothing.
  WL_TRY(StagedFile staged, StagedFile::Create(output));
  WL_TRY(const OpenedPackage opened, OpenPackage(input, options.limits));
  WL_TRY(const WeightSet* set, OnlySet(opened.package));
  auto collected = CollectTensors(opened, *set, options.limits);
  if (!collected) return std::move(collected).error();
  TensorList list = *std::move(collected);
  auto planned = PlanOutput(list, FormOf(output, options));
  if (!planned) return std::move(planned).error().In(input);
  const Layout layout = *std::move(planned);

  const LayoutWriteOptions write{ThreadCount(options.threads), options.digests};
  auto written = WriteLayout(layout, list, staged.file(), write);
  if (!written) return std::move(written).error().OrIn(output);
  Status proven = ProveLayout(layout, list, written->crcs, options.limits);
  if (!proven) return std::move(proven).error().In(output);
  WL_CHECKED(
      std::move(staged).Commit(options.sync ? Durability::kPowerCut : Durability::kProcessCrash));
  ConvertReport report;
  report.output_bytes = layout.size;
  AddProofs(list, written->digests, report.tensors);
  report.notes = list.notes;
  for (const Finding& finding : opened.package.findings) {
    report.notes.push_back(fmt::format("{}: {}", Escape(finding.path), finding.text));
  }
  return report;
}

}  // namespace weighlock

// Convert: find the weights, lay the output out, write and compare, prove, and only then name it.
#include "weighlock/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "adapt/convert_object.h"
#include "adapt/sharded_output.h"
#include "adapt/stored_checksums.h"
#include "adapt/unwrap.h"
#include "adapt/write_weights.h"
#include "base/escape.h"
#include "base/staging.h"
#include "package/tensor_bytes.h"
#include "package/unchanged.h"
#include "package/weight_sets.h"

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

// A name says what is to be written; one that says nothing known would become a pickle by a slip.
Status CheckName(const std::string& output, const ConvertOptions& options) {
  constexpr std::array kEndings = {".safetensors", ".bin", ".pt", ".pth", ".ckpt"};
  const auto ends = [&](const char* ending) { return output.ends_with(ending); };
  if (std::none_of(kEndings.begin(), kEndings.end(), ends)) {
    return Error(Code::kUsage,
                 "wanted a name that ends in .safetensors, .bin, .pt, .pth, .ckpt or .json, which "
                 "says what to write",
                 kNoOffset, output);
  }
  if (options.container == TorchContainer::kLegacy && output.ends_with(".safetensors")) {
    return Error(Code::kUsage, "--container is for files of torch, and safetensors is none",
                 kNoOffset, output);
  }
  return {};
}

// The tensors of the one set of weights in `opened`, and what was odd about them.
Result<TensorList> Weights(const OpenedPackage& opened, const ConvertOptions& options) {
  WL_TRY(const WeightSet* set, OnlySet(opened.package));
  WL_TRY(TensorList list, CollectTensors(opened, *set, options.limits));
  const Artefact& first = opened.package.artefacts[set->files[0]];
  if (list.tensors.empty() && IsPickled(first.format) && !first.model->extras.empty()) {
    return Error(Code::kUnsupported,
                 "it holds no tensors; an output that ends in .json takes all that it holds",
                 kNoOffset, first.path);
  }
  for (const auto& [key, value] : options.metadata) list.metadata[key] = value;
  for (const std::string& prefix : options.unwrap) {
    WL_CHECKED(Unwrap(prefix, list).In(opened.package.path));
  }
  const std::string hint = IsPickled(first.format) ? WrapperHint(list) : std::string();
  if (!hint.empty()) list.notes.push_back(hint);
  for (const Finding& finding : opened.package.findings) {
    list.notes.push_back(fmt::format("{}: {}", Escape(finding.path), finding.text));
  }
  if (options.progress != nullptr) {
    for (const Tensor& tensor : list.tensors) options.progress->Expect(tensor.data.size);
  }
  return list;
}

// The files that hold the one set of weights, its index among them.
Status RefuseChangedWeights(const OpenedPackage& opened) {
  const WeightSet& set = opened.package.weights[0];
  std::vector<size_t> artefacts = set.files;
  if (set.index) artefacts.push_back(*set.index);
  return RefuseChanged(opened, artefacts, "converted");
}

}  // namespace

Result<ConvertReport> Convert(const std::string& input, const std::string& output,
                              const ConvertOptions& options) {
  if (output.ends_with(".json")) return ConvertObject(input, output, options);
  if (input.ends_with(".json") && !IsIndexName(input)) return ConvertJson(input, output, options);
  WL_CHECKED(CheckName(output, options));
  ConvertReport report;
  const WeightsForm form = FormOf(output, options);
  if (options.max_shard_bytes > 0) {
    // What is packed is unpacked beside the folder, which is not there yet.
    const std::string folder = std::filesystem::path(output).parent_path().string();
    WL_TRY(const OpenedPackage opened, OpenWhole(input, folder, options.limits));
    WL_TRY(TensorList list, Weights(opened, options));
    const auto unchanged = [&] { return RefuseChangedWeights(opened); };
    WL_CHECKED(WriteShards(std::move(list), form, input, output, options, unchanged, report));
    return report;
  }
  // The destination first: a refusal should cost nothing.
  WL_TRY(StagedFile staged, StagedFile::Create(output));
  WL_TRY(const OpenedPackage opened, OpenWhole(input, output, options.limits));
  WL_TRY(TensorList list, Weights(opened, options));
  WL_TRY(const auto crcs, WriteWeights(list, form, staged.file(), input, output, options, report));
  WL_CHECKED(CheckStoredChecksums(crcs, list));
  WL_CHECKED(RefuseChangedWeights(opened));
  WL_CHECKED(
      std::move(staged).Commit(options.sync ? Durability::kPowerCut : Durability::kProcessCrash));
  report.notes = std::move(list.notes);
  return report;
}

}  // namespace weighlock

#include "adapt/convert_object.h"

#include <fmt/format.h>

#include <filesystem>

#include "adapt/stored_checksums.h"
#include "adapt/write_weights.h"
#include "base/escape.h"
#include "base/staging.h"
#include "format/formats.h"
#include "format/torch/object_json.h"
#include "package/tensor_bytes.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

Status WriteTensors(const ObjectJson& object, const ByteSource& file, const std::string& output,
                    const ConvertOptions& options, ConvertReport& report) {
  WL_TRY(StagedFile staged, StagedFile::Create(output));
  TensorList list;
  WL_CHECKED(AddTensors(object.model, file, options.limits, list).In(file.name()));
  WL_TRY(const auto crcs, WriteWeights(list, WeightsForm::kSafetensors, staged.file(), file.name(),
                                       output, options, report));
  WL_CHECKED(CheckStoredChecksums(crcs, list));
  report.notes.insert(report.notes.end(), list.notes.begin(), list.notes.end());
  report.files.push_back(fs::path(output).filename().string());
  return std::move(staged).Commit(options.sync ? Durability::kPowerCut : Durability::kProcessCrash);
}

}  // namespace

Result<ConvertReport> ConvertObject(const std::string& input, const std::string& output,
                                    const ConvertOptions& options) {
  WL_TRY(StagedFile staged, StagedFile::Create(output));
  WL_TRY(const ByteSource file, ByteSource::OpenFile(input, input));
  const std::string tensors = fs::path(output).replace_extension(".safetensors").string();
  const ObjectJsonOptions naming{fs::path(input).filename().string(),
                                 fs::path(tensors).filename().string(), options.keep_secrets};
  WL_TRY(const ObjectJson object,
         Result<ObjectJson>(ReadObjectJson(file, naming, options.limits)).In(input));
  ConvertReport report;
  report.notes = object.model.notes;
  for (const std::string& secret : object.secrets) {
    report.notes.push_back(fmt::format("{} is a secret: it was {}", Escape(secret),
                                       options.keep_secrets ? "kept" : "left out"));
  }
  if (!object.model.tensors.empty()) {
    WL_CHECKED(WriteTensors(object, file, tensors, options, report));
  }
  ByteVector back;
  WL_CHECKED(WriteCompared(staged.file(), 0, AsBytes(object.text), back).In(output));
  report.output_bytes += object.text.size();
  report.files.push_back(fs::path(output).filename().string());
  WL_CHECKED(
      std::move(staged).Commit(options.sync ? Durability::kPowerCut : Durability::kProcessCrash));
  return report;
}

}  // namespace weighlock

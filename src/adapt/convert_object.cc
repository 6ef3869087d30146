// Two files for one object: the tensors go first, under names that the JSON then refers to, and the
// JSON is committed behind them, so that what it names is there.
#include "adapt/convert_object.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "adapt/layout_proof.h"
#include "adapt/layout_writer.h"
#include "adapt/stored_checksums.h"
#include "adapt/write_weights.h"
#include "base/escape.h"
#include "base/staging.h"
#include "base/threads.h"
#include "format/formats.h"
#include "format/torch/object_json.h"
#include "format/torch/object_pickle.h"
#include "package/tensor_bytes.h"
#include "package/unchanged.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

Status WriteTensors(const ObjectJson& object, const WatchedFile& input, const std::string& output,
                    const ConvertOptions& options, ConvertReport& report) {
  const ByteSource& file = input.source;
  WL_TRY(StagedFile staged, StagedFile::Create(output));
  TensorList list;
  WL_CHECKED(AddTensors(object.model, file, options.limits, list).In(file.name()));
  WL_TRY(const auto crcs, WriteWeights(list, WeightsForm::kSafetensors, staged.file(), file.name(),
                                       output, options, report));
  WL_CHECKED(CheckStoredChecksums(crcs, list));
  WL_CHECKED(RefuseChanged(input, "converted"));
  report.notes.insert(report.notes.end(), list.notes.begin(), list.notes.end());
  report.files.push_back(fs::path(output).filename().string());
  return std::move(staged).Commit(options.sync ? Durability::kPowerCut : Durability::kProcessCrash);
}

// What a JSON of an object needs to be read: as deep as it was written.
Result<JsonValue> ReadJson(const ByteSource& file, const Limits& limits) {
  if (file.size() > limits.pickle_bytes) {
    return Error(Code::kLimit, fmt::format("the JSON has {} bytes, at most {} are read",
                                           file.size(), limits.pickle_bytes));
  }
  WL_TRY(const ByteVector text, file.Read(0, file.size()));
  Limits deeper = limits;
  deeper.json_depth = 4 * limits.pickle_depth;
  deeper.json_values = limits.pickle_nodes;
  return ParseJson(text, deeper);
}

// The tensors in the file that the JSON names, which lies beside it and joins the `read` ones.
Result<TensorList> TensorsOf(const JsonValue& json, const std::string& input, const Limits& limits,
                             std::vector<WatchedFile>& read) {
  TensorList list;
  const JsonValue* name = json.Find("tensors");
  if (name == nullptr || !name->Is(JsonValue::Kind::kString)) return list;
  if (name->text.find_first_of("/\\") != name->text.npos) {
    return Error(Code::kMalformed, "\"tensors\" wants the name of a file beside the JSON",
                 name->offset, input);
  }
  const std::string path = (fs::path(input).parent_path() / name->text).string();
  WL_TRY(WatchedFile watched, OpenWatched(path));
  const ByteSource file = watched.source;
  read.push_back(std::move(watched));
  auto model = ReadModel(Format::kSafetensors, file, limits);
  if (!model) return std::move(model).error().In(path);
  WL_CHECKED(AddTensors(*model, file, limits, list).In(path));
  return list;
}

}  // namespace

Result<ConvertReport> ConvertObject(const std::string& input, const std::string& output,
                                    const ConvertOptions& options) {
  WL_TRY(StagedFile staged, StagedFile::Create(output));
  WL_TRY(const WatchedFile file, OpenWatched(input));
  const std::string tensors = fs::path(output).replace_extension(".safetensors").string();
  const ObjectJsonOptions naming{fs::path(input).filename().string(),
                                 fs::path(tensors).filename().string(), options.keep_secrets};
  WL_TRY(const ObjectJson object,
         Result<ObjectJson>(ReadObjectJson(file.source, naming, options.limits)).In(input));
  ConvertReport report;
  report.notes = object.model.notes;
  for (const std::string& secret : object.secrets) {
    report.notes.push_back(fmt::format("{} is a secret: it was {}", Escape(secret),
                                       options.keep_secrets ? "kept" : "left out"));
  }
  if (!object.model.tensors.empty()) {
    WL_CHECKED(WriteTensors(object, file, tensors, options, report));
  }
  WL_CHECKED(RefuseChanged(file, "converted"));
  ByteVector back;
  WL_CHECKED(WriteCompared(staged.file(), 0, AsBytes(object.text), back).In(output));
  report.output_bytes += object.text.size();
  report.files.push_back(fs::path(output).filename().string());
  WL_CHECKED(
      std::move(staged).Commit(options.sync ? Durability::kPowerCut : Durability::kProcessCrash));
  return report;
}

Result<ConvertReport> ConvertJson(const std::string& input, const std::string& output,
                                  const ConvertOptions& options) {
  WL_TRY(StagedFile staged, StagedFile::Create(output));
  WL_TRY(WatchedFile file, OpenWatched(input));
  std::vector<WatchedFile> files = {std::move(file)};
  WL_TRY(const JsonValue json,
         Result<JsonValue>(ReadJson(files[0].source, options.limits)).In(input));
  WL_TRY(TensorList list, TensorsOf(json, input, options.limits, files));
  std::map<std::string, size_t> index_of;
  for (size_t i = 0; i < list.tensors.size(); ++i) index_of[list.tensors[i].name] = i;
  for (const TensorAlias& alias : list.aliases) index_of[alias.name] = alias.tensor;
  WL_TRY(ObjectPickle object,
         Result<ObjectPickle>(PickleOfJson(json, list.tensors, index_of)).In(input));
  auto planned = PlanTorchZip(list.tensors, std::move(object.pickle));
  if (!planned) return std::move(planned).error().In(input);
  const Layout layout = *std::move(planned);

  auto written = WriteLayout(layout, list, staged.file(),
                             {ThreadCount(options.threads), options.digests, options.progress});
  if (!written) return std::move(written).error().OrIn(output);
  const auto read = [&](const ByteSource& source) -> Result<Model> {
    WL_TRY(ObjectJson again, ReadObjectJson(source, {}, options.limits));
    return std::move(again.model);
  };
  WL_CHECKED(ProveLayout(layout, list, written->crcs, read).In(output));
  for (const WatchedFile& each : files) WL_CHECKED(RefuseChanged(each, "converted"));
  WL_CHECKED(
      std::move(staged).Commit(options.sync ? Durability::kPowerCut : Durability::kProcessCrash));

  ConvertReport report;
  report.output_bytes = layout.size;
  AddProofs(list, written->digests, report.tensors);
  report.notes = std::move(list.notes);
  for (const std::string& function : object.functions) {
    report.notes.push_back(fmt::format("loading it imports {}", Escape(function)));
  }
  if (object.redacted > 0) {
    report.notes.push_back(
        fmt::format("{} secrets were left out of the JSON: None stands for them", object.redacted));
  }
  return report;
}

}  // namespace weighlock

// Random access: steps in the plan's order, weights in parallel where the sink allows it.
#include "adapt/execute.h"

#include "adapt/disarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "adapt/layout_emitter.h"
#include "adapt/layout_proof.h"
#include "adapt/layout_writer.h"
#include "adapt/output_layout.h"
#include "adapt/plan.h"
#include "adapt/refusals.h"
#include "adapt/stored_checksums.h"
#include "adapt/unwrap.h"
#include "base/escape.h"
#include "format/torch/object_json.h"
#include "package/unchanged.h"

namespace weighlock {
namespace {

constexpr size_t kBlock = size_t{1} << 20;

// What a conversion writes: the tensors of the set whose files are the step's inputs.
Result<TensorList> ListFor(const Step& step, const OpenedPackage& opened, const Limits& limits) {
  const std::set<std::string_view> inputs(step.inputs.begin(), step.inputs.end());
  const auto& sets = opened.package.weights;
  const auto set = std::find_if(sets.begin(), sets.end(), [&](const WeightSet& s) {
    return inputs.contains(opened.package.artefacts[s.files[0]].path) &&
           s.index.has_value() == (inputs.size() > s.files.size());
  });
  WL_TRY(TensorList list, CollectTensors(opened, *set, limits));
  WL_CHECKED(MendTensors(step.unwrap, list));
  return list;
}

class Executor {
 public:
  Executor(const OpenedPackage& opened, const AdaptJob& job, PackageSink& sink, AdaptReport& report)
      : opened_(opened), job_(job), sink_(sink), report_(report) {
    const auto& artefacts = opened.package.artefacts;
    for (size_t i = 0; i < artefacts.size(); ++i) index_of_[artefacts[i].path] = i;
  }

  Status Run() {
    for (const Step& step : report_.plan.steps) {
      if (step.action == Action::kDrop) continue;
      for (const std::string& path : step.inputs)
        Expect(opened_.sources[index_of_.at(path)].size());
    }
    for (const Step& step : report_.plan.steps) {
      if (step.action == Action::kKeep) WL_CHECKED(Keep(step));
      if (step.action == Action::kRewrite) WL_CHECKED(Rewrite(step));
      if (step.action == Action::kConvert) WL_CHECKED(Convert(step));
      if (step.action == Action::kUnpickle) WL_CHECKED(Unpickle(step));
    }
    return {};
  }

 private:
  Status Keep(const Step& step) {
    const size_t index = index_of_.at(step.inputs[0]);
    const ByteSource& source = opened_.sources[index];
    const bool executable = opened_.package.artefacts[index].executable;
    WL_CHECKED(sink_.Begin(step.output, source.size(), executable));
    ByteVector block;
    Sha256 sha;
    WL_CHECKED(ForEachBlock(source, block, [&](Bytes bytes) -> Status {
      sha.Update(bytes);
      Add(bytes.size());
      return sink_.Write(bytes);
    }));
    WL_CHECKED(sink_.End());
    report_.files.push_back({step.output, source.size(), Hex(sha.Finish())});
    return {};
  }

  // The file with its repairs, which then leave nothing to repair.
  Status Rewrite(const Step& step) {
    const std::string& path = step.inputs[0];
    const auto repaired = RepairedFile(opened_.package, path, job_.inputs);
    if (!repaired || repaired->repairs.empty())
      return Error(Code::kMismatch, "it changed while it was adapted", kNoOffset, path);
    PlanInputs again = job_.inputs;
    again.content = [&](const std::string& other) {
      return other == path ? repaired->text : job_.inputs.content(other);
    };
    const auto still = RepairedFile(opened_.package, path, again);
    if (still && !still->repairs.empty()) {
      return Error(Code::kMismatch, "a repair that did not mend it: a bug", kNoOffset, path);
    }
    const Artefact& artefact = opened_.package.artefacts[index_of_.at(path)];
    Add(artefact.size);
    WL_CHECKED(sink_.Begin(step.output, repaired->text.size(), artefact.executable));
    WL_CHECKED(sink_.Write(AsBytes(repaired->text)));
    return sink_.End();
  }

  Status Convert(const Step& step) {
    WL_TRY(TensorList list, ListFor(step, opened_, job_.options().limits));
    return Write(list, step.form, step.inputs[0], step.output);
  }

  // The object of a pickle as JSON, and its tensors beside it.
  Status Unpickle(const Step& step) {
    const ByteSource& source = opened_.sources[index_of_.at(step.inputs[0])];
    const std::string tensors = TensorsBeside(step.output);
    const auto name = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
    ObjectJsonOptions options{name(step.inputs[0]), name(tensors), job_.options().keep_secrets};
    if (job_.options().disarm) options.may_stay = MayStayDisarmed;
    auto read = ReadObjectJson(source, options, job_.options().limits);
    if (!read) return std::move(read).error().In(step.inputs[0]);
    const ObjectJson object = *std::move(read);
    for (const std::string& secret : object.secrets) {
      report_.plan.notes.push_back(fmt::format("{}: {} is a secret: it was {}",
                                               Escape(step.inputs[0]), Escape(secret),
                                               options.keep_secrets ? "kept" : "left out"));
    }
    for (const LeftOutValue& value : object.left_out) {
      report_.disarmed.push_back({step.inputs[0], value.path, value.what});
    }
    if (!object.model.tensors.empty()) {
      TensorList list;
      WL_CHECKED(AddTensors(object.model, source, job_.options().limits, list).In(step.inputs[0]));
      WL_CHECKED(Write(list, WeightsForm::kSafetensors, step.inputs[0], tensors));
    }
    WL_CHECKED(sink_.Begin(step.output, object.text.size(), /*executable=*/false));
    WL_CHECKED(sink_.Write(AsBytes(object.text)));
    return sink_.End();
  }

  Status Write(TensorList& list, WeightsForm form, const std::string& input,
               const std::string& output) {
    auto planned = PlanOutput(list, form);
    if (!planned) return std::move(planned).error().In(input);
    const Layout layout = *std::move(planned);
    WL_TRY(const FileHandle* file, sink_.BeginAnywhere(output, layout.size));
    LayoutChecksums sums;
    if (file != nullptr) {
      auto written = WriteLayout(layout, list, *file,
                                 {job_.threads, /*digests=*/true, job_.options().progress});
      if (!written) return std::move(written).error().OrIn(sink_.PlaceOf(output));
      sums = *std::move(written);
    } else {
      WL_CHECKED(sink_.Begin(output, layout.size, /*executable=*/false));
      WL_TRY(sums, Emit(layout, list));
    }
    WL_CHECKED(sink_.End());
    WL_CHECKED(CheckStoredChecksums(sums.crcs, list));
    Status proven = ProveLayout(layout, list, sums.crcs, job_.options().limits);
    if (!proven) return std::move(proven).error().In(sink_.PlaceOf(output));
    AddProofs(list, sums.digests, report_.tensors);
    report_.plan.notes.insert(report_.plan.notes.end(), list.notes.begin(), list.notes.end());
    return {};
  }

  Result<LayoutChecksums> Emit(const Layout& layout, const TensorList& list) {
    CurrentFile out(sink_);
    LayoutEmitter emitter(layout, list.tensors.size(), out);
    ByteVector block(kBlock);
    for (const Piece& piece : layout.pieces) {
      if (piece.tensor < 0) continue;
      const auto i = static_cast<size_t>(piece.tensor);
      const Extent& data = list.tensors[i].data;
      for (uint64_t done = 0; done < data.size;) {
        const auto count = static_cast<size_t>(std::min<uint64_t>(kBlock, data.size - done));
        const MutableBytes bytes = MutableBytes(block).first(count);
        Status read = list.files[i].ReadAt(data.offset + done, bytes);
        if (!read) return std::move(read).error().In(list.files[i].name());
        WL_CHECKED(emitter.Data(bytes));
        done += count;
        Add(count);
      }
    }
    WL_CHECKED(emitter.Finish());
    return LayoutChecksums{emitter.crcs(), emitter.digests()};
  }

  void Expect(uint64_t bytes) const {
    if (job_.options().progress != nullptr) job_.options().progress->Expect(bytes);
  }
  void Add(uint64_t bytes) const {
    if (job_.options().progress != nullptr) job_.options().progress->Add(bytes);
  }

  const OpenedPackage& opened_;
  const AdaptJob& job_;
  PackageSink& sink_;
  AdaptReport& report_;
  std::map<std::string_view, size_t> index_of_;  // artefacts by their paths
};

// The artefacts that something of the output was made from.
std::vector<size_t> ArtefactsOf(const Plan& plan, const Package& package) {
  std::set<std::string_view> used;
  for (const Step& step : plan.steps) {
    if (step.action != Action::kDrop) used.insert(step.inputs.begin(), step.inputs.end());
  }
  std::vector<size_t> artefacts;
  for (size_t i = 0; i < package.artefacts.size(); ++i) {
    if (used.contains(package.artefacts[i].path)) artefacts.push_back(i);
  }
  return artefacts;
}

}  // namespace

std::function<std::optional<std::string>(const std::string&)> ContentOf(const OpenedPackage& opened,
                                                                        const Limits& limits) {
  return [&opened, &limits](const std::string& path) -> std::optional<std::string> {
    const auto& artefacts = opened.package.artefacts;
    const auto found = std::find_if(artefacts.begin(), artefacts.end(),
                                    [&](const Artefact& a) { return a.path == path; });
    if (found == artefacts.end() || found->size > limits.json_bytes) return std::nullopt;
    const auto text =
        opened.sources[static_cast<size_t>(found - artefacts.begin())].Read(0, found->size);
    if (!text) return std::nullopt;
    return std::string(AsText(*text));
  };
}

Status TryConversions(const OpenedPackage& opened, const Plan& plan, const Limits& limits) {
  for (const Step& step : plan.steps) {
    if (step.action != Action::kConvert) continue;
    WL_TRY(TensorList list, ListFor(step, opened, limits));
    if (auto layout = PlanOutput(list, step.form); !layout) {
      return std::move(layout).error().In(step.inputs[0]);
    }
  }
  return {};
}

Status ExecutePlan(const OpenedPackage& opened, const AdaptJob& job, PackageSink& sink,
                   AdaptReport& report) {
  AdaptJob whole = job;
  whole.inputs.content = ContentOf(opened, job.options().limits);
  WL_TRY(report.plan, MakePlan(opened.package, whole.inputs));
  WL_CHECKED(RefuseImpossible(report.plan, opened.package.path));
  WL_CHECKED(JudgeHandOver(opened, job.options(), report.plan));
  if (!report.plan.refusals.empty()) return {};
  WL_CHECKED(Executor(opened, whole, sink, report).Run());
  return RefuseChanged(opened, ArtefactsOf(report.plan, opened.package), "adapted");
}

}  // namespace weighlock

// One pass over a .tar.gz. A member's fate is decided when its head is known; at the end the plan
// is made again from all that was seen, and must be the one that was carried out.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapt/contradictions.h"
#include "adapt/execute.h"
#include "adapt/layout_emitter.h"
#include "adapt/layout_proof.h"
#include "adapt/output_layout.h"
#include "adapt/plan.h"
#include "adapt/refusals.h"
#include "adapt/unwrap.h"
#include "base/read_ahead.h"
#include "contract/container_requirements.h"
#include "package/archive_reader.h"
#include "package/empty_folders.h"
#include "package/examine.h"
#include "package/hand_over.h"
#include "package/unchanged.h"
#include "package/weight_sets.h"

namespace weighlock {
namespace {

// Beyond, planning anew at every file would take longer than reading the package twice.
constexpr size_t kMostWeights = 1000;

// A member's content as it goes by: kept in part for inspection, handed out in blocks.
class MemberBytes {
 public:
  MemberBytes(ArchiveReader& archive, const ArchiveMember& member, const Limits& limits)
      : archive_(archive),
        capture_(member.path, member.size, limits),
        block_(kReadAheadBlockSize) {}

  // The next block, empty at the end.
  Result<Bytes> Next() {
    WL_TRY(const size_t count, archive_.Read(block_));
    const Bytes bytes = Bytes(block_).first(count);
    WL_CHECKED(capture_.Write(bytes));
    return bytes;
  }

  const StreamCapture& capture() const { return capture_; }
  ByteSource Finish() && { return std::move(capture_).Finish(); }

 private:
  ArchiveReader& archive_;
  StreamCapture capture_;
  ByteVector block_;
};

class StreamingRun {
 public:
  StreamingRun(const std::string& input, const AdaptJob& job, PackageSink& sink,
               AdaptReport& report)
      : job_(job), sink_(sink), report_(report) {
    opened_.package.path = input;
    opened_.package.kind = PackageKind::kTarGz;
  }

  Result<bool> Run() {
    WL_TRY(const WatchedFile file, OpenWatched(opened_.package.path));
    const auto archive =
        OpenTarGzReader(file.source, job_.options().limits, job_.options().progress);
    while (true) {
      WL_TRY(const auto member, archive->Next());
      if (!member) break;
      if (member->is_folder) {
        folders_.push_back(member->path);
        continue;
      }
      WL_TRY(const bool decided, TakeMember(*archive, *member));
      if (!decided) return false;
    }
    FindWeightSets(opened_.package, opened_.sources, job_.options().limits);
    WL_TRY(report_.plan, MakePlan(opened_.package, job_.inputs));
    WL_CHECKED(RefuseImpossible(report_.plan, opened_.package.path));
    report_.plan.notes.insert(report_.plan.notes.end(), notes_.begin(), notes_.end());
    std::vector<std::string> files;
    for (const Artefact& artefact : opened_.package.artefacts) files.push_back(artefact.path);
    opened_.package.empty_folders = EmptyFolders(std::move(folders_), std::move(files));
    NoteEmptyFolders(opened_.package, job_.options(), report_.plan);
    NoteContradictions(opened_, report_.plan);
    report_.findings = opened_.package.findings;
    WL_CHECKED(RefuseChanged(file, "adapted"));
    return HasModelParts(opened_.package) && report_.plan.steps == done_;
  }

 private:
  // What the plan says of this member, known by `held`, the part of it that has been read: made
  // from it and the weights before it, for nothing else can bear on it but what the end will show.
  Result<std::vector<Step>> StepsFor(const std::string& path, const ByteSource& held) {
    std::vector<Finding> ignored;
    Artefact artefact = Examine(held, path, job_.options().limits, ignored);
    WL_TRY(const auto secrets, SecretsOf(artefact, held));
    holds_secrets_ = !secrets.empty() && !job_.options().allow_secrets;
    const bool is_weights = artefact.role == Role::kWeights;
    Package& seen = is_weights ? weights_.package : alone_;
    if (is_weights && seen.artefacts.size() > kMostWeights) {
      return Error(Code::kLimit, "too many weights to plan for each as it comes");
    }
    seen.path = opened_.package.path;
    seen.weights.clear();
    seen.artefacts.push_back(std::move(artefact));
    if (is_weights) {
      uint64_t held_bytes = 0;  // the whole package's are counted when the member has passed
      WL_TRY(ByteSource kept, KeepForWeightSets(held, path, job_.options().limits, held_bytes));
      weights_.sources.push_back(std::move(kept));
      FindWeightSets(seen, weights_.sources, job_.options().limits);
    }
    WL_CHECKED(RefuseRepairs(path, held));
    auto plan = MakePlan(seen, job_.inputs);
    alone_.artefacts.clear();
    if (!plan) return std::move(plan).error();
    impossible_ = RefuseImpossible(*plan, opened_.package.path);
    if (!impossible_) return Error(Code::kUnsupported, "no later member helps");
    std::vector<Step> earlier;
    std::vector<Step> ours;
    for (Step& step : plan->steps) {
      const bool is_ours =
          std::find(step.inputs.begin(), step.inputs.end(), path) != step.inputs.end();
      (is_ours ? ours : earlier).push_back(std::move(step));
    }
    if (is_weights && earlier != weights_done_) {
      return Error(Code::kMismatch, "what was done with earlier weights was wrong");
    }
    if (is_weights) weights_done_.insert(weights_done_.end(), ours.begin(), ours.end());
    return ours;
  }

  // Whether the package installs something else over the target.
  bool InstallsAnother(const std::string& path, const ByteSource& held) const {
    const Target& target = job_.inputs.target;
    if (!IsSageMaker(target.platform) || !IsPlatformFile(path)) return false;
    OpenedPackage alone;
    alone.package.artefacts.push_back(
        {path, held.size(), Format::kText, Role::kCode, std::nullopt});
    alone.sources.push_back(held);
    return !InstallRequirements(alone, target, job_.inputs.releases).findings.empty();
  }

  // What must be rewritten is read whole, and from all of the package.
  Status RefuseRepairs(const std::string& path, const ByteSource& held) const {
    const std::string name = path.substr(path.rfind('/') + 1);
    const RepairSituation situation{job_.inputs.target, job_.inputs.releases, job_.inputs.peft,
                                    true};
    if (name == "chat_template.jinja" && WantsTemplateInConfig(situation)) {
      return Error(Code::kUnsupported, "what another file is to be rewritten for");
    }
    if (path.find("additional_chat_templates/") != path.npos &&
        PassesOverNamedTemplates(situation)) {
      return Error(Code::kUnsupported, "what the report has a note on");
    }
    if (InstallsAnother(path, held)) {
      return Error(Code::kUnsupported, "what decides what loads the rest");
    }
    if (!MayNeedRepair(name)) return {};
    const auto text = held.Read(0, held.size());
    const bool needs = text ? RepairJson(name, AsText(*text), situation).has_value() ||
                                  !UnmendedBy(name, AsText(*text), situation).empty()
                            : MayNeedRepairUnread(name, situation);
    return needs ? Status(Error(Code::kUnsupported, "a file that must be rewritten")) : Status();
  }

  // False: this member cannot be decided on yet.
  Result<bool> TakeMember(ArchiveReader& archive, const ArchiveMember& member) {
    MemberBytes bytes(archive, member, job_.options().limits);
    ByteVector head;  // blocks read before the decision
    while (!bytes.capture().HeadComplete()) {
      WL_TRY(const Bytes block, bytes.Next());
      if (block.empty()) break;
      Append(head, block);
    }
    auto planned = StepsFor(member.path, bytes.capture().Peek());
    WL_CHECKED(std::exchange(impossible_, Status()));
    // Perhaps a later member makes it possible.
    if (!planned) return false;
    if (planned->size() != 1 || (*planned)[0].inputs.size() != 1) return false;
    const Step& step = (*planned)[0];
    if (step.action == Action::kKeep && holds_secrets_) return false;  // all are told, or none
    if (step.action == Action::kUnpickle) return false;  // its tensors may lie anywhere in it
    if (step.action == Action::kKeep) WL_CHECKED(Keep(step, member, head, bytes));
    if (step.action == Action::kConvert) {
      WL_TRY(const bool converted, Convert(step, head, bytes));
      if (!converted) return false;
    }
    if (step.action == Action::kDrop) WL_CHECKED(SkipRest(bytes));
    done_.push_back(step);

    ByteSource source = std::move(bytes).Finish();
    opened_.package.artefacts.push_back(
        Examine(source, member.path, job_.options().limits, opened_.package.findings));
    WL_TRY(source,
           KeepForWeightSets(std::move(source), member.path, job_.options().limits, held_bytes_));
    opened_.sources.push_back(std::move(source));
    report_.input_bytes += member.size;
    return true;
  }

  static Status SkipRest(MemberBytes& bytes) {
    while (true) {
      WL_TRY(const Bytes block, bytes.Next());
      if (block.empty()) return {};
    }
  }

  Status Keep(const Step& step, const ArchiveMember& member, Bytes head, MemberBytes& bytes) {
    WL_CHECKED(sink_.Begin(step.output, member.size, member.executable));
    Sha256 sha;
    for (Bytes block = head; !block.empty();) {
      sha.Update(block);
      WL_CHECKED(sink_.Write(block));
      WL_TRY(block, bytes.Next());
    }
    WL_CHECKED(sink_.End());
    report_.files.push_back({step.output, member.size, Hex(sha.Finish())});
    return {};
  }

  // Only a single safetensors file: its tensors arrive in the order that its header gives.
  Result<bool> Convert(const Step& step, Bytes head, MemberBytes& bytes) {
    const ByteSource held = bytes.capture().Peek();
    std::vector<Finding> ignored;
    const Artefact artefact = Examine(held, step.inputs[0], job_.options().limits, ignored);
    if (!artefact.model || artefact.format != Format::kSafetensors) return false;
    TensorList list;
    Status added = AddTensors(*artefact.model, held, job_.options().limits, list);
    if (!added) return std::move(added).error().In(artefact.path);
    const uint64_t data_start = list.tensors.empty() ? artefact.size : list.tensors[0].data.offset;
    if (data_start > head.size()) return false;
    WL_CHECKED(MendTensors(step.unwrap, list));
    auto planned = PlanOutput(list, step.form);
    if (!planned) return std::move(planned).error().In(step.inputs[0]);
    const Layout layout = *std::move(planned);
    WL_CHECKED(sink_.Begin(step.output, layout.size, /*executable=*/false));
    CurrentFile out(sink_);
    LayoutEmitter emitter(layout, list.tensors.size(), out);
    WL_CHECKED(emitter.Data(head.subspan(data_start)));
    while (true) {
      WL_TRY(const Bytes block, bytes.Next());
      if (block.empty()) break;
      WL_CHECKED(emitter.Data(block));
    }
    WL_CHECKED(emitter.Finish());
    WL_CHECKED(sink_.End());
    Status proven = ProveLayout(layout, list, emitter.crcs(), job_.options().limits);
    if (!proven) return std::move(proven).error().In(step.output);
    AddProofs(list, emitter.digests(), report_.tensors);
    notes_.insert(notes_.end(), list.notes.begin(), list.notes.end());
    return true;
  }

  const AdaptJob& job_;
  PackageSink& sink_;
  AdaptReport& report_;
  OpenedPackage opened_;            // what has been seen so far
  OpenedPackage weights_;           // the weights among it
  Package alone_;                   // room for one artefact that is none
  std::vector<Step> done_;          // what has been carried out
  std::vector<Step> weights_done_;  // ... with weights
  uint64_t held_bytes_ = 0;         // of indexes
  Status impossible_;               // why no adaptation helps
  bool holds_secrets_ = false;      // the member that is planned for
  std::vector<std::string> notes_;
  std::vector<std::string> folders_;
};

}  // namespace

Result<bool> ExecuteStreaming(const std::string& input, const AdaptJob& job, PackageSink& sink,
                              AdaptReport& report) {
  auto result = StreamingRun(input, job, sink, report).Run();
  // Errors of the output say where; those without a place are the archive's.
  if (!result) return std::move(result).error().OrIn(input);
  return result;
}

}  // namespace weighlock

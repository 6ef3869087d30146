// Of each group of weights, those of one folder and stem, the target takes one set, in the order in
// which loaders look for them. What it takes is left alone; what it opens and then refuses for its
// metadata, or finds none of its names in, is written anew as it is; only where it opens none is
// one set converted, to the one form that every older runtime takes: a single torch file.
#include "adapt/weights_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapt/dtype_fit.h"
#include "base/escape.h"
#include "compat/format_metadata.h"
#include "format/torch/torch_writer.h"
#include "package/weight_sets.h"
#include "package/wrapper_prefix.h"

namespace weighlock {
namespace {

// Here the file is found and opened, and torch's own error depends on its build.
constexpr std::string_view kUnreadableContainer = "WL-W-011";

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string UpgradeText(const Upgrade& upgrade) {
  return fmt::format("{} {} reads these weights as they are{}{}", upgrade.component,
                     upgrade.to.text(), upgrade.also.empty() ? "" : ", with ", upgrade.also);
}

class GroupPlanner {
 public:
  GroupPlanner(const Package& package, const std::vector<size_t>& sets, const Target& target,
               const Knowledge& knowledge, bool no_pickle)
      : package_(package),
        target_(target),
        knowledge_(knowledge),
        no_pickle_(no_pickle),
        sets_(sets) {}

  Result<GroupPlan> Run() {
    std::vector<size_t> readable, unsure, unreadable;
    for (const size_t i : sets_) {
      const Tri answer = Judge(package_.weights[i]);
      (answer == Tri::kYes ? readable : answer == Tri::kNo ? unreadable : unsure).push_back(i);
    }
    if (no_pickle_) {
      // Sets without pickles are as good as the only ones, if there are any that the target reads.
      const auto pickled = std::stable_partition(readable.begin(), readable.end(), [&](size_t i) {
        return !IsPickled(package_.weights[i].format) && !IsSurelyBroken(i);
      });
      if (pickled == readable.begin() && !readable.empty()) {
        PassOverBroken(readable);
        return WithoutPickle(readable);
      }
      unreadable.insert(unreadable.end(), pickled, readable.end());
      readable.erase(pickled, readable.end());
    }
    if (readable.empty()) {
      WL_CHECKED(Bridge(unsure, unreadable));
      return std::move(plan_);
    }
    PassOverBroken(readable);
    Leave(unreadable);
    Take(readable[0]);
    return std::move(plan_);
  }

 private:
  void Leave(const std::vector<size_t>& sets) {
    for (const size_t i : sets) {
      plan_.dropped.emplace(i, no_pickle_ ? "weights that others stand for"
                                          : "weights in a form that the target does not read");
    }
  }

  // Not whole for any reader: safetensors that cannot be read, or shards that are not there.
  bool IsSurelyBroken(size_t index) const {
    const WeightSet& set = package_.weights[index];
    return !set.complete && (set.format == Format::kSafetensors || !set.missing.empty());
  }

  // A broken set that the target would take before a whole one is left out, for the whole one to be
  // found.
  void PassOverBroken(std::vector<size_t>& readable) {
    const bool has_whole = std::any_of(readable.begin(), readable.end(),
                                       [&](size_t i) { return package_.weights[i].complete; });
    if (!IsSurelyBroken(readable[0]) || !has_whole) return;
    const WeightSet& first = package_.weights[readable[0]];
    const bool is_cut = first.missing.empty();
    plan_.diagnosis = {
        Verdict::kFail,
        is_cut ? "WL-W-020" : "WL-W-022",
        fmt::format("the target takes {} before all others, and {}",
                    Escape(PathOf(package_, first)),
                    is_cut ? "it cannot be read to its end" : "not all of its shards are there"),
        "",
        {}};
    while (IsSurelyBroken(readable[0])) {
      plan_.dropped.emplace(readable[0], "weights that are not whole, beside some that are");
      readable.erase(readable.begin());
    }
  }

  void SayItIsRead(const WeightSet& set) {
    if (plan_.diagnosis.verdict != Verdict::kOk) return;
    plan_.diagnosis.text =
        fmt::format("the target reads {} as it is", Escape(PathOf(package_, set)));
  }

  // The set that the target takes.
  void Take(size_t index) {
    const WeightSet& set = package_.weights[index];
    SayItIsRead(set);
    if (set.complete) return Mend(index);
    plan_.diagnosis.verdict = Verdict::kRisk;
    plan_.diagnosis.text = fmt::format(
        "the target reads weights of this form, but what {} holds could not be read here; see "
        "the findings",
        Escape(PathOf(package_, set)));
  }

  // The target reads these torch files; it is to get safetensors all the same.
  Result<GroupPlan> WithoutPickle(const std::vector<size_t>& sets) {
    const WeightSet& set = package_.weights[sets[0]];
    SayItIsRead(set);
    if (!ChooseForm(set)) return NoSafetensors(set);
    if (!set.complete) return Incomplete(set);
    WL_CHECKED(CheckDTypes(set));
    Convert(sets[0]);
    Leave({sets.begin() + 1, sets.end()});
    return std::move(plan_);
  }

  // A set that is converted loses what wrappers of training have left before its names.
  void Convert(size_t index) {
    const WeightSet& set = package_.weights[index];
    const bool becomes_safe = form_ == WeightsForm::kSafetensors && IsPickled(set.format);
    Conversion conversion{index, form_, output_, WrapperPrefix(package_, set),
                          becomes_safe    ? "W3"
                          : set.sharded() ? "W2"
                                          : "W1"};
    if (!conversion.unwrap.empty()) conversion.adaptations += " W6";
    plan_.conversion = std::move(conversion);
  }

  // What the target opens and then refuses, or finds none of its names in, is written anew in the
  // form that it has, as one file.
  void Mend(size_t index) {
    const WeightSet& set = package_.weights[index];
    const Artefact& first = package_.artefacts[set.files[0]];
    const std::string path = PathOf(package_, set);
    const std::string prefix = WrapperPrefix(package_, set);
    FormatMetadata format;
    if (set.format == Format::kSafetensors) {
      format = JudgeFormatMetadata(*first.model, set.sharded(), target_);
    }
    if (!format.refusal.empty()) Refuse(set, format);
    // What another framework wrote is not PyTorch's for saying so; mlx keeps its names and shapes.
    const bool renewed = !format.refusal.empty() && !format.is_foreign;
    if (!renewed && (prefix.empty() || !format.refusal.empty())) return;
    KeepForm(set);
    plan_.conversion = Conversion{index, form_, output_, prefix, set.sharded() ? "W2 " : ""};
    plan_.conversion->adaptations += !renewed ? "W6" : prefix.empty() ? "W4" : "W4 W6";
    if (renewed || plan_.diagnosis.verdict == Verdict::kFail) return;
    plan_.diagnosis.verdict = Verdict::kDiffers;
    plan_.diagnosis.rule = "WL-W-031";
    plan_.diagnosis.text = fmt::format(
        "the target finds none of its names in {}: all begin with \"{}.\"", Escape(path), prefix);
  }

  // The form that the set has, as one file.
  void KeepForm(const WeightSet& set) {
    const bool is_safe = set.format == Format::kSafetensors;
    form_ = is_safe                              ? WeightsForm::kSafetensors
            : set.format == Format::kTorchLegacy ? WeightsForm::kTorchLegacy
                                                 : WeightsForm::kTorchZip;
    output_ = FolderOf(PathOf(package_, set)) +
              (is_safe ? set.stem + ".safetensors" : std::string(TorchStem(set.stem)) + ".bin");
  }

  void Refuse(const WeightSet& set, const FormatMetadata& format) {
    const std::string path = PathOf(package_, set);
    Diagnosis& diagnosis = plan_.diagnosis;
    diagnosis.verdict = Verdict::kFail;
    diagnosis.rule = "WL-W-004";
    diagnosis.text = fmt::format("the target refuses {} for the format in its metadata: {}",
                                 Escape(path), Escape(format.value));
    const std::string file = package_.path + "/" + package_.artefacts[set.files[0]].path;
    diagnosis.message = knowledge_.Message(format.refusal, target_,
                                           {{"{file}", Escape(file)}, {"{format}", format.value}});
    if (format.is_foreign) {
      plan_.notes.push_back("only the framework that wrote the weights can make them PyTorch's");
    }
  }

  Error NoSafetensors(const WeightSet& set) const {
    return Error(Code::kUnsupported,
                 "--no-pickle wants safetensors, which the target is not known to read", kNoOffset,
                 PathOf(package_, set));
  }

  Error Incomplete(const WeightSet& set) const {
    if (IsUnlisted(package_, set) && !set.missing.empty()) {
      return Error(Code::kUnsupported,
                   fmt::format("{} of its shards are not there, the first: {}", set.missing.size(),
                               Quote(set.missing[0])),
                   kNoOffset, PathOf(package_, set));
    }
    if (const Finding* finding = FirstError(package_.findings)) return AsError(*finding);
    return Error(Code::kUnsupported, fmt::format("{} cannot be read here", FormatName(set.format)),
                 kNoOffset, PathOf(package_, set));
  }

  // Loaders find shards by their index.
  Tri Judge(const WeightSet& set) const {
    if (IsUnlisted(package_, set)) return Tri::kNo;
    return knowledge_.JudgeWeights(set.format, set.stem, set.sharded(), target_).readable;
  }

  // No set is surely read: say what would happen, and convert the best one.
  Status Bridge(const std::vector<size_t>& unsure, const std::vector<size_t>& unreadable) {
    std::vector<size_t> candidates = unsure;
    candidates.insert(candidates.end(), unreadable.begin(), unreadable.end());
    // What is whole first, and of that safetensors: nothing in it can be misread.
    std::stable_sort(candidates.begin(), candidates.end(), [&](size_t a, size_t b) {
      const WeightSet &x = package_.weights[a], &y = package_.weights[b];
      return std::pair(!x.complete, IsPickled(x.format)) <
             std::pair(!y.complete, IsPickled(y.format));
    });
    const WeightSet& set = package_.weights[candidates[0]];
    Diagnose(set, unsure.empty() ? Verdict::kFail : Verdict::kRisk);

    const bool is_read =
        knowledge_.JudgeWeights(set.format, set.stem, false, target_).readable == Tri::kYes;
    if (IsUnlisted(package_, set) && is_read && !(no_pickle_ && IsPickled(set.format))) {
      KeepForm(set);
    } else if (!ChooseForm(set)) {
      if (no_pickle_) return NoSafetensors(set);
      if (unsure.empty()) return NoBridge(set);
      plan_.notes.push_back(
          "the target does not say enough to choose a better form; the weights are left as they "
          "are");
      return {};
    }
    if (!set.complete) return Incomplete(set);
    WL_CHECKED(CheckDTypes(set));
    Convert(candidates[0]);
    Leave({candidates.begin() + 1, candidates.end()});
    if (form_ != WeightsForm::kSafetensors && target_.Find("torch") == nullptr) {
      plan_.notes.push_back(fmt::format(
          "the target names no torch; the zip container is written, which torch {} and later read "
          "(add torch==... to the target to be sure)",
          TorchThatReads(set)));
    }
    return {};
  }

  // The form to convert to: one torch file, which every older runtime reads, or safetensors for
  // those that read no pickles any more. False: the target surely reads neither.
  bool ChooseForm(const WeightSet& set) {
    const std::string torch_stem(TorchStem(set.stem));
    const std::string safe_stem = torch_stem == "pytorch_model" ? "model" : torch_stem;
    const std::string folder = FolderOf(PathOf(package_, set));
    const auto reads = [&](Format format, const std::string& stem) {
      return knowledge_.JudgeWeights(format, stem, false, target_).readable == Tri::kYes;
    };
    if (!no_pickle_ && reads(Format::kTorchLegacy, torch_stem)) {
      form_ = knowledge_.ReadsContainer("zip", target_) == Tri::kNo ? WeightsForm::kTorchLegacy
                                                                    : WeightsForm::kTorchZip;
      output_ = folder + torch_stem + ".bin";
      return true;
    }
    if (reads(Format::kSafetensors, safe_stem)) {
      form_ = WeightsForm::kSafetensors;
      output_ = folder + safe_stem + ".safetensors";
      return true;
    }
    return false;
  }

  // The first torch that loads a zip of these dtypes.
  std::string TorchThatReads(const WeightSet& set) const {
    Version first = *Version::Parse("1.6");  // from which on there are zips
    for (const size_t file : set.files) {
      for (const Tensor& tensor : package_.artefacts[file].model->tensors) {
        const auto since = Version::Parse(std::string(Info(tensor.dtype).torch_since));
        if (since && since->Compare(first) > 0) first = *since;
      }
    }
    return first.text();
  }

  void Diagnose(const WeightSet& set, Verdict verdict) {
    if (IsUnlisted(package_, set)) {
      plan_.diagnosis = {Verdict::kFail,
                         "WL-W-010",
                         fmt::format("no index lists {} and the shards beside it, and the target "
                                     "finds shards by their index",
                                     Escape(PathOf(package_, set))),
                         knowledge_.MissingWeightsMessage(target_, Escape(package_.path)),
                         {}};
      return;
    }
    const WeightsVerdict judged =
        knowledge_.JudgeWeights(set.format, set.stem, set.sharded(), target_);
    Diagnosis& diagnosis = plan_.diagnosis;
    diagnosis.verdict = verdict;
    diagnosis.rule = judged.rule;
    diagnosis.text =
        fmt::format("the target {} {}",
                    verdict == Verdict::kFail ? "does not read" : "does not say whether it reads",
                    Escape(PathOf(package_, set)));
    if (verdict == Verdict::kFail) {
      diagnosis.message =
          judged.rule == kUnreadableContainer ? ""
          : IsPickled(set.format) && !knowledge_.RefusedPickleMessage(target_).empty()
              ? knowledge_.RefusedPickleMessage(target_)
              : knowledge_.MissingWeightsMessage(target_, Escape(package_.path));
    }
    for (const Upgrade& upgrade : judged.upgrades) {
      diagnosis.upgrades.push_back(UpgradeText(upgrade));
    }
  }

  Error NoBridge(const WeightSet& set) const {
    std::string advice;
    for (const std::string& upgrade : plan_.diagnosis.upgrades) advice += "; " + upgrade;
    return Error(Code::kUnsupported,
                 fmt::format("{}, and no form of them that can be written here either{}",
                             plan_.diagnosis.text, advice),
                 kNoOffset, PathOf(package_, set));
  }

  // What is written has dtypes that the target reads in that form.
  Status CheckDTypes(const WeightSet& set) const {
    for (const size_t file : set.files) {
      const Artefact& artefact = package_.artefacts[file];
      WL_CHECKED(RefuseMisfits(artefact.model->tensors, form_, target_, artefact.path));
    }
    return {};
  }

  const Package& package_;
  const Target& target_;
  const Knowledge& knowledge_;
  const bool no_pickle_;
  const std::vector<size_t>& sets_;
  WeightsForm form_ = WeightsForm::kTorchZip;  // of what is converted, and its path
  std::string output_;
  GroupPlan plan_;
};

}  // namespace

std::string_view TorchStem(std::string_view stem) {
  if (stem == "model" || stem == "pytorch_model") return "pytorch_model";
  if (stem == "adapter_model") return "adapter_model";
  return {};
}

std::string PathOf(const Package& package, const WeightSet& set) {
  return package.artefacts[set.index.value_or(set.files[0])].path;
}

Result<GroupPlan> PlanGroup(const Package& package, const std::vector<size_t>& sets,
                            const Target& target, const Knowledge& knowledge, bool no_pickle) {
  return GroupPlanner(package, sets, target, knowledge, no_pickle).Run();
}

}  // namespace weighlock

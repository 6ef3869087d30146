// Both sides are opened alike; tensors are compared by several threads, then the other files.
#include "weighlock/diff.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/escape.h"
#include "base/threads.h"
#include "diff/file_difference.h"
#include "diff/tensor_values.h"
#include "package/package_reader.h"
#include "package/tensor_bytes.h"

namespace weighlock {
namespace {

// One of the two, read.
struct Side {
  OpenedPackage opened;
  TensorList list;
  std::map<std::string_view, size_t> tensors;  // every name: its index in the list
};

// Where an archive may be unpacked to. The file there never gets a name.
std::string SpoolPlace() {
  std::error_code ignored;
  const auto folder = std::filesystem::temp_directory_path(ignored);
  return (folder / fmt::format("weighlock-diff-{}", ::getpid())).string();
}

// The set to compare: a whole one, of safetensors where there are several.
const WeightSet* ChooseSet(const Package& package) {
  const WeightSet* chosen = nullptr;
  for (const WeightSet& set : package.weights) {
    if (!set.complete) continue;
    if (chosen == nullptr ||
        (chosen->format != Format::kSafetensors && set.format == Format::kSafetensors)) {
      chosen = &set;
    }
  }
  return chosen;
}

Result<Side> ReadSide(const std::string& path, const DiffOptions& options, DiffSide& said,
                      std::vector<std::string>& notes) {
  Side side;
  WL_TRY(side.opened, OpenWhole(path, SpoolPlace(), options.limits, options.progress));
  const Package& package = side.opened.package;
  said.path = path;
  const WeightSet* set = ChooseSet(package);
  if (set == nullptr) {
    // Nothing to compare is no equality, unless there are no weights at all.
    if (const Finding* finding = FirstError(package.findings)) return AsError(*finding);
    if (!package.weights.empty()) {
      return Error(Code::kUnsupported, "there are no weights in it that can be read", kNoOffset,
                   path);
    }
    return side;
  }
  said.weights = package.artefacts[set->index.value_or(set->files[0])].path;
  if (package.weights.size() > 1) {
    notes.push_back(fmt::format("{} has {} sets of weights; {} was compared", Escape(path),
                                package.weights.size(), Escape(said.weights)));
  }
  WL_TRY(side.list, Result<TensorList>(CollectTensors(side.opened, *set, options.limits)).In(path));
  for (size_t i = 0; i < side.list.tensors.size(); ++i) side.tensors[side.list.tensors[i].name] = i;
  for (const TensorAlias& alias : side.list.aliases) side.tensors[alias.name] = alias.tensor;
  said.tensors = side.tensors.size();
  return side;
}

TensorSide At(const Side& side, size_t index) {
  return {&side.list.tensors[index], &side.list.files[index]};
}

// The tensors that both sides have, compared in parallel.
class TensorComparison {
 public:
  TensorComparison(const Side& a, const Side& b) : a_(a), b_(b) {
    for (const auto& [name, index] : a.tensors) {
      const auto other = b.tensors.find(name);
      if (other != b.tensors.end()) pairs_.push_back({name, index, other->second, {}});
    }
  }

  Status Run(unsigned threads) {
    {
      std::vector<std::jthread> helpers;
      const size_t useful = std::min<size_t>(threads, pairs_.size());
      if (useful > 1) StartThreads(helpers, useful - 1, [this] { Work(); });
      Work();
    }
    if (error_) return std::move(*error_);
    return {};
  }

  void Report(DiffReport& report) && {
    for (Pair& pair : pairs_) {
      if (pair.difference) {
        report.tensors.push_back(std::move(*pair.difference));
      } else {
        ++report.equal_tensors;
      }
    }
  }

 private:
  struct Pair {
    std::string_view name;
    size_t a, b;
    std::optional<TensorDifference> difference;
  };

  void Work() {
    while (true) {
      const size_t next = next_.fetch_add(1);
      if (next >= pairs_.size() || failed_.load()) return;
      Status status = Compare(pairs_[next]);
      if (status) continue;
      std::lock_guard lock(mutex_);
      failed_.store(true);
      if (!error_) error_ = std::move(status).error();
    }
  }

  Status Compare(Pair& pair) const {
    const TensorSide a = At(a_, pair.a), b = At(b_, pair.b);
    TensorDifference difference{
        std::string(pair.name), TensorChange::kValues, a.tensor->dtype, b.tensor->dtype,
        a.tensor->shape,        b.tensor->shape,       std::nullopt};
    if (a.tensor->shape != b.tensor->shape) {
      difference.change = TensorChange::kShape;
      pair.difference = std::move(difference);
      return {};
    }
    WL_TRY(difference.values, CompareValues(a, b));
    if (a.tensor->dtype != b.tensor->dtype) {
      difference.change = TensorChange::kDType;
    } else if (difference.values->different == 0) {
      return {};
    }
    pair.difference = std::move(difference);
    return {};
  }

  const Side &a_, &b_;
  std::vector<Pair> pairs_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::optional<Error> error_;
};

void AddOneSided(const Side& side, const Side& other, TensorChange change, DiffReport& report) {
  for (const auto& [name, index] : side.tensors) {
    if (other.tensors.contains(name)) continue;
    const Tensor& tensor = side.list.tensors[index];
    TensorDifference difference{std::string(name), change, {}, {}, {}, {}, {}};
    const bool in_a = change == TensorChange::kMissing;
    (in_a ? difference.dtype_a : difference.dtype_b) = tensor.dtype;
    (in_a ? difference.shape_a : difference.shape_b) = tensor.shape;
    report.tensors.push_back(std::move(difference));
  }
}

}  // namespace

std::string_view TensorChangeName(TensorChange change) {
  switch (change) {
    case TensorChange::kMissing:
      return "missing";
    case TensorChange::kExtra:
      return "extra";
    case TensorChange::kDType:
      return "dtype";
    case TensorChange::kShape:
      return "shape";
    case TensorChange::kValues:
      return "values";
  }
  return "values";
}

Result<DiffReport> Diff(const std::string& path_a, const std::string& path_b,
                        const DiffOptions& options) {
  DiffReport report;
  WL_TRY(const Side a, ReadSide(path_a, options, report.a, report.notes));
  WL_TRY(const Side b, ReadSide(path_b, options, report.b, report.notes));
  if (report.a.weights.empty() != report.b.weights.empty()) {
    report.notes.push_back(
        fmt::format("{} has no weights", Escape(report.a.weights.empty() ? path_a : path_b)));
  }
  TensorComparison comparison(a, b);
  WL_CHECKED(comparison.Run(ThreadCount(options.threads)));
  std::move(comparison).Report(report);
  AddOneSided(a, b, TensorChange::kMissing, report);
  AddOneSided(b, a, TensorChange::kExtra, report);
  std::sort(report.tensors.begin(), report.tensors.end(),
            [](const auto& x, const auto& y) { return x.name < y.name; });
  const auto is_file = [](const Side& side) {
    return side.opened.package.kind == PackageKind::kFile;
  };
  if (is_file(a) && is_file(b) && a.list.tensors.empty() && b.list.tensors.empty()) {
    WL_CHECKED(CompareTwoFiles(a.opened, b.opened, options.limits, report));
  } else if (!is_file(a) && !is_file(b)) {
    WL_CHECKED(CompareFiles(a.opened, b.opened, options.limits, report));
  }
  return report;
}

}  // namespace weighlock

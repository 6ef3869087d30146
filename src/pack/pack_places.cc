// A set of paths refuses; here it is said whose fault it is.
#include "pack/pack_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/escape.h"
#include "base/package_path.h"
#include "pack/manifest.h"

namespace weighlock {
namespace {

class PlaceJudge {
 public:
  PlaceJudge(const ArchivePaths& paths, const PackOptions& options, PackPlan& plan)
      : paths_(paths), options_(options), plan_(plan), distinct_(options.limits) {}

  Status Run(const std::vector<std::string>& sources, const std::vector<std::string>& folders) {
    FindPlacedTwice();
    if (options_.manifest) {
      for (const std::string_view name : {kSumsName, kManifestName}) {
        manifest_.push_back(paths_.top + std::string(name));
        WL_CHECKED(distinct_.Add(manifest_.back(), PathSet::Kind::kFile, kNoOffset));
      }
    }
    for (size_t i = 0; i < sources.size(); ++i) {
      WL_CHECKED(Place(paths_.files[i], PathSet::Kind::kFile, sources[i]));
      if (const std::string_view why = WhyNotPortable(paths_.files[i]); !why.empty()) {
        plan_.notes.push_back(fmt::format("{} {}", Quote(paths_.files[i]), why));
      }
    }
    for (size_t i = 0; i < folders.size(); ++i) {
      WL_CHECKED(Place(paths_.folders[i], PathSet::Kind::kDirectory, folders[i]));
    }
    return {};
  }

 private:
  Status Place(const std::string& path, PathSet::Kind kind, const std::string& source) {
    const auto plain = NormalisePath(path, options_.limits);
    if (!plain) return Refuse(source, plain.error().what());
    Status placed = distinct_.Add(path, kind, kNoOffset);
    if (placed) return {};
    if (placed.error().code() == Code::kLimit) return placed;
    return Refuse(source, WhyTaken(path, source, placed.error().what()));
  }

  Status Refuse(const std::string& source, std::string_view why) {
    plan_.refusals.push_back({Severity::kError,
                              source,
                              kNoOffset,
                              fmt::format("{}: rename it (--drop leaves it out)", why),
                              {}});
    return {};
  }

  // Only a layout gives two of a folder one path, only the manifest brings files of its own.
  std::string WhyTaken(const std::string& path, const std::string& source,
                       std::string_view met) const {
    for (const std::string& made : manifest_) {
      if (path == made) return fmt::format("--manifest writes a file {}", Quote(made));
      const std::string folded = FoldName(path), name = FoldName(made);
      if (folded != name && !folded.starts_with(name + "/")) continue;
      return fmt::format("{}, and --manifest writes the first", met);
    }
    const bool is_moved = options_.layout == PackLayout::kSageMaker && path != source;
    const bool is_twice = std::binary_search(twice_.begin(), twice_.end(), path);
    if (is_moved && is_twice) {
      return fmt::format("the layout puts it at {}, where something else is", Quote(path));
    }
    if (is_moved) return fmt::format("the layout puts it at {}, and {}", Quote(path), met);
    if (is_twice) return fmt::format("the layout puts something else at {}", Quote(path));
    return std::string(met);
  }

  void FindPlacedTwice() {
    if (options_.layout != PackLayout::kSageMaker) return;
    std::vector<std::string_view> all(paths_.files.begin(), paths_.files.end());
    all.insert(all.end(), paths_.folders.begin(), paths_.folders.end());
    std::sort(all.begin(), all.end());
    for (size_t i = 1; i < all.size(); ++i) {
      if (all[i] == all[i - 1]) twice_.push_back(all[i]);
    }
  }

  const ArchivePaths& paths_;
  const PackOptions& options_;
  PackPlan& plan_;
  PathSet distinct_;
  std::vector<std::string> manifest_;    // where its files go
  std::vector<std::string_view> twice_;  // places of more than one, sorted
};

}  // namespace

Status JudgePlaces(const ArchivePaths& paths, const std::vector<std::string>& files,
                   const std::vector<std::string>& folders, const PackOptions& options,
                   PackPlan& plan) {
  return PlaceJudge(paths, options, plan).Run(files, folders);
}

}  // namespace weighlock

// What the structure of a YAML file names: tags, callables, packages, templates.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "scan/scanner.h"

namespace weighlock::scan {

// What has been said of one YAML file, so that a second reading of it says nothing twice.
struct YamlFindings {
  std::set<std::string> tags;
  std::set<std::string> names;  // that get called, wherever
  std::set<uint64_t> places;    // where they stand
  size_t count = 0;
  bool is_full = false;  // more was there than is said

  // Whether there is room for one more; where there is none, that is said once.
  bool MayAdd(const FileScan& scan);
};

struct YamlOptions {
  bool is_mlflow = false;       // MLmodel
  bool is_bento = false;        // bento.yaml
  bool is_only_tags = false;    // a file of another kind that a loader of YAML could be given
  bool judges_packages = true;  // its lists of packages are not judged by its name already
};

// Reads `text` with the events of yaml-cpp's parser: keys, values and tags are as a loader has
// them, aliases are looked up and not expanded. False where the parser refuses the text; what stood
// before was judged. Depth is bounded by the parser, the size by the caller.
bool WalkYaml(std::string_view text, const YamlOptions& options, YamlFindings& findings,
              const FileScan& scan);

// "!!python/..." as YAML tags have it, with handles and "%6f" resolved.
void JudgeTag(std::string_view tag, uint64_t at, const YamlOptions& options, YamlFindings& findings,
              const FileScan& scan);

// One key of MLflow's manifest.
void JudgeMlflowKey(std::string_view key, std::string_view value, uint64_t at,
                    const FileScan& scan);

}  // namespace weighlock::scan

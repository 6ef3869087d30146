// Outputs are held to the rules that readers hold packages to.
#include "adapt/output_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "adapt/plan.h"
#include "base/escape.h"
#include "base/package_path.h"

namespace weighlock {
namespace {

std::vector<std::string> WrittenBy(const Step& step) {
  if (step.action == Action::kDrop) return {};
  if (step.action == Action::kUnpickle) return {step.output, TensorsBeside(step.output)};
  return {step.output};
}

Error Unwritable(const std::string& path, std::string_view why) {
  return Error(Code::kUnsupported, fmt::format("{}: rename it (--drop leaves it out)", why),
               kNoOffset, path);
}

Error WrittenTwice(const Step& a, const Step& b, const std::string& path) {
  const auto is_kept = [&](const Step& step) {
    return step.action == Action::kKeep && step.inputs[0] == path;
  };
  if (is_kept(a) || is_kept(b)) {
    const Step& made = is_kept(a) ? b : a;
    return Error(Code::kUsage,
                 fmt::format("--keep asks for it as it is, and what {} makes has its name",
                             made.action == Action::kConvert ? "the conversion" : "another step"),
                 kNoOffset, path);
  }
  return Error(Code::kUnsupported, "two steps of the plan would write this file", kNoOffset, path);
}

}  // namespace

void KeepUnpickledApart(std::vector<Step>& steps) {
  std::map<std::string, size_t> writers;
  for (const Step& step : steps) {
    for (std::string& path : WrittenBy(step)) ++writers[std::move(path)];
  }
  for (Step& step : steps) {
    if (step.action != Action::kUnpickle) continue;
    const auto written = WrittenBy(step);
    const bool is_alone = std::all_of(written.begin(), written.end(),
                                      [&](const auto& path) { return writers[path] == 1; });
    if (is_alone) continue;
    const std::string& input = step.inputs[0];
    step.output = step.output.substr(0, step.output.rfind('/') + 1) +
                  input.substr(input.rfind('/') + 1) + ".json";
  }
}

Status CheckOutputs(const std::vector<Step>& steps, const Limits& limits) {
  PathSet distinct(limits);
  std::map<std::string, const Step*> written;
  for (const Step& step : steps) {
    for (const std::string& path : WrittenBy(step)) {
      if (!IsUtf8(path)) {
        return Unwritable(path, "its name is not UTF-8, and no package is written with such a one");
      }
      if (const auto plain = NormalisePath(path, limits); !plain) {
        return Unwritable(path, plain.error().what());
      }
      const auto [other, is_new] = written.emplace(path, &step);
      if (!is_new) return WrittenTwice(*other->second, step, path);
      const Status placed = distinct.Add(path, PathSet::Kind::kFile, kNoOffset);
      if (placed) continue;
      if (placed.error().code() == Code::kLimit) return Error(Code::kLimit, placed.error().what());
      return Unwritable(path, placed.error().what());
    }
  }
  return {};
}

}  // namespace weighlock

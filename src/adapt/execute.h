// A plan carried out: two ways, with the same bytes as their result.
#pragma once

#include "adapt/plan.h"
#include "package/package_reader.h"
#include "package/package_sink.h"
#include "weighlock/adapt.h"

namespace weighlock {

// What a job needs to know throughout.
struct AdaptJob {
  PlanInputs inputs;
  unsigned threads;

  const AdaptOptions& options() const { return inputs.options; }
};

// What PlanInputs::content gives of a package; `opened` is borrowed.
std::function<std::optional<std::string>(const std::string&)> ContentOf(const OpenedPackage& opened,
                                                                        const Limits& limits);

// What the plan converts, from headers alone: the errors that converting it would end with.
Status TryConversions(const OpenedPackage& opened, const Plan& plan, const Limits& limits);

// From a package whose bytes are all in reach (a folder, a file, a plain tar).
// Where the plan refuses something, nothing of it is carried out.
Status ExecutePlan(const OpenedPackage& opened, const AdaptJob& job, PackageSink& sink,
                   AdaptReport& report);

// From a .tar.gz, in one pass: each member is planned for as it arrives, from what has been seen
// so far. False: a later member would have changed an earlier decision; nothing of the output may
// be kept, and the package must be read another way.
Result<bool> ExecuteStreaming(const std::string& input, const AdaptJob& job, PackageSink& sink,
                              AdaptReport& report);

}  // namespace weighlock

// Functions stand behind the nodes that call them, so that only the end can tell.
#include "scan/model/own_ops.h"

#include <fmt/format.h>

#include <utility>

#include "scan/model/graph_findings.h"
#include "scan/model/tensorflow_judge.h"

namespace weighlock::scan {
namespace {

// Names that are kept, so that a graph of names fills no memory.
constexpr size_t kMostOps = 10'000, kMostFunctions = 50'000;

}  // namespace

void OwnOps::TakeOp(const std::string& op) {
  if (op.empty() || IsStandardOp(op) || IsReachingOp(op)) return;
  if (ops_.size() == kMostOps && !ops_.contains(op)) {
    has_more_ = true;
  } else {
    ops_.insert(op);
  }
}

void OwnOps::TakeFunction(std::string name) {
  if (functions_.size() < kMostFunctions) functions_.insert(std::move(name));
}

void OwnOps::Report(const FileScan& scan) const {
  std::set<std::string> own;
  for (const std::string& op : ops_) {
    if (!functions_.contains(op)) own.insert(op);
  }
  if (has_more_) {
    scan.Unjudged(
        "WL-S-003", kNoOffset,
        fmt::format("a graph of more than {} operators that TensorFlow does not have", kMostOps));
  }
  AddNames("WL-S-352", "operators that TensorFlow does not have:", own, scan);
}

}  // namespace weighlock::scan

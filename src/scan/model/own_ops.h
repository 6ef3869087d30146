// Operators of a TensorFlow graph that TensorFlow does not have: a library must be loaded to run
// them.
#pragma once

#include <set>
#include <string>

#include "scan/scanner.h"

namespace weighlock::scan {

class OwnOps {
 public:
  void TakeOp(const std::string& op);
  // Of the graph itself: nodes may name it as their operator.
  void TakeFunction(std::string name);

  // WL-S-352 where there are any.
  void Report(const FileScan& scan) const;

 private:
  std::set<std::string> ops_, functions_;
  bool has_more_ = false;  // operators than are kept
};

}  // namespace weighlock::scan

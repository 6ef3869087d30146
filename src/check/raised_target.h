// A target with some packages newer than it has them, and with what those want in turn.
#pragma once

#include <string>
#include <vector>

#include "check/situation.h"

namespace weighlock {

class RaisedTarget {
 public:
  RaisedTarget(const Base& base, const Target& target) : base_(base), target_(target) {}

  // Raises what removes `finding`, where that is another package than transformers. False: nothing
  // is named that would.
  bool Remove(const CheckFinding& finding);

  // A torch that was raised, as new as the release says that it wants it.
  void WantOf(const Release& release);

  // The same over another target, which has what was raised.
  RaisedTarget In(Target target) const {
    RaisedTarget other(*this);
    other.target_ = std::move(target);
    return other;
  }

  const Target& target() const { return target_; }
  // What was raised, each package once, and why.
  const std::vector<Removal>& raised() const { return raised_; }
  const std::vector<AdviceStep>& because() const { return because_; }

 private:
  // `component` at least in that version; false: the target has it already.
  bool Want(const std::string& component, const Version& version, std::string rule,
            std::string why);
  // Python for a torch: its wheels are made for some versions only.
  void WantPythonOfTorch(const Version& torch);
  void WantOfPeft(const Version& peft);
  void WantSpec(const std::string& component, const std::string& spec, const std::string& by);

  const Base& base_;
  Target target_;
  std::vector<Removal> raised_;
  std::vector<AdviceStep> because_;
};

}  // namespace weighlock

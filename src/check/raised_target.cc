// Each package that is raised is asked what it wants itself: torch for a Python that it has wheels
// for, PEFT for a Python and a torch. What the target does not name is left to pip.
#include "check/raised_target.h"

#include <fmt/format.h>

#include <algorithm>

namespace weighlock {
bool RaisedTarget::Remove(const CheckFinding& finding) {
  const auto& [component, version] = finding.removed_by;
  if (component.empty() || component == "transformers") return false;
  const auto wanted = Version::Parse(version);
  return wanted && Want(component, *wanted, finding.rule, finding.text);
}

void RaisedTarget::WantOf(const Release& release) {
  const bool is_raised = std::any_of(raised_.begin(), raised_.end(), [](const Removal& other) {
    return other.component == "torch";
  });
  for (const auto& [name, versions] : release.wants) {
    if (is_raised && name == "torch") {
      WantSpec(name, versions, "transformers " + release.version.text());
    }
  }
}

bool RaisedTarget::Want(const std::string& component, const Version& version, std::string rule,
                        std::string why) {
  const auto own = target_.components.find(component);
  if (own != target_.components.end() && !own->second.absent) {
    const Component& there = own->second;
    if (there.version && there.version->Compare(version) >= 0) return false;
    const VersionSpec* later = KnownSpec(">=" + version.text());
    if (later != nullptr && there.Within(*later) == Overlap::kAll) return false;
  }
  target_.components.insert_or_assign(component, Component{version, /*absent=*/false});
  because_.push_back({component, version.text(), std::move(rule), std::move(why)});
  const auto before = std::find_if(raised_.begin(), raised_.end(), [&](const Removal& other) {
    return other.component == component;
  });
  if (before != raised_.end()) {
    before->version = version.text();
  } else {
    raised_.push_back({component, version.text()});
  }
  if (component == "torch") WantPythonOfTorch(version);
  if (component == "peft") WantOfPeft(version);
  return true;
}

void RaisedTarget::WantPythonOfTorch(const Version& torch) {
  const Component* python = target_.Find("python");
  const JsonValue* rows = base_.knowledge.MessageTable("torch_pythons");
  if (python == nullptr || rows == nullptr) return;
  std::optional<Version> least;  // the oldest that is newer than the target's
  for (const JsonValue& row : rows->items) {
    const std::string *of = row.FindString("python"), *made = row.FindString("torch");
    const VersionSpec* pythons = of == nullptr ? nullptr : KnownSpec(*of);
    const VersionSpec* torches = made == nullptr ? nullptr : KnownSpec(*made);
    if (pythons == nullptr || torches == nullptr || !torches->Contains(torch)) continue;
    if (python->Within(*pythons) != Overlap::kNone) return;
    auto first = LeastOf(*of);
    const bool is_newer = first && python->version && python->version->Compare(*first) < 0;
    if (is_newer && (!least || first->Compare(*least) < 0)) least = std::move(first);
  }
  if (!least) return;
  Want("python", *least, "",
       fmt::format("{} in the target, for which torch {} has no wheel", python->Text(),
                   torch.text()));
}

void RaisedTarget::WantSpec(const std::string& component, const std::string& spec,
                            const std::string& by) {
  const Component* own = target_.Find(component);
  const VersionSpec* wanted = KnownSpec(spec);
  if (own == nullptr || wanted == nullptr || own->Within(*wanted) != Overlap::kNone) return;
  const auto least = LeastOf(spec);
  if (!least) return;
  Want(component, *least, "",
       fmt::format("{} in the target, and {} wants {}", own->Text(), by, spec));
}

void RaisedTarget::WantOfPeft(const Version& peft) {
  for (const auto& [package, versions] : base_.peft.Wants(peft)) {
    // transformers is tried release by release.
    if (package != "transformers") WantSpec(package, versions, "peft " + peft.text());
  }
}

}  // namespace weighlock

// Pins against what releases want: a contract that nobody can install is found before anybody
// tries.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "compat/knowledge.h"
#include "compat/peft_releases.h"
#include "compat/releases.h"
#include "contract/contract_problems.h"
#include "contract/profiles.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

// The releases of transformers that a target may have; empty: none, or none that is known.
std::vector<const Release*> ReleasesOf(const Target& target, const Releases& releases) {
  std::vector<const Release*> list;
  const Component* own = target.Find("transformers");
  if (own == nullptr || own->absent || (!own->version && !own->range)) return list;
  for (const Release& release : releases.all()) {
    const bool in = own->version ? own->version->Compare(release.version) == 0
                                 : own->range->Contains(release.version);
    if (in) list.push_back(&release);
  }
  return list;
}

class Linter {
 public:
  // All borrowed.
  struct Known {
    const Releases& releases;
    const Knowledge& knowledge;
    const PeftReleases& peft;
    const ProfileTable& profiles;
  };
  Linter(const GivenTarget& given, const Known& known)
      : contract_(given.contract ? &*given.contract : nullptr),
        target_(given.target),
        releases_(known.releases),
        knowledge_(known.knowledge),
        peft_(known.peft),
        profiles_(known.profiles),
        list_(ReleasesOf(given.target, known.releases)) {}

  std::vector<TargetProblem> Lint() {
    const Component* transformers = target_.Find("transformers");
    const bool named = transformers != nullptr && (transformers->version || transformers->range);
    if (named && list_.empty()) {
      Add(false, fmt::format("transformers {} {}", transformers->Text(),
                             transformers->version ? releases_.WhyUnknown(*transformers->version)
                                                   : "holds no release that is known, up to " +
                                                         releases_.through().text()));
    }
    PythonOfTorch();
    Peft();
    for (const Profile& profile : profiles_.profiles) Server(profile);
    if (list_.empty()) return std::move(problems_);
    Pin("python", /*optional=*/false);
    for (const char* name : {"tokenizers", "safetensors", "huggingface-hub", "numpy"}) {
      Pin(name, /*optional=*/false);
    }
    if (TorchIsOff()) return std::move(problems_);
    Pin("torch", /*optional=*/true);
    SafetensorsAreRead();
    return std::move(problems_);
  }

 private:
  void Add(bool error, std::string text) { problems_.push_back({error, std::move(text)}); }

  // " (lines 5 and 6)": where a contract names both, or takes them over; else nothing.
  std::string Lines(std::string_view a, std::string_view b) const {
    const uint64_t first = LineOf(a), second = LineOf(b);
    if (first == 0 || second == 0) return {};
    return first == second ? fmt::format(" (line {})", first)
                           : fmt::format(" (lines {} and {})", first, second);
  }
  uint64_t LineOf(std::string_view component) const {
    if (contract_ == nullptr) return 0;
    for (const std::string& key :
         {fmt::format("runtime.{}", component), fmt::format("runtime.packages.{}", component),
          std::string("extends")}) {
      const auto line = contract_->lines.find(key);
      if (line != contract_->lines.end()) return line->second;
    }
    return 0;
  }

  // A wheel of torch is made for some versions of Python.
  void PythonOfTorch() {
    const Component* python = target_.Find("python");
    const Component* torch = target_.Find("torch");
    const JsonValue* rows = knowledge_.MessageTable("torch_pythons");
    if (python == nullptr || torch == nullptr || torch->absent || rows == nullptr) return;
    std::string wheels;
    for (const JsonValue& row : rows->items) {
      const std::string *of = row.FindString("python"), *made = row.FindString("torch");
      const auto pythons = of == nullptr ? VersionSpec::Parse("") : VersionSpec::Parse(*of);
      const auto torches = made == nullptr ? VersionSpec::Parse("") : VersionSpec::Parse(*made);
      if (!pythons || !torches || python->Within(*pythons) == Overlap::kNone) continue;
      if (torch->Within(*torches) != Overlap::kNone) return;
      wheels += (wheels.empty() ? "" : ", or ") + torches->text();
    }
    if (wheels.empty()) return;
    Add(true, fmt::format("torch {} has no wheel for python {}{}: there are those of torch {}",
                          torch->Text(), python->Text(), Lines("torch", "python"), wheels));
  }

  // What no release of PEFT that the target may have goes with.
  void Peft() {
    const Component* own = target_.Find("peft");
    if (own == nullptr || own->absent || (!own->version && !own->range)) return;
    std::map<std::string, std::pair<const Version*, std::string>> colliding;
    std::map<std::string, size_t> count;
    size_t releases = 0;
    for (const Version& release : peft_.all()) {
      const bool in =
          own->version ? own->version->Compare(release) == 0 : own->range->Contains(release);
      if (!in) continue;
      ++releases;
      for (const auto& [name, versions] : peft_.Wants(release)) {
        const Component* there = target_.Find(name);
        const auto spec = VersionSpec::Parse(versions);
        if (there == nullptr || !spec || there->Within(*spec) != Overlap::kNone) continue;
        colliding.try_emplace(name, &release, versions);
        ++count[name];
      }
    }
    for (const auto& [name, first] : colliding) {
      const bool all = count[name] == releases;
      Add(all, fmt::format("{} {} goes with {} of peft {}{}: {} wants {}{}", name,
                           target_.Find(name)->Text(),
                           !all            ? "not every release"
                           : releases == 1 ? "nothing"
                                           : "no release",
                           own->Text(), Lines(name, "peft"), first.first->text(), name,
                           first.second.empty() ? "" : " " + first.second));
    }
  }

  // What goes with a server of just this version is known from the built-in target of its name.
  void Server(const Profile& profile) {
    const std::string name = profile.name.substr(0, profile.name.find('/'));
    const Component* own = target_.Find(name);
    if (own == nullptr || !own->version || target_.text == profile.name) return;
    for (const auto& [component, versions] : profile.components) {
      if (component == name) {
        if (!versions.version || versions.version->Compare(*own->version) != 0) return;
        continue;
      }
      const Component* there = target_.Find(component);
      if (there == nullptr || versions.absent) continue;
      const auto spec = VersionSpec::Parse(versions.version ? "==" + versions.version->text()
                                           : versions.range ? versions.range->text()
                                                            : std::string());
      if (!spec || there->Within(*spec) != Overlap::kNone) continue;
      Add(true, fmt::format("{} {} does not go with {} {}{}: the built-in target {} has {} {}",
                            component, there->Text(), name, own->Text(), Lines(component, name),
                            profile.name, component, versions.Text()));
    }
  }

  // A release that reads safetensors may have a torch with which it does not.
  void SafetensorsAreRead() {
    const Component* torch = target_.Find("torch");
    if (torch == nullptr || torch->absent) return;
    Target without = target_;
    without.components.erase("torch");
    const auto readable = [&](const Target& target) {
      return knowledge_.JudgeWeights(Format::kSafetensors, "model", /*sharded=*/false, target)
          .readable;
    };
    if (readable(without) == Tri::kNo || readable(target_) != Tri::kNo) return;
    Add(false, fmt::format("transformers {} reads no safetensors file with torch {}{}",
                           target_.Find("transformers")->Text(), torch->Text(),
                           Lines("transformers", "torch")));
  }

  static const std::string* Wanted(const Release& release, std::string_view name) {
    if (name == "python") return &release.python;
    for (const auto& [package, versions] : release.wants) {
      if (package == name) return &versions;
    }
    return nullptr;
  }

  // The releases with which a pin cannot be installed.
  void Pin(const std::string& name, bool optional) {
    const Component* own = target_.Find(name);
    if (own == nullptr || (own->absent && optional)) return;
    const Release* first = nullptr;
    size_t colliding = 0;
    for (const Release* release : list_) {
      const std::string* wanted = Wanted(*release, name);
      if (wanted == nullptr) continue;
      const auto spec = VersionSpec::Parse(*wanted);
      if (!spec || own->Within(*spec) != Overlap::kNone) continue;
      if (colliding++ == 0) first = release;
    }
    if (colliding == 0) return;
    const bool all = colliding == list_.size();
    const std::string wants = *Wanted(*first, name);
    Add(all && !optional,
        fmt::format("{} {} goes with {} of transformers {}{}: {} wants {}{}", name, own->Text(),
                    all ? (list_.size() == 1 ? "nothing" : "no release") : "not every release",
                    target_.Find("transformers")->Text(), Lines(name, "transformers"),
                    first->version.text(), name, wants.empty() ? "" : " " + wants));
  }

  // Releases from 4.52 on go on without a torch that is older than they take.
  bool TorchIsOff() {
    const Component* own = target_.Find("torch");
    if (own == nullptr || own->absent) return false;
    std::string most;
    for (const Release* release : list_) {
      Target one;
      one.components["transformers"] = {release->version, /*absent=*/false};
      const std::string floor = knowledge_.Message("torch_floors", one, {});
      const auto spec = VersionSpec::Parse(">=" + floor);
      if (floor.empty() || !spec || own->Within(*spec) != Overlap::kNone) return false;
      most = floor;
    }
    Add(true, fmt::format("transformers {} takes torch {} and later, and goes on as if torch {} "
                          "were not there{}",
                          target_.Find("transformers")->Text(), most, own->Text(),
                          Lines("transformers", "torch")));
    return true;
  }

  const Contract* contract_;  // or null
  const Target& target_;
  const Releases& releases_;
  const Knowledge& knowledge_;
  const PeftReleases& peft_;
  const ProfileTable& profiles_;
  std::vector<const Release*> list_;
  std::vector<TargetProblem> problems_;
};

}  // namespace

Result<std::vector<TargetProblem>> LintTarget(const GivenTarget& given, const Date& today) {
  WL_TRY(const Releases releases, Releases::Builtin());
  WL_TRY(const Knowledge knowledge, Knowledge::Builtin());
  WL_TRY(const PeftReleases peft, PeftReleases::Builtin());
  WL_TRY(const ProfileTable profiles, ProfileTable::Builtin());
  std::vector<TargetProblem> problems = Linter(given, {releases, knowledge, peft, profiles}).Lint();
  if (!given.contract) return problems;
  ContractProblems contradictions(given, releases, knowledge);
  LintFiles(contradictions);
  LintAccept(contradictions);
  LintRuntime(contradictions);
  LintPackage(contradictions);
  LintLimits(contradictions);
  LintPolicy(contradictions);
  for (TargetProblem& problem : contradictions.Take()) problems.push_back(std::move(problem));
  for (const Waiver& waiver : given.contract->waivers) {
    if (waiver.until >= today) continue;
    problems.push_back({true, fmt::format("the waiver of {} in line {} ended on {}",
                                          Escape(waiver.rule), waiver.line, waiver.until.Text())});
  }
  std::stable_sort(
      problems.begin(), problems.end(),
      [](const TargetProblem& a, const TargetProblem& b) { return a.error > b.error; });
  return problems;
}

}  // namespace weighlock

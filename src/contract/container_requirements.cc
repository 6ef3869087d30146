// Line by line, as pip would: a pin replaces what the image has, a range only what is not in it,
// a bare name nothing that is there.
#include "contract/container_requirements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/escape.h"
#include "compat/known_spec.h"
#include "contract/pip_list.h"
#include "contract/profiles.h"

namespace weighlock {
namespace {

constexpr std::string_view kPath = "code/requirements.txt";
constexpr uint64_t kMostBytes = uint64_t{1} << 20;
constexpr std::string_view kSource =
    "_install_requirements of sagemaker-inference-toolkit's model_server.py";

// What a release of transformers brings with it, where what is there does not do.
constexpr std::array<std::string_view, 4> kBrought = {"tokenizers", "safetensors",
                                                      "huggingface-hub", "numpy"};

CheckFinding OfFile(Verdict verdict, const char* rule, std::string text) {
  CheckFinding finding;
  finding.stage = Stage::kPackaging;
  finding.verdict = verdict;
  finding.rule = rule;
  finding.text = std::move(text);
  finding.path = kPath;
  finding.source = kSource;
  return finding;
}

bool IsThere(const Component* component) {
  return component != nullptr && !component->absent;
}

class Installation {
 public:
  Installation(const Target& image, const Releases& releases, const PipList& list,
               const std::vector<std::string>& asked_about)
      : image_(image), releases_(releases), list_(list), asked_about_(asked_about) {
    runs_.target = image;
  }

  ContainerRequirements Run() {
    for (const auto& [name, wanted] : list_.target.components) {
      if (Matters(name)) Install(name, wanted);
    }
    const Component* transformers = list_.target.Find("transformers");
    if (transformers != nullptr && changed_.contains("transformers")) {
      Bring(*transformers);
      runs_.sets_transformers_in = kPath;
    }
    Refused();
    Open();
    Told();
    return std::move(runs_);
  }

 private:
  // Whether any rule asks for the package.
  bool Matters(const std::string& name) const {
    return name == "transformers" || name == "torch" || image_.Find(name) != nullptr ||
           std::find(asked_about_.begin(), asked_about_.end(), name) != asked_about_.end();
  }

  void Install(const std::string& name, const Component& wanted) {
    const Component* own = image_.Find(name);
    if (wanted.version) {
      const bool is_it =
          IsThere(own) && own->version && own->version->Compare(*wanted.version) == 0;
      if (!is_it) Replace(name, wanted);
    } else if (wanted.range) {
      // What is there and fits is left; which of those that fit comes else is pip's choice.
      if (IsThere(own) && own->Within(*wanted.range) == Overlap::kAll) return;
      Replace(name, wanted);
      open_.push_back(fmt::format("{} {}", name, Quote(wanted.range->text(), 80)));
    } else if (list_.addressed.contains(name)) {
      Replace(name, wanted);
      open_.push_back(fmt::format("{} from an address", name));
    } else if (!IsThere(own)) {
      Replace(name, wanted);
    }
  }

  void Replace(const std::string& name, const Component& component) {
    const Component* own = image_.Find(name);
    const std::string what = !component.version && !component.range
                                 ? name
                                 : fmt::format("{} {}", name, Escape(component.Text()));
    changed_[name] =
        own == nullptr ? what : fmt::format("{} in place of {}", what, Escape(own->Text()));
    runs_.target.components.insert_or_assign(name, component);
    if (list_.conditional.contains(name))
      open_.push_back(fmt::format("{} under a condition", name));
  }

  // Another transformers takes with it what it wants: where its release is known in the versions
  // that it wants, else in some or others.
  void Bring(const Component& transformers) {
    const Release* release = transformers.version ? releases_.Find(*transformers.version) : nullptr;
    for (const std::string_view name : kBrought) {
      const std::string key(name);
      if (list_.target.Find(name) != nullptr || image_.Find(name) == nullptr) continue;
      const VersionSpec* spec = nullptr;
      bool is_wanted = release == nullptr;
      for (size_t i = 0; release != nullptr && i < release->wants.size(); ++i) {
        if (release->wants[i].first != name) continue;
        is_wanted = true;
        spec = KnownSpec(release->wants[i].second);
      }
      const Component* own = image_.Find(name);
      const bool fits = IsThere(own) && spec != nullptr && own->Within(*spec) == Overlap::kAll;
      if (!is_wanted || fits || (release != nullptr && spec == nullptr && IsThere(own))) continue;
      Component brought;
      if (spec != nullptr && !spec->text().empty()) brought.range = *spec;
      runs_.target.components.insert_or_assign(key, brought);
    }
  }

  CheckFinding& Add(Verdict verdict, const char* rule, std::string text) {
    return runs_.findings.emplace_back(OfFile(verdict, rule, std::move(text)));
  }

  // Pins that pip installs together with no release: the container ends before the model is loaded.
  void Refused() {
    const Component* own = list_.target.Find("transformers");
    const Release* release =
        own != nullptr && own->version ? releases_.Find(*own->version) : nullptr;
    if (release == nullptr) return;
    const auto refuses = [&](const Component* there, const std::string& versions) {
      const VersionSpec* spec = KnownSpec(versions);
      return IsThere(there) && spec != nullptr && there->Within(*spec) == Overlap::kNone;
    };
    std::string why;
    if (refuses(image_.Find("python"), release->python)) {
      why = fmt::format("Python {}, and the image has {}", release->python,
                        Escape(image_.Find("python")->Text()));
    }
    for (const auto& [name, versions] : release->wants) {
      if (!why.empty() || name == "torch" || !refuses(list_.target.Find(name), versions)) continue;
      why = fmt::format("{} {}, and the file {}", name, versions,
                        Escape(list_.target.Find(name)->Text()));
    }
    if (why.empty()) return;
    Add(Verdict::kFail, "WL-P-027",
        fmt::format("pip cannot install {}: transformers {} wants {}", kPath,
                    release->version.text(), why))
        .message = "ValueError: failed to install required packages";
  }

  // What is not known before pip has run.
  void Open() {
    std::vector<std::string> reasons;
    if (!open_.empty()) {
      reasons.push_back(
          fmt::format("it asks for {}: which version comes is known only when the "
                      "container starts",
                      fmt::join(open_, ", ")));
    }
    if (changed_.contains("torch") && IsThere(image_.Find("torch"))) {
      reasons.push_back(
          "it replaces the image's torch, which is built for its drivers, by the index's");
    }
    for (const std::string& note : list_.notes) {
      if (!note.ends_with("is taken to hold")) reasons.push_back(note);
    }
    for (const std::string& reason : reasons) {
      Add(Verdict::kRisk, "WL-P-026", fmt::format("{}: {}", kPath, reason));
    }
  }

  void Told() {
    if (changed_.empty()) return;
    std::string names;
    for (const auto& [name, what] : changed_) names += (names.empty() ? "" : ", ") + what;
    Add(Verdict::kOk, "WL-P-025",
        fmt::format("the container installs {} before it loads the model, and is judged with it: "
                    "{}; without a network it does not start",
                    kPath, names));
  }

  const Target& image_;
  const Releases& releases_;
  const PipList& list_;
  const std::vector<std::string>& asked_about_;
  ContainerRequirements runs_;
  std::map<std::string, std::string, std::less<>> changed_;  // name, and what is said of it
  std::vector<std::string> open_;
};

bool SaysNothing(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (!line.empty() && line[0] != '#') return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

ContainerRequirements Unread(const Target& image, std::string_view why) {
  ContainerRequirements out{image, {}, {}};
  out.findings.push_back(OfFile(
      Verdict::kRisk, "WL-P-026",
      fmt::format("{}, which the container installs before it loads the model, cannot be read "
                  "here: {}",
                  kPath, Escape(why))));
  return out;
}

}  // namespace

ContainerRequirements InstallRequirements(const OpenedPackage& opened, const Target& image,
                                          const Releases& releases) {
  const auto& artefacts = opened.package.artefacts;
  const auto file = std::find_if(artefacts.begin(), artefacts.end(),
                                 [](const Artefact& a) { return a.path == kPath; });
  if (!IsSageMaker(image.platform) || file == artefacts.end()) return {image, {}, {}};
  if (file->size > kMostBytes) return Unread(image, "it is too large");
  const auto bytes =
      opened.sources[static_cast<size_t>(file - artefacts.begin())].Read(0, file->size);
  if (!bytes) return Unread(image, bytes.error().what());
  if (SaysNothing(AsText(*bytes))) return {image, {}, {}};
  const auto list = ReadPipList(std::string(kPath), AsText(*bytes), image.Find("python"));
  if (!list) return Unread(image, list.error().Message());
  const auto table = ProfileTable::Builtin();
  if (!table) return Unread(image, table.error().what());
  return Installation(image, releases, *list, table->packages).Run();
}

}  // namespace weighlock

// The events of yaml-cpp's parser, against the one shape that such a file has. No tree is built:
// nothing nests, and aliases cannot multiply.
#include "contract/conda_file.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <set>
#include <sstream>

#include "base/escape.h"
#include "contract/text_file.h"

namespace weighlock {
namespace {

// The names that conda has for packages of pip.
constexpr std::pair<std::string_view, std::string_view> kRenamed[] = {
    {"pytorch", "torch"}, {"pytorch-cpu", "torch"}, {"pytorch-gpu", "torch"}};

// Where in the file the parser is.
enum class Place : uint8_t { kStart, kTop, kValue, kList, kOther, kPipKey, kPipList, kEnd };

class CondaReader : public YAML::EventHandler {
 public:
  explicit CondaReader(const std::string& path) : path_(path) {}

  bool HasFailed() const { return error_.has_value(); }

  Result<PipList> Take() {
    if (error_) return *std::move(error_);
    if (!has_dependencies_) {
      return Error(Code::kUsage, "wanted an environment of conda, with dependencies", kNoOffset,
                   path_);
    }
    list_.complete = all_built_ && !list_.target.components.empty();
    return std::move(list_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) Fail(mark, "a second document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    OnScalar(mark, "?", anchor, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Fail(mark, "an alias"); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (error_ || !Plain(mark, tag, anchor)) return;
    if (depth_in_other_ > 0) return;
    switch (place_) {
      case Place::kTop:
        return Key(mark, value);
      case Place::kValue:
        if (key_ == "dependencies") return Fail(mark, "dependencies is no list");
        place_ = Place::kTop;
        return;
      case Place::kList:
        return Conda(mark, value);
      case Place::kPipKey:
        if (value != "pip") return Fail(mark, "wanted pip, found " + Quote(value, 60));
        return;
      case Place::kPipList:
        return Pip(mark, value);
      default:
        return Fail(mark, "wanted keys and values");
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (error_ || !Plain(mark, tag, anchor)) return;
    if (depth_in_other_ > 0) return Fail(mark, "lists do not nest here");
    if (place_ == Place::kValue && key_ == "dependencies") {
      has_dependencies_ = true;
      place_ = Place::kList;
    } else if (place_ == Place::kValue) {
      ++depth_in_other_;
    } else if (place_ == Place::kPipKey) {
      place_ = Place::kPipList;
    } else {
      Fail(mark, "a list where none can stand");
    }
  }
  void OnSequenceEnd() override {
    if (error_) return;
    if (depth_in_other_ > 0) {
      --depth_in_other_;
      place_ = Place::kTop;
    } else {
      place_ = place_ == Place::kPipList ? Place::kPipKey : Place::kTop;
    }
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (error_ || !Plain(mark, tag, anchor)) return;
    if (place_ == Place::kStart) {
      place_ = Place::kTop;
    } else if (place_ == Place::kValue && key_ == "variables") {
      ++depth_in_other_;
    } else if (place_ == Place::kList && depth_in_other_ == 0) {
      place_ = Place::kPipKey;
    } else {
      Fail(mark, "a mapping where none can stand");
    }
  }
  void OnMapEnd() override {
    if (error_) return;
    if (depth_in_other_ > 0) {
      --depth_in_other_;
      place_ = Place::kTop;
    } else {
      place_ = place_ == Place::kPipKey ? Place::kList : Place::kEnd;
    }
  }

 private:
  void Fail(const YAML::Mark& mark, std::string what) {
    if (!error_) error_ = LineError(path_, static_cast<uint64_t>(mark.line) + 1, std::move(what));
  }

  bool Plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) Fail(mark, "an anchor");
    if (!tag.empty() && tag != "?" && tag != "!") Fail(mark, "a tag");
    return !error_;
  }

  void Key(const YAML::Mark& mark, const std::string& key) {
    static const std::set<std::string, std::less<>> kKeys = {"name", "channels", "dependencies",
                                                             "prefix", "variables"};
    if (!kKeys.contains(key)) return Fail(mark, "unknown key " + Quote(key, 60));
    if (!seen_.insert(key).second) return Fail(mark, Quote(key, 60) + " stands twice");
    key_ = key;
    place_ = Place::kValue;
  }

  // "pytorch=1.9.0=py3.8_cuda10.2", "conda-forge::numpy>=1.21", "pip".
  void Conda(const YAML::Mark& mark, const std::string& value) {
    std::string_view text = TrimSpace(value);
    if (const size_t channel = text.find("::"); channel != text.npos) {
      text.remove_prefix(channel + 2);
    }
    const size_t end = std::min(text.find_first_of(" =<>!~["), text.size());
    const std::string name = PipNameOf(text.substr(0, end));
    if (!IsComponentName(name)) return Fail(mark, Quote(value, 60) + " names no package");
    std::string_view spec = TrimSpace(text.substr(end));
    spec = spec.substr(0, spec.find('['));
    Component component;
    const bool fuzzy = spec.starts_with('=') && !spec.starts_with("==");
    const size_t build = fuzzy ? spec.find('=', 1) : spec.npos;
    all_built_ = all_built_ && build != spec.npos;
    std::string wanted(spec);
    if (build != spec.npos) {
      wanted = "=" + std::string(spec.substr(0, build));
    } else if (fuzzy && !spec.ends_with('*')) {
      wanted = fmt::format("={}.*", spec);  // conda's "=4.37" is 4.37 and what begins with it
    }
    if (!wanted.empty()) {
      auto parsed = ParseComponent(wanted);
      if (parsed) {
        component = *std::move(parsed);
      } else {
        Note(mark, parsed.error().what() + ", so its version is unknown");
      }
    }
    Add(mark, name, std::move(component));
  }

  void Pip(const YAML::Mark& mark, const std::string& value) {
    for (const std::string_view option : {"-e ", "--editable "}) {
      if (value.starts_with(option)) {
        return Editable(mark, TrimSpace(std::string_view(value).substr(option.size())));
      }
    }
    if (value.starts_with('-')) return Note(mark, Quote(value, 80) + " is not read");
    if (TrimSpace(value).empty()) return Fail(mark, "an empty line");
    auto requirement = ReadRequirement(TrimSpace(value));
    if (!requirement) return Fail(mark, requirement.error().what());
    if (!requirement->note.empty()) Note(mark, requirement->note);
    if (requirement->name.empty()) return;
    all_built_ = all_built_ && requirement->pinned;
    Add(mark, requirement->name, std::move(requirement->component));
  }

  void Editable(const YAML::Mark& mark, std::string_view address) {
    Requirement requirement = ReadEditable(address);
    all_built_ = false;
    if (requirement.name.empty()) return Note(mark, Quote(address, 80) + " names no package");
    if (!requirement.note.empty()) Note(mark, requirement.note);
    Add(mark, requirement.name, std::move(requirement.component));
  }

  // What pip installs lies over what conda did.
  void Add(const YAML::Mark& mark, const std::string& name, Component component) {
    const bool pip = place_ == Place::kPipList;
    if (!(pip ? pip_ : conda_).insert(name).second) {
      return Fail(mark, Quote(name, 60) + " is named twice");
    }
    list_.target.components.insert_or_assign(name, std::move(component));
  }

  void Note(const YAML::Mark& mark, std::string_view what) {
    constexpr size_t kMostNotes = 20;
    if (list_.notes.size() < kMostNotes) {
      list_.notes.push_back(fmt::format("line {}: {}", mark.line + 1, what));
    }
  }

  const std::string& path_;
  PipList list_;
  std::optional<Error> error_;
  Place place_ = Place::kStart;
  std::string key_;
  std::set<std::string, std::less<>> seen_, conda_, pip_;
  size_t documents_ = 0, depth_in_other_ = 0;
  bool has_dependencies_ = false, all_built_ = true;
};

}  // namespace

std::string PipNameOf(std::string_view conda) {
  std::string name = NormalisedName(conda);
  for (const auto& [own, pip] : kRenamed) {
    if (name == own) return std::string(pip);
  }
  return name;
}

Result<PipList> ReadCondaFile(const std::string& path, const std::string& text) {
  CondaReader reader(path);
  // yaml-cpp reports by exceptions, which end here.
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    // Of a token that can begin no document, the parser makes empty ones without end.
    while (!reader.HasFailed() && parser.HandleNextDocument(reader)) {
    }
  } catch (const YAML::Exception& error) {
    return LineError(path, static_cast<uint64_t>(std::max(error.mark.line, 0)) + 1,
                     "no YAML: " + Escape(error.msg));
  }
  return reader.Take();
}

}  // namespace weighlock

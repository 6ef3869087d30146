// No tree is built: a mapping keeps the few of its members that mean something together, until it
// ends. A key that stands twice counts twice, since which one holds differs from loader to loader.
#include "scan/text/yaml_walk.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "base/escape.h"
#include "base/package_path.h"
#include "scan/text/called_names.h"
#include "scan/text/requirements_judge.h"
#include "scan/text/server_keys.h"
#include "scan/text/template_judge.h"

namespace weighlock::scan {
namespace {

constexpr size_t kMostFindings = 1000;

template <size_t N>
bool IsAmong(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

struct Callee {
  std::string key, name;
  uint64_t at;
};

// A mapping or a sequence that is open.
struct Frame {
  bool is_map = false;
  bool wants_value = false;  // of a mapping: the key was read
  bool is_root = false;
  bool is_layers = false;       // rows of a YOLO model: evaluated
  bool is_imports = false;      // modules that are imported
  bool is_packages = false;     // a list of what gets installed
  bool gets_attribute = false;  // Hydra looks up what its path names
  bool has_arguments = false;   // beside what is called stands what it is called with
  std::string key;    // of a mapping: the last; of a sequence: the one that it stands under
  std::string under;  // the key that it stands under
  std::vector<Callee> callees;  // of a mapping
};

class YamlJudge : public YAML::EventHandler {
 public:
  YamlJudge(const YamlOptions& options, YamlFindings& findings, const FileScan& scan)
      : options_(options), findings_(findings), scan_(scan) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    stands_still_ = mark.pos <= last_document_;
    last_document_ = mark.pos;
    frames_.clear();
    scalars_.clear();  // anchors are of one document
  }
  void OnDocumentEnd() override {
    if (expression_.empty() || !has_targets_) return;
    ScanFinding& finding =
        scan_.Add(is_dangerous_ ? "WL-S-371" : "WL-S-340", expression_at_,
                  fmt::format("MONAI evaluates {} as Python", Quote(expression_, 80)));
    if (is_dangerous_) finding.level = Level::kCritical;
    expression_.clear();
  }

  // Whether the last document began where the one before it did: of a token that can begin none,
  // the parser makes empty documents without end.
  bool StandsStill() const { return stands_still_; }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Value(mark, anchor, std::string());
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Tag(mark, tag);
    Value(mark, anchor, value);
  }
  // What an alias stands for was judged where it is; as a key or a value it is new.
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = scalars_.find(anchor);
    if (found != scalars_.end()) return Value(mark, 0, found->second);
    Collection();
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Tag(mark, tag);
    Open(false);
  }
  void OnSequenceEnd() override { frames_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Tag(mark, tag);
    Open(true);
  }
  void OnMapEnd() override {
    const Frame& map = frames_.back();
    for (const Callee& callee : map.callees) {
      if (callee.key == "path" && (!map.gets_attribute || !IsDangerousTarget(callee.name)))
        continue;
      const bool is_called = map.has_arguments || callee.key == "class_path" ||
                             callee.key == "()" ||
                             (callee.key == "name" && map.under == "pipeline");
      if (!is_called && !IsDangerousTarget(callee.name)) continue;
      if (IsNew(callee.at, callee.name)) JudgeNamed(callee.name, callee.key, callee.at, scan_);
    }
    frames_.pop_back();
  }

 private:
  static uint64_t At(const YAML::Mark& mark) {
    return static_cast<uint64_t>(std::max(mark.pos, 0));
  }

  void Tag(const YAML::Mark& mark, const std::string& tag) {
    JudgeTag(tag, At(mark), options_, findings_, scan_);
  }

  // Whether this name at this place was not said yet, and there is room for it.
  bool IsNew(uint64_t at, const std::string& name) {
    findings_.names.insert(name);
    return findings_.places.insert(at).second && findings_.MayAdd(scan_);
  }

  // A list, a mapping, or an alias of one, where a key or a value stands.
  void Collection() {
    if (frames_.empty() || !frames_.back().is_map) return;
    Frame& map = frames_.back();
    if (map.wants_value) {
      NoteArguments(map);
    } else {
      map.key.clear();
    }
    map.wants_value = !map.wants_value;
  }

  void NoteArguments(Frame& map) {
    constexpr std::array<std::string_view, 5> kArguments = {"params", "init_args",
                                                            "init_parameters", "kwargs", "<<"};
    map.has_arguments = map.has_arguments || IsAmong(map.key, kArguments);
  }

  void Open(bool is_map) {
    Frame frame;
    frame.is_map = is_map;
    frame.is_root = frames_.empty();
    if (!frames_.empty()) {
      const Frame& outer = frames_.back();
      const bool is_value = !outer.is_map || outer.wants_value;
      if (is_value) frame.under = outer.is_map ? outer.key : outer.under;
      frame.is_imports = outer.is_imports || frame.under == "custom_imports";  // of MMEngine
      const bool is_member = outer.is_root && outer.is_map && is_value;
      frame.is_layers =
          outer.is_layers || (is_member && (outer.key == "backbone" || outer.key == "head"));
      // conda has a mapping in its list: {pip: [...]}.
      frame.is_packages = (is_member && !is_map &&
                           (outer.key == "dependencies" || outer.key == "build_dependencies")) ||
                          (outer.is_packages && (!outer.is_map || outer.key == "pip"));
    }
    Collection();
    frames_.push_back(std::move(frame));
  }

  void Value(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& value) {
    if (anchor != 0) scalars_.insert_or_assign(anchor, value);
    if (frames_.empty()) return;
    Frame& frame = frames_.back();
    if (IsBundleExpression(value)) NoteExpression(value, At(mark));
    if (frame.is_layers && !options_.is_only_tags) JudgeLayer(value, At(mark));
    if (!frame.is_map) {
      if (frame.is_imports && !options_.is_only_tags && IsNew(At(mark), value)) {
        scan_.Add("WL-S-340", At(mark), fmt::format("it names code: {}", Quote(value, 80)));
      }
      if (frame.is_packages && options_.judges_packages) Package(value, At(mark));
      if (!options_.is_only_tags) Listed(frame.under, value, At(mark));
      return;
    }
    if (frame.wants_value) {
      Member(frame, value, At(mark));
      NoteArguments(frame);
    } else {
      frame.key = value;
    }
    frame.wants_value = !frame.wants_value;
  }

  // The first one, or the first that is worse than others.
  void NoteExpression(const std::string& value, uint64_t at) {
    const bool is_dangerous = IsDangerousExpression(value);
    if (!expression_.empty() && (is_dangerous_ || !is_dangerous)) return;
    expression_ = value;
    expression_at_ = at;
    is_dangerous_ = is_dangerous;
  }

  void JudgeLayer(const std::string& value, uint64_t at) {
    if (value.find('(') != value.npos || value.find("__") != value.npos) {
      if (IsNew(at, value)) JudgeExpression(value, at, scan_);
    }
  }

  void Member(Frame& map, const std::string& value, uint64_t at) {
    constexpr std::array<std::string_view, 3> kTargets = {"_target_", "_component_", "__target__"};
    constexpr std::array<std::string_view, 6> kNames = {"target", "cls",  "class_path",
                                                        "name",   "type", "()"};
    if (options_.is_mlflow) JudgeMlflowKey(map.key, value, at, scan_);
    if (IsAmong(map.key, kTargets) && !value.empty()) {
      has_targets_ = true;
      map.gets_attribute = value.starts_with("hydra.utils.get_");
      if (IsNew(at, value)) JudgeTarget(value, at, scan_);
    }
    if (options_.is_only_tags || value.empty()) return;
    if (IsAmong(map.key, kNames) && value.find_first_of(".$") != value.npos) {
      map.callees.push_back({map.key, value, at});
    }
    // Words of any library: only what is known to run code is worth one.
    constexpr std::array<std::string_view, 8> kLoose = {"class", "callable", "function", "func",
                                                        "fn",    "factory",  "_call_",   "_fn_"};
    const bool is_log = value.starts_with("logging.");  // of a configuration of Python's
    if (IsAmong(map.key, kLoose) && !is_log && IsDangerousTarget(value) && IsNew(at, value)) {
      scan_.Add("WL-S-340", at,
                fmt::format("{} stands under {}", Quote(value, 80), Quote(map.key)));
    }
    if (map.key == "path") map.callees.push_back({map.key, value, at});
    if (map.key == "activation" || map.key == "act") JudgeLayer(value, at);
    if (NamesServerCode(map.key, value) && IsNew(at, value)) {
      JudgeServerKey(map.key, value, at, scan_);
    }
    if (IsTrustKey(map.key) && (value == "true" || value == "True" || value == "yes") &&
        IsNew(at, map.key)) {
      scan_.Add("WL-S-340", at, "it names code: \"trust_remote_code\"");
    }
    if (map.is_imports && map.key == "imports" && IsNew(at, value)) {
      scan_.Add("WL-S-340", at, fmt::format("it names code: {}", Quote(value, 80)));
    }
    if (map.key == "user_dir" && value != "null" && value != "~" &&
        IsNew(at, value)) {  // of fairseq
      scan_.Add("WL-S-340", at, fmt::format("it names code: {}", Quote(value, 80)));
    }
    if (options_.is_bento && map.is_root && map.key == "service") {
      scan_.Add("WL-S-381", at, fmt::format("BentoML imports {}", Quote(value, 80)));
    }
    const bool is_script = value.find('\n') != value.npos || value.starts_with("bash ");
    if (map.is_root && map.key == "download" && is_script && IsNew(at, map.key)) {
      scan_.Add("WL-S-402", at, "a script: YOLO runs it where it does not find its data");
    }
    const bool is_template =
        map.key.find("chat_template") != map.key.npos || map.key == "instruction_template";
    if (is_template && IsNew(at, map.key)) JudgeTemplate(value, map.key, at, scan_, false);
  }

  // A value in a list that stands under `key`.
  void Listed(const std::string& key, const std::string& value, uint64_t at) {
    if (NamesServerCode(key, value) && IsNew(at, value)) JudgeServerKey(key, value, at, scan_);
    if (value.find("--trust-remote-code") != value.npos && IsNew(at, value)) {
      scan_.Add("WL-S-340", at, "it names code: \"--trust-remote-code\"");
    }
  }

  void Package(const std::string& value, uint64_t at) {
    if (has_packages_ && !IsFromElsewhere(value)) return;
    if (!findings_.MayAdd(scan_)) return;
    has_packages_ = true;
    JudgePackage(value, at, scan_);
  }

  const YamlOptions& options_;
  YamlFindings& findings_;
  const FileScan& scan_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, std::string> scalars_;
  bool has_packages_ = false, stands_still_ = false;
  bool has_targets_ = false;  // a configuration whose expressions would be evaluated
  std::string expression_;    // that MONAI evaluates
  uint64_t expression_at_ = 0;
  bool is_dangerous_ = false;  // expression_ is
  int last_document_ = -1;     // where it begins
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string WithoutPercents(std::string_view tag) {
  std::string out;
  for (size_t i = 0; i < tag.size(); ++i) {
    const int high = tag[i] == '%' && i + 2 < tag.size() ? HexDigit(tag[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(tag[i + 2]) : -1;
    if (low < 0) {
      out += tag[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

// The callable of HyperPyYAML's tags, or nothing.
std::optional<std::string_view> Applied(std::string_view tag) {
  for (const std::string_view prefix : {"!apply:", "!new:", "!name:", "!module:", "!applyref:"}) {
    if (tag.starts_with(prefix)) return tag.substr(prefix.size());
  }
  return std::nullopt;
}

// The scanner of yaml-cpp keeps all tokens of a collection that might be a key: some 100 bytes
// each.
bool HoldsTooManyTokens(std::string_view text) {
  constexpr size_t kMostFlow = 500'000, kMostOthers = 1'500'000;
  size_t flow = 0, others = 0;
  for (const char c : text) {
    flow += std::string_view("[]{},").find(c) != std::string_view::npos ? 1 : 0;
    others += std::string_view(":?*&!\"'").find(c) != std::string_view::npos ? 1 : 0;
  }
  return flow > kMostFlow || others > kMostOthers;
}

}  // namespace

bool YamlFindings::MayAdd(const FileScan& scan) {
  if (count < kMostFindings) {
    ++count;
    return true;
  }
  if (!is_full) scan.Unjudged("WL-S-003", kNoOffset, "YAML that names too much");
  is_full = true;
  return false;
}

void JudgeTag(std::string_view raw, uint64_t at, const YamlOptions& options, YamlFindings& findings,
              const FileScan& scan) {
  constexpr std::string_view kCore = "tag:yaml.org,2002:";
  if (raw.empty() || raw == "?" || raw == "!") return;
  const std::string tag = WithoutPercents(raw);
  const std::string_view name =
      tag.starts_with(kCore) ? std::string_view(tag).substr(kCore.size()) : std::string_view();
  const bool is_python = name.starts_with("python") || tag.starts_with("!python/");
  constexpr std::array<std::string_view, 15> kPlain = {
      "str", "int",  "float",     "bool",  "null",  "seq",   "map", "binary",
      "set", "omap", "timestamp", "pairs", "merge", "value", "yaml"};
  if (IsAmong(name, kPlain) || (options.is_only_tags && !is_python)) return;
  if (findings.tags.contains(tag) || !findings.MayAdd(scan)) return;
  findings.tags.insert(tag);
  if (is_python) {
    // FullLoader has these, too, and what they make is data.
    constexpr std::array<std::string_view, 12> kData = {
        "python/tuple",   "python/list",    "python/dict", "python/str",
        "python/unicode", "python/bytes",   "python/int",  "python/long",
        "python/float",   "python/complex", "python/bool", "python/none"};
    scan.Add(IsAmong(name, kData) ? "WL-S-373" : "WL-S-372", at,
             fmt::format("a tag of Python's own: {}", Quote(tag, 80)));
  } else if (const auto target = Applied(tag)) {
    JudgeNamed(*target, tag.substr(0, tag.find(':')), at, scan);
  }
  constexpr std::array<std::string_view, 4> kReferences = {"!ref", "!copy", "!tuple",
                                                           "!PLACEHOLDER"};
  if (is_python || (Applied(tag) && Applied(tag)->find('.') != std::string_view::npos) ||
      IsAmong(tag, kReferences)) {
    return;
  }
  scan.Add("WL-S-373", at,
           fmt::format("a tag that only a loader of its own knows: {}", Quote(tag, 80)));
}

void JudgeMlflowKey(std::string_view key, std::string_view value, uint64_t at,
                    const FileScan& scan) {
  constexpr std::array<std::string_view, 12> kPaths = {
      "code",          "data",         "model_path", "path",
      "artifact_path", "conda",        "virtualenv", "pickled_model",
      "model_data",    "python_model", "uri",        "model_code_path"};
  if (value.empty()) return;
  if (key == "loader_module") {
    ScanFinding& finding =
        scan.Add("WL-S-381", at, fmt::format("loading it imports {}", Quote(value, 80)));
    if (value.starts_with("mlflow.")) finding.level = Level::kLow;
  }
  if (key == "model_code_path") {
    scan.Add("WL-S-381", at, fmt::format("loading it runs {}", Quote(value, 80)));
  }
  if (key == "python_model") {
    scan.Add("WL-S-381", at, fmt::format("loading it unpickles {}", Quote(value, 80)));
  }
  if (!IsAmong(key, kPaths) || NormalisePath(value, scan.limits())) return;
  scan.Add("WL-S-203", at, fmt::format("it refers to {}", Quote(value, 80)));
}

bool WalkYaml(std::string_view text, const YamlOptions& options, YamlFindings& findings,
              const FileScan& scan) {
  if (HoldsTooManyTokens(text)) {
    scan.Unjudged("WL-S-003", kNoOffset, "YAML of too many tokens");
    return false;
  }
  YamlJudge judge(options, findings, scan);
  // yaml-cpp reports by exceptions, which end here.
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(judge)) {
      if (judge.StandsStill()) return false;
    }
  } catch (const YAML::Exception&) {
    return false;
  }
  return true;
}

}  // namespace weighlock::scan

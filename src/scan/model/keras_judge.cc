// Objects are judged wherever they stand: Keras makes them from the inside out.
#include "scan/model/keras_judge.h"

#include <fmt/format.h>

#include <vector>

#include "base/escape.h"
#include "base/package_path.h"
#include "scan/model/keras_names.h"
#include "scan/text/config_judge.h"
#include "scan/text/json_walk.h"

namespace weighlock::scan {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kMostSpelt = 8;  // of one key in one object
constexpr size_t kMostSaid = 1000;

// A place of the configuration where a class or function is named.
struct Named {
  std::string_view name, module, registered, function;
  uint64_t at = 0;
};

class KerasJudge {
 public:
  KerasJudge(uint64_t at, bool is_keras, const FileScan& scan)
      : at_(at), is_keras_(is_keras), scan_(scan) {}

  void Judge(const JsonValue& config) {
    ForEachObject(config, [&](const JsonValue& object) { JudgeObject(object); });
  }

 private:
  // The texts under a key; one that stands twice has two, and readers take either.
  std::vector<std::string_view> Texts(const JsonValue& object, std::string_view key) {
    std::vector<std::string_view> texts;
    for (const JsonMember& member : object.members) {
      if (member.name == key && member.value.Is(Kind::kString)) texts.push_back(member.value.text);
    }
    if (texts.size() > kMostSpelt) {
      texts.resize(kMostSpelt);
      if (!too_many_)
        scan_.Unjudged("WL-S-003", at_ + object.offset, "a key that stands too often");
      too_many_ = true;
    }
    return texts;
  }

  void JudgeObject(const JsonValue& object) {
    const auto names = Texts(object, "class_name");
    if (names.empty() || (!is_keras_ && !HasConfig(object))) return;
    const auto of = [&](std::string_view key) {
      auto texts = Texts(object, key);
      if (texts.empty()) texts.emplace_back();
      return texts;
    };
    Named named;
    named.at = at_ + object.offset;
    for (const std::string_view name : names) {
      for (const std::string_view module : of("module")) {
        for (const std::string_view registered : of("registered_name")) {
          for (const std::string_view function : of("config")) {
            named.name = name;
            named.module = module;
            named.registered = registered;
            named.function = function;
            JudgeNamed(named);
          }
        }
      }
      if (is_keras_) JudgeVocabulary(name, object);
    }
  }

  static bool HasConfig(const JsonValue& object) {
    return object.Find("config") != nullptr || object.Find("module") != nullptr;
  }

  void JudgeNamed(const Named& named) {
    const std::string_view own = named.registered.substr(named.registered.rfind('>') + 1);
    const auto is = [&](std::string_view name) { return named.name == name || own == name; };
    if (is("Lambda") || is("__lambda__")) {
      Add("WL-S-361", named.at,
          fmt::format("a {} layer: code of the file runs",
                      named.name == "__lambda__" ? named.name : "Lambda"));
    } else if (is("TorchModuleWrapper") || is("TFSMLayer")) {
      Add("WL-S-362", named.at,
          fmt::format("{} loads a file of another format",
                      is("TFSMLayer") ? "TFSMLayer" : "TorchModuleWrapper"));
    } else if (named.name == "function") {
      JudgeFunction(named);
    } else if (!named.module.empty() && !IsKerasClass(named.module, named.name)) {
      const bool is_plain = named.module == "builtins" && named.name == "__tuple__";
      if (!is_plain) AddForeign(named.name, named);
    } else if (named.module.empty() && named.registered.find('>') != std::string_view::npos &&
               !named.registered.starts_with("keras")) {
      Add("WL-S-363", named.at,
          fmt::format("it wants a class of its own: {}", Quote(named.registered, 80)));
    }
  }

  // {"class_name": "function", "module": "keras.ops", "config": "relu"}
  void JudgeFunction(const Named& named) {
    if (named.function.empty() || named.module.empty()) return;
    if (!IsKerasFunction(named.module, named.function)) AddForeign(named.function, named);
  }

  void AddForeign(std::string_view name, const Named& named) {
    ScanFinding* finding =
        Add("WL-S-362", named.at,
            fmt::format("it loads {} of the module {}", Quote(name, 80), Quote(named.module, 80)));
    if (is_keras_ || finding == nullptr) return;
    finding->level = Level::kMedium;  // of a library that is not known here
    finding->verdict = ScanVerdict::kReview;
  }

  // Layers that read their words from a file: wherever the path leads.
  void JudgeVocabulary(std::string_view name, const JsonValue& object) {
    const JsonValue* config = object.Find("config");
    if (config == nullptr) return;
    for (const std::string_view path : Texts(*config, "vocabulary")) {
      const bool is_beside = path.find("://") == path.npos && NormalisePath(path, scan_.limits());
      ScanFinding* finding = Add("WL-S-351", at_ + config->offset,
                                 fmt::format("{} reads {}", Escape(name), Quote(path, 80)));
      if (!is_beside || finding == nullptr) continue;
      finding->level = Level::kMedium;
      finding->verdict = ScanVerdict::kReview;
    }
  }

  ScanFinding* Add(std::string_view rule, uint64_t at, std::string text) {
    if (said_ == kMostSaid) {
      scan_.Unjudged("WL-S-003", at, "more classes of a kind than are listed");
    }
    return ++said_ > kMostSaid ? nullptr : &scan_.Add(rule, at, std::move(text));
  }

  uint64_t at_;
  bool is_keras_;
  const FileScan& scan_;
  bool too_many_ = false;
  size_t said_ = 0;
};

// Whether a text is a configuration of Keras: one of its models is in it, or its name.
bool IsKerasConfig(const JsonValue& root) {
  bool is_one = root.FindString("class_name") != nullptr && root.Find("config") != nullptr;
  ForEachObject(root, [&](const JsonValue& object) {
    for (const JsonMember& member : object.members) {
      const std::string& text = member.value.text;
      const bool is_model = member.name == "class_name" && object.Find("config") != nullptr &&
                            (text == "Sequential" || text == "Functional" || text == "Model");
      const bool is_module = member.name == "module" && object.Find("class_name") != nullptr &&
                             (text.starts_with("keras") || text.starts_with("tf_keras"));
      is_one = is_one || is_model || is_module || member.name == "keras_version";
    }
  });
  return is_one;
}

const ZipMember* FindMember(const ZipView& zip, std::string_view name) {
  return zip.directory.Find(name);
}

// The member as JSON; what is wrong with it is said.
std::optional<JsonValue> JsonOf(const ZipView& zip, const ZipMember& member, const FileScan& scan) {
  const auto content = zip.Content(member);
  if (!content) {
    scan.Unreadable(content.error());
    return std::nullopt;
  }
  if (content->size() > zip.limits.json_bytes) {
    scan.Unjudged("WL-S-003", member.local_header_offset, "JSON of more than 64 MiB");
    return std::nullopt;
  }
  const auto text = content->Read(0, content->size());
  auto json = text ? ParseJson(*text, zip.limits)
                   : Result<JsonValue>(Error(Code::kIo, text.error().what()));
  if (!json) {
    scan.Unreadable(json.error());
    return std::nullopt;
  }
  return *std::move(json);
}

FileScan BeginMember(const ZipView& zip, const ZipMember& member, const FileScan& scan,
                     std::vector<bool>& explained) {
  explained[static_cast<size_t>(&member - zip.directory.members.data())] = true;
  const FileScan inner = scan.scanner().Begin(
      scan.place().Inside(member.name, ZipView::OffsetOf(member)), member.size);
  inner.SetFormat("json");
  return inner;
}

}  // namespace

void JudgeKerasConfig(const JsonValue& config, uint64_t at, const FileScan& scan) {
  KerasJudge(at, true, scan).Judge(config);
}

void JudgeKerasParts(const JsonValue& root, const FileScan& scan) {
  KerasJudge(0, IsKerasConfig(root), scan).Judge(root);
}

bool IsKeras(const ZipView& zip) {
  return FindMember(zip, "config.json") != nullptr && FindMember(zip, "metadata.json") != nullptr;
}

void JudgeKeras(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  const ZipMember& member = *FindMember(zip, "config.json");
  const FileScan inner = BeginMember(zip, member, scan, explained);
  const auto config = JsonOf(zip, member, inner);
  if (!config) return;
  JudgeKerasConfig(*config, 0, inner);
  JudgeConfig(*config, kKerasConfig, inner);
}

bool IsSkops(const ZipView& zip) {
  return FindMember(zip, "schema.json") != nullptr;
}

void JudgeSkops(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  const ZipMember& member = *FindMember(zip, "schema.json");
  const FileScan inner = BeginMember(zip, member, scan, explained);
  const auto schema = JsonOf(zip, member, inner);
  if (!schema) return;
  JudgeConfig(*schema, "schema.json", inner);
}

bool IsTorchServe(const ZipView& zip) {
  return FindMember(zip, "MAR-INF/MANIFEST.json") != nullptr;
}

void JudgeTorchServe(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  const ZipMember& member = *FindMember(zip, "MAR-INF/MANIFEST.json");
  const FileScan inner = BeginMember(zip, member, scan, explained);
  const auto manifest = JsonOf(zip, member, inner);
  if (!manifest) return;
  JudgeConfig(*manifest, "manifest.json", inner);
}

}  // namespace weighlock::scan

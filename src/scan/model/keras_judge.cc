// Classes are allowed by the module that they come from; what a module of tools holds is none.
#include "scan/model/keras_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/escape.h"
#include "scan/pickle/name_policy.h"
#include "scan/text/json_walk.h"

namespace weighlock::scan {
namespace {

// Modules of keras whose classes are layers and their like, also below keras.src.
constexpr std::array<std::string_view, 14> kModules = {
    "layers",     "models",  "initializers", "regularizers", "constraints",
    "optimizers", "losses",  "metrics",      "activations",  "dtype_policies",
    "engine",     "backend", "distribution", "quantizers"};

bool IsKerasModule(std::string_view module) {
  if (module == "keras" || module == "keras.src") return true;
  for (const std::string_view prefix : {"keras.src.", "keras.", "tf_keras.src.", "tf_keras.",
                                        "keras_nlp.", "keras_hub.", "keras_cv."}) {
    if (!module.starts_with(prefix)) continue;
    const std::string_view rest = module.substr(prefix.size());
    const std::string_view first = rest.substr(0, rest.find('.'));
    return prefix.starts_with("keras_") ||
           std::find(kModules.begin(), kModules.end(), first) != kModules.end();
  }
  return false;
}

void JudgeClass(const JsonValue& object, uint64_t at, const FileScan& scan) {
  const std::string* name = object.FindString("class_name");
  if (name == nullptr) return;
  const std::string* module = object.FindString("module");
  const std::string* registered = object.FindString("registered_name");
  if (*name == "Lambda" || *name == "__lambda__") {
    scan.Add("WL-S-361", at, fmt::format("a {} layer: code of the file runs", Escape(*name)));
    return;
  }
  if (*name == "TorchModuleWrapper" || *name == "TFSMLayer") {
    scan.Add("WL-S-362", at, fmt::format("{} loads a file of another format", Escape(*name)));
    return;
  }
  if (module != nullptr && !module->empty() && !IsKerasModule(*module)) {
    const bool plain = *module == "builtins" && *name == "__tuple__";
    if (!plain) {
      scan.Add("WL-S-362", at,
               fmt::format("it loads {} of the module {}", Quote(*name, 80), Quote(*module, 80)));
    }
    return;
  }
  if (registered != nullptr && registered->find('>') != std::string::npos &&
      !registered->starts_with("keras")) {
    scan.Add("WL-S-363", at,
             fmt::format("it wants a class of its own: {}", Quote(*registered, 80)));
  }
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
  ForEachObject(config,
                [&](const JsonValue& object) { JudgeClass(object, at + object.offset, scan); });
}

bool IsKeras(const ZipView& zip) {
  return FindMember(zip, "config.json") != nullptr && FindMember(zip, "metadata.json") != nullptr;
}

void JudgeKeras(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  const ZipMember& member = *FindMember(zip, "config.json");
  const FileScan inner = BeginMember(zip, member, scan, explained);
  if (const auto config = JsonOf(zip, member, inner)) JudgeKerasConfig(*config, 0, inner);
}

bool IsSkops(const ZipView& zip) {
  return FindMember(zip, "schema.json") != nullptr;
}

void JudgeSkops(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  const ZipMember& member = *FindMember(zip, "schema.json");
  const FileScan inner = BeginMember(zip, member, scan, explained);
  const auto schema = JsonOf(zip, member, inner);
  if (!schema) return;
  std::set<std::string> said;
  ForEachObject(*schema, [&](const JsonValue& object) {
    const std::string* name = object.FindString("__class__");
    const std::string* module = object.FindString("__module__");
    if (name == nullptr || module == nullptr) return;
    const Standing standing = LookupName(*module, *name).standing;
    if (standing == Standing::kAllowed || standing == Standing::kLibrary) return;
    const std::string text = fmt::format("{}.{}", Escape(*module), Escape(*name));
    if (!said.insert(text).second) return;
    ScanFinding& finding = inner.Add("WL-S-364", object.offset, fmt::format("it makes {}", text));
    if (standing != Standing::kUnknown) finding.level = Level::kCritical;
  });
}

bool IsTorchServe(const ZipView& zip) {
  return FindMember(zip, "MAR-INF/MANIFEST.json") != nullptr;
}

void JudgeTorchServe(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained) {
  const ZipMember& member = *FindMember(zip, "MAR-INF/MANIFEST.json");
  const FileScan inner = BeginMember(zip, member, scan, explained);
  const auto manifest = JsonOf(zip, member, inner);
  if (!manifest) return;
  ForEachObject(*manifest, [&](const JsonValue& object) {
    const std::string* handler = object.FindString("handler");
    if (handler == nullptr) return;
    inner.Add("WL-S-402", object.offset,
              fmt::format("TorchServe runs the handler {}", Quote(*handler, 80)));
  });
}

}  // namespace weighlock::scan

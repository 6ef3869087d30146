// Look-ups in the base, with three-valued logic throughout.
#include "compat/knowledge.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/byte_source.h"
#include "base/escape.h"
#include "compat/known_spec.h"

namespace weighlock {

// kb/weights.json, embedded by the build.
extern const std::string_view kBuiltinKnowledge;

namespace {

using Kind = JsonValue::Kind;

std::string_view Text(const JsonValue& object, std::string_view key) {
  const std::string* text = object.FindString(key);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

Tri Not(bool no) {
  return no ? Tri::kNo : Tri::kYes;
}

// What a predicate may ask for.
enum class Allowed : uint8_t { kAll, kVersionsOnly };

// Every predicate well formed, every version readable, so that look-ups need not fail. Recursion
// is as deep as Limits::json_depth lets the text nest.
Status CheckPredicate(const JsonValue& predicate, Allowed allowed) {
  for (const char* list : {"any", "all"}) {
    const JsonValue* parts = predicate.Find(list);
    if (parts == nullptr) continue;
    for (const JsonValue& part : parts->items) WL_CHECKED(CheckPredicate(part, allowed));
    return {};
  }
  if (predicate.FindString("target") == nullptr) {
    return Error(Code::kMalformed, "a predicate without target, any or all", predicate.offset);
  }
  if (predicate.FindTrue("present")) {
    if (allowed == Allowed::kAll) return {};
    return Error(Code::kMalformed, "what implies a component may only look at versions",
                 predicate.offset);
  }
  const VersionSpec* spec = KnownSpec(Text(predicate, "spec"));
  if (spec == nullptr || spec->text().empty()) {
    return Error(Code::kMalformed, "a predicate without a readable spec", predicate.offset);
  }
  return {};
}

Status CheckRows(const JsonValue& root, const char* table, const char* predicate, Allowed allowed) {
  const JsonValue* rows = root.Find(table);
  if (rows == nullptr || !rows->Is(Kind::kArray)) {
    return Error(Code::kMalformed, fmt::format("no list {}", table), root.offset);
  }
  for (const JsonValue& row : rows->items) {
    const JsonValue* when = row.Find(predicate);
    if (when == nullptr) {
      return Error(Code::kMalformed, fmt::format("{}: an entry without {}", table, predicate),
                   row.offset);
    }
    WL_CHECKED(CheckPredicate(*when, allowed));
    const JsonValue* upgrades = row.Find("upgrades");
    for (size_t i = 0; upgrades != nullptr && i < upgrades->items.size(); ++i) {
      WL_CHECKED(Version::Parse(Text(upgrades->items[i], "to")));
    }
  }
  return {};
}

// The message with `value` in its slot, or nothing where there is no message.
std::string Filled(const std::string* message, std::string_view slot, std::string_view value) {
  if (message == nullptr) return {};
  std::string out = *message;
  for (size_t at = 0; (at = out.find(slot, at)) != std::string::npos; at += value.size()) {
    out.replace(at, slot.size(), value);
  }
  return out;
}

// Adds to the upgrades of a verdict that they want those of another one besides.
void AlsoWant(const WeightsVerdict& other, WeightsVerdict& verdict) {
  for (const Upgrade& also : other.upgrades) {
    for (Upgrade& upgrade : verdict.upgrades) {
      if (upgrade.component == also.component) continue;
      if (!upgrade.also.empty()) upgrade.also += " and ";
      upgrade.also += also.component + " " + also.to.text();
    }
  }
}

}  // namespace

Result<Knowledge> Knowledge::Builtin() {
  return Parse(AsBytes(kBuiltinKnowledge));
}

Result<Knowledge> Knowledge::Read(const std::string& path, const Limits& limits) {
  if (path.empty()) return Builtin();
  WL_TRY(const ByteSource file, ByteSource::OpenFile(path, path));
  if (file.size() > limits.json_bytes) {
    return Error(Code::kLimit, "the knowledge base is too large", kNoOffset, path);
  }
  WL_TRY(const ByteVector text, file.Read(0, file.size()));
  return Parse(text).In(path);
}

Result<Knowledge> Knowledge::Parse(Bytes text) {
  Knowledge knowledge;
  WL_TRY(knowledge.root_, ParseJson(text, Limits()));
  const JsonValue& root = knowledge.root_;
  if (Text(root, "schema") != "weighlock-kb/1") {
    return Error(
        Code::kUnsupported,
        fmt::format("wanted schema \"weighlock-kb/1\", found {}", Quote(Text(root, "schema"), 40)),
        root.offset);
  }
  WL_CHECKED(CheckRows(root, "implied", "when", Allowed::kVersionsOnly));
  WL_CHECKED(CheckRows(root, "weights", "readable", Allowed::kAll));
  WL_CHECKED(CheckRows(root, "containers", "readable", Allowed::kAll));
  for (const char* table :
       {"missing_weights", "unreadable_checkpoint", "refused_pickle", "unknown_model_type",
        "missing_model_type", "broken_config", "git_lfs_pointer", "no_metadata", "no_format",
        "no_format_shard", "foreign_format", "torch_without_frombuffer"}) {
    const JsonValue* rows = root.Find(table);
    for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
      WL_CHECKED(VersionSpec::Parse(Text(rows->items[i], "spec")));
    }
  }
  return knowledge;
}

Tri Knowledge::Present(std::string_view component, const Target& target) const {
  if (const Component* known = target.Find(component)) return Not(known->absent);
  for (const JsonValue& row : root_.Find("implied")->items) {
    if (Text(row, "component") == component && Evaluate(*row.Find("when"), target) == Tri::kYes) {
      return Tri::kYes;
    }
  }
  return Tri::kUnknown;
}

Tri Knowledge::Evaluate(const JsonValue& predicate, const Target& target) const {
  if (const JsonValue* any = predicate.Find("any")) {
    Tri best = Tri::kNo;
    for (const JsonValue& part : any->items) best = std::max(best, Evaluate(part, target));
    return best;
  }
  if (const JsonValue* all = predicate.Find("all")) {
    Tri worst = Tri::kYes;
    for (const JsonValue& part : all->items) worst = std::min(worst, Evaluate(part, target));
    return worst;
  }
  const std::string_view name = Text(predicate, "target");
  if (predicate.FindTrue("present")) return Present(name, target);
  const Component* component = target.Find(name);
  if (component == nullptr) return Tri::kUnknown;
  const VersionSpec* spec = KnownSpec(Text(predicate, "spec"));
  return spec != nullptr ? TriOf(component->Within(*spec)) : Tri::kNo;
}

WeightsVerdict Knowledge::JudgeWeights(Format format, std::string_view stem, bool sharded,
                                       const Target& target) const {
  const bool torch = format == Format::kTorchZip || format == Format::kTorchLegacy;
  const std::string_view family = torch ? "torch" : FormatName(format);
  const std::string_view layout = sharded ? "sharded" : "single";
  std::optional<WeightsVerdict> worst;
  for (const JsonValue& row : root_.Find("weights")->items) {
    const JsonValue* layouts = row.Find("layouts");
    const bool fits = Text(row, "format") == family && Text(row, "stem") == stem &&
                      layouts != nullptr &&
                      std::any_of(layouts->items.begin(), layouts->items.end(),
                                  [&](const JsonValue& l) { return l.text == layout; });
    if (!fits) continue;
    WeightsVerdict verdict = Judge(row, target);
    if (!worst || verdict.readable < worst->readable) worst = std::move(verdict);
  }
  if (!worst) return {};
  // torch must take the file's container too. A target that names none, or no version, is no doubt
  // here: every release in use takes all of them.
  const JsonValue* container = Container(!torch                           ? family
                                         : format == Format::kTorchLegacy ? "legacy"
                                                                          : "zip");
  const Component* own = target.Find("torch");
  const bool is_said = own != nullptr && !own->absent && (own->version || own->range);
  if (container == nullptr || !is_said) return *std::move(worst);
  WeightsVerdict taken = Judge(*container, target);
  if (worst->readable == Tri::kYes && taken.readable != Tri::kYes) return taken;
  if (worst->readable != Tri::kYes && taken.readable == Tri::kNo) AlsoWant(taken, *worst);
  return *std::move(worst);
}

WeightsVerdict Knowledge::Judge(const JsonValue& row, const Target& target) const {
  WeightsVerdict verdict;
  verdict.readable = Evaluate(*row.Find("readable"), target);
  verdict.rule = Text(row, "rule");
  verdict.source = Text(row, "source");
  const JsonValue* upgrades = row.Find("upgrades");
  for (size_t i = 0; upgrades != nullptr && i < upgrades->items.size(); ++i) {
    const JsonValue& upgrade = upgrades->items[i];
    auto to = Version::Parse(Text(upgrade, "to"));
    const Component* now = target.Find(Text(upgrade, "component"));
    if (!to || (now != nullptr && now->version && now->version->Compare(*to) >= 0)) continue;
    verdict.upgrades.push_back({std::string(Text(upgrade, "component")), *std::move(to),
                                std::string(Text(upgrade, "also"))});
  }
  return verdict;
}

const JsonValue* Knowledge::Container(std::string_view name) const {
  for (const JsonValue& row : root_.Find("containers")->items) {
    if (Text(row, "container") == name) return &row;
  }
  return nullptr;
}

Tri Knowledge::ReadsContainer(std::string_view container, const Target& target) const {
  const JsonValue* row = Container(container);
  return row == nullptr ? Tri::kUnknown : Evaluate(*row->Find("readable"), target);
}

const std::string* Knowledge::MessageFor(std::string_view table, const Target& target) const {
  const Component* transformers = target.Find("transformers");
  const JsonValue* rows = root_.Find(table);
  if (transformers == nullptr || !transformers->version || rows == nullptr) return nullptr;
  for (const JsonValue& row : rows->items) {
    const VersionSpec* spec = KnownSpec(Text(row, "spec"));
    if (spec == nullptr || !spec->Contains(*transformers->version)) continue;
    // Words of torch itself, which differ by its release.
    const std::string* of_torch = row.FindString("torch");
    const VersionSpec* releases = of_torch == nullptr ? nullptr : KnownSpec(*of_torch);
    const Component* torch = target.Find("torch");
    const bool is_it = releases != nullptr && torch != nullptr && torch->version &&
                       releases->Contains(*torch->version);
    if (of_torch == nullptr || is_it) return row.FindString("text");
  }
  return nullptr;
}

std::string Knowledge::MissingWeightsMessage(const Target& target, std::string_view package) const {
  return Filled(MessageFor("missing_weights", target), "{package}", package);
}

std::string Knowledge::UnknownModelTypeMessage(const Target& target,
                                               std::string_view model_type) const {
  return Filled(MessageFor("unknown_model_type", target), "{model_type}", model_type);
}

std::string Knowledge::Message(std::string_view table, const Target& target, Slots slots) const {
  const std::string* found = MessageFor(table, target);
  std::string message = found == nullptr ? std::string() : *found;
  for (const auto& [slot, value] : slots) message = Filled(&message, slot, value);
  return message;
}

std::string Knowledge::RefusedPickleMessage(const Target& target) const {
  const std::string* text = MessageFor("refused_pickle", target);
  return text == nullptr ? std::string() : *text;
}

}  // namespace weighlock

// Look-ups in the harvested table.
#include "compat/peft_releases.h"

#include <algorithm>

#include "compat/known_spec.h"

namespace weighlock {

// kb/peft.json, embedded by the build.
extern const std::string_view kBuiltinPeft;

namespace {

using Kind = JsonValue::Kind;

bool IsNothing(const JsonValue& value) {
  const bool empty = value.items.empty() && value.members.empty();
  return value.Is(Kind::kNull) || (empty && (value.Is(Kind::kArray) || value.Is(Kind::kObject)));
}

bool SameScalar(const JsonValue& a, const JsonValue& b) {
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text && a.items.empty() &&
         b.items.empty() && a.members.empty() && b.members.empty();
}

// Keys that change no answer: where the file is from, and how it is trained or run.
constexpr std::string_view kInert[] = {"peft_version", "auto_mapping",   "revision",
                                       "peft_type",    "runtime_config", "inference_mode"};

}  // namespace

Result<PeftReleases> PeftReleases::Builtin() {
  return Parse(kBuiltinPeft);
}

Result<PeftReleases> PeftReleases::Parse(std::string_view text) {
  PeftReleases peft;
  peft.table_ = JsonTable(text);
  const JsonValue* schema = peft.table_.Find("schema");
  const JsonValue* rows = peft.table_.Find("releases");
  if (schema == nullptr || schema->text != "weighlock-peft/1" || rows == nullptr ||
      rows->items.empty()) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-peft/1\" and releases");
  }
  for (const JsonValue& row : rows->items) {
    if (row.items.empty()) return Error(Code::kMalformed, "a release without a version");
    WL_TRY(Version version, Version::Parse(row.items[0].text));
    peft.releases_.push_back(std::move(version));
  }
  return peft;
}

std::vector<std::pair<std::string, std::string>> PeftReleases::Wants(const Version& peft) const {
  std::vector<std::pair<std::string, std::string>> wants;
  const JsonValue* rows = table_.Find("releases");
  constexpr size_t kPython = 2, kPackages = 3;  // columns
  for (size_t i = 0; i < releases_.size(); ++i) {
    const auto& row = rows->items[i].items;
    if (releases_[i].Compare(peft) != 0 || row.size() <= kPackages) continue;
    wants.emplace_back("python", row[kPython].text);
    for (const JsonMember& package : row[kPackages].members) {
      wants.emplace_back(package.name, package.value.text);
    }
  }
  return wants;
}

std::string_view PeftReleases::ConfigClass(std::string_view peft_type, const Version& peft) const {
  const JsonValue* name = HoldingRow(table_.Table("types").Find(peft_type), peft);
  return name == nullptr ? std::string_view() : name->text;
}

bool PeftReleases::HasField(std::string_view config_class, std::string_view field,
                            const Version& peft) const {
  const JsonValue* fields = table_.Table("fields").Find(config_class);
  return fields != nullptr && HoldingRow(fields->Find(field), peft) != nullptr;
}

bool PeftReleases::IsDefault(std::string_view config_class, std::string_view field,
                             const JsonValue& value) const {
  const JsonValue* fields = table_.Table("fields").Find(config_class);
  const JsonValue* rows = fields == nullptr ? nullptr : fields->Find(field);
  if (rows == nullptr || rows->items.empty()) return false;
  return std::all_of(rows->items.begin(), rows->items.end(), [&](const JsonValue& row) {
    if (row.items.empty() || row.items[0].items.empty()) return false;
    const JsonValue& usual = row.items[0].items[0];
    return SameScalar(usual, value) || (IsNothing(usual) && IsNothing(value));
  });
}

std::vector<const JsonMember*> PeftReleases::UnknownFields(std::string_view peft_type,
                                                           const JsonValue& config,
                                                           const Version& peft) const {
  std::vector<const JsonMember*> unknown;
  const std::string_view config_class = ConfigClass(peft_type, peft);
  for (const JsonMember& member : config.members) {
    if (!HasField(config_class, member.name, peft)) unknown.push_back(&member);
  }
  return unknown;
}

bool PeftReleases::Matters(std::string_view config_class, const JsonMember& member) const {
  const bool inert =
      std::find(std::begin(kInert), std::end(kInert), member.name) != std::end(kInert);
  return !inert && !IsDefault(config_class, member.name, member.value);
}

std::string_view PeftReleases::UnknownKeys(const Version& peft) const {
  const JsonValue* words = table_.Find("unknown_keys");
  for (size_t i = 0; words != nullptr && i < words->members.size(); ++i) {
    if (IsWithinRanges(words->members[i].value, peft)) return words->members[i].name;
  }
  return {};
}

bool PeftReleases::ReadsSafetensors(const Version& peft) const {
  const JsonValue* ranges = table_.Table("safetensors").Find("adapter_model");
  return ranges != nullptr && IsWithinRanges(*ranges, peft);
}

std::vector<std::string> PeftReleases::TaskTypes(const Version& peft) const {
  std::vector<std::string> names;
  const JsonValue* held = HoldingRow(table_.Table("task_types").Find("names"), peft);
  for (size_t i = 0; held != nullptr && i < held->items.size(); ++i) {
    names.push_back(held->items[i].text);
  }
  return names;
}

}  // namespace weighlock

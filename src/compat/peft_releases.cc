// Look-ups in the harvested table.
#include "compat/peft_releases.h"

#include <algorithm>

namespace weighlock {

// kb/peft.json, embedded by the build.
extern const std::string_view kBuiltinPeft;

namespace {

using Kind = JsonValue::Kind;

// [[first, last or null]...]
bool Within(const JsonValue& ranges, const Version& version) {
  return std::any_of(ranges.items.begin(), ranges.items.end(), [&](const JsonValue& range) {
    if (range.items.size() != 2) return false;
    const auto first = Version::Parse(range.items[0].text);
    if (!first || first->Compare(version) > 0) return false;
    if (range.items[1].Is(Kind::kNull)) return true;
    const auto last = Version::Parse(range.items[1].text);
    return last && version.Compare(*last) <= 0;
  });
}

// Of [[value, ranges]...] the value that holds in the release, or null.
const JsonValue* Holding(const JsonValue* rows, const Version& version) {
  for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
    const auto& row = rows->items[i].items;
    if (row.size() == 2 && Within(row[1], version)) return &row[0];
  }
  return nullptr;
}

const JsonValue* Find(const JsonValue& root, std::string_view table, std::string_view name) {
  const JsonValue* rows = root.Find(table);
  return rows == nullptr ? nullptr : rows->Find(name);
}

bool IsNothing(const JsonValue& value) {
  const bool empty = value.items.empty() && value.members.empty();
  return value.Is(Kind::kNull) || (empty && (value.Is(Kind::kArray) || value.Is(Kind::kObject)));
}

bool SameScalar(const JsonValue& a, const JsonValue& b) {
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text && a.items.empty() &&
         b.items.empty() && a.members.empty() && b.members.empty();
}

}  // namespace

Result<PeftReleases> PeftReleases::Builtin() {
  return Parse(AsBytes(kBuiltinPeft));
}

Result<PeftReleases> PeftReleases::Parse(Bytes text) {
  PeftReleases peft;
  WL_TRY(peft.root_, ParseJson(text, Limits()));
  const std::string* schema = peft.root_.FindString("schema");
  const JsonValue* rows = peft.root_.Find("releases");
  if (schema == nullptr || *schema != "weighlock-peft/1" || rows == nullptr ||
      rows->items.empty()) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-peft/1\" and releases");
  }
  for (const JsonValue& row : rows->items) {
    if (row.items.empty())
      return Error(Code::kMalformed, "a release without a version", row.offset);
    WL_TRY(Version version, Version::Parse(row.items[0].text));
    peft.releases_.push_back(std::move(version));
  }
  return peft;
}

std::string_view PeftReleases::ConfigClass(std::string_view peft_type, const Version& peft) const {
  const JsonValue* name = Holding(Find(root_, "types", peft_type), peft);
  return name == nullptr ? std::string_view() : name->text;
}

bool PeftReleases::HasField(std::string_view config_class, std::string_view field,
                            const Version& peft) const {
  const JsonValue* fields = Find(root_, "fields", config_class);
  return fields != nullptr && Holding(fields->Find(field), peft) != nullptr;
}

bool PeftReleases::IsDefault(std::string_view config_class, std::string_view field,
                             const JsonValue& value) const {
  const JsonValue* fields = Find(root_, "fields", config_class);
  const JsonValue* rows = fields == nullptr ? nullptr : fields->Find(field);
  if (rows == nullptr || rows->items.empty()) return false;
  return std::all_of(rows->items.begin(), rows->items.end(), [&](const JsonValue& row) {
    if (row.items.empty() || row.items[0].items.empty()) return false;
    const JsonValue& usual = row.items[0].items[0];
    return SameScalar(usual, value) || (IsNothing(usual) && IsNothing(value));
  });
}

std::string_view PeftReleases::UnknownKeys(const Version& peft) const {
  const JsonValue* words = root_.Find("unknown_keys");
  for (size_t i = 0; words != nullptr && i < words->members.size(); ++i) {
    if (Within(words->members[i].value, peft)) return words->members[i].name;
  }
  return {};
}

bool PeftReleases::ReadsSafetensors(const Version& peft) const {
  const JsonValue* ranges = Find(root_, "safetensors", "adapter_model");
  return ranges != nullptr && Within(*ranges, peft);
}

std::vector<std::string> PeftReleases::TaskTypes(const Version& peft) const {
  std::vector<std::string> names;
  const JsonValue* held = Holding(Find(root_, "task_types", "names"), peft);
  for (size_t i = 0; held != nullptr && i < held->items.size(); ++i) {
    names.push_back(held->items[i].text);
  }
  return names;
}

}  // namespace weighlock

// Look-ups in the harvested table.
#include "compat/releases.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "compat/known_spec.h"

namespace weighlock {

// kb/transformers.json, embedded by the build.
extern const std::string_view kBuiltinReleases;

namespace {

using Kind = JsonValue::Kind;

Error Malformed(std::string_view what, const JsonValue& at) {
  return Error(Code::kMalformed, std::string(what), at.offset);
}

// [version, day, python, {package: versions}]
Result<Release> ReadRelease(const JsonValue& row) {
  if (row.items.size() != 4 || !row.items[3].Is(Kind::kObject)) {
    return Malformed("a release is [version, day, python, {package: versions}]", row);
  }
  WL_TRY(Version version, Version::Parse(row.items[0].text));
  Release release{std::move(version), row.items[2].text, {}};
  for (const JsonMember& member : row.items[3].members) {
    release.wants.emplace_back(member.name, member.value.text);
  }
  return release;
}

// [[first, last or null]...], both releases that stand in the table.
Status CheckRanges(const JsonValue& ranges) {
  for (const JsonValue& range : ranges.items) {
    if (range.items.size() != 2) return Malformed("a range is [first, last]", range);
    WL_CHECKED(Version::Parse(range.items[0].text));
    if (!range.items[1].Is(Kind::kNull)) WL_CHECKED(Version::Parse(range.items[1].text));
  }
  return {};
}

// [[value, ranges]...]
Status CheckRows(const JsonValue& rows) {
  for (const JsonValue& row : rows.items) {
    if (row.items.size() != 2) return Malformed("a row is [[value, ranges]...]", row);
    WL_CHECKED(CheckRanges(row.items[1]));
  }
  return {};
}

// Each member of a table, which may be missing, in a form.
Status CheckTable(const JsonValue* table, Status (*form)(const JsonValue&)) {
  for (size_t i = 0; table != nullptr && i < table->members.size(); ++i) {
    WL_CHECKED(form(table->members[i].value));
  }
  return {};
}

// The form that docs/knowledge.md describes, of the whole text.
Status CheckForm(const JsonValue& root) {
  const std::string* schema = root.FindString("schema");
  if (schema == nullptr || *schema != "weighlock-transformers/1") {
    return Malformed("wanted schema \"weighlock-transformers/1\"", root);
  }
  const JsonValue* releases = root.Find("releases");
  if (releases == nullptr || releases->items.empty() || root.Find("model_types") == nullptr) {
    return Malformed("no releases, or no model_types", root);
  }
  for (const JsonValue& row : releases->items) WL_CHECKED(ReadRelease(row));
  for (const char* table : {"model_types", "architectures", "tokenizers"}) {
    WL_CHECKED(CheckTable(root.Find(table), CheckRows));
  }
  for (const char* table : {"tokenizer_classes", "activations", "quantization"}) {
    WL_CHECKED(CheckTable(root.Find(table), CheckRanges));
  }
  WL_CHECKED(CheckTable(root.Find("named_otherwise"),
                        [](const JsonValue& types) { return CheckTable(&types, CheckRows); }));
  return CheckTable(root.Find("config_keys"),
                    [](const JsonValue& keys) { return CheckTable(&keys, CheckRanges); });
}

}  // namespace

Result<Releases> Releases::Builtin() {
  return Over(kBuiltinReleases);
}

Result<Releases> Releases::Parse(Bytes text) {
  WL_TRY(const JsonValue root, ParseJson(text, Limits()));
  WL_CHECKED(CheckForm(root));
  return Over(AsText(text));
}

Result<Releases> Releases::Over(std::string_view text) {
  Releases releases;
  releases.table_ = JsonTable(text);
  const JsonValue* rows = releases.table_.Find("releases");
  if (rows == nullptr || rows->items.empty()) return Error(Code::kMalformed, "no releases", 0);
  for (const JsonValue& row : rows->items) {
    WL_TRY(Release release, ReadRelease(row));
    releases.releases_.push_back(std::move(release));
  }
  return releases;
}

std::string Releases::ConfigClassOf(std::string_view model_type,
                                    const Version& transformers) const {
  const JsonValue* name = HoldingRow(table_.Table("model_types").Find(model_type), transformers);
  return name == nullptr ? std::string() : name->text;
}

std::string Releases::ModelTypeIn(std::string_view text, const Version& transformers) const {
  std::string longest;
  for (const std::string_view type : table_.Table("model_types").names()) {
    if (type.size() > longest.size() && text.find(type) != std::string_view::npos &&
        KnowsModelType(type, transformers) == Tri::kYes) {
      longest = type;
    }
  }
  return longest;
}

std::vector<std::string> Releases::TokenizersOf(std::string_view model_type,
                                                const Version& transformers) const {
  std::vector<std::string> names;
  const JsonValue* forms = table_.Table("tokenizers").Find(model_type);
  for (size_t i = 0; forms != nullptr && i < forms->items.size(); ++i) {
    if (!IsWithinRanges(forms->items[i].items[1], transformers)) continue;
    for (const JsonValue& name : forms->items[i].items[0].items) names.push_back(name.text);
  }
  return names;
}

Tri Releases::KnowsModelType(std::string_view model_type, const Version& transformers) const {
  if (transformers.Compare(through()) > 0) return Tri::kUnknown;
  const JsonValue* forms = table_.Table("model_types").Find(model_type);
  const auto knows = [&](const Version& version) {
    return HoldingRow(forms, version) == nullptr ? Tri::kNo : Tri::kYes;
  };
  const Tri answer = knows(transformers);
  // A version that is no release here (taken back, or made by somebody) lies between two.
  const auto next = NotBefore(transformers);
  if (next == releases_.end() || next->version.Compare(transformers) == 0) return answer;
  return knows(next->version) == answer ? answer : Tri::kUnknown;
}

bool Releases::HasConfigKey(std::string_view model_type, std::string_view key,
                            const Version& transformers) const {
  const JsonValue* own = table_.Table("config_keys").Find(model_type);
  const JsonValue* ranges = own == nullptr ? nullptr : own->Find(key);
  return ranges == nullptr || IsWithinRanges(*ranges, transformers);
}

Tri Releases::Named(const char* table, std::string_view name, const Version& transformers) const {
  if (transformers.Compare(through()) > 0) return Tri::kUnknown;
  const JsonValue* ranges = table_.Table(table).Find(name);
  return ranges != nullptr && IsWithinRanges(*ranges, transformers) ? Tri::kYes : Tri::kNo;
}

Tri Releases::HasTokenizerClass(std::string_view name, const Version& transformers) const {
  const Tri named = Named("tokenizer_classes", name, transformers);
  if (named != Tri::kNo) return named;
  // Some are other classes under a name of their own, which only the table of model types tells.
  const JsonTable& types = table_.Table("tokenizers");
  for (const std::string_view type : types.names()) {
    if (types.TextOf(type).find(name) == std::string_view::npos) continue;
    for (const std::string& other : TokenizersOf(type, transformers)) {
      if (other == name) return Tri::kYes;
    }
  }
  return named;
}

Tri Releases::HasActivation(std::string_view name, const Version& transformers) const {
  return Named("activations", name, transformers);
}

Tri Releases::HasArchitecture(std::string_view name, const Version& transformers) const {
  const JsonValue* forms = table_.Table("architectures").Find(name);
  if (forms == nullptr || transformers.Compare(through()) > 0) return Tri::kUnknown;
  return HoldingRow(forms, transformers) == nullptr ? Tri::kNo : Tri::kYes;
}

std::string Releases::ModelTypeOf(std::string_view architecture) const {
  const JsonValue* forms = table_.Table("architectures").Find(architecture);
  if (forms == nullptr || forms->items.size() != 1) return {};
  return forms->items[0].items[0].text;
}

Tri Releases::IsOfModelType(std::string_view architecture, std::string_view model_type) const {
  const JsonValue* forms = table_.Table("architectures").Find(architecture);
  if (forms == nullptr) return Tri::kUnknown;
  const auto is_of = [&](const JsonValue& form) { return form.items[0].text == model_type; };
  return std::any_of(forms->items.begin(), forms->items.end(), is_of) ? Tri::kYes : Tri::kNo;
}

std::string Releases::ArchitectureOf(std::string_view model_type, std::string_view ending,
                                     const Version& transformers) const {
  const JsonTable& classes = table_.Table("architectures");
  const std::string quoted = fmt::format("\"{}\"", model_type);
  for (const std::string_view name : classes.names()) {
    if (!name.ends_with(ending)) continue;
    if (classes.TextOf(name).find(quoted) == std::string_view::npos) continue;
    for (const JsonValue& form : classes.Find(name)->items) {
      if (form.items[0].text == model_type && IsWithinRanges(form.items[1], transformers)) {
        return std::string(name);
      }
    }
  }
  return {};
}

std::string Releases::ArchitectureNamedOtherwise(std::string_view auto_class,
                                                 std::string_view model_type,
                                                 const Version& transformers) const {
  const JsonValue* types = table_.Table("named_otherwise").Find(auto_class);
  const JsonValue* name =
      types == nullptr ? nullptr : HoldingRow(types->Find(model_type), transformers);
  return name == nullptr ? std::string() : name->text;
}

Tri Releases::HasQuantization(std::string_view method, const Version& transformers) const {
  return Named("quantization", method, transformers);
}

std::string Releases::WhyUnknown(const Version& transformers) const {
  if (transformers.Compare(through()) > 0) {
    return "is not in the knowledge base, which ends at " + through().text();
  }
  const Release* before = nullptr;
  for (const Release& release : releases_) {
    if (release.version.Compare(transformers) < 0) {
      before = &release;
      continue;
    }
    if (before == nullptr)
      return "is older than what is known, from " + release.version.text() + " on";
    return fmt::format("is no release that is known: {} comes before it, {} after it",
                       before->version.text(), release.version.text());
  }
  return "";
}

std::vector<Release>::const_iterator Releases::NotBefore(const Version& transformers) const {
  return std::lower_bound(
      releases_.begin(), releases_.end(), transformers,
      [](const Release& release, const Version& v) { return release.version.Compare(v) < 0; });
}

const Release* Releases::Find(const Version& transformers) const {
  const auto found = NotBefore(transformers);
  const bool is_there = found != releases_.end() && found->version.Compare(transformers) == 0;
  return is_there ? &*found : nullptr;
}

const Release* Releases::FirstFrom(const Version& from,
                                   const std::function<bool(const Release&)>& fits) const {
  for (const Release& release : releases_) {
    if (release.version.Compare(from) >= 0 && fits(release)) return &release;
  }
  return nullptr;
}

}  // namespace weighlock

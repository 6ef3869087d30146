// Look-ups in the harvested table.
#include "compat/releases.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

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

}  // namespace

Result<Releases> Releases::Builtin() {
  return Parse(AsBytes(kBuiltinReleases));
}

Result<Releases> Releases::Parse(Bytes text) {
  Releases releases;
  WL_TRY(releases.root_, ParseJson(text, Limits()));
  const JsonValue& root = releases.root_;
  const std::string* schema = root.FindString("schema");
  if (schema == nullptr || *schema != "weighlock-transformers/1") {
    return Malformed("wanted schema \"weighlock-transformers/1\"", root);
  }
  const JsonValue* rows = root.Find("releases");
  const JsonValue* types = root.Find("model_types");
  if (rows == nullptr || rows->items.empty() || types == nullptr) {
    return Malformed("no releases, or no model_types", root);
  }
  for (const JsonValue& row : rows->items) {
    WL_TRY(Release release, ReadRelease(row));
    releases.releases_.push_back(std::move(release));
  }
  for (const JsonMember& type : types->members) {
    for (const JsonValue& form : type.value.items) {
      if (form.items.size() != 2) return Malformed("a model type is [[class, ranges]...]", form);
      WL_CHECKED(CheckRanges(form.items[1]));
    }
  }
  for (const char* table : {"tokenizer_classes", "activations", "quantization"}) {
    const JsonValue* names = root.Find(table);
    for (size_t i = 0; names != nullptr && i < names->members.size(); ++i) {
      WL_CHECKED(CheckRanges(names->members[i].value));
    }
  }
  const JsonValue* classes = root.Find("architectures");
  for (size_t i = 0; classes != nullptr && i < classes->members.size(); ++i) {
    for (const JsonValue& form : classes->members[i].value.items) {
      if (form.items.size() != 2) return Malformed("a class is [[model type, ranges]...]", form);
      WL_CHECKED(CheckRanges(form.items[1]));
    }
  }
  const JsonValue* autos = root.Find("named_otherwise");
  for (size_t i = 0; autos != nullptr && i < autos->members.size(); ++i) {
    for (const JsonMember& type : autos->members[i].value.members) {
      for (const JsonValue& form : type.value.items) {
        if (form.items.size() != 2) return Malformed("a type is [[class, ranges]...]", form);
        WL_CHECKED(CheckRanges(form.items[1]));
      }
    }
  }
  const JsonValue* keys = root.Find("config_keys");
  for (size_t i = 0; keys != nullptr && i < keys->members.size(); ++i) {
    for (const JsonMember& key : keys->members[i].value.members) WL_CHECKED(CheckRanges(key.value));
  }
  return releases;
}

Tri Releases::Within(const JsonValue& ranges, const Version& version) const {
  const auto after = [&](const Version& bound) { return version.Compare(bound) > 0; };
  for (const JsonValue& range : ranges.items) {
    const auto first = Version::Parse(range.items[0].text);
    if (!first || first->Compare(version) > 0) continue;
    if (range.items[1].Is(Kind::kNull)) return Tri::kYes;
    const auto last = Version::Parse(range.items[1].text);
    if (last && !after(*last)) return Tri::kYes;
  }
  return Tri::kNo;
}

std::string Releases::ConfigClassOf(std::string_view model_type,
                                    const Version& transformers) const {
  const JsonValue* forms = root_.Find("model_types")->Find(model_type);
  for (size_t i = 0; forms != nullptr && i < forms->items.size(); ++i) {
    if (Within(forms->items[i].items[1], transformers) == Tri::kYes) {
      return forms->items[i].items[0].text;
    }
  }
  return {};
}

std::string Releases::ModelTypeIn(std::string_view text, const Version& transformers) const {
  std::string longest;
  for (const JsonMember& type : root_.Find("model_types")->members) {
    if (type.name.size() > longest.size() && text.find(type.name) != std::string_view::npos &&
        KnowsModelType(type.name, transformers) == Tri::kYes) {
      longest = type.name;
    }
  }
  return longest;
}

std::vector<std::string> Releases::TokenizersOf(std::string_view model_type,
                                                const Version& transformers) const {
  std::vector<std::string> names;
  const JsonValue* forms = root_.Find("tokenizers")->Find(model_type);
  for (size_t i = 0; forms != nullptr && i < forms->items.size(); ++i) {
    if (Within(forms->items[i].items[1], transformers) != Tri::kYes) continue;
    for (const JsonValue& name : forms->items[i].items[0].items) names.push_back(name.text);
  }
  return names;
}

Tri Releases::KnowsModelType(std::string_view model_type, const Version& transformers) const {
  if (transformers.Compare(through()) > 0) return Tri::kUnknown;
  const auto knows = [&](const Version& version) {
    const JsonValue* forms = root_.Find("model_types")->Find(model_type);
    if (forms == nullptr) return Tri::kNo;
    for (const JsonValue& form : forms->items) {
      if (Within(form.items[1], version) == Tri::kYes) return Tri::kYes;
    }
    return Tri::kNo;
  };
  const Tri answer = knows(transformers);
  // A version that is no release here (taken back, or made by somebody) lies between two.
  const auto next = std::lower_bound(
      releases_.begin(), releases_.end(), transformers,
      [](const Release& release, const Version& v) { return release.version.Compare(v) < 0; });
  if (next == releases_.end() || next->version.Compare(transformers) == 0) return answer;
  return knows(next->version) == answer ? answer : Tri::kUnknown;
}

bool Releases::HasConfigKey(std::string_view model_type, std::string_view key,
                            const Version& transformers) const {
  const JsonValue* keys = root_.Find("config_keys");
  const JsonValue* own = keys == nullptr ? nullptr : keys->Find(model_type);
  const JsonValue* ranges = own == nullptr ? nullptr : own->Find(key);
  return ranges == nullptr || Within(*ranges, transformers) == Tri::kYes;
}

Tri Releases::Named(const char* table, std::string_view name, const Version& transformers) const {
  if (transformers.Compare(through()) > 0) return Tri::kUnknown;
  const JsonValue* rows = root_.Find(table);
  const JsonValue* ranges = rows == nullptr ? nullptr : rows->Find(name);
  return ranges == nullptr ? Tri::kNo : Within(*ranges, transformers);
}

Tri Releases::HasTokenizerClass(std::string_view name, const Version& transformers) const {
  const Tri named = Named("tokenizer_classes", name, transformers);
  if (named != Tri::kNo) return named;
  // Some are other classes under a name of their own, which only the table of model types tells.
  for (const JsonMember& type : root_.Find("tokenizers")->members) {
    for (const std::string& other : TokenizersOf(type.name, transformers)) {
      if (other == name) return Tri::kYes;
    }
  }
  return named;
}

Tri Releases::HasActivation(std::string_view name, const Version& transformers) const {
  return Named("activations", name, transformers);
}

Tri Releases::HasArchitecture(std::string_view name, const Version& transformers) const {
  const JsonValue* classes = root_.Find("architectures");
  const JsonValue* forms = classes == nullptr ? nullptr : classes->Find(name);
  if (forms == nullptr || transformers.Compare(through()) > 0) return Tri::kUnknown;
  const auto has = [&](const JsonValue& form) {
    return Within(form.items[1], transformers) == Tri::kYes;
  };
  return std::any_of(forms->items.begin(), forms->items.end(), has) ? Tri::kYes : Tri::kNo;
}

std::string Releases::ModelTypeOf(std::string_view architecture) const {
  const JsonValue* classes = root_.Find("architectures");
  const JsonValue* forms = classes == nullptr ? nullptr : classes->Find(architecture);
  if (forms == nullptr || forms->items.size() != 1) return {};
  return forms->items[0].items[0].text;
}

Tri Releases::IsOfModelType(std::string_view architecture, std::string_view model_type) const {
  const JsonValue* classes = root_.Find("architectures");
  const JsonValue* forms = classes == nullptr ? nullptr : classes->Find(architecture);
  if (forms == nullptr) return Tri::kUnknown;
  const auto is_of = [&](const JsonValue& form) { return form.items[0].text == model_type; };
  return std::any_of(forms->items.begin(), forms->items.end(), is_of) ? Tri::kYes : Tri::kNo;
}

std::string Releases::ArchitectureOf(std::string_view model_type, std::string_view ending,
                                     const Version& transformers) const {
  const JsonValue* classes = root_.Find("architectures");
  for (size_t i = 0; classes != nullptr && i < classes->members.size(); ++i) {
    const JsonMember& member = classes->members[i];
    if (!member.name.ends_with(ending)) continue;
    for (const JsonValue& form : member.value.items) {
      if (form.items[0].text == model_type && Within(form.items[1], transformers) == Tri::kYes) {
        return member.name;
      }
    }
  }
  return {};
}

std::string Releases::ArchitectureNamedOtherwise(std::string_view auto_class,
                                                 std::string_view model_type,
                                                 const Version& transformers) const {
  const JsonValue* autos = root_.Find("named_otherwise");
  const JsonValue* types = autos == nullptr ? nullptr : autos->Find(auto_class);
  const JsonValue* forms = types == nullptr ? nullptr : types->Find(model_type);
  for (size_t i = 0; forms != nullptr && i < forms->items.size(); ++i) {
    if (Within(forms->items[i].items[1], transformers) == Tri::kYes) {
      return forms->items[i].items[0].text;
    }
  }
  return {};
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

const Release* Releases::Find(const Version& transformers) const {
  for (const Release& release : releases_) {
    if (release.version.Compare(transformers) == 0) return &release;
  }
  return nullptr;
}

const Release* Releases::FirstFrom(const Version& from,
                                   const std::function<bool(const Release&)>& fits) const {
  for (const Release& release : releases_) {
    if (release.version.Compare(from) >= 0 && fits(release)) return &release;
  }
  return nullptr;
}

}  // namespace weighlock

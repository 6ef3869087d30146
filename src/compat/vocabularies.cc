// Look-ups in the table of tokenizer classes.
#include "compat/vocabularies.h"

#include <algorithm>

#include "compat/known_spec.h"

namespace weighlock {

// kb/tokenizers.json, embedded by the build.
extern const std::string_view kBuiltinVocabularies;

namespace {

// Whose versions a row of what is said may name.
constexpr const char* kComponents[] = {"python", "sentencepiece", "protobuf"};

Error Bad(const char* what, const JsonValue& at) {
  return Error(Code::kMalformed, what, at.offset);
}

// Whether the target has a component of a row's versions, where the row names them.
bool Fits(const JsonValue& row, const Target& target, const char* component) {
  const std::string* text = row.FindString(component);
  if (text == nullptr) return true;
  const Component* own = target.Find(component);
  const VersionSpec* spec = KnownSpec(*text);
  return own != nullptr && spec != nullptr && own->Within(*spec) == Overlap::kAll;
}

}  // namespace

Result<Vocabularies> Vocabularies::Builtin() {
  return Parse(AsBytes(kBuiltinVocabularies));
}

Result<Vocabularies> Vocabularies::Parse(Bytes text) {
  Vocabularies table;
  WL_TRY(table.root_, ParseJson(text, Limits()));
  const std::string* schema = table.root_.FindString("schema");
  const JsonValue* classes = table.root_.Find("made_from");
  const JsonValue* said = table.root_.Find("said");
  if (schema == nullptr || *schema != "weighlock-tokenizers/1" || classes == nullptr ||
      said == nullptr) {
    return Bad("wanted schema \"weighlock-tokenizers/1\" with said and made_from", table.root_);
  }
  for (const JsonMember& row : classes->members) {
    for (const JsonValue& file : row.value.items) {
      if (file.items.size() != 2) return Bad("a file is [how, name]", file);
    }
  }
  for (const JsonValue& row : said->items) {
    if (row.FindString("how") == nullptr || row.FindString("text") == nullptr) {
      return Bad("what is said has a how and a text", row);
    }
    for (const char* component : kComponents) {
      const std::string* spec = row.FindString(component);
      if (spec != nullptr && !VersionSpec::Parse(*spec)) return Bad("no readable spec", row);
    }
  }
  const JsonValue* beyond = table.root_.Find("beyond_vocabulary");
  for (size_t i = 0; beyond != nullptr && i < beyond->items.size(); ++i) {
    const JsonValue& row = beyond->items[i];
    const JsonValue* tokens = row.Find("tokens");
    if (row.Find("classes") == nullptr || tokens == nullptr || !tokens->AsUint()) {
      return Bad("what is beyond a vocabulary has classes and a number of tokens", row);
    }
  }
  return table;
}

std::vector<VocabularyFile> Vocabularies::MadeFrom(std::string_view tokenizer) const {
  std::vector<VocabularyFile> files;
  const JsonValue* rows = root_.Find("made_from")->Find(tokenizer);
  for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
    const auto& file = rows->items[i].items;
    files.push_back({file[0].text, file[1].text});
  }
  return files;
}

std::string Vocabularies::Said(std::string_view how, const Target& target) const {
  for (const JsonValue& row : said().items) {
    if (*row.FindString("how") != how) continue;
    const bool fits =
        std::all_of(std::begin(kComponents), std::end(kComponents),
                    [&](const char* component) { return Fits(row, target, component); });
    if (fits) return *row.FindString("text");
  }
  return {};
}

bool Vocabularies::Lists(const char* list, std::string_view tokenizer) const {
  const JsonValue* names = root_.Find(list);
  return names != nullptr &&
         std::any_of(names->items.begin(), names->items.end(),
                     [&](const JsonValue& name) { return name.text == tokenizer; });
}

std::optional<Vocabularies::Beyond> Vocabularies::BeyondVocabulary(
    std::string_view tokenizer) const {
  const JsonValue* rows = root_.Find("beyond_vocabulary");
  for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
    const JsonValue& row = rows->items[i];
    for (const JsonValue& name : row.Find("classes")->items) {
      if (name.text != tokenizer) continue;
      const std::string* key = row.FindString("key");
      return Beyond{*row.Find("tokens")->AsUint(), key == nullptr ? "" : *key};
    }
  }
  return std::nullopt;
}

std::string_view Vocabularies::ModelIn5(std::string_view tokenizer) const {
  const JsonValue* kinds = root_.Find("models_in_5");
  for (size_t i = 0; kinds != nullptr && i < kinds->members.size(); ++i) {
    for (const JsonValue& name : kinds->members[i].value.items) {
      if (name.text == tokenizer) return kinds->members[i].name;
    }
  }
  return {};
}

}  // namespace weighlock

// The words of serde for what fits none of the library's structs, and where it says them. What lies
// in a part of one of several kinds (normalizer, model) is read into a tree first, so that the
// words are about the whole of it; added tokens, truncation and padding are read as they come, and
// the error stands where the value does.
#include "check/tokenizer_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>

#include "base/bytes.h"
#include "check/tokenizer_structs.h"

namespace weighlock {
namespace {

using namespace tokenizer_structs;  // NOLINT: they are this file's own

using Kind = JsonValue::Kind;

class TypeReader {
 public:
  explicit TypeReader(const Skimmed& skimmed) : skimmed_(skimmed) {}

  std::optional<TokenizerFeature> Read(const JsonMember& member) {
    feature_.pointer = "/" + member.name;
    const JsonValue& value = member.value;
    for (const Slot& slot : Slots()) {
      if (slot.name == member.name) Part(slot, value);
    }
    if (member.name == "model") Model(value);
    if (member.name == "added_tokens") AddedTokens(value);
    if (member.name == "truncation") Streamed(value, Truncation(), "struct TruncationParams");
    if (member.name == "padding") Streamed(value, Padding(), "struct PaddingParams");
    // What 1 is called is another rule's.
    const bool is_text = value.Is(Kind::kString) || value.Is(Kind::kNumber);
    if (member.name == "version" && !is_text) Refuse(value, "a string");
    if (feature_.name.empty()) return std::nullopt;
    return std::move(feature_);
  }

 private:
  void Place(size_t offset) {
    const LineColumn place = skimmed_.places.Of(offset);
    feature_.line = place.line;
    feature_.column = place.column;
  }

  size_t Begin(const JsonValue& value) const { return skimmed_.OffsetInWhole(value.offset); }
  size_t End(const JsonValue& value) const { return skimmed_.EndInWhole(value.offset); }

  // A list or an object is refused where it begins, anything else behind it.
  size_t Stop(const JsonValue& value) const {
    const bool is_tree = value.Is(Kind::kArray) || value.Is(Kind::kObject);
    return is_tree ? Begin(value) : End(value);
  }

  void Name(std::string name, std::string fallback = {}) {
    feature_.name = std::move(name);
    feature_.fallback = std::move(fallback);
    const LineColumn last = skimmed_.places.Of(skimmed_.End());
    feature_.last_line = last.line;
    feature_.last_column = last.column;
  }

  // --- what is read as it comes ---

  void Stopped(std::string words, size_t offset) {
    Name("value of another type");
    feature_.token = std::move(words);
    Place(offset);
  }

  void Refuse(const JsonValue& value, std::string_view wanted) {
    Stopped(Refusal(value, wanted), Stop(value));
    // Older ones print a whole number as an integer.
    constexpr std::string_view kWhole = ".0`";
    const size_t at = feature_.token.find(kWhole);
    if (!value.Is(Kind::kNumber) || at == std::string::npos) return;
    feature_.name = "a whole number with a point";
    feature_.older_token = feature_.token;
    feature_.older_token.erase(at, kWhole.size() - 1);
  }

  void Streamed(const JsonValue& value, std::span<const Field> fields, std::string_view name) {
    if (value.Is(Kind::kNull)) return;
    if (!value.Is(Kind::kObject)) {
      if (!value.Is(Kind::kArray)) Refuse(value, name);
      return;
    }
    const Misfit misfit = FirstMisfit(value, fields);
    if (!misfit.exists()) return Variants(value);
    if (misfit.value != nullptr) return Refuse(*misfit.value, Wanted(misfit.field->type));
    Stopped(WordsOf(misfit), End(value));
  }

  void Variants(const JsonValue& value) {
    const bool is_padding = feature_.pointer == "/padding";
    const JsonValue* strategy = value.Find("strategy");
    const JsonValue* direction = value.Find("direction");
    const auto is_text = [](const JsonValue* v) { return v != nullptr && v->Is(Kind::kString); };
    for (const JsonValue* variant : {strategy, direction}) {
      if (variant == nullptr || variant->Is(Kind::kString) || variant->Is(Kind::kObject)) continue;
      return Stopped("expected value", Begin(*variant) + 1);
    }
    const auto unknown = [&](const JsonValue& met, std::string_view wanted) {
      Stopped(fmt::format("unknown variant `{}`, expected {}", met.text, wanted), End(met));
    };
    if (is_text(strategy)) {
      const std::string& text = strategy->text;
      if (is_padding && text != "BatchLongest" && text != "Fixed") {
        return unknown(*strategy, "`BatchLongest` or `Fixed`");
      }
      if (!is_padding && text != "LongestFirst" && text != "OnlyFirst" && text != "OnlySecond") {
        return unknown(*strategy, "one of `LongestFirst`, `OnlyFirst`, `OnlySecond`");
      }
    }
    if (is_text(direction) && direction->text != "Left" && direction->text != "Right") {
      unknown(*direction, "`Left` or `Right`");
      if (!is_padding) feature_.name = "truncation.direction unknown";
    }
  }

  // A token's id is read as it comes, the rest of it when all of it was.
  void AddedTokens(const JsonValue& tokens) {
    if (!tokens.Is(Kind::kArray)) return Refuse(tokens, "a sequence");
    const std::span<const Field> fields = AddedToken();
    for (const JsonValue& token : tokens.items) {
      if (!token.Is(Kind::kObject)) return Refuse(token, "struct AddedTokenWithId");
      const Misfit id = FirstMisfit(token, fields.first(1));
      const Misfit misfit = id.exists() ? id : FirstMisfit(token, fields.subspan(1));
      if (!misfit.exists()) continue;
      if (id.exists() && id.value != nullptr) return Refuse(*id.value, "u32");
      if (misfit.value == nullptr && misfit.field->name == "normalized") return;  // another rule's
      Stopped(WordsOf(misfit), End(token));
      if (misfit.value == nullptr || misfit.field->name != "special") return;
      // Once this was read as it came, too.
      feature_.name = "added_tokens.special of another type";
      const LineColumn own = skimmed_.places.Of(Stop(*misfit.value));
      feature_.last_line = own.line;
      feature_.last_column = own.column;
      return;
    }
  }

  // --- parts of one of several kinds ---

  void Part(const Slot& slot, const JsonValue& part) {
    if (part.Is(Kind::kNull)) return;
    if (!part.Is(Kind::kObject)) {
      Name(fmt::format("{}.{}", slot.name, part.Is(Kind::kArray) ? "list" : "scalar"));
      feature_.token = fmt::format("invalid type: {}, expected struct {}", Met(part), slot.wrapper);
      const LineColumn end = skimmed_.places.Of(End(part));
      feature_.last_line = end.line;
      feature_.last_column = end.column;
      return Place(Stop(part));
    }
    Place(End(part));
    const JsonValue* type = part.Find("type");
    if (type == nullptr || !type->Is(Kind::kString)) return Untyped(slot, part);
    const std::string unknown = fmt::format("{}.type unknown", slot.name);
    const Struct* own = StructOf(slot.structs, type->text);
    const Misfit misfit = own == nullptr ? Misfit() : FirstMisfit(part, own->fields);
    if (misfit.exists()) {
      const bool is_told = type->text != "BertNormalizer";
      Name(fmt::format("{}.{}", slot.name, is_told ? "malformed" : "malformed as before"), unknown);
      feature_.token = WordsOf(misfit);
    } else if (type->text == "TemplateProcessing" && IsNoTemplate(part)) {
      Name(fmt::format("{}.malformed", slot.name), unknown);
    } else if (type->text == "BertPreTokenizer" && part.members.size() > 1) {
      Name("pre_tokenizer.BertPreTokenizer key unknown", "pre_tokenizer.Whitespace key unknown");
    }
  }

  // Some kinds are told by what they hold alone, whatever their type says.
  void Untyped(const Slot& slot, const JsonValue& part) {
    for (const Struct& own : slot.structs) {
      if (!FirstMisfit(part, own.fields).exists()) return;
    }
    Name(fmt::format("{}.malformed as before", slot.name),
         fmt::format("{}.type unknown", slot.name));
  }

  // [{"SpecialToken": {...}}] and {"[CLS]": {"id", "ids": [number], "tokens": [text]}}.
  static bool IsNoTemplate(const JsonValue& part) {
    for (const char* list : {"single", "pair"}) {
      for (const JsonValue& piece : part.Find(list)->items) {
        if (!piece.Is(Kind::kObject)) return true;
      }
    }
    constexpr Field kToken[] = {{"id", Type::kText}, {"ids", Type::kList}, {"tokens", Type::kList}};
    constexpr Field kId = {"", Type::kId}, kText = {"", Type::kText};
    for (const JsonMember& token : part.Find("special_tokens")->members) {
      if (FirstMisfit(token.value, kToken).exists()) return true;
      for (const JsonValue& id : token.value.Find("ids")->items) {
        if (!Fits(id, kId)) return true;
      }
      for (const JsonValue& text : token.value.Find("tokens")->items) {
        if (!Fits(text, kText)) return true;
      }
    }
    return false;
  }

  // --- the model ---

  void Refused(std::string words) {
    if (!feature_.name.empty()) return;
    Name("model.malformed");
    feature_.token = std::move(words);
  }

  void Model(const JsonValue& model) {
    if (!model.Is(Kind::kObject)) {
      Name("model.scalar");
      feature_.token = fmt::format("invalid type: {}, expected struct PyModel", Met(model));
      return Place(Stop(model));
    }
    Place(End(model));
    const JsonValue* type = model.Find("type");
    const bool is_typed = type != nullptr && type->Is(Kind::kString);
    if (!is_typed) {
      if (type != nullptr || model.Find("vocab") == nullptr) {
        Refused("data did not match any variant of untagged enum ModelUntagged");
      }
      return;
    }
    const Struct* own = StructOf(Models(), type->text);
    if (own == nullptr) return;
    for (const JsonMember& member : model.members) ModelField(*own, member);
    if (feature_.name == "model.malformed" && !newer_.empty()) feature_.name = newer_;
    for (const Field& field : own->fields) {
      if (field.is_wanted && model.Find(field.name) == nullptr) {
        Refused(fmt::format("missing field `{}`", field.name));
      }
    }
    const bool lacks = model.Find("vocab") == nullptr || model.Find("merges") == nullptr;
    if (type->text == "BPE" && lacks) Refused("Missing vocab/merges");
    const JsonValue* dropout = type->text == "BPE" ? model.Find("dropout") : nullptr;
    if (dropout != nullptr && dropout->Is(Kind::kNumber)) Dropout(*dropout);
  }

  void ModelField(const Struct& own, const JsonMember& member) {
    for (const Field& field : own.fields) {
      if (field.name != member.name) continue;
      if (Fits(member.value, field) || !feature_.name.empty()) continue;
      Refused(Refusal(member.value, Wanted(field.type)));
      const bool is_newer = field.name == "byte_fallback" || field.name == "ignore_merges";
      if (is_newer) newer_ = fmt::format("model.BPE.{} malformed", field.name);
    }
    if (member.name == "merges" && !member.value.Is(Kind::kArray)) {
      Refused("data did not match any variant of untagged enum MergeType");
    }
    if (member.name != "vocab" || !member.value.Is(Kind::kObject)) return;
    if (!skimmed_.words.odd_id.empty()) Id(skimmed_.words.odd_id);
  }

  void Id(std::string_view spelled) {
    const auto value = ParseJson(AsBytes(spelled), Limits());
    if (value) Refused(Refusal(*value, "u32"));
  }

  void Dropout(const JsonValue& dropout) {
    const double number = std::strtod(dropout.text.c_str(), nullptr);
    if (number < 0 || number > 1) return Refused("Dropout should be between 0 and 1, inclusive");
    if (number == 0 && feature_.name.empty()) Name("model.BPE.dropout of zero");
  }

  const Skimmed& skimmed_;
  TokenizerFeature feature_;
  std::string newer_;  // the case of a switch that older releases pass over
};

}  // namespace

std::optional<TokenizerFeature> TypeFaultIn(const JsonMember& member, const Skimmed& skimmed) {
  return TypeReader(skimmed).Read(member);
}

}  // namespace weighlock

// The five kinds of parts, those within sequences among them, and the few keys that matter.
#include "check/tokenizer_json.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "check/tokenizer_skim.h"
#include "check/tokenizer_types.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

TokenizerFeature Feature(std::string name, std::string fallback, std::string pointer) {
  TokenizerFeature feature;
  feature.name = std::move(name);
  feature.fallback = std::move(fallback);
  feature.pointer = std::move(pointer);
  return feature;
}

class Reader {
 public:
  explicit Reader(std::vector<TokenizerFeature>& features) : features_(features) {}

  void Member(const JsonMember& member) {
    static constexpr std::string_view kParts[] = {"normalizer", "pre_tokenizer", "post_processor",
                                                  "decoder"};
    pointer_ = "/" + member.name;
    if (member.name == "normalizer") Lowercase(member.value);
    if (member.name == "post_processor") Around(member.value);
    for (const std::string_view part : kParts) {
      if (member.name == part) return Part(part, member.value);
    }
    if (member.name == "model") return ModelPart(member.value);
    if (member.name == "truncation") return Truncation(member.value);
    if (member.name == "version") {
      if (member.value.Is(Kind::kNumber)) {
        Add(member.value.text == "1" ? "version of the number 1" : "version unknown");
      } else if (member.value.text != "1.0") {
        Add("version unknown");
      }
    } else if (member.name == "added_tokens") {
      AddedTokens(member.value);
    } else if (member.name == "padding") {
      const bool is_object = member.value.Is(Kind::kObject);
      if (is_object && member.value.Find("direction") == nullptr) Add("padding without direction");
    } else {
      Add("member unknown");
    }
  }

 private:
  void Add(std::string name, std::string fallback = {}) {
    features_.push_back(Feature(std::move(name), std::move(fallback), pointer_));
  }

  static const std::string& TypeOf(const JsonValue& part) {
    static const std::string kNone;
    const std::string* type = part.FindString("type");
    return type == nullptr ? kNone : *type;
  }

  void Part(std::string_view slot, const JsonValue& part) {
    if (!part.Is(Kind::kObject)) return;
    const std::string& type = TypeOf(part);
    const std::string name = fmt::format("{}.{}", slot, type);
    const JsonValue* typed = part.Find("type");
    // What has no type is told by what it holds, or has been refused before.
    if (typed == nullptr || !typed->Is(Kind::kString)) return Add(std::string(slot) + ".untyped");
    const std::string unknown = fmt::format("{}.type unknown", slot);
    if (type == "Metaspace") {
      Metaspace(slot, part);
    } else if (type == "Punctuation" && part.Find("behavior") != nullptr) {
      Add(name + ".behavior");
    } else {
      Add(name, unknown);
    }
    if (const JsonValue* regex = part.Find("use_regex");
        type == "ByteLevel" && slot == "pre_tokenizer" && regex != nullptr &&
        regex->Is(Kind::kBool) && !regex->boolean) {
      Add(name + ".use_regex false");
    }
    for (const char* list : {"normalizers", "pretokenizers", "processors", "decoders"}) {
      const JsonValue* parts = type == "Sequence" ? part.Find(list) : nullptr;
      for (size_t i = 0; parts != nullptr && i < parts->items.size(); ++i) {
        Part(slot, parts->items[i]);
      }
    }
  }

  // Whether the text is lowered is no question of reading, but of what else says so.
  void Lowercase(const JsonValue& normalizer) {
    const JsonValue* lowers = normalizer.Find("lowercase");
    if (lowers != nullptr && lowers->Is(Kind::kBool)) {
      Add(std::string(lowers->boolean ? kLowercases : kKeepsCase));
    }
  }

  void Around(const JsonValue& processor) {
    const JsonValue* parts = processor.Find("processors");
    for (size_t i = 0; parts != nullptr && i < parts->items.size(); ++i) Around(parts->items[i]);
    const JsonValue* single =
        TypeOf(processor) == "TemplateProcessing" ? processor.Find("single") : nullptr;
    if (single == nullptr) return;
    std::string around;
    for (const JsonValue& piece : single->items) {
      const JsonValue* token = piece.Find("SpecialToken");
      const JsonValue* sequence = piece.Find("Sequence");
      const JsonValue* named = token != nullptr ? token : sequence;
      const std::string* id = named == nullptr ? nullptr : named->FindString("id");
      if (id != nullptr) around += (around.empty() ? "" : " ") + *id;
    }
    Add(std::string(kAround) + around);
  }

  void Metaspace(std::string_view slot, const JsonValue& part) {
    const std::string name = fmt::format("{}.Metaspace", slot);
    const bool prefix = part.Find("add_prefix_space") != nullptr;
    Add(name + (prefix ? " with add_prefix_space" : " without add_prefix_space"));
    if (slot != "pre_tokenizer") return;
    if (const std::string* scheme = part.FindString("prepend_scheme")) {
      Add(name + ".prepend_scheme " + *scheme);
    }
    const JsonValue* split = part.Find("split");
    if (split != nullptr && split->Is(Kind::kBool) && !split->boolean) Add(name + ".split false");
  }

  void ModelPart(const JsonValue& model) {
    if (!model.Is(Kind::kObject)) return;
    const std::string& type = TypeOf(model);
    const JsonValue* merges = model.Find("merges");
    Add(type.empty() ? "model.type absent" : "model." + type, "model.type unknown");
    if (type == "WordPiece" && model.Find("max_input_chars_per_word") == nullptr) {
      Add("model.WordPiece max_input_chars_per_word absent");
    }
    if (type == "WordPiece" && model.Find("unk_token") == nullptr) {
      Add("model.WordPiece unk_token absent");
    }
    if (merges != nullptr && !merges->items.empty() && merges->items[0].Is(Kind::kArray)) {
      Add("model.BPE.merges as pairs");
    }
    for (const char* key : {"byte_fallback", "ignore_merges"}) {
      if (model.FindTrue(key)) Add(fmt::format("model.{}.{}", type, key));
    }
  }

  void Truncation(const JsonValue& truncation) {
    if (!truncation.Is(Kind::kObject)) return;
    const std::string* direction = truncation.FindString("direction");
    if (direction == nullptr) {
      Add("truncation");
    } else if (*direction != "Right") {
      Add("truncation.direction " + *direction);
    }
  }

  void AddedTokens(const JsonValue& tokens) {
    for (const JsonValue& token : tokens.items) {
      if (token.Find("normalized") == nullptr) return Add("added_tokens without normalized");
    }
  }

  std::vector<TokenizerFeature>& features_;
  std::string pointer_;
};

// Whether a word stands between quotes. It is looked for by its own first byte, for a vocabulary is
// full of quotes.
bool HoldsWord(std::string_view text, std::string_view word) {
  for (size_t at = 1; (at = text.find(word, at)) != std::string_view::npos; ++at) {
    if (text[at - 1] == '"' && text.substr(at + word.size()).starts_with('"')) return true;
  }
  return false;
}

// Where a reader that refuses it stops: behind the member at the top, or behind all.
void PlaceBehind(std::string_view member, const Skimmed& skimmed, const LineColumn& last,
                 TokenizerFeature& feature) {
  const auto span = skimmed.members.find(member);
  const LineColumn place = skimmed.places.Of(span == skimmed.members.end() ? 0 : span->second.end);
  feature.line = place.line;
  feature.column = place.column;
  feature.last_line = last.line;
  feature.last_column = last.column;
}

TokenizerFeature MergeFeature(const MergeFault& fault) {
  using Fault = MergeFault::Kind;
  TokenizerFeature feature;
  feature.name = fault.kind == Fault::kUnknownToken ? "model.BPE.merges not in the vocabulary"
                 : fault.kind == Fault::kNoPair     ? "model.BPE.merges no pair"
                                                    : "model.BPE.merges of another type";
  feature.pointer = "/model/merges";
  feature.number = fault.number;
  feature.token = fault.token;
  return feature;
}

}  // namespace

Result<std::vector<TokenizerFeature>> TokenizerFeatures(std::string_view whole,
                                                        const Limits& limits) {
  const Skimmed skimmed = SkimTokenizerJson(whole);
  auto json = ParseJson(AsBytes(skimmed.text), limits);
  if (!json) {
    const Error& error = json.error();
    return Error(error.code(), error.what(),
                 error.offset() == kNoOffset ? kNoOffset : skimmed.OffsetInWhole(error.offset()));
  }
  if (!json->Is(Kind::kObject)) return Error(Code::kMalformed, "wanted an object", 0);
  std::vector<TokenizerFeature> features;
  Reader reader(features);
  const LineColumn last = skimmed.places.Of(skimmed.End());
  for (const JsonMember& member : json->members) {
    if (auto fault = TypeFaultIn(member, skimmed)) {
      features.push_back(*std::move(fault));
      continue;
    }
    const size_t before = features.size();
    reader.Member(member);
    for (size_t i = before; i < features.size(); ++i) {
      PlaceBehind(member.name, skimmed, last, features[i]);
    }
  }
  if (json->Find("model") == nullptr) {
    features.push_back(Feature("model absent", "", "/model"));
    features.back().line = last.line;
    features.back().column = last.column;
  }
  if (const auto& fault = skimmed.words.merge_fault) {
    features.push_back(MergeFeature(*fault));
    PlaceBehind("model", skimmed, last, features.back());
  }
  if (skimmed.words.last_number) {
    features.push_back(Feature(std::string(kLastWord), "", "/model/vocab"));
    features.back().number = *skimmed.words.last_number;
  }
  for (const std::string_view token : {"<s>", "<unk>"}) {
    if (HoldsWord(whole, token)) continue;
    features.push_back(Feature(std::string(kLacks) + std::string(token), "", "/model/vocab"));
  }
  return features;
}

}  // namespace weighlock

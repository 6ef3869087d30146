// Tables in the order of the library's structs; a field is optional where it has a default.
#include "check/tokenizer_structs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace weighlock::tokenizer_structs {
namespace {

using Kind = JsonValue::Kind;

constexpr Field kBertNormalizer[] = {{"clean_text", Type::kBool},
                                     {"handle_chinese_chars", Type::kBool},
                                     {"strip_accents", Type::kBool, false, true},
                                     {"lowercase", Type::kBool}};
constexpr Field kStripNormalizer[] = {{"strip_left", Type::kBool}, {"strip_right", Type::kBool}};
constexpr Field kReplace[] = {{"pattern", Type::kObject}, {"content", Type::kText}};
constexpr Field kPrepend[] = {{"prepend", Type::kText}};
constexpr Field kPrecompiled[] = {{"precompiled_charsmap", Type::kText}};
constexpr Field kNormalizers[] = {{"normalizers", Type::kList}};
constexpr Field kPreTokenizers[] = {{"pretokenizers", Type::kList}};
constexpr Field kProcessors[] = {{"processors", Type::kList}};
constexpr Field kDecoders[] = {{"decoders", Type::kList}};
constexpr Field kByteLevel[] = {{"add_prefix_space", Type::kBool},
                                {"trim_offsets", Type::kBool},
                                {"use_regex", Type::kBool, false}};
constexpr Field kSplit[] = {
    {"pattern", Type::kObject}, {"behavior", Type::kText}, {"invert", Type::kBool}};
constexpr Field kDigits[] = {{"individual_digits", Type::kBool}};
constexpr Field kBertProcessing[] = {{"sep", Type::kList}, {"cls", Type::kList}};
constexpr Field kTemplate[] = {
    {"single", Type::kList}, {"pair", Type::kList}, {"special_tokens", Type::kObject}};
constexpr Field kWordPieceDecoder[] = {{"prefix", Type::kText}, {"cleanup", Type::kBool}};
constexpr Field kSuffix[] = {{"suffix", Type::kText}};
constexpr Field kCtc[] = {
    {"pad_token", Type::kText}, {"word_delimiter_token", Type::kText}, {"cleanup", Type::kBool}};
constexpr Field kStripDecoder[] = {
    {"content", Type::kText}, {"start", Type::kSize}, {"stop", Type::kSize}};

constexpr Struct kOfNormalizer[] = {{"BertNormalizer", kBertNormalizer},
                                    {"Strip", kStripNormalizer},
                                    {"Replace", kReplace},
                                    {"Prepend", kPrepend},
                                    {"Precompiled", kPrecompiled},
                                    {"Sequence", kNormalizers}};
constexpr Struct kOfPreTokenizer[] = {{"ByteLevel", kByteLevel},
                                      {"Split", kSplit},
                                      {"Digits", kDigits},
                                      {"Sequence", kPreTokenizers}};
constexpr Struct kOfPostProcessor[] = {{"BertProcessing", kBertProcessing},
                                       {"ByteLevel", kByteLevel},
                                       {"TemplateProcessing", kTemplate},
                                       {"Sequence", kProcessors}};
constexpr Struct kOfDecoder[] = {{"WordPiece", kWordPieceDecoder},
                                 {"ByteLevel", kByteLevel},
                                 {"BPEDecoder", kSuffix},
                                 {"CTC", kCtc},
                                 {"Replace", kReplace},
                                 {"Strip", kStripDecoder},
                                 {"Sequence", kDecoders}};

constexpr Slot kSlots[] = {{"normalizer", "PyNormalizer", kOfNormalizer},
                           {"pre_tokenizer", "PyPreTokenizer", kOfPreTokenizer},
                           {"post_processor", "PyPostProcessor", kOfPostProcessor},
                           {"decoder", "PyDecoder", kOfDecoder}};

// BPE's builder has a default for each of them.
constexpr Field kBpe[] = {{"dropout", Type::kNumber, false, true},
                          {"unk_token", Type::kText, false, true},
                          {"continuing_subword_prefix", Type::kText, false, true},
                          {"end_of_word_suffix", Type::kText, false, true},
                          {"fuse_unk", Type::kBool, false, true},
                          {"byte_fallback", Type::kBool, false, true},
                          {"ignore_merges", Type::kBool, false, true},
                          {"vocab", Type::kObject, false},
                          {"merges", Type::kAny, false}};
constexpr Field kWordPiece[] = {{"unk_token", Type::kText, false},
                                {"continuing_subword_prefix", Type::kText},
                                {"max_input_chars_per_word", Type::kSize, false},
                                {"vocab", Type::kObject}};
constexpr Field kWordLevel[] = {{"unk_token", Type::kText}, {"vocab", Type::kObject}};
constexpr Struct kModels[] = {{"BPE", kBpe}, {"WordPiece", kWordPiece}, {"WordLevel", kWordLevel}};

constexpr Field kAddedToken[] = {
    {"id", Type::kId},       {"content", Type::kText}, {"single_word", Type::kBool},
    {"lstrip", Type::kBool}, {"rstrip", Type::kBool},  {"normalized", Type::kBool},
    {"special", Type::kBool}};
constexpr Field kTruncation[] = {{"direction", Type::kAny, false},
                                 {"max_length", Type::kSize},
                                 {"strategy", Type::kAny},
                                 {"stride", Type::kSize}};
constexpr Field kPadding[] = {{"strategy", Type::kAny},
                              {"direction", Type::kAny},
                              {"pad_to_multiple_of", Type::kSize, false, true},
                              {"pad_id", Type::kId},
                              {"pad_type_id", Type::kId},
                              {"pad_token", Type::kText}};

bool IsFloat(const JsonValue& value) {
  return value.text.find_first_of(".eE") != std::string::npos;
}

// A text as Rust prints it for programmers.
std::string Debugged(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : std::string(1, c);
  }
  return out;
}

}  // namespace

std::span<const Slot> Slots() {
  return kSlots;
}

std::span<const Struct> Models() {
  return kModels;
}

std::span<const Field> AddedToken() {
  return kAddedToken;
}

std::span<const Field> Truncation() {
  return kTruncation;
}

std::span<const Field> Padding() {
  return kPadding;
}

std::string Met(const JsonValue& value) {
  switch (value.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return fmt::format("boolean `{}`", value.boolean);
    case Kind::kString:
      return fmt::format("string \"{}\"", Debugged(value.text));
    case Kind::kArray:
      return "sequence";
    case Kind::kObject:
      return "map";
    case Kind::kNumber:
      break;
  }
  if (!IsFloat(value)) return fmt::format("integer `{}`", value.text);
  const double number = std::strtod(value.text.c_str(), nullptr);
  return std::floor(number) == number ? fmt::format("floating point `{:.1f}`", number)
                                      : fmt::format("floating point `{}`", number);
}

std::string_view Wanted(Type type) {
  constexpr std::string_view kNames[] = {"a string", "a boolean",  "usize", "u32",
                                         "f32",      "a sequence", "a map", ""};
  return kNames[static_cast<size_t>(type)];
}

bool Fits(const JsonValue& value, const Field& field) {
  if (value.Is(Kind::kNull) && field.may_be_null) return true;
  switch (field.type) {
    case Type::kText:
      return value.Is(Kind::kString);
    case Type::kBool:
      return value.Is(Kind::kBool);
    case Type::kSize:
      return value.Is(Kind::kNumber) && value.AsUint().has_value();
    case Type::kId:
      return value.Is(Kind::kNumber) && value.AsUint().value_or(~uint64_t{0}) <= ~uint32_t{0};
    case Type::kNumber:
      return value.Is(Kind::kNumber);
    case Type::kList:
      return value.Is(Kind::kArray);
    case Type::kObject:
      return value.Is(Kind::kObject);
    case Type::kAny:
      return true;
  }
  return true;
}

std::string Refusal(const JsonValue& value, std::string_view wanted) {
  const bool is_value = value.Is(Kind::kNumber) && !IsFloat(value) && wanted.starts_with('u');
  return fmt::format("invalid {}: {}, expected {}", is_value ? "value" : "type", Met(value),
                     wanted);
}

Misfit FirstMisfit(const JsonValue& object, std::span<const Field> fields) {
  for (const JsonMember& member : object.members) {
    for (const Field& field : fields) {
      if (field.name == member.name && !Fits(member.value, field)) return {&member.value, &field};
    }
  }
  for (const Field& field : fields) {
    if (field.is_wanted && object.Find(field.name) == nullptr) return {nullptr, &field};
  }
  return {};
}

std::string WordsOf(const Misfit& misfit) {
  if (misfit.value == nullptr) return fmt::format("missing field `{}`", misfit.field->name);
  if (misfit.field->name == "pattern" && misfit.value->Is(Kind::kString)) {
    return fmt::format("unknown variant `{}`, expected `String` or `Regex`", misfit.value->text);
  }
  return Refusal(*misfit.value, Wanted(misfit.field->type));
}

const Struct* StructOf(std::span<const Struct> structs, std::string_view name) {
  const auto found =
      std::find_if(structs.begin(), structs.end(), [&](const Struct& s) { return s.name == name; });
  return found == structs.end() ? nullptr : &*found;
}

}  // namespace weighlock::tokenizer_structs

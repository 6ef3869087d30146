// Before 5.0 Python reads the files, and a fast class hands what it made of them to the tokenizers
// library; from 5.0 on the library reads them itself, and is stricter with lines.
#include "check/vocabulary_contents.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "base/escape.h"
#include "check/tokenizer_side_files.h"
#include "check/tokenizer_words.h"
#include "json/decode_error.h"
#include "json/json_edit.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

using Findings = std::vector<CheckFinding>;

// Their merges are the lines of the file but the first and what stands behind the last newline.
constexpr std::array<std::string_view, 9> kPairClasses = {
    "BartTokenizer", "BlenderbotTokenizer", "CodeGenTokenizer", "DebertaTokenizer", "GPT2Tokenizer",
    "LEDTokenizer",  "LongformerTokenizer", "MvpTokenizer",     "RobertaTokenizer"};
// They put [CLS] before a text, [SEP] behind it, and fill up with [PAD], where nothing else is
// said.
constexpr std::array<std::string_view, 8> kPieceClasses = {
    "BertTokenizer",     "ConvBertTokenizer", "DistilBertTokenizer", "ElectraTokenizer",
    "LayoutLMTokenizer", "LxmertTokenizer",   "MobileBertTokenizer", "SqueezeBertTokenizer"};
// Python reads this much of a text at once, and counts places from there.
constexpr size_t kReadAtOnce = 8192;

bool IsOneOf(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == text.npos) return lines;
    text.remove_prefix(end + 1);
  }
}

bool IsSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// As Python's split() does, or between single spaces.
std::vector<std::string_view> Words(std::string_view line, bool at_each_space) {
  std::vector<std::string_view> words;
  size_t begin = 0;
  for (size_t at = 0; at <= line.size(); ++at) {
    const bool ends = at == line.size() || (at_each_space ? line[at] == ' ' : IsSpace(line[at]));
    if (!ends) continue;
    if (at_each_space || at > begin) words.push_back(line.substr(begin, at - begin));
    begin = at + 1;
  }
  return words;
}

class Contents {
 public:
  Contents(const Situation& s, const TokenizerClass& tokenizer)
      : s_(s), tokenizer_(tokenizer), in_5_(s.TransformersIs(">=5.0.0")) {}

  Findings Run(const std::vector<VocabularyFile>& files) {
    const bool is_library_s = in_5_ && !s_.base.vocabularies.IsPythonIn5(tokenizer_.slow);
    for (const VocabularyFile& file : files) {
      if (file.name.ends_with(".model")) return {};
      const auto content = ContentOf(s_.opened, s_.files, file.name);
      if (!content) return {};
      if (!Decodes(file.name, *content, is_library_s)) return std::move(findings_);
    }
    if (files[0].name == "vocab.txt") Pieces();
    if (files.size() == 2 && files[0].name == "vocab.json" && files[1].name == "merges.txt") {
      Pairs(is_library_s);
    }
    return std::move(findings_);
  }

 private:
  CheckFinding& Add(Verdict verdict, const char* rule, std::string text, const std::string& file) {
    CheckFinding& finding = findings_.emplace_back(
        MakeFinding(Stage::kTokenizer, verdict, rule, std::move(text), s_.files.root + file));
    finding.source =
        "the constructors of each class, and the readers of the tokenizers library; tried in "
        "transformers 3.0.2 to 5.23.0";
    return finding;
  }

  void Fail(std::string text, std::string message, const std::string& file) {
    Add(Verdict::kFail, "WL-T-062",
        fmt::format("{} is made from {}, {}", tokenizer_.slow, Escape(file), text), file)
        .message = std::move(message);
  }

  bool LibraryIs(std::string_view versions) const {
    const Component* library = s_.target.Find("tokenizers");
    const VersionSpec* spec = KnownSpec(versions);
    return library != nullptr && spec != nullptr && library->Within(*spec) == Overlap::kAll;
  }

  // Whether a file is UTF-8.
  bool Decodes(const std::string& file, Bytes content, bool is_library_s) {
    const std::string error = PythonDecodeError(content);
    if (error.empty()) return true;
    std::string message = "UnicodeDecodeError: " + error;
    if (is_library_s) {
      message =
          fmt::format("Exception: Error while initializing {}: stream did not contain valid UTF-8",
                      file == "vocab.txt" ? "WordPiece" : "BPE");
    } else if (file.ends_with(".txt") && content.size() > kReadAtOnce && file != "merges.txt") {
      message.clear();
    }
    Fail("which is no text in UTF-8", std::move(message), file);
    return false;
  }

  // --- vocab.txt ---

  std::string TokenOf(std::string_view name, std::string_view otherwise) const {
    const JsonValue* token = SpecialTokenOf(s_, name).value;
    if (token == nullptr) return std::string(otherwise);
    const std::string* content = token->FindString("content");
    return content != nullptr ? *content : token->text;
  }

  // Whether the token stands beside the vocabulary.
  bool IsAdded(const std::string& token) const {
    const JsonValue* added = s_.files.added_tokens.get();
    if (added != nullptr && added->Find(token) != nullptr) return true;
    const JsonValue* config = s_.files.tokenizer_config.get();
    const JsonValue* tokens = config == nullptr ? nullptr : config->Find("added_tokens_decoder");
    if (tokens == nullptr) return false;
    return std::any_of(tokens->members.begin(), tokens->members.end(), [&](const JsonMember& one) {
      const std::string* content = one.value.FindString("content");
      return content != nullptr && *content == token;
    });
  }

  void Pieces() {
    const JsonValue* config = s_.files.config.get();
    const JsonValue* size = config == nullptr ? nullptr : config->Find("vocab_size");
    const auto rows = size == nullptr ? std::nullopt : size->AsUint();
    if (!rows || !IsOneOf(kPieceClasses, tokenizer_.slow)) return;
    const auto content = ContentOf(s_.opened, s_.files, "vocab.txt");
    std::vector<std::string_view> lines = LinesOf(AsText(*content));
    for (std::string_view& line : lines) {
      while (!line.empty() && (line.back() == '\r' || (in_5_ && IsSpace(line.back())))) {
        line.remove_suffix(1);
      }
    }
    for (const auto& [name, otherwise, where] :
         {std::array<std::string_view, 3>{"cls_token", "[CLS]", "before a text"},
          {"sep_token", "[SEP]", "behind a text"},
          {"pad_token", "[PAD]", "where a text is shorter than others"}}) {
      const std::string token = TokenOf(name, otherwise);
      // Of a line that stands twice the last counts.
      const auto last = std::find(lines.rbegin(), lines.rend(), token);
      const auto id = static_cast<uint64_t>(std::distance(last, lines.rend())) - 1;
      const bool is_there = last != lines.rend();
      if (token.empty() || IsAdded(token) || (is_there && id < *rows)) continue;
      const std::string why =
          is_there ? fmt::format("has {} in line {} again, whose id is beyond vocab_size, {}",
                                 Quote(token), id + 1, *rows)
                   : fmt::format("has no line {}", Quote(token));
      Add(Verdict::kDiffers, "WL-T-063",
          fmt::format("vocab.txt {}: {} puts another id {}, if it finds any", why, tokenizer_.slow,
                      where),
          "vocab.txt");
      return;
    }
    MovedLines(lines, *rows);
  }

  // A vocabulary is as long as the model's. One that is longer by just its lines that are empty or
  // there twice got those later, and every word behind them another id.
  void MovedLines(std::vector<std::string_view>& lines, uint64_t rows) {
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    if (lines.size() <= rows) return;
    std::unordered_set<std::string_view> seen;
    size_t first = 0, surplus = 0, line = 0;
    for (const std::string_view token : lines) {
      ++line;
      if (!token.empty() && seen.insert(token).second) continue;
      if (++surplus == 1) first = line;
    }
    if (surplus != lines.size() - rows || first > rows) return;
    Add(Verdict::kDiffers, "WL-T-063",
        fmt::format("vocab.txt has {} words for the model's {}, of which {} are empty or there "
                    "twice: those behind line {} have other ids than the model knows them by",
                    lines.size(), rows, surplus, first),
        "vocab.txt");
  }

  // --- vocab.json and merges.txt ---

  void Pairs(bool is_library_s) {
    const auto json = ContentOf(s_.opened, s_.files, "vocab.json");
    const auto merges = ContentOf(s_.opened, s_.files, "merges.txt");
    if (in_5_ && !is_library_s) return;
    if (!Vocabulary(AsText(*json))) return;
    const bool is_fast = in_5_ || !tokenizer_.fast.empty();
    if (is_fast && IsOneOf(kPairClasses, tokenizer_.slow)) Merges(AsText(*merges));
  }

  // Reads the tokens and their ids; false where they are refused.
  bool Vocabulary(std::string_view text) {
    const size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    if (begin == text.size() || text[begin] != '{') {
      const auto value = ParseJson(AsBytes(text), Limits());
      const std::string_view kind = value ? PythonClass(*value) : "";
      Fail(kind.empty() ? "which holds no tokens" : fmt::format("which is a {}", kind),
           in_5_ ? "Exception: Error while initializing BPE: Bad vocabulary json file"
           : kind.empty()
               ? ""
               : fmt::format("AttributeError: '{}' object has no attribute 'items'", kind),
           "vocab.json");
      return false;
    }
    const std::string_view odd = FirstOddId(text, begin);
    if (!odd.empty() && !Id(odd)) return false;
    ForEachJsonSpan(text, begin, [&](const JsonSpan& token) {
      const char first = text[token.begin];
      // 5 passes over what is no number.
      if (in_5_ && (first < '0' || first > '9')) return true;
      tokens_.insert(Meant(token.name));
      return true;
    });
    return true;
  }

  static std::string Meant(std::string_view spelled) {
    if (spelled.find('\\') == spelled.npos) return std::string(spelled);
    const std::string quoted = fmt::format("\"{}\"", spelled);
    const auto value = ParseJson(AsBytes(quoted), Limits());
    return value ? value->text : std::string(spelled);
  }

  // Whether an id that is no plain number is taken.
  bool Id(std::string_view spelled) {
    using Kind = JsonValue::Kind;
    const auto value = ParseJson(AsBytes(spelled), Limits());
    if (!value) return true;
    const bool is_float = spelled.find_first_of(".eE") != spelled.npos;
    const std::string text =
        fmt::format("in which {} is the id of a token", Escape(PythonText(*value)));
    if (in_5_) {
      const bool is_bad = value->Is(Kind::kNumber) && (is_float || spelled[0] == '-');
      if (!is_bad) return true;
      Fail(text, "Exception: Error while initializing BPE: Bad vocabulary json file", "vocab.json");
      return false;
    }
    if (value->Is(Kind::kArray) || value->Is(Kind::kObject)) {
      Fail(text, fmt::format("TypeError: unhashable type: '{}'", PythonClass(*value)),
           "vocab.json");
      return false;
    }
    // To Python True is a number, and a slow class counts with none of them.
    if (value->Is(Kind::kBool) || tokenizer_.fast.empty()) return true;
    const bool is_number = value->Is(Kind::kNumber) && !is_float;
    std::string message;
    // Before that the words hold the whole vocabulary; later texts are sorted with numbers first.
    const bool is_sorted = value->Is(Kind::kString) && s_.TransformersIs(">=4.41.0");
    if (LibraryIs(">=0.13.3,<0.22.0") && !is_sorted) {
      message = fmt::format(
          "TypeError: argument 'vocab': failed to extract enum PyVocab ('Vocab | Filename')\n"
          "- variant Vocab (Vocab): TypeError: failed to extract field PyVocab::Vocab.0, caused by "
          "{}\n- variant Filename (Filename): TypeError: failed to extract field "
          "PyVocab::Filename.0, caused by TypeError: 'dict' object cannot be converted to "
          "'PyString'",
          is_number ? "OverflowError: out of range integral type conversion attempted"
                    : fmt::format("TypeError: '{}' object cannot be interpreted as an integer",
                                  PythonClass(*value)));
    }
    Fail(text, std::move(message), "vocab.json");
    return false;
  }

  void Merges(std::string_view text) {
    std::vector<std::string_view> lines = LinesOf(text);
    std::vector<std::vector<std::string_view>> merges;
    if (in_5_) {
      lines.pop_back();
      std::erase_if(lines, [](std::string_view line) { return line.starts_with("#version"); });
    } else {
      if (lines.size() > 1) FirstLine(lines[0]);
      lines.pop_back();
      if (!lines.empty()) lines.erase(lines.begin());
    }
    if (lines.empty() && text.empty()) {
      Add(Verdict::kDiffers, "WL-T-064",
          fmt::format("merges.txt is empty: {} splits every word into its letters, and says "
                      "nothing",
                      tokenizer_.slow),
          "merges.txt");
      return;
    }
    for (size_t i = 0; i < lines.size(); ++i) {
      std::string_view line = lines[i];
      if (in_5_ && line.ends_with('\r')) line.remove_suffix(1);
      merges.push_back(Words(line, in_5_));
      if (merges.back().size() == 2) continue;
      return NoPair(i + 1, merges.back().size());
    }
    for (const auto& merge : merges) {
      const std::string left(merge[0]), right(merge[1]);
      for (const std::string& token : {left, right, left + right}) {
        if (tokens_.contains(token)) continue;
        findings_.clear();
        return Fail(
            fmt::format("in which a merge has {}, which is no token of vocab.json", Quote(token)),
            fmt::format("Exception: Error while initializing BPE: Token `{}` out of "
                        "vocabulary",
                        token),
            "merges.txt");
      }
    }
  }

  // Python passes over the first line, whatever it says.
  void FirstLine(std::string_view line) {
    if (line.starts_with('#') || Words(line, false).size() != 2) return;
    Add(Verdict::kDiffers, "WL-T-064",
        fmt::format("merges.txt begins with a merge, {}, in place of a line with its version: {} "
                    "passes over the first line, and splits text otherwise",
                    Quote(line), tokenizer_.slow),
        "merges.txt");
  }

  void NoPair(size_t number, size_t words) {
    findings_.clear();
    std::string message;
    if (in_5_) {
      message = fmt::format(
          "Exception: Error while initializing BPE: Merges text file invalid at line {}", number);
    } else if (LibraryIs(">=0.13.3,<0.22.0")) {
      message = fmt::format(
          "TypeError: argument 'merges': failed to extract enum PyMerges ('Merges | Filename')\n"
          "- variant Merges (Merges): TypeError: failed to extract field PyMerges::Merges.0, "
          "caused by ValueError: expected tuple of length 2, but got tuple of length {}\n"
          "- variant Filename (Filename): TypeError: failed to extract field "
          "PyMerges::Filename.0, caused by TypeError: 'list' object cannot be converted to "
          "'PyString'",
          words);
    }
    Fail(fmt::format("in which merge {} is no pair", number), std::move(message), "merges.txt");
  }

  const Situation& s_;
  const TokenizerClass& tokenizer_;
  bool in_5_;
  std::unordered_set<std::string> tokens_;
  Findings findings_;
};

}  // namespace

Findings JudgeContents(const Situation& s, const TokenizerClass& tokenizer,
                       const std::vector<VocabularyFile>& files) {
  return Contents(s, tokenizer).Run(files);
}

}  // namespace weighlock

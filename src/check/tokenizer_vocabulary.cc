// Two ways: Python's classes open one file after the other; from 5.0 on most classes take what they
// find, and go on without what they do not.
#include "check/tokenizer_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/sentencepiece_file.h"
#include "check/tokenizer_side_files.h"
#include "check/vocabulary_contents.h"
#include "json/syntax_errors.h"

namespace weighlock {
namespace {

constexpr std::string_view kSource =
    "the constructors of each tokenizer class (kb/tokenizers.json); tried in 3.5.1 to 5.23.0";

using Findings = std::vector<CheckFinding>;

CheckFinding Found(const Situation& s, Verdict verdict, const char* rule, std::string text,
                   const std::string& file) {
  CheckFinding finding = MakeFinding(Stage::kTokenizer, verdict, rule, std::move(text),
                                     file.empty() ? "" : s.files.root + file);
  finding.source = kSource;
  return finding;
}

std::string WithPath(std::string message, const Situation& s, const std::string& file) {
  constexpr std::string_view kSlot = "{file}";
  const size_t at = message.find(kSlot);
  if (at == std::string::npos) return message;
  return message.replace(at, kSlot.size(), s.package().path + "/" + s.files.root + file);
}

// What is wrong with a file that is there, as its reader sees it: "garbage", "empty"; empty:
// nothing.
std::string_view WrongWith(const Situation& s, const VocabularyFile& file) {
  if (!file.how.starts_with("sentencepiece")) return {};
  const auto content = ContentOf(s.opened, s.files, file.name);
  if (!content) return {};
  switch (JudgeSentencePieceFile(*content)) {
    case SentencePieceFile::kGarbage:
      return "garbage";
    case SentencePieceFile::kEmpty:
      return "empty";
    case SentencePieceFile::kReadable:
      return {};
  }
  return {};
}

// Python's message where a vocabulary is no JSON.
std::string JsonFault(const Situation& s, const VocabularyFile& file, JsonReader reader) {
  if (file.how != "open" || !file.name.ends_with(".json")) return {};
  const auto content = ContentOf(s.opened, s.files, file.name);
  return content ? JsonSyntaxError(*content, reader) : "";
}

// Whether the file is opened by Python, to be parsed, before sentencepiece loads it.
bool IsOpenedFirst(const Situation& s, const TokenizerClass& tokenizer) {
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* legacy = config == nullptr ? nullptr : config->Find("legacy");
  const bool keeps = legacy == nullptr || !legacy->Is(JsonValue::Kind::kBool) || legacy->boolean;
  return s.TransformersIs(">=4.32.0,<5.0.0") &&
         s.base.vocabularies.ReadsProtobuf(tokenizer.slow, keeps);
}

// From 4.45 to 4.57 what sentencepiece raises is caught: a fast class then tries another library's
// reader, and a class that is none is given back as False.
void Catch(const Situation& s, const TokenizerClass& tokenizer, std::string_view how,
           CheckFinding& finding) {
  if (!s.TransformersIs(">=4.45.0,<5.0.0")) return;
  if (how != "garbage" && how != "empty" && !finding.message.starts_with("RuntimeError")) return;
  // One that has a tokenizer.json, and is made of the vocabulary all the same, is given back so
  // too.
  if (!tokenizer.fast.empty() && !s.files.has_tokenizer_json) {
    finding.message = s.base.knowledge.Message("no_sentencepiece", s.target, {});
    return;
  }
  finding.message.clear();
  finding.verdict = Verdict::kDiffers;
  finding.text += ": AutoTokenizer says nothing, and gives back False";
}

Findings InPython(const Situation& s, const TokenizerClass& tokenizer,
                  const std::vector<VocabularyFile>& files) {
  for (const VocabularyFile& file : files) {
    const bool missing = !s.files.names.contains(file.name);
    const std::string_view how = missing ? std::string_view(file.how) : WrongWith(s, file);
    const std::string fault = missing ? "" : JsonFault(s, file, JsonReader::kPython);
    if (how.empty() && fault.empty()) continue;
    CheckFinding finding =
        missing ? Found(s, Verdict::kFail, "WL-T-020",
                        fmt::format("{} is made from {}, which is not in the package",
                                    tokenizer.slow, Escape(file.name)),
                        "")
                : Found(s, Verdict::kFail, "WL-T-027",
                        fmt::format("{} is made from {}, which cannot be read", tokenizer.slow,
                                    Escape(file.name)),
                        file.name);
    if (!fault.empty()) {
      finding.message = "JSONDecodeError: " + fault;
    } else if (how == "empty" || !IsOpenedFirst(s, tokenizer)) {
      finding.message = WithPath(s.base.vocabularies.Said(how, s.target), s, file.name);
    } else {
      // What Python opens is parsed by protobuf, before sentencepiece sees it.
      finding.message =
          s.base.vocabularies.Said(missing ? "open" : "garbage of protobuf", s.target);
    }
    Catch(s, tokenizer, how, finding);
    return {std::move(finding)};
  }
  return {};
}

// Before 5.4 this class puts its tokens around a text only where tokenizer.json says so.
Findings WithoutTemplate(const Situation& s, const TokenizerClass& tokenizer,
                         const std::vector<VocabularyFile>& files) {
  if (tokenizer.slow != "DebertaV2Tokenizer" || !s.TransformersIs(">=5.0.0,<5.4.0")) return {};
  CheckFinding finding =
      Found(s, Verdict::kDiffers, "WL-T-061",
            fmt::format("{} is made from {} alone, and puts neither [CLS] before a text nor [SEP] "
                        "behind it",
                        tokenizer.slow, Escape(files[0].name)),
            files[0].name);
  finding.source =
      "tokenization_deberta_v2.py of transformers 5.0.0 to 5.4.0; token ids compared in 5.2.0 and "
      "5.12.0";
  return {std::move(finding)};
}

// From 5.0 on, the classes that the tokenizers library makes.
Findings FromWhatIsFound(const Situation& s, const TokenizerClass& tokenizer,
                         const std::vector<VocabularyFile>& files) {
  const auto there = [&](const VocabularyFile& file) { return s.files.names.contains(file.name); };
  const auto missing = std::find_if_not(files.begin(), files.end(), there);
  const bool none = std::none_of(files.begin(), files.end(), there);
  if (none) {
    return {Found(s, Verdict::kDiffers, "WL-T-026",
                  fmt::format("{} is made without a vocabulary, and nothing is said: neither "
                              "tokenizer.json nor {} is in the package",
                              tokenizer.slow, Escape(files[0].name)),
                  "")};
  }
  if (missing != files.end() && missing->how == "open") {
    CheckFinding finding = Found(s, Verdict::kFail, "WL-T-020",
                                 fmt::format("{} is made from {}, which is not in the package",
                                             tokenizer.slow, Escape(missing->name)),
                                 "");
    finding.message =
        "ValueError: `vocab` and `merges` must be both be from memory or both filenames";
    return {std::move(finding)};
  }
  std::string_view wrong;
  for (const VocabularyFile& file : files) wrong = wrong.empty() ? WrongWith(s, file) : wrong;
  const std::string fault = JsonFault(s, files[0], JsonReader::kSerde);
  if (wrong.empty() && fault.empty()) return WithoutTemplate(s, tokenizer, files);
  CheckFinding finding = Found(s, Verdict::kFail, "WL-T-027",
                               fmt::format("{} is made from {}, which cannot be read",
                                           tokenizer.slow, Escape(files[0].name)),
                               files[0].name);
  if (!fault.empty()) {
    finding.message = "Exception: Error while initializing BPE: " + fault;
  } else if (wrong == "garbage") {
    finding.message = s.base.knowledge.Message("no_sentencepiece", s.target, {});
  } else if (s.base.vocabularies.RefusesEmptyIn5(tokenizer.slow)) {
    finding.message =
        "Exception: Error while loading Unigram: The vocabulary is empty but at least <unk> is "
        "needed";
  } else {
    finding.verdict = Verdict::kDiffers;
    finding.text += ": it is made without a vocabulary, and nothing is said";
  }
  return {std::move(finding)};
}

// WordPiece needs its token for what it does not know: without it every such word is an error.
Findings WithoutUnknown(const Situation& s, const TokenizerClass& tokenizer,
                        const std::vector<VocabularyFile>& files) {
  if (files[0].name != "vocab.txt" || tokenizer.fast.empty() == s.TransformersIs("<5.0.0"))
    return {};
  const auto content = ContentOf(s.opened, s.files, files[0].name);
  if (!content) return {};
  const JsonValue* token = SpecialTokenOf(s, "unk_token").value;
  const std::string* text = token == nullptr ? nullptr : token->FindString("content");
  const std::string unknown = text != nullptr ? *text : token == nullptr ? "[UNK]" : token->text;
  const std::string lines = "\n" + std::string(AsText(*content)) + "\n";
  for (size_t at = 0; (at = lines.find("\n" + unknown, at)) != std::string::npos; ++at) {
    // From 5.0 on spaces behind a token are passed over.
    const size_t end = at + 1 + unknown.size();
    const char* behind = s.TransformersIs("<5.0.0") ? "\r" : " \t\r";
    if (lines[lines.find_first_not_of(behind, end)] == '\n') return {};
  }
  return {
      Found(s, Verdict::kDiffers, "WL-T-041",
            fmt::format("{} has no line {}: the tokenizer loads, and raises for every word that "
                        "it does not know",
                        Escape(files[0].name), Quote(unknown)),
            files[0].name)};
}

// The first pair of merges.txt must be of the vocabulary, which that of a pointer of git-lfs is
// not.
Findings MergesOfPointer(const Situation& s, const TokenizerClass& tokenizer,
                         const std::vector<VocabularyFile>& files) {
  constexpr std::string_view kPointer = "version https://git-lfs.github.com/";
  const bool in_5 = s.TransformersIs(">=5.0.0");
  if (files.size() < 2 || files[1].name != "merges.txt" || (!in_5 && tokenizer.fast.empty())) {
    return {};
  }
  const auto content = ContentOf(s.opened, s.files, files[1].name);
  if (!content || !AsText(*content).starts_with(kPointer)) return {};
  CheckFinding finding = Found(s, Verdict::kFail, "WL-T-027",
                               fmt::format("{} is made from {}, which is a pointer of git-lfs",
                                           tokenizer.slow, Escape(files[1].name)),
                               files[1].name);
  // Classes of 4 pass over the first line, which has a version in it.
  finding.message =
      fmt::format("Exception: Error while initializing BPE: Token `{}` out of vocabulary",
                  in_5 ? "version" : "oid");
  return {std::move(finding)};
}

Findings MadeFromFiles(const Situation& s, const TokenizerClass& tokenizer,
                       const std::vector<VocabularyFile>& files) {
  if (!s.TransformersIs(">=5.0.0")) return InPython(s, tokenizer, files);
  if (s.base.vocabularies.IsNotTriedIn5(tokenizer.slow)) return {};
  return s.base.vocabularies.IsPythonIn5(tokenizer.slow) ? InPython(s, tokenizer, files)
                                                         : FromWhatIsFound(s, tokenizer, files);
}

}  // namespace

Findings JudgeVocabulary(const Situation& s, const TokenizerClass& tokenizer) {
  if (tokenizer.from_json || !tokenizer.known()) return {};
  const bool in_5 = s.TransformersIs(">=5.0.0");
  // The base of all fast classes, which has another name in 5.
  const bool base =
      tokenizer.slow == "TokenizersBackend" || tokenizer.slow == "PreTrainedTokenizer";
  if (tokenizer.slow.empty() || (in_5 && base)) {
    CheckFinding finding =
        Found(s, Verdict::kFail, "WL-T-028",
              fmt::format("{} is made from tokenizer.json alone, which is not in the package",
                          tokenizer.name()),
              "");
    finding.message =
        s.base.knowledge.Message(in_5 ? "no_tokenizer_json" : "no_sentencepiece", s.target, {});
    return {std::move(finding)};
  }
  const std::vector<VocabularyFile> files = s.base.vocabularies.MadeFrom(tokenizer.slow);
  if (files.empty()) return {};
  Findings findings = MadeFromFiles(s, tokenizer, files);
  if (findings.empty()) findings = MergesOfPointer(s, tokenizer, files);
  const auto is_there = [&](const VocabularyFile& file) {
    return s.files.names.contains(file.name);
  };
  const bool is_tried = !in_5 || !s.base.vocabularies.IsNotTriedIn5(tokenizer.slow);
  if (findings.empty() && is_tried && std::all_of(files.begin(), files.end(), is_there)) {
    findings = JudgeContents(s, tokenizer, files);
    // Words that it does not know are worse than another id around the text.
    if (findings.empty() || findings[0].rule == "WL-T-063") {
      if (auto unknown = WithoutUnknown(s, tokenizer, files); !unknown.empty()) return unknown;
    }
  }
  return findings;
}

}  // namespace weighlock

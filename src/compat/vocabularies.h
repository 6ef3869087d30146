// From which vocabulary files each tokenizer class is made, and what is raised where one of them is
// not there or cannot be read: kb/tokenizers.json (docs/knowledge.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "json/json.h"
#include "weighlock/target.h"

namespace weighlock {

// One file, and how the class opens it: "isfile", "open", "path", "sentencepiece", "sentencepiece
// of text" (the text of the path, which is "None" where there is none).
struct VocabularyFile {
  std::string how;
  std::string name;
};

class Vocabularies {
 public:
  // The table that is built in.
  static Result<Vocabularies> Builtin();
  // A table from the text of a file. kMalformed: not the form that docs/knowledge.md describes.
  static Result<Vocabularies> Parse(Bytes text);

  // The files that a class opens, in that order, by the name it has in Python ("BertTokenizer",
  // never "BertTokenizerFast"); empty: no such class is known.
  std::vector<VocabularyFile> MadeFrom(std::string_view tokenizer) const;

  // Whether a class, in the releases of 4 that do so, reads a model of sentencepiece as a message
  // of protocol buffers first: from 4.32 on where it is told to forget its legacy, some always.
  bool ReadsProtobuf(std::string_view tokenizer, bool legacy) const {
    return Lists("read_as_protobuf", tokenizer) ||
           (!legacy && Lists("read_as_protobuf_without_legacy", tokenizer));
  }

  // Whether a class stands in one of the lists about releases from 5.0 on.
  bool IsPythonIn5(std::string_view tokenizer) const { return Lists("python_in_5", tokenizer); }
  bool IsNotTriedIn5(std::string_view tokenizer) const {
    return Lists("not_tried_in_5", tokenizer);
  }
  // Of these model types some of them pass over a tokenizer's code in the package.
  bool IgnoresCodeIn5(std::string_view model_type) const {
    return Lists("ignore_code_in_5", model_type);
  }
  bool IsAliasIn5(std::string_view tokenizer) const { return Lists("aliases_in_5", tokenizer); }
  bool RefusesEmptyIn5(std::string_view tokenizer) const {
    return Lists("refuse_empty_in_5", tokenizer);
  }

  // How many tokens a class has besides those of the first file that it is made from, before 4.34:
  // a number, and `key`, where that key of tokenizer_config.json may say another. Nothing: that is
  // not known.
  struct Beyond {
    uint64_t tokens;
    std::string key;
  };
  std::optional<Beyond> BeyondVocabulary(std::string_view tokenizer) const;

  // The kind of model that a class makes of a vocabulary from 5.0 on, as tokenizer.json names it;
  // empty: not known.
  std::string_view ModelIn5(std::string_view tokenizer) const WL_LIFETIME_BOUND;

  // What is raised where a file that is opened so is missing, or where `how` is "garbage" or
  // "empty" and sentencepiece reads it; {file} is its path. Empty: the target does not say which
  // versions it has of what decides.
  std::string Said(std::string_view how, const Target& target) const;

  // The rows of all that is said: {"how", "text"}, with the versions in which they hold.
  const JsonValue& said() const WL_LIFETIME_BOUND { return *root_.Find("said"); }

 private:
  bool Lists(const char* list, std::string_view tokenizer) const;

  JsonValue root_;
};

}  // namespace weighlock

// How each release of a library answers to what may stand in a file: kb/tokenizer_json.json and
// kb/safetensors.json, measured by asking the releases themselves (docs/knowledge.md).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "json/json.h"
#include "weighlock/target.h"

namespace weighlock {

class LibraryAnswers {
 public:
  LibraryAnswers(LibraryAnswers&&) = default;
  LibraryAnswers& operator=(LibraryAnswers&&) = default;

  // The tables that are built in.
  static Result<LibraryAnswers> Tokenizers();
  static Result<LibraryAnswers> Safetensors();
  // A table from the text of a file. kMalformed: not the form that docs/knowledge.md describes.
  static Result<LibraryAnswers> Parse(Bytes text, std::string_view schema);

  // "reads", "differs" (takes it and does something else), or the exception with the slots {line}
  // and {column}. Empty: the table does not know the case, or the release.
  std::string_view Answer(std::string_view name, const Version& library) const WL_LIFETIME_BOUND;
  bool Knows(std::string_view name) const { return rows_.contains(name); }

  // The versions that the table speaks of and that `spec` contains, ascending.
  std::vector<Version> Within(const VersionSpec& spec) const;

 private:
  std::vector<JsonMember> cases_;
  // Their rows by their names, which views into cases_ are: moved with it, and never copied.
  std::unordered_map<std::string_view, const JsonValue*> rows_;
  std::vector<Version> versions_;  // all that bound a range, ascending

  LibraryAnswers() = default;
};

}  // namespace weighlock

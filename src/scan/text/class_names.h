// Classes and functions that libraries import because a JSON text names them: diffusers, GluonTS,
// jsonpickle, sentence-transformers, AllenNLP, torchtune, Lightning, Hydra, LDM, Haystack,
// MLServer, skops.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "json/json.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// A key under which some libraries name what they call, and others anything else ("target", "fn").
bool IsCalleeKey(std::string_view key);
// A key under which stands what it is called with.
bool IsArgumentsKey(std::string_view key);

class ClassNames {
 public:
  // `file`: its name in lower case; `root`: the whole of the text, by which its library is known.
  ClassNames(std::string_view file, const JsonValue& root, const FileScan& scan);

  void Judge(const JsonValue& object);

 private:
  void JudgeMember(const JsonMember& member);
  // What stands under the keys of IsCalleeKey.
  void JudgeCallees(const JsonValue& object);
  void JudgeParts(const JsonValue& object);
  void JudgeSkopsType(const JsonValue& object);
  // `is_imported`: whether the library takes it for a path, and not for any word.
  void JudgeType(const std::string& type, uint64_t at, bool is_imported);
  // What is imported by its name, and called.
  void Imports(const std::string& target, uint64_t at);
  bool IsFirst(std::string_view said);

  std::string_view file_;
  const FileScan& scan_;
  bool is_pipeline_, is_diffusers_, is_allennlp_;
  std::set<std::string, std::less<>> said_;
};

}  // namespace weighlock::scan

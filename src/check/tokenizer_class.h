// Which tokenizer class a target takes, and whether it makes it from tokenizer.json.
#pragma once

#include <string>

#include "check/situation.h"

namespace weighlock {

struct TokenizerClass {
  std::string slow;  // the one in Python, "BertTokenizer"; from 5.0 on the only one; empty: none
  std::string fast;  // "BertTokenizerFast"; empty: the release has none, or takes none
  bool from_json = false;  // made from tokenizer.json, and from nothing else

  bool known() const { return !slow.empty() || !fast.empty(); }
  // The one that is made.
  const std::string& name() const { return fast.empty() ? slow : fast; }
};

// The class that tokenizer_config.json asks for, or before 4.8 config.json; empty: the model type
// decides.
std::string AskedTokenizerClass(const Situation& s);

// Requires a target with a version of transformers.
TokenizerClass TokenizerClassOf(const Situation& s);

}  // namespace weighlock

// Values of tokenizer.json that are of another type than their readers want, or that are missing.
#pragma once

#include <optional>

#include "check/tokenizer_json.h"
#include "check/tokenizer_skim.h"
#include "json/json.h"

namespace weighlock {

// The first of them in a member at the top, where a reader stops; nothing: it takes them all, or
// it cannot be told. The member is of what was left of the text.
std::optional<TokenizerFeature> TypeFaultIn(const JsonMember& member, const Skimmed& skimmed);

}  // namespace weighlock

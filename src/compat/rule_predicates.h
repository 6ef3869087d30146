// The predicates of rules, which are a closed set (rules.h has them). Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "compat/rules.h"

namespace weighlock {

// The text of a member, or nothing.
std::string_view TextOf(const JsonValue& object, std::string_view key);

// Every predicate is one of the closed set. Recursion as deep as the text may nest.
Status CheckPredicate(std::string_view rule, const JsonValue& predicate);

// What stands where a rule, or a predicate, looks; null: nothing.
const JsonValue* ValueOf(const JsonValue& row, const RuleInput& input);

// The first key of an object that is no integer to Python, or null.
const std::string* OddKey(const JsonValue* value);

Error BadRule(std::string_view rule, std::string_view what, const JsonValue& at);

}  // namespace weighlock

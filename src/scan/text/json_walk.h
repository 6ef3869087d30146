// Every member of a JSON text, however deep it lies, without recursion.
#pragma once

#include <functional>

#include "json/json.h"

namespace weighlock::scan {

// Calls `see` with each object in the text.
void ForEachObject(const JsonValue& root, const std::function<void(const JsonValue&)>& see);

}  // namespace weighlock::scan

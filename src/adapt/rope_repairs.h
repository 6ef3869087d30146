// C1: what transformers 5 keeps in rope_parameters, written where older releases look for it; and
// what cannot be written there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapt/json_repairs.h"
#include "json/json_edit.h"

namespace weighlock {

// The edits of a config.json, `config` parsed from `text`. Values that releases of the target would
// refuse in their form are not written at all.
void MendRotary(const JsonValue& config, std::string_view text, const RepairSituation& situation,
                JsonEdits& edits, std::vector<JsonRepair>& repairs);

// What of a config.json releases of the target pass over however it is written, in words.
std::vector<std::string> UnmendedRotary(std::string_view text, const RepairSituation& situation);

}  // namespace weighlock

// Versions and specs that stand in the knowledge base or in our code, read once.
#pragma once

#include <optional>
#include <string_view>

#include "json/json.h"
#include "weighlock/target.h"

namespace weighlock {

// A spec by its text, or null where it cannot be read. The same few hundred are asked for each
// release that is tried, and reading them would be half of the asking. Each is kept as long as its
// thread: never for a text that a package brings.
const VersionSpec* KnownSpec(std::string_view text);
// The same of a version.
const Version* KnownVersion(std::string_view text);

// The least version that meets a spec, where it names one with ">=".
std::optional<Version> LeastOf(std::string_view spec);

// Whether a version lies in one of [[first, last or null]...]; null is no end. Ranges of another
// form hold nothing.
bool IsWithinRanges(const JsonValue& ranges, const Version& version);

// Of [[value, ranges]...] the first value whose ranges hold the version, or null; so is rows.
const JsonValue* HoldingRow(const JsonValue* rows, const Version& version);

}  // namespace weighlock

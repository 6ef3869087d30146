// Settings in sections ("[handler_a]") and tables of TOML, where programs evaluate, call or start
// what stands there.
#pragma once

#include <string_view>

#include "scan/scanner.h"

namespace weighlock::scan {

// Whether a text could hold something of that: what JudgeSettings would say nothing of is not
// worth a second look.
bool HoldsSettingsSigns(std::string_view text);

// Whether some program could take a text of this name and size for its settings.
bool MayBeSettings(const Subject& subject);

// The same, of a text under a name of something else, where it holds logging.
void JudgeLogging(const Subject& subject, std::string_view text, const FileScan& scan);

// The groups of what an installed package offers to others.
bool IsEntryPoints(const Subject& subject);
void JudgeEntryPoints(std::string_view text, const FileScan& scan);

// Logging as Python's fileConfig reads it, targets of Hydra in TOML, units of systemd and
// supervisor, shortcuts of desktops, variables by which other code is loaded.
void JudgeSettings(const Subject& subject, std::string_view text, const FileScan& scan);

}  // namespace weighlock::scan

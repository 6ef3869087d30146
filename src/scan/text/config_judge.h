// What a configuration in JSON makes a loader do beside reading numbers.
#pragma once

#include <string_view>

#include "json/json.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// Templates are judged, what names code or classes is said. `file`: its name in lower case.
void JudgeConfig(const JsonValue& root, std::string_view file, const FileScan& scan);

// The configuration in a .keras, whose layers its judge looks at.
inline constexpr std::string_view kKerasConfig = "config.json of keras";

// The same for single strings of a text that is no JSON, at byte `offset`: a key that names code,
// and a string behind a key that names templates.
void JudgeLooseCode(std::string_view key, uint64_t offset, const FileScan& scan);
void JudgeLooseTemplate(std::string_view text, uint64_t offset, const FileScan& scan);

}  // namespace weighlock::scan

// Chat templates: Jinja programs that a server renders for each request. Judged by what they reach
// for: Python's internals, other templates, names that are put together while they run.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// kLoaded: a server renders it with Jinja. kMaybe: it may be a template of another engine, or
// prose; that Jinja would refuse it is then no more than worth knowing.
enum class TemplateUse : uint8_t { kLoaded, kMaybe };

// Judges one template; `name` says which of the file's it is, for messages. `offset`: where it
// begins in the file; `is_verbatim`: it stands there as it is, so that places in it can be told.
void JudgeTemplate(std::string_view text, std::string_view name, uint64_t offset,
                   const FileScan& scan, bool is_verbatim = true,
                   TemplateUse use = TemplateUse::kLoaded);

// Files that are one template: *.jinja, *.jinja2, *.j2, and texts whose name speaks of one.
bool IsTemplateFile(const Subject& subject);
void JudgeTemplateFile(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan

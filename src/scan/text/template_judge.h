// Chat templates: Jinja programs that a server renders for each request. Judged by what they reach
// for: Python's internals, other templates, names that are put together while they run.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Judges one template; `name` says which of the file's it is, for messages. `offset`: where it
// begins in the file; `is_verbatim`: it stands there as it is, so that places in it can be told.
void JudgeTemplate(std::string_view text, std::string_view name, uint64_t offset,
                   const FileScan& scan, bool is_verbatim = true);

// Files that are one template: *.jinja, *.jinja2, *.j2.
bool IsTemplateFile(const Subject& subject);
void JudgeTemplateFile(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan

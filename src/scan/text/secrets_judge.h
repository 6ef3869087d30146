// Passwords, tokens and private keys that travel with a model: told by the names of files and by
// the forms that their issuers publish.
#pragma once

#include <string>

#include "scan/scanner.h"

namespace weighlock::scan {

// Looks at the name of any file, and into files of text up to 1 MiB.
void JudgeSecrets(const Subject& subject, const FileScan& scan);

// Says that `what` ("the value of ...") at byte `offset` is a secret, without saying the secret.
void AddSecret(std::string_view what, uint64_t offset, const FileScan& scan);

}  // namespace weighlock::scan

// What a package must not be handed over with unseen: links, secrets, and what is no file. pack and
// adapt ask here, and refuse it in the same words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "weighlock/package.h"

namespace weighlock {

inline constexpr std::string_view kFollowLinks = "follow-links";
inline constexpr std::string_view kAllowSecrets = "allow-secrets";

// A refusal that an option takes back: "a private key is in it (--allow-secrets packs it)", where
// `does` is "packs".
Finding RefusedUnless(const std::string& path, std::string_view why, std::string_view option,
                      std::string_view does);

// Why an artefact is refused for what it holds: by its name, for a token in a text of modest size,
// for keys of its pickle. Of a source that is not held nothing is known but its name. Errors:
// those of reading.
Result<std::vector<std::string>> SecretsOf(const Artefact& artefact, const ByteSource& source);

// The first token in a text of modest size. Vocabularies are longer, and hold all kinds of words.
Result<std::string> TokenIn(const Artefact& artefact, const ByteSource& source);

// The findings that speak of no artefact: of links to a folder or to nowhere, of devices, of what
// could not be read.
std::vector<const Finding*> FindingsOnNoArtefact(const Package& package);

}  // namespace weighlock

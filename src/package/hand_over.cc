// A secret is refused once by its name, or for each thing that is found in it.
#include "package/hand_over.h"

#include <fmt/format.h>

#include <set>

#include "base/escape.h"
#include "model/secrets.h"
#include "package/roles.h"

namespace weighlock {

Finding RefusedUnless(const std::string& path, std::string_view why, std::string_view option,
                      std::string_view does) {
  return {Severity::kError, path, kNoOffset, fmt::format("{} (--{} {} it)", why, option, does), {}};
}

Result<std::string> TokenIn(const Artefact& artefact, const ByteSource& source) {
  constexpr uint64_t kMost = 1 << 20;
  const bool is_text = artefact.format == Format::kJson || artefact.format == Format::kText;
  if (!is_text || artefact.size > kMost) return std::string();
  auto text = source.Read(0, source.size());
  // Of what is packed only some is held.
  if (!text && text.error().code() == Code::kUnsupported) return std::string();
  if (!text) return std::move(text).error().In(artefact.path);
  return std::string(FindToken(AsText(*text)));
}

Result<std::vector<std::string>> SecretsOf(const Artefact& artefact, const ByteSource& source) {
  std::vector<std::string> secrets;
  if (IsSecretFile(artefact.path)) {
    secrets.push_back("by its name it holds a password, a token or a private key");
    return secrets;
  }
  WL_TRY(const std::string token, TokenIn(artefact, source));
  if (!token.empty()) {
    secrets.push_back(token.starts_with("PRIVATE KEY")
                          ? "a private key is in it"
                          : fmt::format("{}... in it is a secret", Escape(token.substr(0, 8))));
  }
  if (!artefact.model) return secrets;
  for (const std::string& secret : artefact.model->secrets) {
    secrets.push_back(fmt::format("{} in it is a secret", Escape(secret)));
  }
  return secrets;
}

std::vector<const Finding*> FindingsOnNoArtefact(const Package& package) {
  std::set<std::string_view> artefacts;
  for (const Artefact& artefact : package.artefacts) artefacts.insert(artefact.path);
  std::vector<const Finding*> found;
  for (const Finding& finding : package.findings) {
    if (!finding.path.empty() && !artefacts.contains(finding.path)) found.push_back(&finding);
  }
  return found;
}

}  // namespace weighlock

// The forms are those that pack refuses to send (model/secrets.h).
#include "scan/text/secrets_judge.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "format/formats.h"
#include "model/secrets.h"
#include "package/roles.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kMostSearched = uint64_t{1} << 20;

bool IsText(const Subject& subject) {
  const Format format = Recognise(subject.head, subject.source.size());
  return format == Format::kText || format == Format::kJson || format == Format::kHtml;
}

}  // namespace

void JudgeSecrets(const Subject& subject, const FileScan& scan) {
  const std::string& path = subject.place.chain.back();
  if (IsSecretFile(path)) {
    scan.Add("WL-S-420", kNoOffset, "by its name it holds a password, a token or a private key");
  }
  if (subject.source.size() > kMostSearched || !IsText(subject)) return;
  const auto bytes = subject.source.Read(0, subject.source.size());
  if (!bytes) return;  // the file's own judge has said so
  const std::string_view text = AsText(*bytes);
  const std::string_view token = FindToken(text);
  if (token.empty()) return;
  const auto at = static_cast<uint64_t>(token.data() - text.data());
  constexpr size_t kTold = 4;  // enough to know whose it is
  AddSecret(token.ends_with("-----") ? std::string("a private key")
                                     : fmt::format("a token {}...", Quote(token.substr(0, kTold))),
            at, scan);
}

void AddSecret(std::string_view what, uint64_t offset, const FileScan& scan) {
  scan.Add("WL-S-420", offset, fmt::format("{} is a secret", what));
}

}  // namespace weighlock::scan

// Passwords, tokens and private keys that travel with a model: told by the names of files and by
// the forms that their issuers publish.
#pragma once

#include <memory>
#include <string>

#include "scan/scanner.h"

namespace weighlock::scan {

class TokenSearch;

// Looks for a token in a text while its own judge reads it, so that nothing is read twice, and
// members of packed archives, which go by once, are looked into as well.
class SecretWatch {
 public:
  explicit SecretWatch(const Subject& subject);

  // The bytes of the subject, for its judge; what is read of them from front to back is searched.
  const ByteSource& source() const { return source_; }

  // Call when the judge is done: reads what it left, and says what was found, also by the name of
  // the file.
  void Report(const Subject& subject, const FileScan& scan);

 private:
  std::shared_ptr<TokenSearch> search_;  // null where it is no text
  ByteSource source_;
};

// Says that `what` ("the value of ...") at byte `offset` is a secret, without saying the secret.
void AddSecret(std::string_view what, uint64_t offset, const FileScan& scan);

}  // namespace weighlock::scan

// Read whole, within a bound that no source by hand reaches.
#include "scan/text/source_text.h"

#include "scan/text/plain_text.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kMostText = uint64_t{4} << 20;

}  // namespace

std::optional<std::string> TextOf(const Subject& subject, const FileScan& scan) {
  if (subject.source.size() > kMostText) {
    scan.Unjudged("WL-S-003", kNoOffset, "source code of more than 4 MiB");
    return std::nullopt;
  }
  const auto bytes = subject.source.Read(0, subject.source.size());
  if (!bytes) {
    scan.Unreadable(bytes.error());
    return std::nullopt;
  }
  return std::string(AsText(*bytes));
}

bool IsText(const Subject& subject) {
  return subject.source.size() == 0 || IsPlainText(subject);
}

std::string_view Trimmed(std::string_view line) {
  const size_t begin = line.find_first_not_of(" \t\r");
  if (begin == line.npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
}

}  // namespace weighlock::scan

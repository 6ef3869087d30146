// Text is data: no loader runs a vocabulary, a card or a log. It is read to its end to know that it
// is nothing else.
#include "scan/text/plain_text.h"

#include "base/escape.h"
#include "format/formats.h"

namespace weighlock::scan {
namespace {

// Longest prefix of `text` that may be cut inside a character: up to three bytes are left over.
size_t WholeCharacters(std::string_view text) {
  size_t end = text.size();
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const size_t wants = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    if (wants > back) end = text.size() - back;
    break;
  }
  return end;
}

}  // namespace

bool IsPlainText(const Subject& subject) {
  const Format format = Recognise(subject.head, subject.source.size());
  return format == Format::kText || format == Format::kJson || format == Format::kHtml;
}

void JudgePlainText(const Subject& subject, const FileScan& scan) {
  ByteVector block;
  std::string left;
  uint64_t at = 0;
  Status status = ForEachBlock(subject.source, block, [&](Bytes bytes) -> Status {
    left += AsText(bytes);
    const size_t whole = WholeCharacters(left);
    const std::string_view text = std::string_view(left).substr(0, whole);
    if (!IsUtf8(text) || text.find('\0') != text.npos) {
      return Error(Code::kMalformed, "text with bytes that are no text", at);
    }
    at += whole;
    left.erase(0, whole);
    return {};
  });
  if (status && !left.empty())
    status = Error(Code::kMalformed, "text with bytes that are no text", at);
  if (!status) scan.Unreadable(status.error());
}

std::string WithPlainBreaks(std::string_view text) {
  std::string plain(text);
  for (size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    const bool is_break = c == '\r' || c == '\v' || c == '\f' || (c >= '\x1C' && c <= '\x1E');
    const std::string_view rest = text.substr(i, 3);
    if (is_break) plain[i] = rest.starts_with("\r\n") ? ' ' : '\n';
    if (rest.starts_with("\xC2\x85")) plain.replace(i, 2, " \n");
    if (rest == "\xE2\x80\xA8" || rest == "\xE2\x80\xA9") plain.replace(i, 3, "  \n");
  }
  return plain;
}

bool IsEmpty(const Subject& subject) {
  return subject.source.size() == 0;
}

void JudgeEmpty(const Subject&, const FileScan&) {}

void JudgeUnknown(const Subject&, const FileScan& scan) {
  scan.Unjudged("WL-S-001", 0, "its bytes are of no form that is known here");
}

}  // namespace weighlock::scan

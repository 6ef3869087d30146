// Searched, not parsed: no loader of models opens them, and what a browser would run says so in a
// few words. What a PDF packs away in streams is not seen, which is said.
#include "scan/text/document_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/escape.h"
#include "format/formats.h"
#include "scan/text/plain_text.h"

namespace weighlock::scan {
namespace {

constexpr size_t kSeam = 32;  // bytes; the longest text that is looked for is shorter

struct Found {
  std::string_view text;
  uint64_t offset;
};

// The first of `texts` (in lower case) anywhere in the file, in any case.
Result<std::optional<Found>> Search(const ByteSource& source,
                                    std::span<const std::string_view> texts) {
  std::optional<Found> found;
  ByteVector block;
  std::string seam;
  uint64_t at = 0;
  WL_CHECKED(ForEachBlock(source, block, [&](Bytes bytes) -> Status {
    const size_t carried = seam.size();
    seam += AsText(bytes);
    std::transform(seam.begin(), seam.end(), seam.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string_view text : texts) {
      const size_t where = seam.find(text);
      if (where != seam.npos && !found) found = Found{text, at - carried + where};
    }
    at += bytes.size();
    seam.erase(0, seam.size() - std::min(seam.size(), kSeam));
    return {};
  }));
  return found;
}

std::string LowerHead(const Subject& subject) {
  std::string text(AsText(subject.head));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The end of a declaration: its ">" outside of quotes.
size_t EndOfDeclaration(std::string_view text, size_t at) {
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at;
    }
  }
  return text.size();
}

// Without what stands in quotes.
std::string Unquoted(std::string_view text) {
  std::string out;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else {
      out += c;
    }
  }
  return out;
}

// Entities stand at the start, before the first element.
void JudgeEntities(const ByteSource& source, const FileScan& scan) {
  constexpr uint64_t kMost = uint64_t{1} << 20;
  constexpr size_t kManyNested = 3;
  constexpr std::string_view kEntity = "<!ENTITY";
  const auto head = source.Head(kMost);
  if (!head) return;  // said by the judge of text
  const std::string_view text = AsText(*head);
  size_t nested = 0;
  for (size_t at = 0; (at = text.find(kEntity, at)) != text.npos;) {
    const size_t end = EndOfDeclaration(text, at);
    const std::string_view declaration = text.substr(at, end - at);
    const std::string words = Unquoted(declaration);
    if (words.find("SYSTEM") != words.npos || words.find("PUBLIC") != words.npos) {
      scan.Add("WL-S-443", at, fmt::format("it takes in {}", Quote(declaration, 80)));
      return;
    }
    const size_t sign = declaration.find_first_of("&%", kEntity.size() + 2);
    nested += sign != declaration.npos && declaration.find(';', sign) != declaration.npos ? 1 : 0;
    if (nested == kManyNested) {
      ScanFinding& finding =
          scan.Add("WL-S-443", at, "its entities are made of others: a few of them fill a memory");
      finding.level = Level::kMedium;
      finding.verdict = ScanVerdict::kReview;
      return;
    }
    at = end;
  }
}

}  // namespace

bool IsMarkup(const Subject& subject) {
  if (Recognise(subject.head, subject.source.size()) == Format::kHtml) return true;
  return IsPlainText(subject) && LowerHead(subject).starts_with("<svg");
}

void JudgeMarkup(const Subject& subject, const FileScan& scan) {
  constexpr std::string_view kScripts[] = {"<script",  "javascript:",    "onload=", "onerror=",
                                           "onclick=", "<foreignobject", "<iframe", "<!entity"};
  const bool is_drawing = LowerHead(subject).find("<svg") != std::string::npos;
  const bool is_xml = LowerHead(subject).find("<?xml") != std::string::npos;
  scan.SetFormat(is_drawing ? "svg" : is_xml ? "xml" : "html");
  JudgePlainText(subject, scan);
  JudgeEntities(subject.source, scan);
  constexpr std::string_view kReaches[] = {"<xi:include", "${jndi:", "<insertfromjndi",
                                           "<objectdataprovider"};
  if (const auto reaches = Search(subject.source, kReaches); is_xml && reaches && *reaches) {
    ScanFinding& finding = scan.Add("WL-S-443", (*reaches)->offset,
                                    fmt::format("it holds {}", Quote((*reaches)->text)));
    finding.level = Level::kMedium;
    finding.verdict = ScanVerdict::kReview;
  }
  const auto found = Search(subject.source, kScripts);
  if (!found || !*found) return;
  ScanFinding& finding =
      scan.Add("WL-S-333", (*found)->offset, fmt::format("it holds {}", Quote((*found)->text)));
  // Pages have scripts; drawings have no need of any.
  if (!is_drawing) finding.level = Level::kInfo;
}

bool IsPdf(const Subject& subject) {
  return AsText(subject.head).starts_with("%PDF-");
}

void JudgePdf(const Subject& subject, const FileScan& scan) {
  constexpr std::string_view kActions[] = {"/javascript",   "/js",        "/launch",
                                           "/embeddedfile", "/richmedia", "/submitform"};
  const auto found = Search(subject.source, kActions);
  if (!found) return scan.Unreadable(found.error());
  if (*found) {
    scan.Add("WL-S-333", (*found)->offset, fmt::format("it holds {}", Quote((*found)->text)));
  }
  scan.Add("WL-S-334", kNoOffset, "a PDF: what its streams pack was not looked at");
  // Its objects are not walked, but that it is one from its first byte to its last can be seen.
  constexpr uint64_t kTail = 4096;
  const uint64_t size = std::min(subject.source.size(), kTail);
  const auto tail = subject.source.Read(subject.source.size() - size, size);
  if (!tail) return scan.Unreadable(tail.error());
  if (AsText(*tail).rfind("%%EOF") == std::string_view::npos) {
    scan.Unjudged("WL-S-002", kNoOffset, "a PDF without its end");
  }
}

bool IsLfsPointer(const Subject& subject) {
  return Recognise(subject.head, subject.source.size()) == Format::kGitLfsPointer &&
         IsUtf8(AsText(subject.head));
}

void JudgeLfsPointer(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  scan.Unjudged("WL-S-421", 0, "a pointer of git-lfs stands where the file should be");
}

}  // namespace weighlock::scan

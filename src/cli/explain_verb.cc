// weighlock explain: an error's text, or the id of a rule.
#include "cli/explain_verb.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "base/byte_source.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "cli/options.h"
#include "report/adaptations.h"
#include "report/json.h"
#include "report/scan_report.h"
#include "report/text.h"
#include "weighlock/contract.h"
#include "weighlock/explain.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

struct ExplainArguments {
  std::vector<std::string> words;
  std::string target;  // may be empty
  OutputFormat format = OutputFormat::kText;

  bool json() const { return format == OutputFormat::kJson; }
};

// The rooms that have rules of their own, asked in turn: a new one is a line here.
using RuleBook = Result<std::optional<RuleText>> (*)(std::string_view id);
constexpr RuleBook kRuleBooks[] = {FindCheckRule};

// "WL-W-001" in any case of letters.
bool IsRuleId(std::string_view text) {
  constexpr std::string_view kForm = "WL-?-###";
  return text.size() == kForm.size() &&
         std::equal(text.begin(), text.end(), kForm.begin(), [](unsigned char c, char form) {
           if (form == '#') return std::isdigit(c) != 0;
           return form == '?' ? std::isalpha(c) != 0 : std::toupper(c) == form;
         });
}

// "E13", "E1a", "W1".
bool IsShortName(std::string_view text) {
  if (text.size() < 2 || text.size() > 4 || std::isalpha(static_cast<unsigned char>(text[0])) == 0)
    return false;
  if (std::isdigit(static_cast<unsigned char>(text[1])) == 0) return false;
  return std::all_of(text.begin() + 1, text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0; });
}

std::string UpperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// Where the byte stands in "model.pt!archive/data.pkl@0x2e", or in "...+0x2e" as scan and errors
// print it. 0: no place.
size_t SignOfPlace(const std::string& text) {
  const size_t at = text.rfind('@'), plus = text.rfind("+0x");
  if (plus != text.npos && (at == text.npos || plus > at)) return plus;
  return at == text.npos ? 0 : at;
}

// The opcodes around that byte; nothing: it is no such place.
Result<std::optional<std::string>> FromAPickle(const std::string& text, bool json) {
  const size_t at = SignOfPlace(text);
  if (at == 0 || text.find('\n') != text.npos) return std::optional<std::string>();
  std::string_view digits = std::string_view(text).substr(at + 1);
  const int base = digits.starts_with("0x") ? 16 : 10;
  if (base == 16) digits.remove_prefix(2);
  uint64_t offset = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), offset, base);
  if (error != std::errc() || end != digits.data() + digits.size())
    return std::optional<std::string>();
  WL_TRY(const PickleWindow window, ExplainPickle(text.substr(0, at), offset));
  return std::optional(json ? PickleWindowJson(window) : PickleWindowText(window));
}

// What was typed where it names something that is in a book; nothing: it is an error's text.
Result<std::optional<std::string>> FromTheBooks(const std::string& text, bool json) {
  for (const RuleBook book : kRuleBooks) {
    WL_TRY(const std::optional<RuleText> rule, book(text));
    if (rule) return std::optional(json ? RuleBookJson(*rule) : RuleBookText(*rule));
  }
  WL_TRY(const std::optional<FailureText> failure, FindFailure(text));
  std::optional<AdaptationPage> adaptation = FindAdaptation(UpperCase(text));
  if (adaptation) {
    WL_TRY(adaptation->rules, RulesMendedBy(adaptation->id));
  }
  if (failure) {
    return std::optional(json ? FailureBookJson(*failure, adaptation)
                              : FailureBookText(*failure, adaptation));
  }
  if (adaptation) {
    return std::optional(json ? AdaptationBookJson(*adaptation) : AdaptationBookText(*adaptation));
  }
  if (const ScanRule* rule = FindScanRule(UpperCase(text))) {
    return std::optional(json ? ScanRuleJson(*rule) : ScanRuleText(*rule));
  }
  if (IsRuleId(text)) {
    return Error(Code::kUnrecognised, fmt::format("there is no rule {}", Quote(text)));
  }
  if (IsShortName(text)) {
    return Error(Code::kUnrecognised,
                 fmt::format("there is no failure and no adaptation {}", Quote(text)));
  }
  return std::optional<std::string>();
}

// Standard input: its end, where it is longer than what is looked at.
Result<std::string> ReadInput() {
  std::string text;
  std::array<char, 65536> buffer;
  while (true) {
    const size_t got = std::fread(buffer.data(), 1, buffer.size(), stdin);
    if (got == 0) break;
    text.append(buffer.data(), got);
    // One byte more is kept, so that it shows that there was more.
    if (text.size() > 2 * kExplainedBytes) text.erase(0, text.size() - kExplainedBytes - 1);
  }
  if (Interrupted()) {
    return Error(Code::kInterrupted, "stopped while reading", kNoOffset, "standard input");
  }
  if (std::ferror(stdin) != 0) return SystemError(errno, "cannot read", "standard input");
  return text;
}

// A file of text, as it is: its end, where it is longer than what is looked at. Nothing: there is
// no such file.
Result<std::optional<std::string>> ReadIfFile(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return std::optional<std::string>();
  WL_TRY(const ByteSource file, ByteSource::OpenFile(path, path));
  const uint64_t kept = std::min<uint64_t>(file.size(), kExplainedBytes + 1);
  WL_TRY(const ByteVector bytes, file.Read(file.size() - kept, kept));
  std::string text(AsText(bytes));
  if (text.find('\0') == text.npos) return std::optional(std::move(text));
  return Error(
      Code::kUsage,
      "wanted a text with an error in it, found a file of bytes; FILE@0x2e explains one byte "
      "of a pickle, weighlock scan judges all of them",
      kNoOffset, path);
}

Result<std::string> TextOf(const ExplainArguments& arguments) {
  if (arguments.words.size() == 1 && arguments.words[0] == "-") return ReadInput();
  if (arguments.words.size() == 1) {
    WL_TRY(std::optional<std::string> text, ReadIfFile(arguments.words[0]));
    if (text) return *std::move(text);
  }
  return fmt::format("{}", fmt::join(arguments.words, " "));
}

// Why nothing is known of a text.
Error Unknown(const ExplainReport& report) {
  constexpr std::string_view kInstead =
      "weighlock check PACKAGE --target TARGET looks at the package itself";
  const std::string notes =
      report.notes.empty() ? std::string() : fmt::format(" ({})", fmt::join(report.notes, "; "));
  if (report.raised_in.empty()) {
    return Error(Code::kUnrecognised,
                 fmt::format("no failure that is known has these words{}; {}", notes, kInstead));
  }
  return Error(Code::kUnrecognised,
               fmt::format("the words are Python's own, and were said in {}, where no model is "
                           "loaded{}; {}",
                           Quote(report.raised_in, 120), notes, kInstead));
}

int RunExplain(const ExplainArguments& arguments) {
  const auto text = TextOf(arguments);
  if (!text) return Fail(text.error());
  auto page = FromTheBooks(*text, arguments.json());
  if (page && !*page) page = FromAPickle(*text, arguments.json());
  if (!page) return Fail(page.error());
  if (*page) return Print(**page, kExitOk);
  std::optional<GivenTarget> given;
  if (!arguments.target.empty()) {
    auto target = ReadTarget(arguments.target);
    if (!target) return Fail(target.error());
    given = *std::move(target);
  }
  const auto report = ExplainMessage(*text, given ? &given->target : nullptr);
  if (!report) return Fail(report.error());
  if (!report->found.empty()) {
    return Print(arguments.json() ? ExplainJson(*report) : ExplainText(*report), kExitOk);
  }
  if (arguments.json()) return Print(ExplainJson(*report), kExitNothing);
  if (report->guesses.empty()) return Fail(Unknown(*report));
  return Print(GuessesText(*report), kExitNothing);
}

}  // namespace

void AddExplain(CLI::App& app, int& code) {
  static ExplainArguments arguments;
  CLI::App* verb =
      app.add_subcommand("explain", "Say what an error means and what helps, or what a rule says");
  verb->add_option(
          "text", arguments.words,
          "An error's text, a whole traceback too, or a file that it stands in; - reads it\n"
          "from standard input; or the id of a rule, WL-W-001, of a failure, E13, or of an\n"
          "adaptation, W1; or a byte of a pickle, FILE@0x2e, FILE!MEMBER@0x2e, or as scan\n"
          "prints it, FILE!MEMBER+0x2e")
      ->required();
  verb->add_option("--target", arguments.target,
                   "Where it was said: a built-in name, a list, or a file; upgrades that lie\n"
                   "behind what it has are not offered");
  AddFormat(*verb, arguments.format);
  verb->footer(
      "Exit code 0: it is known; 3: it is not, or could only be guessed.\n"
      "Examples:\n  weighlock explain \"KeyError: 'llama'\"\n"
      "  weighlock explain traceback.txt\n"
      "  python3 serve.py 2>&1 | weighlock explain -\n"
      "  weighlock explain traceback.txt --target transformers==4.37.2\n"
      "  weighlock explain WL-W-001\n"
      "  weighlock explain model.pt!archive/data.pkl@0x2e");
  verb->callback([&code] { code = RunExplain(arguments); });
}

}  // namespace weighlock

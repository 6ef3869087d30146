// Works on tokens: an attribute, a subscript, a filter and a statement are each told by what stands
// beside them. What is no name of an internal and puts no name together is harmless, whatever it
// computes. (Jinja's own sandbox forbids the same attributes; not every loader uses it.)
#include "scan/text/template_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "scan/text/jinja_lexer.h"
#include "scan/text/jinja_view.h"
#include "scan/text/plain_text.h"
#include "scan/text/template_variables.h"
#include "scan/text/template_words.h"

namespace weighlock::scan {
namespace {

using Tokens = std::vector<JinjaToken>;

constexpr size_t kMostFindings = 8;         // of each rule in one template: the first tell
constexpr size_t kMostTemplate = 1u << 20;  // bytes
constexpr size_t kLongLiteral = 64;         // more is a prompt, not a name

// A part of the tokens, [begin, end).
struct Range {
  size_t begin, end;
};

class TemplateJudge : JinjaView {
 public:
  TemplateJudge(std::string_view text, const Tokens& tokens, std::string_view name, uint64_t offset,
                bool is_verbatim, const FileScan& scan)
      : JinjaView(tokens),
        text_(text),
        variables_(tokens),
        name_(name),
        offset_(offset),
        is_verbatim_(is_verbatim),
        scan_(scan) {}

  void Judge() {
    // A loop may use what is set further down.
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!tokens_[i].Is(Kind::kStatement) || !tokens_[i + 1].Is(Kind::kName)) continue;
      const std::string wrong = variables_.Statement(i + 1);
      if (!wrong.empty()) Unusual(i + 1, wrong);
    }
    for (size_t i = 0; i < tokens_.size() && reached_ < kMostFindings; ++i) {
      const JinjaToken& token = tokens_[i];
      if (token.Is(Kind::kStatement)) JudgeStatement(i);
      if (token.Is(Kind::kName)) JudgeName(i);
      if (token.Is(Kind::kString)) JudgeString(i);
      if (token.IsOperator("[") && IsSubscript(i)) JudgeSubscript({i + 1, token.match});
      if (token.IsOperator("]") && BehindIs(i, "(")) JudgeCallOfItem(i);
      if (token.IsOperator(")") && BehindIs(i, "(")) {
        Unusual(i, "it calls what a call or a bracket gave");
      }
    }
    if (variables_.HasOpenBlocks()) Unusual(tokens_.size() - 1, "a block of it does not end");
    if (reached_ != 0) return;
    if (has_words_ && has_underscores_ && builds_ && looks_up_) {
      Reaches(first_word_, "names of Python's internals are put together from parts");
    } else if (looks_up_built_ && TextHoldsDunder()) {
      Reaches(0, "text between its tags names an internal, and is looked up");
    }
  }

 private:
  void Add(std::string_view rule, size_t i, const std::string& text) {
    size_t& count = rule == "WL-S-325" ? reached_ : unusual_;
    if (count++ >= kMostFindings) return;
    scan_.Add(rule, is_verbatim_ ? offset_ + tokens_[i].offset : offset_,
              fmt::format("{}: {}", Quote(name_, 80), text));
  }
  void Reaches(size_t i, const std::string& text) { Add("WL-S-325", i, text); }
  void Unusual(size_t i, const std::string& text) { Add("WL-S-326", i, text); }

  void JudgeStatement(size_t i) {
    const JinjaToken* word = Behind(i);
    if (word == nullptr || !word->Is(Kind::kName)) return Unusual(i, "a statement without a word");
    if (LoadsTemplates(word->text)) {
      Reaches(i + 1, fmt::format("the statement {} loads another template", Quote(word->text, 40)));
    } else if (!IsStatement(word->text)) {
      Unusual(i + 1, fmt::format("the statement {} is no usual one", Quote(word->text, 40)));
    }
  }

  // Whether the text between the tags has the name of an internal in it.
  bool TextHoldsDunder() const {
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!tokens_[i].Is(Kind::kClose)) continue;
      const size_t from = tokens_[i].offset, to = tokens_[i + 1].offset;
      if (HoldsKnownDunder(text_.substr(from, to - from))) return true;
    }
    return false;
  }

  // x[name](...): what is called is not in the template.
  void JudgeCallOfItem(size_t i) {
    const size_t open = tokens_[i].match;
    if (!IsSubscript(open) || (i == open + 2 && !tokens_[open + 1].Is(Kind::kName))) return;
    Unusual(i, "it calls what it has looked up by a name that is not in the template");
  }

  void JudgeName(size_t i) {
    const std::string& name = tokens_[i].text;
    if (BehindIs(i, "=") && !Before(i)->IsName("set")) NoteWord(i, name);  // dict(cla=1, ss=1)
    if (BeforeIs(i, ".")) return JudgeAttribute(i, name);
    const bool is_filter = BeforeIs(i, "|") || (i >= 2 && Before(i)->IsName("filter") &&
                                                tokens_[i - 2].Is(Kind::kStatement));
    if (is_filter) return JudgeFilter(i, name);
    if (name.starts_with("__") || IsInternal(name)) {
      return Reaches(i, fmt::format("the name {}", Quote(name, 60)));
    }
    const bool is_key = BehindIs(i, "=") && (BeforeIs(i, "(") || BeforeIs(i, ","));
    const bool is_used = BehindIs(i, ".") || BehindIs(i, "[") || BehindIs(i, "|");
    if (BehindIs(i, "(") && variables_.IsLookedUp(name)) {
      Unusual(i, "it calls what it has looked up by a name that is not in the template");
    }
    if (!is_key && IsOddGlobal(name) && is_used) {
      Unusual(i, fmt::format("the global {} leads to functions of Python", Quote(name, 60)));
    }
  }

  void JudgeAttribute(size_t i, const std::string& name) {
    if (name.starts_with("__") || IsInternal(name)) {
      return Reaches(i, fmt::format("the attribute {}", Quote(name, 60)));
    }
    if (BehindIs(i, "(") && BuildsAsMethod(name)) builds_ = true;
    if (name.starts_with("_")) Unusual(i, fmt::format("the attribute {}", Quote(name, 60)));
  }

  void JudgeFilter(size_t i, const std::string& name) {
    if (name == "attr") return Reaches(i, "the filter attr looks up attributes by strings");
    if (BuildsAsFilter(name)) builds_ = true;
    if (!IsFilter(name)) {
      Add("WL-S-326", i, fmt::format("the filter {} is none of Jinja's", Quote(name, 60)));
    }
    if (!BehindIs(i, "(") || !TakesAttribute(name)) return;
    const Range arguments{i + 2, tokens_[i + 1].match};
    for (size_t k = arguments.begin; k < arguments.end; ++k) {
      const bool is_key = tokens_[k].IsName("attribute") && BehindIs(k, "=");
      const bool is_first = k == arguments.begin && name != "map" && !is_key;
      if (is_key || is_first) JudgeAttributeArgument(is_key ? k + 2 : k);
      if (k == arguments.begin && tokens_[k].Is(Kind::kString) && tokens_[k].text == "attr") {
        Reaches(k, "the filter attr looks up attributes by strings");
      }
    }
  }

  void JudgeAttributeArgument(size_t i) {
    const JinjaToken& token = tokens_[std::min(i, tokens_.size() - 1)];
    if (!token.Is(Kind::kString)) {
      if (!token.Is(Kind::kNumber) && !token.IsName("none") && !token.IsName("None") &&
          !token.IsName("true") && !token.IsName("false")) {
        Unusual(i, "an attribute is looked up whose name is not in the template");
      }
      looks_up_ = true;
    } else if (HoldsDunder(token.text) || IsInternal(token.text)) {
      Reaches(i, fmt::format("the attribute {}", Quote(token.text, 60)));
    }
  }

  void JudgeString(size_t i) {
    const JinjaToken& token = tokens_[i];
    NoteWord(i, token.text);
    const bool is_built = BeforeIs(i, "~") || BehindIs(i, "~") || BeforeIs(i, "+") ||
                          BehindIs(i, "+") || BehindIs(i, "*") || BehindIs(i, "%");
    builds_ = builds_ || is_built;
    const bool is_formatted = BehindIs(i, "%") || (BehindIs(i, "|") && i + 2 < tokens_.size() &&
                                                   tokens_[i + 2].IsName("format"));
    if (is_formatted && token.text.find("%c") != std::string::npos) {
      return Reaches(i, "characters are made from numbers: %c");
    }
    if (token.text.find(":c}") != std::string::npos && BehindIs(i, ".")) {
      return Reaches(i, "characters are made from numbers: {:c}");
    }
    if (FormatsAttributes(token.text) && BehindIs(i, ".")) {
      return Reaches(i, "a format that looks up attributes");
    }
    if (token.escapes && token.text.find('_') != std::string::npos &&
        token.text.size() <= kLongLiteral) {
      return Reaches(i, fmt::format("escapes hide the text {}", Quote(token.text, 60)));
    }
    const std::string folded = Folded(i), backwards(folded.rbegin(), folded.rend());
    if (HoldsKnownDunder(folded) || HoldsKnownDunder(backwards)) {
      const std::string text = fmt::format("the text {}", Quote(folded, 60));
      return folded.size() <= kLongLiteral ? Reaches(i, text) : Unusual(i, text);
    }
  }

  void NoteWord(size_t i, std::string_view text) {
    if (text.size() > kLongLiteral) return;
    if (IsTellingWord(text) && !has_words_) {
      has_words_ = true;
      first_word_ = i;
    }
    has_underscores_ = has_underscores_ || HasLooseUnderscores(text);
  }

  void JudgeSubscript(Range index) {
    size_t behind = index.begin;
    const std::string first = DottedName(index.begin, behind);
    const bool is_alone =
        behind == index.end || tokens_[behind].IsOperator("(") || tokens_[behind].IsOperator("|");
    bool is_built = is_alone && tokens_[index.begin].Is(Kind::kName) && variables_.IsBuilt(first);
    looks_up_built_ = looks_up_built_ || is_built;
    bool has_word = false;
    size_t underscores = 0, names = 0, joints = 0;
    for (size_t i = index.begin; i < index.end; ++i) {
      const JinjaToken& token = tokens_[i];
      if (token.Is(Kind::kString)) {
        if (HoldsDunder(token.text) || IsInternal(token.text)) {
          return Reaches(i, fmt::format("the subscript {}", Quote(token.text, 60)));
        }
        has_word = has_word || IsTellingWord(token.text);
        underscores += HasLooseUnderscores(token.text) ? 1 : 0;
        is_built = is_built || BehindIs(i, "+") || BeforeIs(i, "+") || BehindIs(i, "%") ||
                   BehindIs(i, "*") || BehindIs(i, "[");
      }
      if (token.IsOperator("~")) {
        is_built = true;
        ++joints;
      }
      if (!token.Is(Kind::kName)) continue;
      ++names;
      is_built = is_built || (BeforeIs(i, "|") && BuildsAsFilter(token.text)) ||
                 (BeforeIs(i, ".") && BehindIs(i, "(") && BuildsAsMethod(token.text));
    }
    looks_up_ = looks_up_ || names > 0 || is_built;
    constexpr size_t kManyJoints = 3;  // letters, one by one
    if (is_built && (has_word || underscores > 1 || joints >= kManyJoints)) {
      Reaches(index.begin, "a subscript puts the name of an internal together");
    } else if (is_built) {
      Unusual(index.begin, "a subscript puts a name together");
    }
  }

  std::string_view text_;
  TemplateVariables variables_;
  std::string_view name_;
  uint64_t offset_;
  bool is_verbatim_;
  const FileScan& scan_;
  size_t reached_ = 0, unusual_ = 0;
  // Seen anywhere in the template: words and underscores that could be put together, what puts
  // strings together, and lookups by what is not in the template.
  bool has_words_ = false, has_underscores_ = false, builds_ = false, looks_up_ = false;
  size_t first_word_ = 0;
  bool looks_up_built_ = false;
};

}  // namespace

void JudgeTemplate(std::string_view text, std::string_view name, uint64_t offset,
                   const FileScan& scan, bool is_verbatim) {
  if (text.size() > kMostTemplate) {
    return scan.Unjudged("WL-S-003", offset,
                         fmt::format("{}: a template of {} bytes", Quote(name, 80), text.size()));
  }
  const auto tokens = JinjaTokens(text);
  if (tokens) return TemplateJudge(text, *tokens, name, offset, is_verbatim, scan).Judge();
  const Error& error = tokens.error();
  scan.Add("WL-S-326", is_verbatim ? offset + error.offset() : offset,
           fmt::format("{}: it is no Jinja: {}", Quote(name, 80), error.what()));
  scan.file().coverage = std::max(scan.file().coverage, Coverage::kPartial);
}

bool IsTemplateFile(const Subject& subject) {
  constexpr std::array kEndings = {".jinja", ".jinja2", ".j2"};
  const std::string_view name = subject.name;
  const bool is_named = std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
    return name.ends_with(ending);
  });
  // Servers take a template from any file that they are told of.
  const bool may_be = name.find("template") != name.npos &&
                      (name.find('.') == name.npos || name.ends_with(".txt") ||
                       name.ends_with(".tmpl") || name.ends_with(".tpl"));
  return (is_named || may_be) && IsPlainText(subject);
}

void JudgeTemplateFile(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  if (subject.source.size() > kMostTemplate) {
    return scan.Unjudged("WL-S-003", 0,
                         fmt::format("a template of {} bytes", subject.source.size()));
  }
  const auto text = subject.source.Read(0, subject.source.size());
  if (!text) return scan.Unreadable(text.error());
  JudgeTemplate(AsText(*text), subject.name, 0, scan);
}

}  // namespace weighlock::scan

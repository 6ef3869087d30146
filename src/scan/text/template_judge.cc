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
                bool is_verbatim, TemplateUse use, const FileScan& scan)
      : JinjaView(tokens),
        text_(text),
        variables_(tokens),
        name_(name),
        offset_(offset),
        is_verbatim_(is_verbatim),
        use_(use),
        scan_(scan) {}

  void Judge() {
    // A loop may use what is set further down.
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!tokens_[i].Is(Kind::kStatement) || !tokens_[i + 1].Is(Kind::kName)) continue;
      const std::string wrong = variables_.Statement(i + 1);
      if (!wrong.empty()) Wrong(i + 1, wrong);
    }
    if (!variables_.Follow()) Unusual(0, "its variables hand on too far what they hold");
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
    if (variables_.HasOpenBlocks()) Wrong(tokens_.size() - 1, "a block of it does not end");
    for (const size_t i : derived_lookups_) Unusual(i, "it looks up what it has put together");
    if (reached_ != 0) return;
    if (has_words_ && has_underscores_ && builds_ && looks_up_) {
      Reaches(first_word_, "names of Python's internals are put together from parts");
    } else if (looks_up_built_ && TextHoldsDunder()) {
      Reaches(0, "text between its tags names an internal, and is looked up");
    }
  }

 private:
  ScanFinding* Add(std::string_view rule, size_t i, const std::string& text) {
    size_t& count = rule == "WL-S-325" ? reached_ : unusual_;
    if (count++ >= kMostFindings) return nullptr;
    return &scan_.Add(rule, is_verbatim_ ? offset_ + tokens_[i].offset : offset_,
                      fmt::format("{}: {}", Quote(name_, 80), text));
  }
  void Reaches(size_t i, const std::string& text) { Add("WL-S-325", i, text); }
  void Unusual(size_t i, const std::string& text) { Add("WL-S-326", i, text); }
  // What Jinja would refuse: the template of some other engine, where it need be none of Jinja's.
  void Wrong(size_t i, const std::string& text) {
    if (use_ == TemplateUse::kLoaded) return Unusual(i, text);
    if (structure_++ > 0) return;
    if (ScanFinding* finding = Add("WL-S-326", i, text)) finding->level = Level::kInfo;
  }

  void JudgeStatement(size_t i) {
    const JinjaToken* word = Behind(i);
    if (word == nullptr || !word->Is(Kind::kName)) return Wrong(i, "a statement without a word");
    if (LoadsTemplates(word->text)) {
      Reaches(i + 1, fmt::format("the statement {} loads another template", Quote(word->text, 40)));
    } else if (!IsStatement(word->text)) {
      Wrong(i + 1, fmt::format("the statement {} is no usual one", Quote(word->text, 40)));
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
    if (BehindIs(i, "(") && variables_.IsLookedUp(name)) {
      Unusual(i, "it calls what it has looked up by a name that is not in the template");
    }
    if (!is_key && IsCallableGlobal(name)) JudgeGlobal(i, name);
  }

  // A function of Python that is no called one: handed on, or looked into.
  void JudgeGlobal(size_t i, const std::string& name) {
    if (BehindIs(i, "(") || Behind(i)->IsName("is")) return;
    const bool is_looked_into = BehindIs(i, "[") || BehindIs(i, "|") || BehindIs(i, ".");
    const bool is_handed_on = (BeforeIs(i, "[") || BeforeIs(i, "(") || BeforeIs(i, ",") ||
                               BeforeIs(i, ":") || BeforeIs(i, "=") || Before(i)->IsName("in")) &&
                              (BehindIs(i, "]") || BehindIs(i, ")") || BehindIs(i, ",") ||
                               BehindIs(i, "}") || Behind(i)->Is(Kind::kClose));
    const bool is_of_loop = name == "loop" && (BehindIs(i, ".") || is_handed_on);
    const bool is_odd = IsOddGlobal(name);
    if (is_of_loop || (!is_odd && variables_.IsBound(name))) return;
    if (is_odd || is_looked_into || is_handed_on) {
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
      Wrong(i, fmt::format("the filter {} is none of Jinja's", Quote(name, 60)));
    }
    if (!BehindIs(i, "(")) return;
    const Range arguments{i + 2, tokens_[i + 1].match};
    if (TakesFilter(name)) JudgeFilterArgument(arguments);
    if (!TakesAttribute(name)) return;
    size_t index = 0;
    for (size_t k = arguments.begin; k < arguments.end; k = ItemEnd(k, arguments.end) + 1) {
      const bool is_unpacked = tokens_[k].IsOperator("*") || tokens_[k].IsOperator("**");
      const bool is_key = tokens_[k].Is(Kind::kName) && BehindIs(k, "=");
      // The name of an attribute is the last that these take without a key.
      const bool is_later = index > 0 && !is_key && name != "map" && name != "selectattr" &&
                            name != "rejectattr" && name != "groupby" && name != "sum";
      const bool is_first = index == 0 && !is_key && name != "map";
      const bool is_attribute = is_key && tokens_[k].text == "attribute";
      if (is_unpacked || is_first || is_later) JudgeAttributeArgument(k, arguments.end);
      if (is_attribute) JudgeAttributeArgument(k + 2, arguments.end);
      ++index;
    }
  }

  // map('upper'), map('map', 'upper'): which filter it is must stand there.
  void JudgeFilterArgument(Range arguments) {
    for (size_t k = arguments.begin; k < arguments.end; k = ItemEnd(k, arguments.end) + 1) {
      if (tokens_[k].Is(Kind::kName) && BehindIs(k, "=")) return;
      const size_t end = ItemEnd(k, arguments.end);
      const bool is_literal = tokens_[k].Is(Kind::kString) && end == k + 1;
      if (is_literal && tokens_[k].text == "attr") {
        return Reaches(k, "the filter attr looks up attributes by strings");
      }
      if (!is_literal) {
        const bool is_built = Builds(k, end) || variables_.IsDerived(k, end);
        const std::string text = "a filter is chosen by a name that is not in the template";
        return is_built ? Reaches(k, text) : Unusual(k, text);
      }
      builds_ = builds_ || BuildsAsFilter(tokens_[k].text);
      if (!TakesFilter(tokens_[k].text)) return;
    }
  }

  void JudgeAttributeArgument(size_t i, size_t end) {
    const JinjaToken& token = tokens_[std::min(i, tokens_.size() - 1)];
    if (!token.Is(Kind::kString) || ItemEnd(i, end) != i + 1) {
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
    NoteWord(i, Chained(i));
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

  // The string at `i` with the next ones of a chain of "~" or "+", whatever stands between them.
  std::string Chained(size_t i) const {
    constexpr size_t kMostParts = 8;
    std::string text = tokens_[i].text;
    for (size_t part = 0; part < kMostParts && i + 2 < tokens_.size(); ++part, i += 2) {
      if (!BehindIs(i, "~") && !BehindIs(i, "+")) break;
      if (tokens_[i + 2].Is(Kind::kString)) {
        text += tokens_[i + 2].text;
      } else if (!tokens_[i + 2].Is(Kind::kName)) {
        break;
      }
    }
    return text;
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
    const size_t base = index.begin - 2;
    const bool is_global = tokens_[base].Is(Kind::kName) && !BeforeIs(base, ".") &&
                           IsCallableGlobal(tokens_[base].text);
    const bool is_literal = index.end == index.begin + 1 && !tokens_[index.begin].Is(Kind::kName);
    if (is_global && !is_literal && !variables_.IsBound(tokens_[base].text)) {
      return Reaches(base, fmt::format("it looks into {} by a name that is not in the template",
                                       Quote(tokens_[base].text, 60)));
    }
    if (variables_.IsDerived(index.begin, index.end)) derived_lookups_.push_back(index.begin);
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
                   BehindIs(i, "*") || BehindIs(i, "[") || BehindIs(i, "|");
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
  TemplateUse use_;
  const FileScan& scan_;
  size_t reached_ = 0, unusual_ = 0, structure_ = 0;
  // Seen anywhere in the template: words and underscores that could be put together, what puts
  // strings together, and lookups by what is not in the template.
  bool has_words_ = false, has_underscores_ = false, builds_ = false, looks_up_ = false;
  size_t first_word_ = 0;
  std::vector<size_t> derived_lookups_;
  bool looks_up_built_ = false;
};

bool HasEndingOfJinja(std::string_view name) {
  return name.ends_with(".jinja") || name.ends_with(".jinja2") || name.ends_with(".j2");
}

}  // namespace

void JudgeTemplate(std::string_view text, std::string_view name, uint64_t offset,
                   const FileScan& scan, bool is_verbatim, TemplateUse use) {
  if (text.size() > kMostTemplate) {
    return scan.Unjudged("WL-S-003", offset,
                         fmt::format("{}: a template of {} bytes", Quote(name, 80), text.size()));
  }
  const auto tokens = JinjaTokens(text);
  if (tokens) return TemplateJudge(text, *tokens, name, offset, is_verbatim, use, scan).Judge();
  const Error& error = tokens.error();
  ScanFinding& finding =
      scan.Add("WL-S-326", is_verbatim ? offset + error.offset() : offset,
               fmt::format("{}: it is no Jinja: {}", Quote(name, 80), error.what()));
  if (use == TemplateUse::kMaybe && error.code() == Code::kMalformed) {
    finding.level = Level::kInfo;
  } else {
    scan.file().coverage = std::max(scan.file().coverage, Coverage::kPartial);
  }
}

bool IsTemplateFile(const Subject& subject) {
  constexpr std::array<std::string_view, 4> kTextEndings = {".txt", ".tmpl", ".tpl", ".template"};
  const std::string_view name = subject.name;
  const auto ends = [&](std::string_view ending) { return name.ends_with(ending); };
  // Servers take a template from any file that they are told of.
  const bool is_prompt = name.find("prompt") != name.npos && subject.source.size() <= kMostTemplate;
  const bool may_be =
      (name.find("template") != name.npos || is_prompt) &&
      (name.find('.') == name.npos || std::any_of(kTextEndings.begin(), kTextEndings.end(), ends));
  return (HasEndingOfJinja(name) || may_be) && IsPlainText(subject);
}

void JudgeTemplateFile(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  if (subject.source.size() > kMostTemplate) {
    return scan.Unjudged("WL-S-003", 0,
                         fmt::format("a template of {} bytes", subject.source.size()));
  }
  const auto text = subject.source.Read(0, subject.source.size());
  if (!text) return scan.Unreadable(text.error());
  const bool is_loaded = HasEndingOfJinja(subject.name) ||
                         subject.name.find("chat_template") != subject.name.npos ||
                         subject.name.find("chat-template") != subject.name.npos;
  JudgeTemplate(AsText(*text), subject.name, 0, scan, true,
                is_loaded ? TemplateUse::kLoaded : TemplateUse::kMaybe);
}

}  // namespace weighlock::scan

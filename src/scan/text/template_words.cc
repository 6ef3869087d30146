// jinja2/defaults.py and filters.py (3.1), what transformers and llama.cpp add to them, and the
// attributes of jinja2.sandbox's UNSAFE_ sets.
#include "scan/text/template_words.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>

namespace weighlock::scan {
namespace {

using Words = std::string_view[];

template <size_t N>
bool Among(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

constexpr Words kStatements = {"for",     "endfor",   "if",       "elif",       "else",
                               "endif",   "set",      "endset",   "macro",      "endmacro",
                               "call",    "endcall",  "filter",   "endfilter",  "with",
                               "endwith", "block",    "endblock", "autoescape", "endautoescape",
                               "break",   "continue", "do",       "generation", "endgeneration",
                               "trans",   "endtrans", "pluralize"};

constexpr Words kLoads = {"import", "include", "from", "extends"};

constexpr Words kKeywords = {"in",  "not", "and",  "or",   "if",     "else", "elif",     "is",
                             "for", "set", "call", "with", "filter", "do",   "recursive"};

constexpr Words kFilters = {
    "abs",       "attr",       "batch",       "capitalize", "center",   "count",
    "d",         "default",    "dictsort",    "e",          "escape",   "filesizeformat",
    "first",     "float",      "forceescape", "format",     "groupby",  "indent",
    "int",       "items",      "join",        "last",       "length",   "list",
    "lower",     "map",        "max",         "min",        "pprint",   "random",
    "reject",    "rejectattr", "replace",     "reverse",    "round",    "safe",
    "select",    "selectattr", "slice",       "sort",       "string",   "striptags",
    "sum",       "title",      "tojson",      "trim",       "truncate", "unique",
    "upper",     "urlencode",  "urlize",      "wordcount",  "wordwrap", "xmlattr",
    "from_json", "fromjson",   "to_json",     "strftime",   "split",    "strip",
    "lstrip",    "rstrip"};

constexpr Words kTakeAttribute = {"map", "selectattr", "rejectattr", "groupby", "sort",
                                  "sum", "unique",     "min",        "max",     "join"};

constexpr Words kBuildingFilters = {"join", "format", "replace", "reverse", "string", "urlencode"};
constexpr Words kBuildingMethods = {"format", "join",   "replace", "format_map",   "translate",
                                    "decode", "encode", "fromhex", "removeprefix", "removesuffix"};

// Functions and classes of Python, whose attributes lead to modules: those that no model's template
// has use for, and those that many call.
constexpr Words kOddGlobals = {"lipsum",  "cycler",  "joiner",   "self",
                               "url_for", "gettext", "ngettext", "get_flashed_messages"};
constexpr Words kCalledGlobals = {"namespace", "raise_exception", "strftime_now", "dict",
                                  "range",     "caller",          "loop"};

constexpr Words kTakeFilter = {"map", "select", "reject"};

constexpr Words kInternals = {"mro",
                              "func_globals",
                              "func_code",
                              "func_closure",
                              "func_defaults",
                              "gi_frame",
                              "gi_code",
                              "gi_yieldfrom",
                              "cr_frame",
                              "cr_code",
                              "cr_await",
                              "cr_origin",
                              "ag_frame",
                              "ag_code",
                              "ag_await",
                              "tb_frame",
                              "tb_next",
                              "f_globals",
                              "f_locals",
                              "f_builtins",
                              "f_back",
                              "f_code",
                              "co_code",
                              "co_consts",
                              "im_func",
                              "im_self",
                              "im_class",
                              "format_map",
                              "popen",
                              "_getattr",
                              "_TemplateReference__context",
                              "func_dict",
                              "subclasses",
                              "exported_vars",
                              "eval_ctx",
                              "_environment",
                              "_func",
                              "_iterator",
                              "_undefined",
                              "_module",
                              "_get_default_module",
                              "from_string",
                              "compile_expression",
                              "call_filter"};

constexpr Words kInternalWords = {
    "class",      "globals",  "builtins",    "import",       "init",          "mro",
    "subclasses", "base",     "bases",       "dict",         "getattribute",  "getattr",
    "getitem",    "reduce",   "reduce_ex",   "code",         "self",          "func",
    "loader",     "spec",     "call",        "closure",      "wrapped",       "new",
    "setattr",    "delattr",  "setstate",    "subclasshook", "init_subclass", "module",
    "weakref",    "objclass", "annotations", "kwdefaults",   "defaults"};

constexpr Words kTellingWords = {"class",      "globals",      "builtins", "init",   "mro",
                                 "subclasses", "getattribute", "getitem",  "import", "bases",
                                 "popen",      "func_globals", "reduce_ex"};

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view WithoutUnderscores(std::string_view text) {
  const size_t begin = text.find_first_not_of('_');
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of('_') - begin + 1);
}

bool IsDunder(std::string_view text) {
  return text.size() > 4 && text.starts_with("__") && text.ends_with("__") &&
         text.find_first_of(" \t\n") == text.npos && !WithoutUnderscores(text).empty();
}

}  // namespace

bool IsStatement(std::string_view word) {
  return Among(kStatements, word);
}
bool LoadsTemplates(std::string_view word) {
  return Among(kLoads, word);
}
bool IsKeyword(std::string_view word) {
  return Among(kKeywords, word);
}
bool IsFilter(std::string_view name) {
  return Among(kFilters, name);
}
bool TakesAttribute(std::string_view filter) {
  return Among(kTakeAttribute, filter);
}
bool BuildsAsFilter(std::string_view filter) {
  return Among(kBuildingFilters, filter);
}
bool BuildsAsMethod(std::string_view method) {
  return Among(kBuildingMethods, method);
}
bool IsOddGlobal(std::string_view name) {
  return Among(kOddGlobals, name);
}
bool IsCallableGlobal(std::string_view name) {
  return Among(kOddGlobals, name) || Among(kCalledGlobals, name);
}
bool TakesFilter(std::string_view filter) {
  return Among(kTakeFilter, filter);
}
bool IsInternal(std::string_view name) {
  return Among(kInternals, name);
}

bool IsInternalWord(std::string_view text) {
  const std::string_view word = WithoutUnderscores(text);
  return Among(kInternalWords, word) || Among(kInternals, word);
}

bool IsTellingWord(std::string_view text) {
  return Among(kTellingWords, Lower(WithoutUnderscores(text)));
}

bool HoldsDunder(std::string_view text) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t dot = std::min(text.find('.', begin), text.size());
    if (IsDunder(text.substr(begin, dot - begin))) return true;
    begin = dot + 1;
  }
  return false;
}

bool HoldsKnownDunder(std::string_view text) {
  for (size_t at = 0; (at = text.find("__", at)) != text.npos;) {
    const size_t begin = text.find_first_not_of('_', at);
    if (begin == text.npos) return false;
    size_t end = begin;
    while (end < text.size() &&
           (IsLetter(text[end]) || (text[end] == '_' && text.substr(end, 2) != "__"))) {
      ++end;
    }
    if (text.substr(end, 2) == "__" &&
        Among(kInternalWords, Lower(text.substr(begin, end - begin)))) {
      return true;
    }
    at = end;
  }
  return false;
}

bool HasLooseUnderscores(std::string_view text) {
  if (text == "_" || text == "__") return true;
  if (text.size() > 40 || IsDunder(text)) return false;
  return (text.starts_with("__") && text.size() > 2 && IsLetter(text[2])) ||
         (text.ends_with("__") && text.size() > 2 && IsLetter(text[text.size() - 3]));
}

bool FormatsAttributes(std::string_view text) {
  for (size_t at = 0; (at = text.find('{', at)) != text.npos; ++at) {
    const size_t end = text.find_first_of("}:!{", at + 1);
    if (end == text.npos) return false;
    const std::string_view field = text.substr(at + 1, end - at - 1);
    if (text[end] != '{' && field.find_first_of(".[") != field.npos &&
        field.find_first_of(" \n\"'") == field.npos) {
      return true;
    }
  }
  return false;
}

}  // namespace weighlock::scan

// [package], the layouts of platforms, and what is said of signatures that nobody asks for.
#include <algorithm>

#include "base/escape.h"
#include "contract/contract_problems.h"

namespace weighlock {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The form that a file of this name has; empty: the name does not say it.
std::string_view FormOfName(std::string_view pattern) {
  if (pattern.ends_with(".tar.gz") || pattern.ends_with(".tgz")) return "tar.gz";
  for (const std::string_view form : {"tar", "zip", "mar"}) {
    if (pattern.ends_with(form) && pattern.size() > form.size() &&
        pattern[pattern.size() - form.size() - 1] == '.') {
      return form;
    }
  }
  return {};
}

void LintName(ContractProblems& out) {
  const Contract& c = out.contract;
  const std::string_view form = FormOfName(c.name_pattern);
  if (form.empty() || c.forms.empty() || Has(c.forms, form)) return;
  if (form == "zip" && Has(c.forms, "mar")) return;
  out.Fail(fmt::format("{} wants {}, and {} takes no {}", out.At("package.name_pattern"),
                       Quote(c.name_pattern, 80), out.At("target.form"), form));
}

void LintPickles(ContractProblems& out) {
  const Contract& c = out.contract;
  const bool forbidden = Has(c.forbidden_classes, "pickle");
  if ((c.allow_pickle == "any" || c.allow_pickle == "state-dict-only") && forbidden) {
    out.Warn(fmt::format("{} is {}, and {} forbids every pickle", out.At("package.allow_pickle"),
                         c.allow_pickle, out.At("forbid.classes")));
  }
  const bool all_pickled =
      !c.formats.empty() &&
      std::all_of(c.formats.begin(), c.formats.end(), [](std::string_view format) {
        return format.starts_with("torch-") || format == "pickle";
      });
  if (c.allow_pickle == "none" && all_pickled) {
    out.Fail(fmt::format("{} takes pickles alone, and {} is none", out.At("accept.formats"),
                         out.At("package.allow_pickle")));
  }
  if (c.symlinks == true && Has(c.forbidden_classes, "link")) {
    out.Warn(fmt::format("{} is true, and {} forbids links", out.At("package.symlinks"),
                         out.At("forbid.classes")));
  }
}

// A layout is that of a platform, and comes in some forms.
void LintRoot(ContractProblems& out) {
  const Contract& c = out.contract;
  const std::pair<std::string_view, std::string_view> kinds[] = {{"triton", "triton"},
                                                                 {"mar", "torchserve"}};
  for (const auto& [root, kind] : kinds) {
    const bool is_root = c.root == root, is_kind = c.kind == kind;
    if (is_root && !c.kind.empty() && !is_kind) {
      out.Fail(fmt::format("{} is {}, and {} is {}", out.At("layout.root"), root,
                           out.At("target.kind"), c.kind));
    }
    if (is_root && c.forms == std::vector<std::string>{"file"}) {
      out.Fail(fmt::format("{} is {}, and {} takes one file", out.At("layout.root"), root,
                           out.At("target.form")));
    }
  }
  if (c.kind == "triton" && c.root == "flat") {
    out.Fail(fmt::format("{} is triton, which wants a folder of each model, and {} is flat",
                         out.At("target.kind"), out.At("layout.root")));
  }
  if (c.root == "triton" && c.limits.depth && *c.limits.depth < 2) {
    out.Fail(fmt::format("{} is triton, where files lie in MODEL/1/, and {} is {}",
                         out.At("layout.root"), out.At("limits.depth"), *c.limits.depth));
  }
  const bool at_top =
      std::any_of(c.required_files.begin(), c.required_files.end(), [](const std::string& entry) {
        return !entry.ends_with('?') && entry.find_first_of("*?[|:/") == std::string::npos;
      });
  if (c.root == "triton" && at_top) {
    out.Fail(fmt::format("{} is triton, where no file lies at the top, and {} wants one there",
                         out.At("layout.root"), out.At("require.files")));
  }
}

void LintSignatureWords(ContractProblems& out) {
  if (out.contract.signature != Demand::kOff) return;
  for (const char* key :
       {"integrity.scheme", "integrity.keys", "integrity.roots", "integrity.at"}) {
    if (!out.Has(key)) continue;
    out.Warn(fmt::format("{} says of signatures what nobody asks for: integrity.signature is off",
                         out.At(key)));
  }
}

}  // namespace

void LintPackage(ContractProblems& out) {
  LintName(out);
  LintPickles(out);
  LintRoot(out);
  LintSignatureWords(out);
}

}  // namespace weighlock

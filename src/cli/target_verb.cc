// weighlock target: list, show, init, lint, diff.
#include "cli/target_verb.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/escape.h"
#include "cli/options.h"
#include "report/json.h"
#include "report/text.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

struct TargetArguments {
  std::string a, b;  // targets, or the package of init
  std::string output;
  OutputFormat format = OutputFormat::kText;

  bool json() const { return format == OutputFormat::kJson; }
};

int RunList(const TargetArguments& arguments) {
  const auto profiles = Profiles();
  if (!profiles) return Fail(profiles.error());
  return Print(arguments.json() ? ProfilesJson(*profiles) : ProfilesText(*profiles), kExitOk);
}

int RunShow(const TargetArguments& arguments) {
  const auto given = ReadTarget(arguments.a);
  if (!given) return Fail(given.error());
  return Print(arguments.json() ? TargetJson(*given) : TargetText(*given), kExitOk);
}

int RunInit(const TargetArguments& arguments) {
  const auto text = InitContract(arguments.a);
  if (!text) return Fail(text.error());
  if (arguments.output.empty()) return Print(*text, kExitOk);
  const Status written = WriteNew(arguments.output, *text);
  if (!written) return Fail(written.error());
  return Print(fmt::format("wrote {}\n", Escape(arguments.output)), kExitOk);
}

int RunLint(const TargetArguments& arguments) {
  const auto given = ReadTarget(arguments.a);
  if (!given) return Fail(given.error());
  const auto problems = LintTarget(*given, Date::Today());
  if (!problems) return Fail(problems.error());
  const bool bad = std::any_of(problems->begin(), problems->end(),
                               [](const TargetProblem& problem) { return problem.error; });
  return Print(arguments.json() ? LintJson(*given, *problems) : LintText(*problems),
               bad ? kExitUsage : kExitOk);
}

int RunTargetDiff(const TargetArguments& arguments) {
  const auto a = ReadTarget(arguments.a);
  if (!a) return Fail(a.error());
  const auto b = ReadTarget(arguments.b);
  if (!b) return Fail(b.error());
  const auto differences = DiffTargets(*a, *b);
  return Print(
      arguments.json() ? TargetDiffJson(*a, *b, differences) : TargetDiffText(*a, *b, differences),
      differences.empty() ? kExitOk : kExitFindings);
}

}  // namespace

void AddTarget(CLI::App& app, int& code) {
  static TargetArguments arguments;
  CLI::App* target = app.add_subcommand("target", "List, show, write and compare targets");
  target->require_subcommand(1);
  const char* kWhat = "A built-in name, a list, or a file";

  CLI::App* list = target->add_subcommand("list", "Name the built-in targets");
  AddFormat(*list, arguments.format);
  list->callback([&code] { code = RunList(arguments); });

  CLI::App* show = target->add_subcommand("show", "Say what a target says");
  show->add_option("target", arguments.a, kWhat)->required();
  AddFormat(*show, arguments.format);
  show->callback([&code] { code = RunShow(arguments); });

  CLI::App* init = target->add_subcommand("init", "Write a contract that a package meets");
  init->add_option("--from", arguments.a, "The package")
      ->required()
      ->check(NoStandardInput())
      ->type_name("PACKAGE");
  init->add_option("-o,--output", arguments.output,
                   "A new file, handover.toml; without it the contract is printed")
      ->check(NoStandardOutput());
  init->footer("Example:\n  weighlock target init --from model.tar.gz -o handover.toml");
  init->callback([&code] { code = RunInit(arguments); });

  CLI::App* lint = target->add_subcommand("lint", "Say whether a target can be there at all");
  lint->add_option("target", arguments.a, kWhat)->required();
  AddFormat(*lint, arguments.format);
  lint->footer("Exit code 64: it cannot.");
  lint->callback([&code] { code = RunLint(arguments); });

  CLI::App* diff = target->add_subcommand("diff", "Compare two targets");
  diff->add_option("a", arguments.a, kWhat)->required();
  diff->add_option("b", arguments.b, "What to compare it with")->required();
  AddFormat(*diff, arguments.format);
  diff->footer("Exit code 0: they say the same; 1: they differ.");
  diff->callback([&code] { code = RunTargetDiff(arguments); });
}

}  // namespace weighlock

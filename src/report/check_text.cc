// A verdict by stage first, then each finding with its evidence, then the way out.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "report/adaptations.h"
#include "report/table.h"
#include "report/text.h"

namespace weighlock {
namespace {

// "FAIL", or that an earlier stage fails first.
std::string StageText(const CheckReport& report, Stage stage) {
  const StageOutcome& outcome = report.stages[static_cast<size_t>(stage)];
  return outcome.reached ? std::string(VerdictName(outcome.verdict)) : "not reached";
}

// Whether the adapt verb mends it: C3 only where it is rope_scaling's factor.
bool IsMended(const CheckFinding& finding) {
  static constexpr std::string_view kMade[] = {"W1", "W2", "W3", "T1", "T2", "T3", "T4", "C4"};
  return std::any_of(
      finding.adaptations.begin(), finding.adaptations.end(), [&](const std::string& id) {
        return std::find(std::begin(kMade), std::end(kMade), id) != std::end(kMade) ||
               (id == "C3" && finding.rule == "WL-C-012");
      });
}

// "4.36.0 to 4.37.2, 4.39.0".
std::string RunsText(const std::vector<ReleaseRun>& runs) {
  std::string out;
  for (const auto& [first, last] : runs) {
    out += fmt::format("{}{}", out.empty() ? "" : ", ", first);
    if (last != first) out += " to " + last;
  }
  return out;
}

std::string FindingText(const CheckFinding& finding) {
  std::string out = fmt::format("\n{}  {}  {}\n    {}\n", VerdictName(finding.verdict),
                                finding.rule, StageName(finding.stage), finding.text);
  if (!finding.waived_until.empty()) {
    out +=
        fmt::format("    waived until {}: {}\n", finding.waived_until, Escape(finding.waived_for));
  }
  if (!finding.releases.empty()) {
    out += fmt::format("    in transformers {}\n", RunsText(finding.releases));
  }
  if (!finding.message.empty()) out += "    it would say:\n" + Indented(finding.message, 6);
  if (!finding.path.empty()) {
    out += fmt::format("    shown by {}{}{}\n", Escape(finding.path),
                       finding.pointer.empty() ? "" : " at ", Escape(finding.pointer));
  }
  if (const auto& [component, version] = finding.removed_by; !component.empty()) {
    out += fmt::format("    gone with {} {}\n", component, version);
  }
  for (const std::string& adaptation : finding.adaptations) {
    out += fmt::format("    or change the package: {}\n", AdaptationText(adaptation));
  }
  for (const auto& [adaptation, by] : finding.forbidden) {
    out += fmt::format("    {} of the contract does not let the package be changed: {}\n", by,
                       AdaptationText(adaptation));
  }
  return out;
}

// The target as a shell takes it: ranges have characters that it would read itself.
std::string ShellText(const std::string& target) {
  const std::string text = Escape(target);
  const bool plain = target.find_first_of("<>!*~ ;&|$()`\"'\\") == std::string::npos;
  return plain ? text : "'" + text + "'";
}

// Whether another release could help: the rules of a contract are of no release.
bool HangsOnRuntime(const CheckFinding& finding) {
  // Of packaging, and of what a contract asks, no release of a library makes anything else.
  return finding.verdict >= Verdict::kDiffers && finding.waived_until.empty() &&
         !finding.inherited && finding.stage != Stage::kPackaging;
}

// Why it must be that release: nothing where each finding says of itself that it goes with it.
std::string StepsText(const CheckAdvice& advice) {
  const auto is_plain = [&](const AdviceStep& step) {
    return !step.rule.empty() && step.component == "transformers" &&
           step.version == advice.transformers && step.text.starts_with("gone with");
  };
  if (std::all_of(advice.because.begin(), advice.because.end(), is_plain)) return {};
  std::string out = "  what asks for it\n";
  for (const AdviceStep& step : advice.because) {
    out += fmt::format("    {}  {}\n", step.rule.empty() ? step.component : step.rule, step.text);
  }
  return out;
}

std::string AdviceText(const std::string& input, const Target& target, const CheckReport& report) {
  std::string out;
  if (!report.advice.transformers.empty()) {
    out += !report.advice.not_allowed.empty()
               ? "\nAn upgrade would help, which the contract does not allow: ask its owner\n"
           : report.advice.set_by.empty()
               ? "\nRecommended: upgrade the target\n"
               : fmt::format("\nRecommended: upgrade what {} installs\n", report.advice.set_by);
    for (const auto& [component, version] : report.advice.others) {
      out += fmt::format("  {} {}, and with it\n", component, version);
    }
    out += fmt::format("  transformers {} takes it as it is; it wants Python {}",
                       report.advice.transformers, report.advice.python);
    for (const auto& [name, versions] : report.advice.wants) {
      if (!versions.empty()) out += fmt::format(", {} {}", name, versions);
    }
    out += "\n" + StepsText(report.advice);
    for (const std::string& why : report.advice.not_allowed) {
      out += fmt::format("  the contract does not let the runtime become {}\n", why);
    }
  } else if (std::any_of(report.findings.begin(), report.findings.end(), HangsOnRuntime)) {
    out += fmt::format(
        "\nNo release of transformers up to {} takes it as it is, with all else of the "
        "target unchanged\n",
        report.base);
  }
  // A bridge bears only where it mends all that fails.
  bool any = false, all = true;
  for (const CheckFinding& finding : report.findings) {
    if (finding.verdict != Verdict::kFail || finding.inherited) continue;
    if (!finding.waived_until.empty() || finding.rule.starts_with("WL-H-")) continue;
    const bool mended = IsMended(finding);
    any |= mended;
    all &= mended;
  }
  if (any && all) {
    out += fmt::format("{}  weighlock adapt {} --target {} -o OUTPUT\n",
                       report.advice.transformers.empty()
                           ? "\nAdapt the package\n"
                           : "Until then, the bridge: adapt the package\n",
                       Escape(input), ShellText(target.text));
  } else if (any) {
    out +=
        "weighlock adapt mends a part of it; what else fails must be changed by hand until then\n";
  }
  return out;
}

}  // namespace

std::string ResultText(const std::string& output, const CheckReport& result) {
  std::string out = "\n";
  out += fmt::format("In the target, as weighlock check says of {}: {}\n", Escape(output),
                     VerdictName(result.verdict));
  Table table({Table::Align::kLeft, Table::Align::kLeft, Table::Align::kLeft, Table::Align::kLeft});
  for (const CheckFinding& finding : result.findings) {
    if (finding.inherited || finding.verdict == Verdict::kOk) continue;
    table.Row({std::string(VerdictName(finding.verdict)), finding.rule,
               std::string(StageName(finding.stage)), finding.text});
  }
  return out + table.Render(2);
}

std::string CheckText(const std::string& input, const GivenTarget& given,
                      const CheckReport& report) {
  std::string out =
      fmt::format("package  {}\ntarget   {}\n", Escape(input), Escape(given.target.text));
  if (!given.read_as.empty()) out += fmt::format("read as  {}\n", Escape(given.read_as));
  for (const std::string& note : given.notes) out += fmt::format("note     {}\n", note);
  for (const std::string& note : report.notes) out += fmt::format("note     {}\n", note);
  out += fmt::format("verdict  {}\n\n", VerdictName(report.verdict));
  Table table({Table::Align::kLeft, Table::Align::kLeft});
  for (size_t i = 0; i < kStages; ++i) {
    const auto stage = static_cast<Stage>(i);
    table.Row({std::string(StageName(stage)), StageText(report, stage)});
  }
  out += table.Render(2);
  for (const CheckFinding& finding : report.findings) {
    if (!finding.inherited) out += FindingText(finding);
  }
  return out + AdviceText(input, given.target, report);
}

}  // namespace weighlock

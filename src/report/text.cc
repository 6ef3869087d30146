// The text forms. Wording is pinned by the goldens in tests/cli/.
#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "report/table.h"

namespace weighlock {
namespace {

using enum Table::Align;

// Longer lists of tensors are cut, unless all are asked for.
constexpr size_t kFewTensors = 60;
constexpr size_t kFirstTensors = 20;

std::string Grouped(uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "note";
}

std::string WeightsText(const Package& package, const WeightSet& set, const TextOptions& options) {
  std::string out = fmt::format("\nWeights: {}", Escape(package.artefacts[set.files[0]].path));
  if (set.index) {
    out = fmt::format("\nWeights: {} ({} shards)", Escape(package.artefacts[*set.index].path),
                      set.files.size());
  }
  size_t count = 0;
  uint64_t bytes = 0;
  for (const size_t file : set.files) {
    if (!package.artefacts[file].model) continue;
    for (const Tensor& t : package.artefacts[file].model->tensors) {
      ++count;
      bytes += t.data.size;
    }
  }
  if (count == 0 && !package.artefacts[set.files[0]].model) {
    return out +
           fmt::format("\n  format {}: its tensors cannot be read here\n", FormatName(set.format));
  }
  out += fmt::format("\n  {} tensors, {} parameters, {}\n", Grouped(count),
                     Grouped(ParameterCount(package, set)), SizeText(bytes));
  Table table({kLeft, kLeft, kLeft, kRight});
  const size_t shown = TensorsShown(count, options);
  size_t listed = 0;
  for (const size_t file : set.files) {
    const auto& model = package.artefacts[file].model;
    if (!model) continue;
    for (const auto& [key, value] : model->metadata) {
      if (file == set.files[0]) {
        out += fmt::format("  metadata {} = {}\n", Quote(key, 80), Quote(value, 80));
      }
    }
    for (const std::string& tensor : model->left_out) out += "  not plain bytes: " + tensor + "\n";
    for (const std::string& extra : model->extras) out += "  beside tensors: " + extra + "\n";
    for (const Tensor& t : model->tensors) {
      if (listed++ >= shown) break;
      table.Row({Escape(t.name), std::string(Info(t.dtype).name), ShapeText(t.shape),
                 Grouped(t.data.size)});
    }
  }
  return out + table.Render(4) + MoreOf(count, shown);
}

std::string ProofTable(const std::vector<TensorProof>& tensors, const TextOptions& options) {
  Table table({kLeft, kLeft, kLeft, kLeft});
  const size_t shown = TensorsShown(tensors.size(), options);
  for (size_t i = 0; i < shown; ++i) {
    const TensorProof& t = tensors[i];
    table.Row({Escape(t.name), std::string(Info(t.dtype).name), ShapeText(t.shape), t.sha256});
  }
  return table.Render(4) + MoreOf(tensors.size(), shown);
}

}  // namespace

size_t TensorsShown(size_t count, const TextOptions& options) {
  return options.all_tensors || count <= kFewTensors ? count : kFirstTensors;
}

std::string Indented(const std::string& message, size_t spaces) {
  std::string out;
  for (size_t at = 0; at < message.size();) {
    const size_t end = std::min(message.find('\n', at), message.size());
    const size_t text = std::min(message.find_first_not_of('\t', at), end);
    if (end > text) {
      out += std::string(spaces + 2 * (text - at), ' ') + Escape(message.substr(text, end - text));
    }
    out += "\n";
    at = end + 1;
  }
  return out;
}

std::string MoreOf(size_t count, size_t shown) {
  if (shown == count) return {};
  return fmt::format("  ... and {} more (--all lists them)\n", count - shown);
}

std::string SizeText(uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double size = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  while (size >= 999.95 && unit + 1 < std::size(kUnits)) {
    size /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string FindingsText(const std::vector<Finding>& findings) {
  std::vector<const Finding*> sorted;
  for (const Finding& finding : findings) sorted.push_back(&finding);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Finding* a, const Finding* b) { return a->severity > b->severity; });
  std::string out;
  for (const Finding* finding : sorted) {
    std::string place = Escape(finding->path);
    if (finding->offset != kNoOffset) place += fmt::format("+{:#x}", finding->offset);
    if (finding->code) place += fmt::format(": {}", CodeWord(*finding->code));
    out += fmt::format("  {:7}  {}: {}\n", SeverityName(finding->severity), place, finding->text);
  }
  return out;
}

std::string InventoryText(const Package& package, const TextOptions& options) {
  uint64_t bytes = 0;
  for (const Artefact& artefact : package.artefacts) bytes += artefact.size;
  std::string out = fmt::format("{}: {}, {} artefact{}, {}\n\n", Escape(package.path),
                                PackageKindName(package.kind), package.artefacts.size(),
                                package.artefacts.size() == 1 ? "" : "s", SizeText(bytes));
  Table table({kLeft, kLeft, kLeft, kRight});
  for (const Artefact& artefact : package.artefacts) {
    table.Row({Escape(artefact.path), std::string(RoleName(artefact.role)),
               std::string(FormatName(artefact.format)), Grouped(artefact.size)});
  }
  out += table.Render(2);
  for (const WeightSet& set : package.weights) out += WeightsText(package, set, options);
  if (!package.findings.empty()) out += "\nFindings\n" + FindingsText(package.findings);
  return out;
}

std::string ConversionText(const std::string& input, const std::string& output,
                           const ConvertReport& report, const TextOptions& options) {
  std::string out = fmt::format("{} -> {}: {} tensors, {}\n", Escape(input), Escape(output),
                                Grouped(report.tensors.size()), SizeText(report.output_bytes));
  for (const std::string& file : report.files) out += "  wrote " + Escape(file) + "\n";
  for (const std::string& note : report.notes) out += "  note: " + note + "\n";
  const bool digests = !report.tensors.empty() && !report.tensors[0].sha256.empty();
  if (digests) {
    out += "\nProof: SHA-256 of every tensor, equal on both sides\n" +
           ProofTable(report.tensors, options);
  } else {
    out += "Read back and compared with the source, byte for byte: equal\n";
  }
  return out;
}

std::string RepairText(const std::string& path, const RepairReport& report) {
  std::string_view how = "nothing to change";
  switch (report.way) {
    case RepairWay::kUnchanged:
      break;
    case RepairWay::kInPlace:
      how = "the header was replaced where it stands";
      break;
    case RepairWay::kInserted:
      how = "room was made before the tensors, which were not rewritten";
      break;
    case RepairWay::kRewritten:
      how = "this file system makes no room in files: a copy took the file's place";
      break;
  }
  return fmt::format("{}: {}\n", Escape(path), how);
}

namespace {

// Whether anything is made of the package that the target takes and takes not as it is.
bool MakesFit(const Plan& plan) {
  return plan.possible && std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
           return step.action == Action::kConvert || step.action == Action::kRewrite;
         });
}

}  // namespace

std::string PlanText(const std::string& input, const std::string& output, const Target& target,
                     const Plan& plan, bool done) {
  const Diagnosis& diagnosis = plan.diagnosis;
  std::string out = fmt::format("package  {}\ntarget   {}\nverdict  {}{}{}: {}\n", Escape(input),
                                Escape(target.text), VerdictName(diagnosis.verdict),
                                diagnosis.rule.empty() ? "" : " ", diagnosis.rule, diagnosis.text);
  if (!diagnosis.message.empty()) {
    out += "         it would say: " + Indented(diagnosis.message, 9).substr(9);
  }
  if (!diagnosis.upgrades.empty()) {
    out += "\nRecommended: upgrade the target\n";
    for (const std::string& upgrade : diagnosis.upgrades) out += "  " + upgrade + "\n";
    if (MakesFit(plan)) out += "Until then, the bridge: adapt the package\n";
  }
  if (!plan.possible) return out + "\nNo bridge: nothing that is done to the package helps\n";
  if (!plan.refusals.empty()) return out + RefusalsText(plan.refusals, "written");
  out += done ? "\nWhat was done" : "\nWhat would be done";
  if (!output.empty()) out += ", to make " + Escape(output);
  out += "\n";
  Table table({kLeft, kLeft, kLeft});
  for (const Step& step : plan.steps) {
    std::string what = Escape(step.inputs[0]);
    if (step.inputs.size() > 1) what += fmt::format(" and {} more", step.inputs.size() - 1);
    if (step.action == Action::kConvert || step.action == Action::kUnpickle)
      what += " -> " + Escape(step.output);
    table.Row({std::string(ActionName(step.action)), what,
               step.adaptation.empty() ? step.reason : step.adaptation + ": " + step.reason});
  }
  out += table.Render(2);
  for (const std::string& note : plan.notes) out += "  note: " + note + "\n";
  return out;
}

std::string AdaptationText(const std::string& output, const AdaptReport& report,
                           const TextOptions& options) {
  std::string out;
  if (!report.disarmed.empty()) out += "\nLeft out: what could only be had by running code\n";
  for (const DisarmedValue& value : report.disarmed) {
    out += fmt::format("  {}{}{}: {}\n", Escape(value.file), value.path.empty() ? "" : " at ",
                       Escape(value.path), value.what);
  }
  if (!report.findings.empty()) out += "\nFindings\n" + FindingsText(report.findings);
  out += fmt::format("\nWrote {}: {} (the package was {})\n", Escape(output),
                     SizeText(report.output_bytes), SizeText(report.input_bytes));
  out += fmt::format("\nProof: {} files kept, byte for byte\n", report.files.size());
  if (report.tensors.empty()) return out;
  return out +
         fmt::format("Proof: {} tensors converted, SHA-256 equal on both sides\n",
                     Grouped(report.tensors.size())) +
         ProofTable(report.tensors, options);
}

}  // namespace weighlock

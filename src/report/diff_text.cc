// The text of a comparison: what is equal in numbers, what differs in a table.
#include <fmt/format.h>

#include "base/escape.h"
#include "report/table.h"
#include "report/text.h"

namespace weighlock {
namespace {

using enum Table::Align;

std::string SideText(std::string_view letter, const DiffSide& side) {
  std::string out = fmt::format("{}  {}", letter, Escape(side.path));
  if (side.weights.empty()) return out + ": no weights\n";
  return out + fmt::format(": {} tensors in {}\n", side.tensors, Escape(side.weights));
}

std::string What(const TensorDifference& difference) {
  std::string out;
  switch (difference.change) {
    case TensorChange::kMissing:
      return fmt::format("only in A: {} {}", Info(*difference.dtype_a).name,
                         ShapeText(difference.shape_a));
    case TensorChange::kExtra:
      return fmt::format("only in B: {} {}", Info(*difference.dtype_b).name,
                         ShapeText(difference.shape_b));
    case TensorChange::kShape:
      return fmt::format("{} against {}", ShapeText(difference.shape_a),
                         ShapeText(difference.shape_b));
    case TensorChange::kDType:
      out = fmt::format("{} against {}", Info(*difference.dtype_a).name,
                        Info(*difference.dtype_b).name);
      break;
    case TensorChange::kValues:
      break;
  }
  if (!difference.values) return out;
  if (!out.empty()) out += "; ";
  const ValueDistance& values = *difference.values;
  if (values.different == 0) return out + "equal values";
  out += fmt::format("{} of {} elements", values.different, values.elements);
  if (values.max_absolute) {
    out += fmt::format(", by at most {:.3g} (relative {:.3g})", *values.max_absolute,
                       *values.max_relative);
  }
  return out;
}

std::string Sides(const FileDifference& difference) {
  if (difference.a.empty()) return "only in B: " + difference.b;
  if (difference.b.empty()) return "only in A: " + difference.a;
  return difference.a + " against " + difference.b;
}

}  // namespace

std::string DiffText(const DiffReport& report, const TextOptions& options) {
  std::string out = SideText("A", report.a) + SideText("B", report.b);
  for (const std::string& note : report.notes) out += "note: " + note + "\n";
  if (!report.a.weights.empty() || !report.b.weights.empty()) {
    out +=
        fmt::format("\nTensors: {} equal, {} not\n", report.equal_tensors, report.tensors.size());
    const size_t shown = TensorsShown(report.tensors.size(), options);
    Table table({kLeft, kLeft, kLeft});
    for (size_t i = 0; i < shown; ++i) {
      const TensorDifference& difference = report.tensors[i];
      table.Row({std::string(TensorChangeName(difference.change)), Escape(difference.name),
                 What(difference)});
    }
    out += table.Render(2) + MoreOf(report.tensors.size(), shown);
  }
  if (report.equal_files > 0 || !report.files.empty()) {
    out += fmt::format("\nOther files: {} equal, {} differences\n", report.equal_files,
                       report.files.size());
    const size_t shown = TensorsShown(report.files.size(), options);
    Table table({kLeft, kLeft});
    for (size_t i = 0; i < shown; ++i) {
      const FileDifference& difference = report.files[i];
      const std::string pointer =
          difference.pointer.empty() ? "" : " " + Escape(difference.pointer);
      table.Row({Escape(difference.path) + pointer, Sides(difference)});
    }
    out += table.Render(2) + MoreOf(report.files.size(), shown);
  }
  return out + (report.same() ? "\nThe same.\n" : "\nNot the same.\n");
}

}  // namespace weighlock

// Packing and unpacking as text for people.
#include <fmt/format.h>

#include "base/escape.h"
#include "report/table.h"
#include "report/text.h"

namespace weighlock {
namespace {

using enum Table::Align;

std::string Plural(size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string NotesText(const std::vector<std::string>& notes) {
  std::string out;
  for (const std::string& note : notes) out += fmt::format("  note: {}\n", note);
  return out;
}

}  // namespace

std::string RefusalsText(const std::vector<Finding>& refusals, std::string_view done) {
  std::string out = fmt::format("\nNothing was {}: {} refused\n", done,
                                Plural(refusals.size(), "thing is", "things are"));
  for (const Finding& finding : refusals) {
    out += fmt::format("  {}: {}\n", Escape(finding.path), finding.text);
  }
  return out;
}

std::string PackText(const std::string& folder, const std::string& output, PackLayout layout,
                     const PackReport& report, bool done) {
  std::string out = fmt::format("folder   {}\narchive  {}\nlayout   {}\n", Escape(folder),
                                Escape(output), PackLayoutName(layout));
  if (!report.refusals.empty()) return out + RefusalsText(report.refusals, "packed");
  out += done ? "\nWhat was packed\n" : "\nWhat would be packed\n";
  Table files({kLeft, kRight, kLeft});
  for (const PackedFile& file : report.files) {
    std::string from;
    if (!file.path.ends_with(file.source)) {
      from = fmt::format(", from {}", Escape(file.source));
    }
    files.Row({Escape(file.path), SizeText(file.size),
               fmt::format("{}{}", file.source.empty() ? "manifest" : RoleName(file.role), from)});
  }
  for (const std::string& path : report.folders) {
    files.Row({Escape(path) + "/", "", "empty folder"});
  }
  out += files.Render(2);
  out += NotesText(report.notes);
  if (!report.left_out.empty()) {
    out += done ? "\nLeft out\n" : "\nWould be left out\n";
    Table table({kLeft, kLeft});
    for (const LeftOutFile& file : report.left_out) table.Row({Escape(file.path), file.why});
    out += table.Render(2);
  }
  if (!done) return out;
  return out + fmt::format("\nWrote {}: {}, from {} of {}; all of it read back and compared\n",
                           Escape(output), SizeText(report.output_bytes),
                           SizeText(report.input_bytes),
                           Plural(report.files.size(), "file", "files"));
}

std::string UnpackText(const std::string& archive, const std::string& folder, bool into,
                       const UnpackReport& report, bool done) {
  std::string out = fmt::format("archive  {}\nfolder   {} ({})\n", Escape(archive), Escape(folder),
                                into ? "is there" : "new");
  if (!report.collisions.empty()) {
    out += fmt::format("\nNothing {} unpacked: {} taken, and nothing is ever overwritten\n",
                       done ? "was" : "would be",
                       Plural(report.collisions.size(), "name is", "names are"));
    Table table({kLeft, kLeft});
    for (const TakenName& taken : report.collisions) table.Row({Escape(taken.path), taken.why});
    return out + table.Render(2);
  }
  out += done ? "\nWhat was unpacked\n" : "\nWhat would be unpacked\n";
  Table table({kLeft, kRight});
  size_t files = 0;
  for (const UnpackedMember& member : report.members) {
    if (!member.is_folder) ++files;
    table.Row({Escape(member.path) + (member.is_folder ? "/" : ""),
               member.is_folder ? "" : SizeText(member.size)});
  }
  out += table.Render(2);
  out += NotesText(report.notes);
  if (!done) return out;
  out += fmt::format("\nUnpacked {}, {}, into {}; all of it read back and compared\n",
                     Plural(files, "file", "files"), SizeText(report.bytes), Escape(folder));
  if (report.verified > 0) {
    out += fmt::format("SHA256SUMS: {} checked, all as it says\n",
                       Plural(report.verified, "file", "files"));
  }
  return out;
}

}  // namespace weighlock

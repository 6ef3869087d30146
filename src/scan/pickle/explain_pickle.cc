// A scan that looks for one member, and the opcodes around one byte of it.
#include <fmt/format.h>

#include <optional>

#include "base/escape.h"
#include "pickle/disassemble.h"
#include "scan/pickle/joblib_arrays.h"
#include "scan/scanner.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

constexpr size_t kBefore = 12, kAfter = 6;

bool Covers(const pickle::Pickle& pickle, uint64_t offset) {
  return offset >= pickle.start && offset < pickle.end;
}

// The pickle of the file that byte `offset` stands in; streams are counted. The arrays that joblib
// puts between opcodes are stepped over as they are when they are judged; where the byte is one of
// an array, it is an opcode to an unpickler that does not know them, or of the array's objects.
Result<pickle::Pickle> PickleAround(const ByteSource& source, uint64_t offset, const Limits& limits,
                                    uint64_t& stream) {
  ScanOptions options;
  options.limits = limits;
  scan::Scanner scanner(options);
  const scan::FileScan file = scanner.Begin({{source.name()}, 0}, source.size());
  for (uint64_t at = 0; at < source.size(); ++stream) {
    scan::JoblibArrays arrays(source, stream, file);
    std::optional<uint64_t> array;  // that the byte stands in
    auto part = pickle::RunPickleKeepingPart(
        source, at, limits,
        [&](const pickle::PickleGraph& graph, pickle::ValueId object, uint64_t behind) {
          auto bytes = arrays.BytesBehind(graph, object, behind);
          if (bytes && offset >= behind && offset - behind < *bytes) array = behind;
          return bytes;
        });
    const bool ended = part.pickle.root != pickle::kNoValue;
    if (array) {
      auto plain = pickle::RunPickleKeepingPart(source, at, limits);
      if (Covers(plain.pickle, offset)) return std::move(plain.pickle);
      return std::move(pickle::RunPickleKeepingPart(source, *array, limits).pickle);
    }
    if (offset < part.pickle.end || (!ended && part.pickle.end > at)) return std::move(part.pickle);
    if (!ended) break;
    at = part.pickle.end;
  }
  return Error(Code::kUnsupported, fmt::format("no pickle stands at byte {}", offset));
}

}  // namespace

Result<PickleWindow> ExplainPickle(const std::string& path, uint64_t offset,
                                   const ScanOptions& options) {
  const std::string file = path.substr(0, path.find('!'));
  scan::Scanner scanner(options);
  scanner.LookFor(path);
  WL_TRY(const ByteSource outer, ByteSource::OpenFile(file, file));
  scanner.ScanBytes(outer, {{file}, 0});
  const std::optional<ByteSource> source = scanner.found();
  const ScanReport report = std::move(scanner).Finish();
  if (!source) {
    return Error(Code::kNotFound,
                 fmt::format("no pickle of this name was met in {}; scan prints the names of its "
                             "members, FILE!MEMBER+0x2e",
                             Quote(file)),
                 kNoOffset, path);
  }
  PickleWindow window;
  window.path = path;
  auto around = PickleAround(*source, offset, options.limits, window.stream);
  if (!around) return std::move(around).error().In(path);
  for (pickle::Instruction& each : pickle::Disassemble(*around, offset, kBefore, kAfter)) {
    PickleWindow::Row row{
        each.index,           each.offset, std::move(each.opcode), std::move(each.argument),
        std::move(each.note), {}};
    for (const ScanFinding& finding : report.findings) {
      if (finding.path != path || finding.offset != each.offset) continue;
      row.findings.push_back(
          fmt::format("{} {}: {}", LevelName(finding.level), finding.rule, finding.text));
    }
    if (each.offset <= offset) window.marked = window.rows.size();
    window.rows.push_back(std::move(row));
  }
  return window;
}

}  // namespace weighlock

// Opcodes are counted in one walk over the stream, and paths found in one over the graph, only
// where there is something to show.
#include "scan/pickle/pickle_evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "pickle/opcode_walk.h"
#include "scan/pickle/named_callee.h"
#include "scan/pickle/pickle_text.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

constexpr size_t kMostFindings = 100;
constexpr size_t kMostBytes = 16;  // of an opcode that are shown

std::string HexOf(Bytes bytes) {
  std::string hex;
  for (const std::byte byte : bytes.first(std::min(bytes.size(), kMostBytes))) {
    hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  }
  return bytes.size() > kMostBytes ? hex + "..." : hex;
}

// Where the names of an import by STACK_GLOBAL come from.
std::string OperandsText(const pickle::Pickle& pickle, ValueId global) {
  const pickle::Global names = pickle.graph.global(global);
  const auto text = [&](std::string_view what, uint32_t at) {
    return at == UINT32_MAX ? fmt::format("{}: escaped in the stream", what)
                            : fmt::format("{}: the text at 0x{:x}", what, pickle.OffsetAt(at));
  };
  return text("module", names.module_at) + ", " + text("name", names.name_at);
}

void AddImport(const pickle::Pickle& pickle, ValueId global, PickleEvidence& evidence) {
  evidence.import = ImportText(pickle.graph, global);
  const auto named = CalleeOf(pickle, global);
  if (!named) return;
  evidence.resolved = fmt::format("{}.{}", Escape(named->module), Escape(named->name));
  const Bytes source = pickle.graph.source();
  const uint32_t at = pickle.graph.offset(global);
  if (at < source.size() && static_cast<pickle::Op>(source[at]) == pickle::Op::kStackGlobal) {
    evidence.operands = OperandsText(pickle, global);
  }
}

PickleEvidence EvidenceOf(const pickle::Pickle& pickle, const RaisedFinding& raised,
                          const ObjectPaths& paths, pickle::OpcodeWalk& walk) {
  const PickleGraph& graph = pickle.graph;
  PickleEvidence evidence;
  const uint32_t at = graph.offset(raised.at);
  if (walk.Reach(at)) {
    evidence.opcode_index = walk.index();
    evidence.opcode = walk.op()->name;
    evidence.bytes = HexOf(graph.source().subspan(at, walk.size()));
  }
  if (graph.kind(raised.at) == ValueKind::kGlobal) AddImport(pickle, raised.at, evidence);
  if (graph.kind(raised.at) == ValueKind::kCall) {
    const pickle::Call call = graph.call(raised.at);
    if (graph.kind(call.callee) == ValueKind::kGlobal) AddImport(pickle, call.callee, evidence);
    evidence.form = pickle::CallFormWord(call.form);
    evidence.arguments = Repr(graph, call.args);
  }
  evidence.object_path = paths.PathOf(raised.at);
  return evidence;
}

}  // namespace

void AddFindings(const pickle::Pickle& pickle, uint64_t stream,
                 std::span<const RaisedFinding> raised, const FileScan& scan) {
  if (raised.empty()) return;
  const ObjectPaths paths(pickle);
  pickle::OpcodeWalk walk(pickle.graph.source());
  Level worst_left_out = Level::kInconclusive;
  const RaisedFinding* left_out = nullptr;
  size_t shown = 0, more = 0;
  for (const RaisedFinding& each : raised) {
    const Level level = FindScanRule(each.rule)->level;
    if (shown == kMostFindings) {
      if (!each.accepted.empty()) continue;
      ++more;
      if (left_out == nullptr || level > worst_left_out) left_out = &each;
      worst_left_out = std::max(worst_left_out, level);
      continue;
    }
    ++shown;
    PickleEvidence evidence = EvidenceOf(pickle, each, paths, walk);
    evidence.stream = stream;
    const uint64_t offset = pickle.OffsetOf(each.at);
    if (level == Level::kInconclusive) {
      scan.Unjudged(each.rule, offset, each.text);
      continue;
    }
    ScanFinding& finding = scan.Add(each.rule, offset, each.text);
    finding.pickle = std::move(evidence);
    finding.accepted = each.accepted;
  }
  if (left_out == nullptr) return;
  scan.Add(
      left_out->rule, pickle.OffsetOf(left_out->at),
      fmt::format("{}; {} more findings in this pickle are not listed", left_out->text, more - 1));
}

}  // namespace weighlock::scan

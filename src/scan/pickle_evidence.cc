// Opcodes are counted in one walk over the stream, and paths found in one over the graph, only
// where there is something to show.
#include "scan/pickle_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/escape.h"
#include "pickle/opcodes.h"
#include "scan/pickle_text.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

constexpr size_t kMostFindings = 100;
constexpr size_t kMostBytes = 16;  // of an opcode that are shown

// The opcodes of a stream, one after the other. The machine has run them: all is well formed.
class OpcodeWalk {
 public:
  explicit OpcodeWalk(Bytes bytes) : bytes_(bytes) {}

  uint32_t at() const { return at_; }
  uint64_t index() const { return index_; }
  const pickle::OpcodeInfo* op() const {
    return at_ < bytes_.size() ? pickle::FindOpcode(static_cast<uint8_t>(bytes_[at_])) : nullptr;
  }
  // Bytes of the opcode and its argument.
  size_t size() const {
    const pickle::ArgShape shape = pickle::ShapeOf(op()->arg);
    size_t size = 1 + shape.fixed;
    if (shape.length > 0) {
      uint64_t length = 0;
      for (size_t i = shape.length; i-- > 0 && at_ + 1 + i < bytes_.size();) {
        length = length << 8 | static_cast<uint8_t>(bytes_[at_ + 1 + i]);
      }
      size += shape.length + static_cast<size_t>(std::min<uint64_t>(length, bytes_.size()));
    }
    for (uint8_t line = 0; line < shape.lines; ++line) {
      const size_t from = std::min<size_t>(at_ + size, bytes_.size());
      const void* end = from == bytes_.size()
                            ? nullptr
                            : std::memchr(bytes_.data() + from, '\n', bytes_.size() - from);
      size =
          end == nullptr
              ? bytes_.size()
              : static_cast<size_t>(static_cast<const std::byte*>(end) - bytes_.data()) + 1 - at_;
    }
    return std::min<size_t>(size, bytes_.size() - at_);
  }
  // To the opcode at `target`; false where no opcode begins there.
  bool Reach(uint32_t target) {
    while (at_ < target && op() != nullptr) {
      at_ += static_cast<uint32_t>(size());
      ++index_;
    }
    return at_ == target && op() != nullptr;
  }

 private:
  Bytes bytes_;
  uint32_t at_ = 0;
  uint64_t index_ = 0;
};

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
                          const ObjectPaths& paths, OpcodeWalk& walk) {
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
  OpcodeWalk walk(pickle.graph.source());
  Level worst_left_out = Level::kInconclusive;
  const RaisedFinding* left_out = nullptr;
  size_t shown = 0;
  for (const RaisedFinding& each : raised) {
    const Level level = FindScanRule(each.rule)->level;
    if (shown == kMostFindings) {
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
    scan.Add(each.rule, offset, each.text).pickle = std::move(evidence);
  }
  if (left_out == nullptr) return;
  scan.Add(left_out->rule, pickle.OffsetOf(left_out->at),
           fmt::format("{}; {} more findings in this pickle are not listed", left_out->text,
                       raised.size() - shown - 1));
}

}  // namespace weighlock::scan

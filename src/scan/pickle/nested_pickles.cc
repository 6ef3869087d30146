// Prose may happen to be opcodes ("commit" imports, by its first letter): its names are none.
#include "scan/pickle/nested_pickles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "format/torch/pickled_bytes.h"

namespace weighlock::scan {
namespace {

using pickle::Pickle;
using pickle::ValueId;
using pickle::ValueKind;

bool IsIdentifier(std::string_view text, bool dots) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  bool at_start = true;
  for (const char c : text) {
    if (c == '.' && dots && !at_start) {
      at_start = true;
      continue;
    }
    if (c != '_' && !is_letter(c) && (at_start || c < '0' || c > '9')) return false;
    at_start = false;
  }
  return !at_start;
}

// Whether a value is a class or function that could be, or a call of one: prose that happens to be
// opcodes names none ("commit 1a2b").
bool NamesSomething(const pickle::PickleGraph& graph, ValueId id) {
  if (graph.kind(id) == ValueKind::kCall) id = graph.call(id).callee;
  if (graph.kind(id) != ValueKind::kGlobal) return false;
  const pickle::Global global = graph.global(id);
  return global.computed || (IsIdentifier(global.module, true) && IsIdentifier(global.name, true));
}

}  // namespace

bool IsEvidence(const Pickle& pickle, const RaisedFinding& raised) {
  const pickle::PickleGraph& graph = pickle.graph;
  // An import alone is one word behind another; but what has made objects is a pickle.
  const bool is_import = graph.kind(raised.at) == ValueKind::kGlobal && raised.rule != "WL-S-103";
  return FindScanRule(raised.rule)->level >= Level::kHigh &&
         (!is_import || !graph.changed().empty()) && NamesSomething(graph, raised.at);
}

void JudgeNested(const Pickle& pickle, std::span<const ValueId> calls, const FileScan& scan) {
  uint64_t left = 2 * (pickle.end - pickle.start);
  std::vector<ValueId> seen;
  for (const ValueId id : calls) {
    const ValueId args = pickle.graph.call(id).args;
    const bool is_one =
        pickle.graph.kind(args) == ValueKind::kTuple && pickle.graph.items(args).size() == 1;
    auto bytes =
        is_one ? torch::PickledBytes(pickle.graph, pickle.graph.items(args)[0]) : std::nullopt;
    if (!bytes) {
      scan.Add("WL-S-112", pickle.OffsetOf(id),
               "torch.storage._load_from_bytes loads what is no bytes of the file");
      continue;
    }
    const ValueId value = pickle.graph.items(args)[0];
    if (std::binary_search(seen.begin(), seen.end(), value)) continue;
    seen.insert(std::upper_bound(seen.begin(), seen.end(), value), value);
    scan.Add("WL-S-116", pickle.OffsetOf(id),
             fmt::format("loads {} bytes as a pickle of their own", bytes->size()));
    if (bytes->size() > left) {
      scan.Unjudged("WL-S-003", pickle.OffsetOf(id), "the same bytes are loaded too often");
      return;
    }
    left -= bytes->size();
    const std::string name = fmt::format("+0x{:x}", pickle.OffsetOf(value));
    scan.Descend(ByteSource::FromMemory(*std::move(bytes), name), name, kNoOffset);
  }
}

}  // namespace weighlock::scan

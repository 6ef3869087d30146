// torch's restricted unpickler knows few opcodes and few names; which, changed with its releases.
#include "scan/pickle/loader_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/escape.h"
#include "pickle/opcode_walk.h"

namespace weighlock {

// kb/scan/weights_only.tsv, embedded by the build.
extern const std::string_view kBuiltinWeightsOnly;

namespace scan {
namespace {

using pickle::Op;

struct Loader {
  std::string_view name;
  std::string_view version;  // as the table has it
  bool knows_floats;         // BINFLOAT
  bool takes_more_names;     // add_safe_globals
};
// In the order of the table's versions.
constexpr std::array kWeightsOnly = {
    Loader{"torch.load of torch 1.13, weights_only=True", "1.13", false, false},
    Loader{"torch.load of torch 2.5, weights_only=True", "2.5", true, true},
    Loader{"torch.load of torch 2.6 and later", "2.6", true, true},
};

constexpr std::array kOpcodes = {
    Op::kGlobal,    Op::kNewobj,     Op::kReduce,     Op::kBuild,      Op::kAppend,
    Op::kAppends,   Op::kSetitem,    Op::kSetitems,   Op::kMark,       Op::kTuple,
    Op::kTuple1,    Op::kTuple2,     Op::kTuple3,     Op::kNone,       Op::kNewfalse,
    Op::kNewtrue,   Op::kEmptyTuple, Op::kEmptyList,  Op::kEmptyDict,  Op::kEmptySet,
    Op::kBinint,    Op::kBinint1,    Op::kBinint2,    Op::kBinunicode, Op::kShortBinstring,
    Op::kBinpersid, Op::kBinget,     Op::kLongBinget, Op::kBinput,     Op::kLongBinput,
    Op::kLong1,     Op::kProto,      Op::kStop,
};

// Never taken, whoever asks for them.
constexpr std::array<std::string_view, 4> kBlocked = {"sys", "os", "posix", "nt"};

std::string_view TakeField(std::string_view& line) {
  const size_t tab = std::min(line.find('\t'), line.size());
  const std::string_view field = line.substr(0, tab);
  line.remove_prefix(std::min(tab + 1, line.size()));
  return field;
}

size_t VersionIndex(std::string_view version) {
  const auto found = std::find_if(kWeightsOnly.begin(), kWeightsOnly.end(),
                                  [&](const Loader& loader) { return loader.version == version; });
  return static_cast<size_t>(found - kWeightsOnly.begin());
}

// Whether the restricted unpickler of the release at `index` knows the name. Rows: module, name
// ("*Storage": what ends so), first release, last release or nothing.
bool Takes(std::string_view module, std::string_view name, size_t index) {
  for (std::string_view rest = kBuiltinWeightsOnly; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (TakeField(line) != module) continue;
    const std::string_view pattern = TakeField(line);
    const bool fits =
        pattern.starts_with('*') ? name.ends_with(pattern.substr(1)) : name == pattern;
    if (!fits || index < VersionIndex(TakeField(line))) continue;
    const std::string_view last = TakeField(line);
    if (last.empty() || index <= VersionIndex(last)) return true;
  }
  return false;
}

struct Used {
  std::array<bool, 256> seen = {};
  std::array<uint32_t, 256> first = {};  // where, in the stream
};

Used OpcodesOf(const pickle::Pickle& pickle) {
  Used used;
  for (pickle::OpcodeWalk walk(pickle.graph.source()); walk.op() != nullptr; walk.Next()) {
    const auto byte = static_cast<uint8_t>(walk.op()->op);
    if (!used.seen[byte]) used.first[byte] = walk.at();
    used.seen[byte] = true;
  }
  return used;
}

// The first opcode that the loader does not know, or null.
const pickle::OpcodeInfo* UnknownOpcode(const Used& used, const Loader& loader) {
  const pickle::OpcodeInfo* first = nullptr;
  for (const pickle::OpcodeInfo& row : pickle::kOpcodes) {
    const auto byte = static_cast<uint8_t>(row.op);
    const bool known = std::find(kOpcodes.begin(), kOpcodes.end(), row.op) != kOpcodes.end() ||
                       (row.op == Op::kBinfloat && loader.knows_floats);
    if (!used.seen[byte] || known) continue;
    if (first == nullptr || used.first[byte] < used.first[static_cast<uint8_t>(first->op)])
      first = &row;
  }
  return first;
}

LoaderAnswer WeightsOnlyAnswer(const pickle::Pickle& pickle, const Used& used,
                               const PickleCalls& calls, size_t index) {
  const Loader& loader = kWeightsOnly[index];
  LoaderAnswer answer{std::string(loader.name), "loads", "", {}};
  if (const pickle::OpcodeInfo* op = UnknownOpcode(used, loader)) {
    answer.answer = "refuses";
    answer.why = fmt::format("it does not know {} (at 0x{:x})", op->name,
                             pickle.OffsetAt(used.first[static_cast<uint8_t>(op->op)]));
    return answer;
  }
  for (const GlobalUse& use : calls.globals) {
    if (Takes(use.module, use.name, index)) continue;
    const std::string name = fmt::format("{}.{}", Escape(use.module), Escape(use.name));
    const bool blocked = std::find(kBlocked.begin(), kBlocked.end(), use.module) != kBlocked.end();
    if (answer.why.empty()) answer.why = fmt::format("it does not take {}", name);
    answer.answer = "refuses";
    if (loader.takes_more_names && !blocked) answer.needs.push_back(name);
  }
  return answer;
}

// What a loader does that takes everything.
LoaderAnswer FullAnswer(std::string_view name, const PickleCalls& calls) {
  LoaderAnswer answer{std::string(name), "loads", "", {}};
  std::set<std::string_view> libraries;
  for (const GlobalUse& use : calls.globals) {
    if (use.standing == "library") {
      libraries.insert(std::string_view(use.module).substr(0, use.module.find('.')));
    }
  }
  for (const std::string_view library : libraries) {
    answer.why += fmt::format("{}{}", answer.why.empty() ? "where it has " : ", ", Escape(library));
  }
  for (const RaisedFinding& raised : calls.raised) {
    if (!raised.accepted.empty()) continue;
    const ScanRule* rule = FindScanRule(raised.rule);
    if (rule->level == Level::kInconclusive && answer.answer == "loads") {
      answer.answer = "unknown";
      answer.why = raised.text;
    }
    if (rule->level < Level::kHigh) continue;
    answer.answer = "runs code";
    answer.why = raised.text;
    break;
  }
  return answer;
}

}  // namespace

std::vector<LoaderAnswer> LoaderAnswers(const pickle::Pickle& pickle, const PickleCalls& calls,
                                        PickleHome home) {
  std::vector<LoaderAnswer> answers;
  const bool in_joblib = home == PickleHome::kJoblibObjects;
  if (home == PickleHome::kFile || home == PickleHome::kNumpy || in_joblib) {
    const bool has_arrays =
        in_joblib || std::any_of(calls.globals.begin(), calls.globals.end(),
                                 [](auto& use) { return use.module == "joblib.numpy_pickle"; });
    answers.push_back(FullAnswer(has_arrays                   ? "joblib.load"
                                 : home == PickleHome::kNumpy ? "numpy.load, allow_pickle=True"
                                                              : "pickle.load",
                                 calls));
    return answers;
  }
  if (home == PickleHome::kTorchScript) return {FullAnswer("torch.jit.load", calls)};
  if (home == PickleHome::kTorchPackage)
    return {FullAnswer("torch.package.PackageImporter", calls)};
  const Used used = OpcodesOf(pickle);
  for (size_t index = 0; index < kWeightsOnly.size(); ++index) {
    answers.push_back(WeightsOnlyAnswer(pickle, used, calls, index));
  }
  answers.push_back(FullAnswer("torch.load, weights_only=False", calls));
  return answers;
}

}  // namespace scan
}  // namespace weighlock

// Runs each pickle of a file symbolically, judges what it would do, and says what stands behind it.
#include "scan/pickle/pickle_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/escape.h"
#include "format/safetensors/safetensors_reader.h"
#include "model/secrets.h"
#include "pickle/opcodes.h"
#include "pickle/pickle.h"
#include "scan/archive/tar_judge.h"
#include "scan/model/image_judge.h"
#include "scan/pickle/joblib_arrays.h"
#include "scan/pickle/joblib_opcodes.h"
#include "scan/pickle/loader_answers.h"
#include "scan/pickle/nested_pickles.h"
#include "scan/pickle/pickle_calls.h"
#include "scan/pickle/pickle_evidence.h"
#include "scan/text/secrets_judge.h"

namespace weighlock::scan {
namespace {

using pickle::Oddity;
using pickle::Pickle;
using pickle::ValueId;
using pickle::ValueKind;

// Files of more pickles than this are databases, and beyond what is judged here.
constexpr uint64_t kMostStreams = 100'000;
// How much of a file without a magic number is run to see whether it is a pickle.
constexpr uint64_t kTrialBytes = 1u << 20;
// Zeros behind a pickle that a file system or a copy may have left.
constexpr uint64_t kMostPadding = 64u << 10;
// Classes and functions that the inventory of a file holds.
constexpr size_t kMostGlobals = 10'000;

void AddOddities(const Pickle& pickle, const FileScan& scan) {
  for (const Oddity& oddity : pickle.oddities) {
    if (oddity.kind == Oddity::Kind::kFrame) {
      scan.Add("WL-S-104", oddity.offset,
               fmt::format("{}: unpicklers in C and in Python read different bytes from here on",
                           oddity.text));
    }
    if (oddity.kind == Oddity::Kind::kProtocol) scan.Add("WL-S-119", oddity.offset, oddity.text);
  }
}

// How far an answer is from loading.
size_t Badness(std::string_view answer) {
  constexpr std::array<std::string_view, 4> kAnswers = {"loads", "unknown", "refuses", "runs code"};
  return static_cast<size_t>(std::find(kAnswers.begin(), kAnswers.end(), answer) -
                             kAnswers.begin());
}

// A file of several pickles loads where all of them do.
void AddLoaders(std::vector<LoaderAnswer> answers, const FileScan& scan) {
  std::vector<LoaderAnswer>& all = scan.file().loaders;
  for (LoaderAnswer& answer : answers) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const LoaderAnswer& other) {
      return other.loader == answer.loader;
    });
    if (known == all.end()) {
      all.push_back(std::move(answer));
    } else if (Badness(answer.answer) > Badness(known->answer)) {
      *known = std::move(answer);
    }
  }
}

void AddGlobals(std::vector<GlobalUse> globals, const FileScan& scan) {
  std::vector<GlobalUse>& all = scan.file().globals;
  if (all.empty() && globals.size() <= kMostGlobals) {
    all = std::move(globals);
    return;
  }
  for (GlobalUse& use : globals) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const GlobalUse& other) {
      return other.module == use.module && other.name == use.name;
    });
    if (known != all.end()) {
      known->count += use.count;
    } else if (all.size() < kMostGlobals) {
      all.push_back(std::move(use));
    }
  }
}

// Strings of dictionaries that open doors: training arguments hold the tokens of their day.
void JudgeSecretStrings(const Pickle& pickle, const FileScan& scan) {
  constexpr int kMostFindings = 20;
  const pickle::PickleGraph& graph = pickle.graph;
  int found = 0;
  graph.ForEachOf({ValueKind::kDict}, [&](ValueId id) {
    const auto items = graph.items(id);
    for (size_t i = 0; i + 1 < items.size() && found < kMostFindings; i += 2) {
      if (!graph.is_string(items[i]) || !graph.is_string(items[i + 1])) continue;
      const std::string_view name = graph.text(items[i]);
      if (!IsSecret(name, graph.text(items[i + 1]))) continue;
      ++found;
      AddSecret(fmt::format("the value of {}", Quote(name, 60)), pickle.OffsetOf(items[i + 1]),
                scan);
    }
  });
}

bool AllZero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

// What stands behind the last pickle of a file. True where another pickle begins at `at`.
bool JudgeRest(const ByteSource& source, uint64_t at, uint64_t stream, const FileScan& scan) {
  const uint64_t size = source.size() - at;
  if (stream >= kMostStreams) {
    scan.Unjudged("WL-S-003", at, fmt::format("more than {} pickles in one file", kMostStreams));
    return false;
  }
  auto head = source.Read(at, std::min(size, kMostPadding));
  if (!head) {
    scan.Unreadable(head.error());
    return false;
  }
  if (size <= kMostPadding && AllZero(*head)) {
    scan.Add("WL-S-119", at, fmt::format("{} zero bytes stand behind the pickle", size));
    return false;
  }
  if (stream == 1) {
    scan.Add("WL-S-119", at, "another pickle stands behind the first: a loader may read on");
  }
  return true;
}

// Where the zeros at `at` end, within what a copy may have left.
uint64_t BehindZeros(const ByteSource& source, uint64_t at) {
  const auto head = source.Read(at, std::min(source.size() - at, kMostPadding));
  if (!head) return at;
  const auto first =
      std::find_if(head->begin(), head->end(), [](std::byte b) { return b != std::byte{0}; });
  return first == head->end() ? at : at + static_cast<uint64_t>(first - head->begin());
}

// What shows that bytes without a magic number are a pickle: that they end as one and import
// something, or evidence before they fail.
bool HasEvidence(const Pickle& pickle, bool ended) {
  const PickleCalls calls = JudgeCalls(pickle, PickleHome::kFile, nullptr);
  if ((ended && !calls.globals.empty()) || !calls.nested.empty()) return true;
  return std::any_of(calls.raised.begin(), calls.raised.end(),
                     [&](const RaisedFinding& raised) { return IsEvidence(pickle, raised); });
}

// One pickle of a file that may be none.
struct Trial {
  Pickle pickle;
  bool ended;
  bool has_evidence;  // or is larger than what can be run
};

Trial Try(const ByteSource& source, uint64_t at) {
  Limits limits;
  const uint64_t most = std::exchange(limits.pickle_bytes, kTrialBytes);
  auto part = pickle::RunPickleKeepingPart(source, at, limits);
  if (part.error && part.error->code() == Code::kLimit) {  // a pickle so far
    limits.pickle_bytes = most;
    part = pickle::RunPickleKeepingPart(source, at, limits);
  }
  const bool ended = !part.error;
  const bool has_evidence =
      (part.error && part.error->code() == Code::kLimit) || HasEvidence(part.pickle, ended);
  return {std::move(part.pickle), ended, has_evidence};
}

// Protocols 0 and 1 have no magic number. Text without imports or calls is data either way.
bool RunsAsPickle(const Subject& subject) {
  constexpr int kMostTrials = 16;
  if (pickle::FindOpcode(static_cast<uint8_t>(subject.head[0])) == nullptr) return false;
  uint64_t at = 0;
  for (int i = 0; i < kMostTrials && at < subject.source.size(); ++i) {
    const Trial trial = Try(subject.source, at);
    if (trial.has_evidence) return true;
    if (!trial.ended) return false;
    at = trial.pickle.end;
  }
  if (at < subject.source.size()) return true;  // so many are no accident
  return at > 2 && !IsUtf8(AsText(subject.head));
}

bool HasPickleName(std::string_view name) {
  constexpr std::array kEndings = {".pkl", ".pickle", ".joblib", ".dill", ".pk", ".p"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

JudgedPickle RunAndJudge(const ByteSource& source, uint64_t offset, PickleHome home,
                         uint64_t stream, const FileScan& scan) {
  scan.scanner().Offer(scan.file().path, source);
  JoblibArrays arrays(source, stream, scan);
  const auto behind = [&](const pickle::PickleGraph& graph, ValueId object, uint64_t at) {
    return arrays.BytesBehind(graph, object, at);
  };
  auto part = home == PickleHome::kFile
                  ? pickle::RunPickleKeepingPart(source, offset, scan.limits(), behind)
                  : pickle::RunPickleKeepingPart(source, offset, scan.limits());
  PickleCalls calls = JudgeCalls(part.pickle, home, &scan.scanner().allow_list());
  if (!part.error) AddLoaders(LoaderAnswers(part.pickle, calls, home), scan);
  AddFindings(part.pickle, stream, calls.raised, scan);
  AddOddities(part.pickle, scan);
  AddGlobals(std::move(calls.globals), scan);
  JudgeSecretStrings(part.pickle, scan);
  JudgeNested(part.pickle, calls.nested, scan);
  if (const auto first = arrays.first()) {
    JudgeElementsAsOpcodes(source, offset, *first, stream, scan);
  }
  JudgedPickle judged{std::move(part.pickle), std::nullopt};
  if (part.error) {
    scan.Unreadable(*part.error);
  } else {
    judged.end = judged.pickle.end;
  }
  return judged;
}

uint64_t JudgePickleAt(const ByteSource& source, uint64_t offset, PickleHome home, uint64_t stream,
                       const FileScan& scan) {
  return RunAndJudge(source, offset, home, stream, scan).end.value_or(kNoOffset);
}

void JudgeBehind(const ByteSource& source, uint64_t at, uint64_t stream, const FileScan& scan) {
  for (; at < source.size(); ++stream) {
    if (!JudgeRest(source, at, stream, scan)) return;
    if (const uint64_t next = BehindZeros(source, at); next != at) {
      scan.Unjudged("WL-S-002", at, "zeros stand between two pickles: unpicklers end at them");
      at = next;
    }
    at = JudgePickleAt(source, at, PickleHome::kFile, stream, scan);
    if (at == kNoOffset) return;
  }
}

bool IsDisguisedPickle(const Subject& subject) {
  const auto first = static_cast<uint8_t>(subject.head[0]);
  // Files that begin with these are judged as pickles anyway, or end any unpickler at once.
  constexpr uint8_t kProto = 0x80, kPersid = 'P';
  // Maps of 8 pairs and more of MessagePack begin with opcodes that push a value.
  const bool is_map = subject.name.ends_with(".msgpack") && first >= 0x88 && first <= 0x8F;
  const bool is_other = is_map || LooksLikeSafetensors(subject.head) ||
                        AsText(subject.head).starts_with("GGUF") || IsImage(subject) ||
                        IsTar(subject);
  if (!is_other || first == kPersid || pickle::FindOpcode(first) == nullptr) return false;
  if (first == kProto && pickle::FindOpcode(static_cast<uint8_t>(subject.head[2])) == nullptr) {
    return false;
  }
  return Try(subject.source, 0).has_evidence;
}

bool IsPickle(const Subject& subject) {
  if (subject.head.size() < 2) return false;
  const bool has_magic = subject.head[0] == std::byte{0x80} && subject.head[1] <= std::byte{5};
  return has_magic || RunsAsPickle(subject) || HasPickleName(subject.name);
}

void JudgePickle(const Subject& subject, const FileScan& scan) {
  const uint64_t end = JudgePickleAt(subject.source, 0, PickleHome::kFile, 0, scan);
  if (end != kNoOffset) JudgeBehind(subject.source, end, 1, scan);
}

}  // namespace weighlock::scan

// Whether what is in a package is only data: what in it could run code, and what could not be
// judged.
//
// Two axes. The verdict says what was found; the coverage says how much was looked at. Clean is
// complete coverage and a verdict of kDataOnly: every byte explained by a strict parser, every call
// of a pickle one of an allow-listed constructor with checked arguments (docs/scanning.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weighlock/acceptance.h"
#include "weighlock/date.h"
#include "weighlock/limits.h"
#include "weighlock/progress.h"
#include "weighlock/result.h"

namespace weighlock {

// How bad a finding is, worse ones later. kInconclusive: something was not judged.
enum class Level : uint8_t { kInconclusive, kInfo, kLow, kMedium, kHigh, kCritical };
std::string_view LevelName(Level level);  // "critical", "high", ...

// How much of a file was judged. kFailed: nothing of it.
enum class Coverage : uint8_t { kComplete, kPartial, kFailed };
std::string_view CoverageName(Coverage coverage);  // "complete", "partial", "failed"

// What is known of a file, worse ones later. kReview: something that a person should look at.
// kMalformed: two loaders could read different things, or none can.
enum class ScanVerdict : uint8_t { kDataOnly, kReview, kMalformed, kDangerous };
std::string_view ScanVerdictName(ScanVerdict verdict);  // "data-only", "review", ...

// One page of the rules: what `weighlock explain WL-S-101` prints.
struct ScanRule {
  std::string id;     // "WL-S-101"
  std::string title;  // one line
  Level level = Level::kHigh;
  ScanVerdict verdict = ScanVerdict::kDangerous;
  std::string why;      // why it matters
  std::string instead;  // what to do
  std::string cwe;      // "CWE-502"
};

// Every rule, by id.
const std::vector<ScanRule>& ScanRules();
const ScanRule* FindScanRule(std::string_view id);

// What of a pickle shows a finding. Texts are escaped and cut.
struct PickleEvidence {
  uint64_t stream = 0;        // which pickle of the file, from 0
  uint64_t opcode_index = 0;  // which opcode of the stream, from 0
  std::string opcode;         // "REDUCE"
  std::string bytes;          // of the opcode and its argument, in hexadecimal, the first few
  std::string import;         // "module name" as the stream has it; empty: no import
  std::string resolved;       // "module name" as Python 3 would import it
  std::string operands;       // where a STACK_GLOBAL's strings come from; else empty
  std::string form;           // of the call: "REDUCE", "NEWOBJ", ...; empty: only imported
  std::string arguments;      // "('true',)"
  std::string object_path;    // "root['a'][0]"; empty: not part of what the stream returns
};

struct ScanFinding {
  std::string rule;  // "WL-S-101"
  Level level = Level::kHigh;
  ScanVerdict verdict = ScanVerdict::kDangerous;
  std::string path;                   // of the file, as ScannedFile::path
  uint64_t offset = kNoOffset;        // bytes from the file's start
  uint64_t outer_offset = kNoOffset;  // bytes from the start of the outermost file, where known
  std::string text;                   // one sentence; names are escaped
  std::optional<PickleEvidence> pickle;
  std::string fingerprint;  // the same in the next scan of the same bytes; hexadecimal
  // Accepted by the baseline or the user's allow-list, for this reason: it counts for nothing.
  std::string accepted;
};

// A class or function that pickles name.
struct GlobalUse {
  std::string module, name;  // as Python 3 would import them
  uint64_t count = 0;
  std::string standing;  // "allowed", "library", "unknown", "dangerous"
};

// Whether a loader would take the file.
struct LoaderAnswer {
  std::string loader;  // "torch.load 2.6+, weights_only"
  std::string answer;  // "loads", "refuses", "runs code", "unknown"
  std::string why;
  std::vector<std::string> needs;  // names that add_safe_globals would have to be given
};

// One file, or one member of an archive.
struct ScannedFile {
  std::string path;  // "model.tar.gz!m/pytorch_model.bin!archive/data.pkl"
  std::string format;
  uint64_t bytes = 0;
  Coverage coverage = Coverage::kComplete;
  ScanVerdict verdict = ScanVerdict::kDataOnly;
  std::optional<Level> level;  // the worst of its findings
  std::vector<GlobalUse> globals;
  std::vector<LoaderAnswer> loaders;
};

struct ScanReport {
  std::vector<ScannedFile> files;     // in the order in which they were met
  std::vector<ScanFinding> findings;  // worst first
  std::vector<std::string> notes;     // on what was accepted, and is no more
  Coverage coverage = Coverage::kComplete;
  ScanVerdict verdict = ScanVerdict::kDataOnly;
  std::optional<Level> level;
  uint64_t bytes = 0;  // of all files, packed ones as they unpack

  bool clean() const {
    return coverage == Coverage::kComplete && verdict == ScanVerdict::kDataOnly;
  }
};

// The opcodes around a byte of a pickle.
struct PickleWindow {
  struct Row {
    uint64_t index, offset;
    std::string opcode, argument, note;  // escaped
    std::vector<std::string> findings;   // "critical WL-S-101: calls ..."
  };
  std::string path;
  uint64_t stream = 0;  // which pickle of the file
  std::vector<Row> rows;
  size_t marked = 0;  // the row that the byte stands in
};

struct ScanOptions {
  unsigned threads = 0;          // 0: as many as the machine has, at most 8
  Progress* progress = nullptr;  // borrowed
  Limits limits = {};
  std::vector<AllowEntry> allow = {};
  std::vector<BaselineEntry> baseline = {};
  Date today = Date::Today();  // entries end before it
};

// Scans files, folders and archives, and archives in archives. What is wrong with them is a
// finding; an Error means that a path cannot be opened at all. Reads headers, pickles and small
// files; what is packed is unpacked in memory, once, and nothing is written.
Result<ScanReport> Scan(const std::vector<std::string>& paths, const ScanOptions& options);

// The opcodes around byte `offset` of the pickle at `path`: a file, or a member as findings name it
// ("model.pt!archive/data.pkl"). kNotFound: there is no such member; kUnsupported: no pickle there.
Result<PickleWindow> ExplainPickle(const std::string& path, uint64_t offset,
                                   const ScanOptions& options = {});

}  // namespace weighlock

// Pickles, judged: every call must be one of an allow-listed constructor with checked arguments.
#pragma once

#include <optional>

#include "pickle/pickle.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// Who loads the pickle, which decides what its persistent ids may be and what may follow. Those of
// kFile may have joblib's arrays between their opcodes; those of kJoblibObjects stand among these,
// and are read by pickle itself.
enum class PickleHome : uint8_t {
  kFile,
  kTorchZip,
  kTorchScript,
  kTorchPackage,
  kTorchLegacy,
  kTorchTar,
  kNumpy,
  kJoblibObjects
};

struct JudgedPickle {
  pickle::Pickle pickle;        // as far as it went
  std::optional<uint64_t> end;  // bytes from the start of the source; nothing: it did not end
};

// Judges the one pickle that begins at `offset` of `source`, the file that `scan` is about, and
// adds its findings, its names, and that it did not end where it did not. `stream` counts the
// pickles of the file, from 0.
JudgedPickle RunAndJudge(const ByteSource& source, uint64_t offset, PickleHome home,
                         uint64_t stream, const FileScan& scan);

// The same for those who only want to know where it ends; kNoOffset: it did not.
uint64_t JudgePickleAt(const ByteSource& source, uint64_t offset, PickleHome home, uint64_t stream,
                       const FileScan& scan);

// What stands behind the last pickle of a file, from byte `at` on: further pickles, padding, or
// what nobody explains.
void JudgeBehind(const ByteSource& source, uint64_t at, uint64_t stream, const FileScan& scan);

// A pickle that runs code and begins as a file of another format does: a loader that does not look
// at the name would run it.
bool IsDisguisedPickle(const Subject& subject);

// A file that is one pickle or more, of any protocol, joblib's arrays among them.
bool IsPickle(const Subject& subject);
void JudgePickle(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan

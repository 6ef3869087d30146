// Pickles, judged: every call must be one of an allow-listed constructor with checked arguments.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Who loads the pickle, which decides what its persistent ids may be and what may follow.
enum class PickleHome : uint8_t { kFile, kTorchZip, kTorchScript, kTorchLegacy, kTorchTar, kNumpy };

// Judges the one pickle that begins at `offset` of `source`, the file that `scan` is about.
// `stream` counts the pickles of the file, from 0. Returns where it ends, or kNoOffset where it did
// not end: then a finding says so.
uint64_t JudgePickleAt(const ByteSource& source, uint64_t offset, PickleHome home, uint64_t stream,
                       const FileScan& scan);

// A file that is one pickle or more, of any protocol, joblib's arrays among them.
bool IsPickle(const Subject& subject);
void JudgePickle(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan

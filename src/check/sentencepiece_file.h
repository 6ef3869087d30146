// Whether a vocabulary of sentencepiece can be read at all: a message of protocol buffers, whose
// fields follow one another to the end of the file (sentencepiece_model.proto: ModelProto).
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace weighlock {

enum class SentencePieceFile : uint8_t { kReadable, kGarbage, kEmpty };

// kGarbage: sentencepiece cannot parse it, as of a pointer of git-lfs or a file that is cut off.
// kReadable says no more than that the outermost fields are whole. Linear in the number of pieces.
SentencePieceFile JudgeSentencePieceFile(Bytes file);

// The pieces of a file that can be read.
uint64_t CountSentencePieces(Bytes file);

}  // namespace weighlock

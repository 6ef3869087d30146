// Proof that a deflate stream unpacks to bytes that are known, without unpacking it.
//
// A decoder must find out, bit by bit, which symbol comes next. Who knows the plain bytes need only
// look whether it is theirs: the code of each literal that should come is looked up by its byte,
// several are put together, and all of them are compared with the stream at once. A prefix code can
// be read in one way only, so where the bits are those of the literal, every decoder reads the
// literal. Where they are not, symbols are decoded: a match must lie inside what came before and
// repeat what comes next. Runs of literals, as weights are, take a third of the time of unpacking
// them; text takes 1.4 times as long as in libdeflate. (RFC 1951; docs/design.md.)
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace weighlock {

class DeflateReplay {
 public:
  DeflateReplay();
  ~DeflateReplay();

  // Whether `packed` is one deflate stream, from its first bit to its last byte, that unpacks to
  // exactly `plain`. Strict where decoders differ: codes must be complete (but for one single
  // code of one bit), and a block must have an end. What pads the last byte may be anything. Takes
  // any bytes. Linear in both; allocates nothing.
  bool UnpacksTo(Bytes packed, Bytes plain);

 private:
  class Run;
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace weighlock

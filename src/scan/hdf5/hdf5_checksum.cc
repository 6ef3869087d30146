// lookup3 as Bob Jenkins described it (burtleburtle.net/bob/hash/doobs.html): three words are mixed
// for each twelve bytes.
#include <array>
#include <bit>

#include "scan/hdf5/hdf5_file.h"

namespace weighlock::scan {
namespace {

struct Words {
  uint32_t a, b, c;
};

// One step of a mix: `x` loses `y`, and takes it in turned by `turn`; `y` takes `z`.
void Step(uint32_t& x, uint32_t& y, uint32_t z, int turn) {
  x -= y;
  x ^= std::rotl(y, turn);
  y += z;
}

void Mix(Words& w) {
  Step(w.a, w.c, w.b, 4);
  Step(w.b, w.a, w.c, 6);
  Step(w.c, w.b, w.a, 8);
  Step(w.a, w.c, w.b, 16);
  Step(w.b, w.a, w.c, 19);
  Step(w.c, w.b, w.a, 4);
}

void Close(uint32_t& x, uint32_t y, int turn) {
  x ^= y;
  x -= std::rotl(y, turn);
}

void Final(Words& w) {
  Close(w.c, w.b, 14);
  Close(w.a, w.c, 11);
  Close(w.b, w.a, 25);
  Close(w.c, w.b, 16);
  Close(w.a, w.c, 4);
  Close(w.b, w.a, 14);
  Close(w.c, w.b, 24);
}

void Add(Words& w, Bytes twelve) {
  w.a += LoadLe<uint32_t>(twelve);
  w.b += LoadLe<uint32_t>(twelve.subspan(4));
  w.c += LoadLe<uint32_t>(twelve.subspan(8));
}

}  // namespace

uint32_t Hdf5Checksum(Bytes bytes) {
  constexpr size_t kBlock = 12;
  const uint32_t start = 0xDEADBEEF + static_cast<uint32_t>(bytes.size());
  Words words{start, start, start};
  for (; bytes.size() > kBlock; bytes = bytes.subspan(kBlock)) {
    Add(words, bytes.first(kBlock));
    Mix(words);
  }
  if (bytes.empty()) return words.c;
  std::array<std::byte, kBlock> last{};  // zeros behind the end
  std::memcpy(last.data(), bytes.data(), bytes.size());
  Add(words, last);
  Final(words);
  return words.c;
}

}  // namespace weighlock::scan

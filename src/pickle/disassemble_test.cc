// Windows of a stream, with what its memo holds.
#include "pickle/disassemble.h"

#include <gtest/gtest.h>

namespace weighlock::pickle {
namespace {

std::string Lines(const std::string& bytes, uint64_t around, size_t before, size_t after) {
  const ByteVector copy(AsBytes(bytes).begin(), AsBytes(bytes).end());
  const auto part = RunPickleKeepingPart(ByteSource::FromMemory(copy, "x"), 0, Limits());
  std::string out;
  for (const Instruction& each : Disassemble(part.pickle, around, before, after)) {
    out += std::to_string(each.index) + " " + std::to_string(each.offset) + " " + each.opcode;
    if (!each.argument.empty()) out += " " + each.argument;
    if (!each.note.empty()) out += " # " + each.note;
    out += "\n";
  }
  return out;
}

TEST(Disassemble, ArgumentsAndMemo) {
  const std::string stream = std::string("\x80\x02]q\x01(K\x07h\x01X\x02\x00\x00\x00hie.", 19);
  EXPECT_EQ(Lines(stream, 0, 0, 100),
            "0 0 PROTO 2\n"
            "1 2 EMPTY_LIST\n"
            "2 3 BINPUT 1\n"
            "3 5 MARK\n"
            "4 6 BININT1 7\n"
            "5 8 BINGET 1 # what 0x3 put there\n"
            "6 10 BINUNICODE \"hi\" (2 bytes)\n"
            "7 17 APPENDS\n"
            "8 18 STOP\n");
  EXPECT_EQ(Lines(stream, 11, 1, 1),
            "5 8 BINGET 1 # what 0x3 put there\n"
            "6 10 BINUNICODE \"hi\" (2 bytes)\n"
            "7 17 APPENDS\n");
}

TEST(Disassemble, NamesAndNumbers) {
  EXPECT_EQ(Lines("cos\nsystem\n0I5\n0F1.5\n0N.", 0, 0, 100),
            "0 0 GLOBAL \"os system\"\n"
            "1 11 POP\n"
            "2 12 INT \"5\"\n"
            "3 15 POP\n"
            "4 16 FLOAT \"1.5\"\n"
            "5 21 POP\n"
            "6 22 NONE\n"
            "7 23 STOP\n");
}

}  // namespace
}  // namespace weighlock::pickle

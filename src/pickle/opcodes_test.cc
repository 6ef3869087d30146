// Our opcode table against CPython's, and the Python 2 names.
#include "pickle/opcodes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <sstream>
#include <string>

#include "pickle/names.h"

namespace weighlock::pickle {
namespace {

const char* ArgName(Arg arg) {
  switch (arg) {
    case Arg::kNone:
      return "-";
    case Arg::kUint1:
      return "uint1";
    case Arg::kUint2:
      return "uint2";
    case Arg::kUint4:
      return "uint4";
    case Arg::kUint8:
      return "uint8";
    case Arg::kInt4:
      return "int4";
    case Arg::kFloat8:
      return "float8";
    case Arg::kLong1:
      return "long1";
    case Arg::kLong4:
      return "long4";
    case Arg::kString1:
      return "string1";
    case Arg::kString4:
      return "string4";
    case Arg::kBytes1:
      return "bytes1";
    case Arg::kBytes4:
      return "bytes4";
    case Arg::kBytes8:
      return "bytes8";
    case Arg::kBytearray8:
      return "bytearray8";
    case Arg::kUnicodestring1:
      return "unicodestring1";
    case Arg::kUnicodestring4:
      return "unicodestring4";
    case Arg::kUnicodestring8:
      return "unicodestring8";
    case Arg::kDecimalnlShort:
      return "decimalnl_short";
    case Arg::kDecimalnlLong:
      return "decimalnl_long";
    case Arg::kFloatnl:
      return "floatnl";
    case Arg::kStringnl:
      return "stringnl";
    case Arg::kStringnlNoescape:
      return "stringnl_noescape";
    case Arg::kUnicodestringnl:
      return "unicodestringnl";
    case Arg::kStringnlNoescapePair:
      return "stringnl_noescape_pair";
  }
  return "?";
}

// tests/data/pickle/opcodes.txt is written by tools/opcode_golden.py from pickletools.
TEST(Opcodes, AreThoseOfPickletools) {
  std::ifstream file(WL_TEST_DATA "/pickle/opcodes.txt");
  std::stringstream golden;
  golden << file.rdbuf();
  std::string ours;
  for (const OpcodeInfo& row : kOpcodes) {
    ours +=
        fmt::format("{:02x} {} {} {} {}{} {}\n", static_cast<unsigned>(row.op), row.name,
                    ArgName(row.arg), row.protocol, row.pops, row.to_mark ? "m" : "", row.pushes);
  }
  EXPECT_EQ(ours, golden.str());
}

TEST(Opcodes, AreFoundByByte) {
  int found = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const OpcodeInfo* row = FindOpcode(static_cast<uint8_t>(byte));
    if (row == nullptr) continue;
    ++found;
    EXPECT_EQ(static_cast<int>(row->op), byte);
  }
  EXPECT_EQ(found, 68);
}

TEST(Names, OfPython2) {
  const auto modern = [](const char* module, const char* name) {
    const QualifiedName q = ModernName(module, name);
    return fmt::format("{} {}", q.module, q.name);
  };
  EXPECT_EQ(modern("__builtin__", "xrange"), "builtins range");
  EXPECT_EQ(modern("__builtin__", "set"), "builtins set");
  EXPECT_EQ(modern("copy_reg", "_reconstructor"), "copyreg _reconstructor");
  EXPECT_EQ(modern("UserDict", "IterableUserDict"), "collections UserDict");
  EXPECT_EQ(modern("torch._utils", "_rebuild_tensor_v2"), "torch._utils _rebuild_tensor_v2");
  EXPECT_EQ(modern("", ""), " ");
}

}  // namespace
}  // namespace weighlock::pickle

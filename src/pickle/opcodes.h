// The 68 opcodes of pickle protocols 0 to 5, as one table.
//
// Names, argument kinds, protocols and stack effects follow CPython's pickletools; a test compares
// every row with it. The decoder, the machine and the error messages all read this table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace weighlock::pickle {

enum class Op : uint8_t {
  kMark = 0x28,
  kEmptyTuple = 0x29,
  kStop = 0x2e,
  kPop = 0x30,
  kPopMark = 0x31,
  kDup = 0x32,
  kBinbytes = 0x42,
  kShortBinbytes = 0x43,
  kFloat = 0x46,
  kBinfloat = 0x47,
  kInt = 0x49,
  kBinint = 0x4a,
  kBinint1 = 0x4b,
  kLong = 0x4c,
  kBinint2 = 0x4d,
  kNone = 0x4e,
  kPersid = 0x50,
  kBinpersid = 0x51,
  kReduce = 0x52,
  kString = 0x53,
  kBinstring = 0x54,
  kShortBinstring = 0x55,
  kUnicode = 0x56,
  kBinunicode = 0x58,
  kEmptyList = 0x5d,
  kAppend = 0x61,
  kBuild = 0x62,
  kGlobal = 0x63,
  kDict = 0x64,
  kAppends = 0x65,
  kGet = 0x67,
  kBinget = 0x68,
  kInst = 0x69,
  kLongBinget = 0x6a,
  kList = 0x6c,
  kObj = 0x6f,
  kPut = 0x70,
  kBinput = 0x71,
  kLongBinput = 0x72,
  kSetitem = 0x73,
  kTuple = 0x74,
  kSetitems = 0x75,
  kEmptyDict = 0x7d,
  kProto = 0x80,
  kNewobj = 0x81,
  kExt1 = 0x82,
  kExt2 = 0x83,
  kExt4 = 0x84,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewtrue = 0x88,
  kNewfalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinunicode = 0x8c,
  kBinunicode8 = 0x8d,
  kBinbytes8 = 0x8e,
  kEmptySet = 0x8f,
  kAdditems = 0x90,
  kFrozenset = 0x91,
  kNewobjEx = 0x92,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kBytearray8 = 0x96,
  kNextBuffer = 0x97,
  kReadonlyBuffer = 0x98,
};

// What follows the opcode byte; the names are pickletools'.
enum class Arg : uint8_t {
  kNone,
  kUint1,
  kUint2,
  kUint4,
  kUint8,  // little-endian
  kInt4,
  kFloat8,  // big-endian
  kLong1,
  kLong4,  // a length, then a two's complement little-endian integer
  kString1,
  kString4,  // a length of 1, 4 or 8 bytes, then that many bytes
  kBytes1,
  kBytes4,
  kBytes8,
  kBytearray8,
  kUnicodestring1,
  kUnicodestring4,
  kUnicodestring8,
  kDecimalnlShort,
  kDecimalnlLong,  // text up to the end of the line
  kFloatnl,
  kStringnl,
  kStringnlNoescape,
  kUnicodestringnl,
  kStringnlNoescapePair,  // two lines
};

// How an argument lies in the stream.
struct ArgShape {
  uint8_t fixed = 0;       // bytes of a number, or
  uint8_t length = 0;      // bytes of a length that as many bytes follow, or
  uint8_t lines = 0;       // lines
  bool is_signed = false;  // whether the number or length is
};

constexpr ArgShape ShapeOf(Arg arg) {
  switch (arg) {
    case Arg::kNone:
      return {};
    case Arg::kUint1:
      return {.fixed = 1};
    case Arg::kUint2:
      return {.fixed = 2};
    case Arg::kUint4:
      return {.fixed = 4};
    case Arg::kInt4:
      return {.fixed = 4, .is_signed = true};
    case Arg::kUint8:
    case Arg::kFloat8:
      return {.fixed = 8};
    case Arg::kLong1:
    case Arg::kString1:
    case Arg::kBytes1:
    case Arg::kUnicodestring1:
      return {.length = 1};
    case Arg::kBytes4:
    case Arg::kUnicodestring4:
      return {.length = 4};
    case Arg::kLong4:
    case Arg::kString4:
      return {.length = 4, .is_signed = true};
    case Arg::kBytes8:
    case Arg::kBytearray8:
    case Arg::kUnicodestring8:
      return {.length = 8};
    case Arg::kStringnlNoescapePair:
      return {.lines = 2};
    default:
      return {.lines = 1};
  }
}

struct OpcodeInfo {
  Op op;
  std::string_view name;
  Arg arg;
  uint8_t protocol;  // the first that has it
  uint8_t pops;      // values taken from the stack (or looked at, and put back)
  bool to_mark;      // whether everything above the topmost mark, and the mark, goes too
  uint8_t pushes;
};

// In the order of their bytes.
inline constexpr std::array<OpcodeInfo, 68> kOpcodes = {{
    {Op::kMark, "MARK", Arg::kNone, 0, 0, false, 1},
    {Op::kEmptyTuple, "EMPTY_TUPLE", Arg::kNone, 1, 0, false, 1},
    {Op::kStop, "STOP", Arg::kNone, 0, 1, false, 0},
    {Op::kPop, "POP", Arg::kNone, 0, 1, false, 0},
    {Op::kPopMark, "POP_MARK", Arg::kNone, 1, 0, true, 0},
    {Op::kDup, "DUP", Arg::kNone, 0, 1, false, 2},
    {Op::kBinbytes, "BINBYTES", Arg::kBytes4, 3, 0, false, 1},
    {Op::kShortBinbytes, "SHORT_BINBYTES", Arg::kBytes1, 3, 0, false, 1},
    {Op::kFloat, "FLOAT", Arg::kFloatnl, 0, 0, false, 1},
    {Op::kBinfloat, "BINFLOAT", Arg::kFloat8, 1, 0, false, 1},
    {Op::kInt, "INT", Arg::kDecimalnlShort, 0, 0, false, 1},
    {Op::kBinint, "BININT", Arg::kInt4, 1, 0, false, 1},
    {Op::kBinint1, "BININT1", Arg::kUint1, 1, 0, false, 1},
    {Op::kLong, "LONG", Arg::kDecimalnlLong, 0, 0, false, 1},
    {Op::kBinint2, "BININT2", Arg::kUint2, 1, 0, false, 1},
    {Op::kNone, "NONE", Arg::kNone, 0, 0, false, 1},
    {Op::kPersid, "PERSID", Arg::kStringnlNoescape, 0, 0, false, 1},
    {Op::kBinpersid, "BINPERSID", Arg::kNone, 1, 1, false, 1},
    {Op::kReduce, "REDUCE", Arg::kNone, 0, 2, false, 1},
    {Op::kString, "STRING", Arg::kStringnl, 0, 0, false, 1},
    {Op::kBinstring, "BINSTRING", Arg::kString4, 1, 0, false, 1},
    {Op::kShortBinstring, "SHORT_BINSTRING", Arg::kString1, 1, 0, false, 1},
    {Op::kUnicode, "UNICODE", Arg::kUnicodestringnl, 0, 0, false, 1},
    {Op::kBinunicode, "BINUNICODE", Arg::kUnicodestring4, 1, 0, false, 1},
    {Op::kEmptyList, "EMPTY_LIST", Arg::kNone, 1, 0, false, 1},
    {Op::kAppend, "APPEND", Arg::kNone, 0, 2, false, 1},
    {Op::kBuild, "BUILD", Arg::kNone, 0, 2, false, 1},
    {Op::kGlobal, "GLOBAL", Arg::kStringnlNoescapePair, 0, 0, false, 1},
    {Op::kDict, "DICT", Arg::kNone, 0, 0, true, 1},
    {Op::kAppends, "APPENDS", Arg::kNone, 1, 1, true, 1},
    {Op::kGet, "GET", Arg::kDecimalnlShort, 0, 0, false, 1},
    {Op::kBinget, "BINGET", Arg::kUint1, 1, 0, false, 1},
    {Op::kInst, "INST", Arg::kStringnlNoescapePair, 0, 0, true, 1},
    {Op::kLongBinget, "LONG_BINGET", Arg::kUint4, 1, 0, false, 1},
    {Op::kList, "LIST", Arg::kNone, 0, 0, true, 1},
    {Op::kObj, "OBJ", Arg::kNone, 1, 1, true, 1},
    {Op::kPut, "PUT", Arg::kDecimalnlShort, 0, 0, false, 0},
    {Op::kBinput, "BINPUT", Arg::kUint1, 1, 0, false, 0},
    {Op::kLongBinput, "LONG_BINPUT", Arg::kUint4, 1, 0, false, 0},
    {Op::kSetitem, "SETITEM", Arg::kNone, 0, 3, false, 1},
    {Op::kTuple, "TUPLE", Arg::kNone, 0, 0, true, 1},
    {Op::kSetitems, "SETITEMS", Arg::kNone, 1, 1, true, 1},
    {Op::kEmptyDict, "EMPTY_DICT", Arg::kNone, 1, 0, false, 1},
    {Op::kProto, "PROTO", Arg::kUint1, 2, 0, false, 0},
    {Op::kNewobj, "NEWOBJ", Arg::kNone, 2, 2, false, 1},
    {Op::kExt1, "EXT1", Arg::kUint1, 2, 0, false, 1},
    {Op::kExt2, "EXT2", Arg::kUint2, 2, 0, false, 1},
    {Op::kExt4, "EXT4", Arg::kInt4, 2, 0, false, 1},
    {Op::kTuple1, "TUPLE1", Arg::kNone, 2, 1, false, 1},
    {Op::kTuple2, "TUPLE2", Arg::kNone, 2, 2, false, 1},
    {Op::kTuple3, "TUPLE3", Arg::kNone, 2, 3, false, 1},
    {Op::kNewtrue, "NEWTRUE", Arg::kNone, 2, 0, false, 1},
    {Op::kNewfalse, "NEWFALSE", Arg::kNone, 2, 0, false, 1},
    {Op::kLong1, "LONG1", Arg::kLong1, 2, 0, false, 1},
    {Op::kLong4, "LONG4", Arg::kLong4, 2, 0, false, 1},
    {Op::kShortBinunicode, "SHORT_BINUNICODE", Arg::kUnicodestring1, 4, 0, false, 1},
    {Op::kBinunicode8, "BINUNICODE8", Arg::kUnicodestring8, 4, 0, false, 1},
    {Op::kBinbytes8, "BINBYTES8", Arg::kBytes8, 4, 0, false, 1},
    {Op::kEmptySet, "EMPTY_SET", Arg::kNone, 4, 0, false, 1},
    {Op::kAdditems, "ADDITEMS", Arg::kNone, 4, 1, true, 1},
    {Op::kFrozenset, "FROZENSET", Arg::kNone, 4, 0, true, 1},
    {Op::kNewobjEx, "NEWOBJ_EX", Arg::kNone, 4, 3, false, 1},
    {Op::kStackGlobal, "STACK_GLOBAL", Arg::kNone, 4, 2, false, 1},
    {Op::kMemoize, "MEMOIZE", Arg::kNone, 4, 1, false, 1},
    {Op::kFrame, "FRAME", Arg::kUint8, 4, 0, false, 0},
    {Op::kBytearray8, "BYTEARRAY8", Arg::kBytearray8, 5, 0, false, 1},
    {Op::kNextBuffer, "NEXT_BUFFER", Arg::kNone, 5, 0, false, 1},
    {Op::kReadonlyBuffer, "READONLY_BUFFER", Arg::kNone, 5, 1, false, 1},
}};

namespace detail {
inline constexpr uint8_t kNotAnOpcode = 0xFF;
constexpr std::array<uint8_t, 256> IndexByByte() {
  std::array<uint8_t, 256> index = {};
  index.fill(kNotAnOpcode);
  for (size_t i = 0; i < kOpcodes.size(); ++i) {
    index[static_cast<uint8_t>(kOpcodes[i].op)] = static_cast<uint8_t>(i);
  }
  return index;
}
inline constexpr std::array<uint8_t, 256> kIndexByByte = IndexByByte();
}  // namespace detail

// The row of an opcode byte, or null where no opcode has it.
constexpr const OpcodeInfo* FindOpcode(uint8_t byte) {
  const uint8_t index = detail::kIndexByByte[byte];
  return index == detail::kNotAnOpcode ? nullptr : &kOpcodes[index];
}

}  // namespace weighlock::pickle

// The machine, case by case: what a stream builds, and how each kind of broken one fails.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "pickle/pickle.h"

namespace weighlock::pickle {
namespace {

Result<Pickle> RunText(std::string_view stream, uint64_t offset = 0, const Limits& limits = {}) {
  const Bytes bytes = AsBytes(stream);
  return RunPickle(ByteSource::FromMemory({bytes.begin(), bytes.end()}, "test"), offset, limits);
}

// A stream that may hold NUL bytes.
template <size_t N>
std::string S(const char (&text)[N]) {
  return std::string(text, N - 1);
}

struct Bad {
  std::string stream;
  std::string message;
};

const Bad kBad[] = {
    {"", "+0x0: truncated: the pickle wants STOP, the bytes end"},
    {"\x80\x02", "+0x2: truncated: the pickle wants STOP, the bytes end"},
    {S("X\x00\x10\x00\x00seventeen letters"),
     "+0x0: truncated: BINUNICODE wants 4096 bytes, 17 are left"},
    {S("NX\x01\x00"), "+0x1: truncated: BINUNICODE wants 4 bytes, 2 are left"},
    {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
     "+0x0: malformed: BINUNICODE8 wants 18446744073709551615 bytes, more than any memory"},
    {"T\xff\xff\xff\xff", "+0x0: malformed: BINSTRING has a negative length, -1"},
    {"X\x01\0\0\0\xff.", "+0x0: truncated: BINUNICODE wants 4 bytes, 1 are left"},
    {S("X\x01\0\0\0\xff."), "+0x0: malformed: BINUNICODE wants UTF-8, got \"\\xff\""},
    {"Nz", "+0x1: malformed: the pickle wants an opcode, got byte 0x7a"},
    {".", "+0x0: malformed: STOP wants 1 value on the stack, 0 are there"},
    {"N(.", "+0x2: malformed: STOP wants 1 value on the stack, 0 are there above the mark"},
    {"NR", "+0x1: malformed: REDUCE wants 2 values on the stack, 1 is there"},
    {"t", "+0x0: malformed: TUPLE wants a MARK, none is open"},
    {"N\x87", "+0x1: malformed: TUPLE3 wants 3 values on the stack, 1 is there"},
    {"(N(\x86", "+0x3: malformed: TUPLE2 wants 2 values on the stack, 0 are there above the mark"},
    {"h\x07", "+0x0: malformed: BINGET wants memo slot 7, which is empty"},
    {"g7\n", "+0x0: malformed: GET wants memo slot 7, which is empty"},
    {"Np-1\n", "+0x1: malformed: PUT wants a memo index, got \"-1\""},
    {"q\x01", "+0x0: malformed: BINPUT wants 1 value on the stack, 0 are there"},
    {"N)R", "+0x2: malformed: REDUCE wants something to call, got None"},
    {"cos\nsystem\nNR", "+0xc: malformed: REDUCE wants a tuple of arguments, got None"},
    {"(Nd", "+0x2: malformed: DICT wants keys with values, got 1 items"},
    {"}(Nu", "+0x3: malformed: SETITEMS wants keys with values, got 1 items"},
    {"}]Ns", "+0x3: malformed: SETITEM wants keys that can be hashed, got list"},
    {"}Na", "+0x2: malformed: APPEND wants a list to append to, got dict"},
    {"(Ne", "+0x2: malformed: APPENDS wants a list below its items, none is there"},
    {")NNs", "+0x3: malformed: SETITEM wants a dict to store in, got tuple"},
    {"](N\x90", "+0x3: malformed: ADDITEMS wants a set to add to, got list"},
    {"NN\x93", "+0x2: malformed: STACK_GLOBAL wants two strings, got None"},
    {"c\nx\n", "+0x0: malformed: GLOBAL wants a module and a name, a line is empty"},
    {"cos\nsystem",
     "+0x0: truncated: GLOBAL wants a line, 6 bytes are left without an end of line"},
    {S("\x82\x00"), "+0x0: malformed: EXT1 wants a code above 0, got 0"},
    {"\x80\x06N.", "+0x0: malformed: PROTO wants a protocol of 0 to 5, got 6"},
    {"Ifive\n.", "+0x0: malformed: INT wants an integer, got \"five\""},
    {"Snope\n.", "+0x0: malformed: STRING wants a quoted string, got \"nope\""},
    {"V\\u12\n.", "+0x0: malformed: UNICODE has a broken \\u escape in \"\\\\u12\""},
    {"F1e999\n.", "+0x0: malformed: FLOAT wants a number, got \"1e999\""},
    {S("\x95\x09\0\0\0\0\0\0\0N."), "+0x0: truncated: FRAME wants 9 bytes, 2 are left"},
    {"(o", "+0x1: malformed: OBJ wants a class above the MARK"},
};

TEST(Machine, Refuses) {
  for (const Bad& c : kBad) {
    auto pickle = RunText(c.stream);
    ASSERT_FALSE(pickle) << c.message;
    EXPECT_EQ(pickle.error().Message(), c.message);
  }
}

TEST(Machine, MemoizeCountsFilledSlots) {
  // PUT to slot 7, then MEMOIZE: it fills slot 1, not slot 8.
  auto pickle = RunText(S("\x80\x04K\x05q\x07K\x06\x94h\x01."));
  ASSERT_TRUE(pickle) << pickle.error().Message();
  EXPECT_EQ(pickle->graph.integer(pickle->root), 6);
}

TEST(Machine, MemoSlotFarAway) {
  auto pickle =
      RunText(S("K\x05r\xff\xff\xff\xff"
                "0j\xff\xff\xff\xff."));
  ASSERT_TRUE(pickle) << pickle.error().Message();
  EXPECT_EQ(pickle->graph.integer(pickle->root), 5);
}

TEST(Machine, PopTakesAMark) {
  auto pickle = RunText("K\x05(0.");
  ASSERT_TRUE(pickle) << pickle.error().Message();
  EXPECT_EQ(pickle->graph.integer(pickle->root), 5);
}

TEST(Machine, CallsAreKeptThoughPopped) {
  auto pickle = RunText("cos\nsystem\n(S'x'\ntR0N.");
  ASSERT_TRUE(pickle) << pickle.error().Message();
  EXPECT_EQ(pickle->globals, std::vector<std::string>{"os system"});
  int calls = 0;
  for (ValueId id = 0; id < pickle->graph.size(); ++id) {
    if (pickle->graph.kind(id) == ValueKind::kCall) {
      ++calls;
      EXPECT_EQ(pickle->OffsetOf(id), 18u);
    }
  }
  EXPECT_EQ(calls, 1);
}

TEST(Machine, EvidenceOutlivesTheError) {
  const Bytes bytes = AsBytes("cos\nsystem\n(S'x'\ntRz");
  const PartialPickle part = RunPickleKeepingPart(
      ByteSource::FromMemory({bytes.begin(), bytes.end()}, "test"), 0, Limits());
  ASSERT_TRUE(part.error);
  EXPECT_EQ(part.error->offset(), 19u);
  EXPECT_EQ(part.pickle.root, kNoValue);
  EXPECT_EQ(part.pickle.globals, std::vector<std::string>{"os system"});
}

TEST(Machine, ObjectsOfTheLoader) {
  auto pickle =
      RunText(S("\x80\x02"
                "ca\nB\n)\x81}K\x01K\x02sbK\x07"
                "aK\x08K\x09s(K\x0aU\x01xtQa."));
  ASSERT_TRUE(pickle) << pickle.error().Message();
  const PickleGraph& g = pickle->graph;
  ASSERT_EQ(g.kind(pickle->root), ValueKind::kCall);
  EXPECT_EQ(g.call(pickle->root).form, CallForm::kNewObj);
  const Changes* changes = g.changes(pickle->root);
  ASSERT_NE(changes, nullptr);
  EXPECT_EQ(changes->states.size(), 1u);
  ASSERT_EQ(changes->appended.size(), 2u);
  EXPECT_EQ(changes->items.size(), 2u);
  const ValueId persistent = changes->appended[1];
  ASSERT_EQ(g.kind(persistent), ValueKind::kPersistentId);
  EXPECT_EQ(g.items(g.persistent_id(persistent)).size(), 2u);
}

TEST(Machine, ComputedImport) {
  auto pickle = RunText("ca\nf\n)RU\x01x\x93.");
  ASSERT_TRUE(pickle) << pickle.error().Message();
  EXPECT_TRUE(pickle->graph.global(pickle->root).computed);
  EXPECT_EQ(pickle->oddities.size(), 1u);
}

TEST(Machine, FramesThatLie) {
  // The frame of 1 byte ends inside of BININT1.
  auto pickle = RunText(S("\x80\x04\x95\x01\0\0\0\0\0\0\0K\x05."));
  ASSERT_TRUE(pickle) << pickle.error().Message();
  ASSERT_EQ(pickle->oddities.size(), 1u);
  EXPECT_EQ(pickle->oddities[0].offset, 11u);
  EXPECT_EQ(pickle->oddities[0].text, "BININT1 crosses the end of its frame");
}

TEST(Machine, ReadsOnePickleOfMany) {
  const std::string streams = "junkN.K\x05.rest";
  auto first = RunText(streams, 4);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->end, 6u);
  auto second = RunText(streams, first->end);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->graph.integer(second->root), 5);
  EXPECT_EQ(second->end, 9u);
  EXPECT_EQ(RunText(streams, 99).error().code(), Code::kTruncated);
}

TEST(Machine, GrowsItsWindow) {
  std::string stream = "(";
  for (int i = 0; i < 200'000; ++i) stream += "K\x05";
  stream += "V" + std::string(300'000, 'x') + "\nl.";
  auto pickle = RunText(stream + std::string(1 << 20, '.'));
  ASSERT_TRUE(pickle) << pickle.error().Message();
  EXPECT_EQ(pickle->graph.items(pickle->root).size(), 200'001u);
  EXPECT_EQ(pickle->end, stream.size());
}

// Integers that follow each other are pushed in a run: the same values and errors as one by one.
TEST(Machine, RunsOfIntegers) {
  const std::string ints = "(K\x01M\x02\x01J\xff\xff\xff\xffK\x04K\x05K\x06l.";
  const auto pickle = RunText(ints);
  ASSERT_TRUE(pickle) << pickle.error().Message();
  std::vector<int64_t> values;
  for (const ValueId id : pickle->graph.items(pickle->root)) {
    values.push_back(pickle->graph.integer(id));
    EXPECT_LT(pickle->graph.offset(id), ints.size());
  }
  EXPECT_EQ(values, (std::vector<int64_t>{1, 258, -1, 4, 5, 6}));
  EXPECT_EQ(pickle->graph.offset(pickle->graph.items(pickle->root)[2]), 6u);

  Limits limits;
  limits.pickle_nodes = 4;
  auto error = RunText(ints, 0, limits).error();
  EXPECT_EQ(error.what(), "BININT1 makes more than 4 values");
  EXPECT_EQ(error.offset(), 13u);
  limits = {};
  limits.pickle_opcodes = 5;
  error = RunText(ints, 0, limits).error();
  EXPECT_EQ(error.what(), "BININT1 is opcode 6 of at most 5");
  EXPECT_EQ(error.offset(), 13u);
  // Cut anywhere, and where a frame ends within the run.
  for (size_t size = 0; size < ints.size(); ++size) EXPECT_FALSE(RunText(ints.substr(0, size)));
  const auto framed =
      RunText(std::string("\x80\x04\x95\x04\0\0\0\0\0\0\0K\x01M\x02\x01K\x04\x87.", 20));
  ASSERT_TRUE(framed) << framed.error().Message();
  ASSERT_EQ(framed->oddities.size(), 1u);
  EXPECT_EQ(framed->oddities[0].text, "BININT2 crosses the end of its frame");
}

TEST(Machine, Budgets) {
  Limits limits;
  limits.pickle_nodes = 3;
  EXPECT_EQ(RunText("NNNN.", 0, limits).error().what(), "NONE makes more than 3 values");
  limits = {};
  limits.pickle_opcodes = 2;
  EXPECT_EQ(RunText("NNN.", 0, limits).error().what(), "NONE is opcode 3 of at most 2");
  limits = {};
  limits.pickle_bytes = 3;
  EXPECT_EQ(RunText("NNNN.", 0, limits).error().what(), "the pickle is longer than 3 bytes");
  EXPECT_EQ(RunText("Vaaaa\n.", 0, limits).error().what(),
            "UNICODE has a line that goes on behind the limit of 3 bytes");
  EXPECT_EQ(RunText("U\x04zzzz.", 0, limits).error().what(),
            "SHORT_BINSTRING ends behind the limit of 3 bytes");
}

}  // namespace
}  // namespace weighlock::pickle

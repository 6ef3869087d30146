// Every way in which a pickle can reach code, as the fewest opcodes that do it. Nothing is run;
// what is called here is harmless all the same.
#include "scan/pickle/pickle_judge.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/scan_of.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

using std::string_literals::operator""s;

ScanReport PickleOf(const std::string& bytes) {
  return ScanOf("x.pkl", bytes);
}

std::string Rules(const ScanReport& report) {
  std::string out;
  for (const ScanFinding& finding : report.findings) {
    out += (out.empty() ? "" : " ") + finding.rule.substr(3);
  }
  return out;
}

// Opcodes by what they do; protocol 2 unless a stream says otherwise.
std::string Str(const std::string& text) {  // BINUNICODE
  return "X"s + static_cast<char>(text.size()) + "\0\0\0"s + text;
}
std::string Global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
std::string Stacked(const std::string& module, const std::string& name) {
  return Str(module) + Str(name) + "\x93";
}
const std::string kTuple1 = "\x85"s, kReduce = "R"s, kStop = "."s, kMark = "("s;
const std::string kCallSystem = Global("os", "system") + Str("true") + kTuple1 + kReduce;

std::string Framed(const std::string& body, size_t claims) {
  return "\x80\x04\x95"s + static_cast<char>(claims) + "\0\0\0\0\0\0\0"s + body;
}

struct Case {
  const char* what;
  std::string bytes;
  const char* rules;  // of the findings, worst first
};

TEST(PickleJudge, CallsAndImports) {
  const Case cases[] = {
      {"a dictionary", "\x80\x02}q\0."s, ""},
      {"a call", "\x80\x02" + kCallSystem + kStop, "S-101"},
      {"a call whose result is thrown away", "\x80\x02" + kCallSystem + "0N.", "S-101"},
      {"protocol 0", "cos\nsystem\n(Vtrue\ntR.", "S-101"},
      {"an import only", "\x80\x02" + Global("os", "system") + kStop, "S-101"},
      {"STACK_GLOBAL",
       "\x80\x04" + Stacked("os", "system") + Str("true") + kTuple1 + kReduce + kStop, "S-101"},
      {"STACK_GLOBAL of narrow strings",
       "\x80\x04U\x02osU\x06system\x93" + Str("true") + kTuple1 + "R.", "S-101"},
      {"INST", "\x80\x02(" + Str("true") + "ios\nsystem\n.", "S-101"},
      {"OBJ", "\x80\x02(" + Global("os", "system") + Str("true") + "o.", "S-101"},
      {"NEWOBJ", "\x80\x02" + Global("os", "system") + Str("true") + kTuple1 + "\x81.", "S-101"},
      {"NEWOBJ_EX", "\x80\x04" + Stacked("os", "system") + Str("true") + kTuple1 + "}\x92.",
       "S-101"},
      {"a name of Python 2", "\x80\x02" + Global("__builtin__", "eval") + Str("1") + kTuple1 + "R.",
       "S-101"},
      {"an unknown class, called", "\x80\x02" + Global("acme", "Thing") + ")R.", "S-109"},
      {"an unknown class, imported", "\x80\x02" + Global("acme", "Thing") + kStop, "S-110"},
      {"a dotted name", "\x80\x04" + Stacked("acme", "os.system") + Str("true") + kTuple1 + "R.",
       "S-108"},
      {"a computed name", "\x80\x04" + Global("acme", "f") + ")R" + Str("system") + "\x93)R.",
       "S-102 S-109"},
      {"a call of what a call returned", "\x80\x02" + Global("acme", "f") + ")R)R.", "S-109 S-109"},
      {"an extension code", "\x80\x02\x82\x01)R.", "S-106"},
      {"a persistent id", "\x80\x02" + Str("x") + "Q.", "S-107"},
      {"a state on a function", "\x80\x02" + Global("acme", "f") + "}" + Str("a") + "Nsb.",
       "S-103 S-110"},
      {"a state on a list", "\x80\x02]}b.", "S-114"},
      {"items in a list", "\x80\x02]K\x01K\x02s.", "S-114"},
      {"a dunder among slots",
       "\x80\x02" + Global("collections", "OrderedDict") + ")RN}" + Str("__class__") + "Ns\x86" +
           "b.",
       "S-103"},
      {"a codec that is not latin-1",
       "\x80\x02" + Global("_codecs", "encode") + Str("x") + Str("rot13") + "\x86R.", "S-112"},
      {"bytes of protocol 2",
       "\x80\x02" + Global("_codecs", "encode") + Str("x") + Str("latin1") + "\x86R.", ""},
      {"out-of-band data", "\x80\x05\x97.", "S-117"},
      {"a call, then garbage", "\x80\x02" + kCallSystem + "\xff\xff", "S-101 S-002"},
      {"a call, then the end", "\x80\x02" + kCallSystem, "S-101 S-002"},
      {"a call in the second pickle", "\x80\x02N.\x80\x02" + kCallSystem + kStop, "S-101 S-119"},
      {"zeros behind", "\x80\x02N." + std::string(64, '\0'), "S-119"},
      {"garbage behind", "\x80\x02N.\xff\xfe", "S-002 S-119"},
      {"a memo shared by two streams", "\x80\x02" + Str("os") + "q\x01.\x80\x02h\x01.",
       "S-002 S-119"},
      {"an opcode across its frame", Framed("K\x01N\x86.", 1), "S-104"},
      {"a frame in a frame", Framed("\x95\x02\0\0\0\0\0\0\0K\x01."s, 12), "S-104"},
      {"STOP before the frame ends", Framed("N.xxxx", 5), "S-104 S-002 S-119"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(Rules(PickleOf(each.bytes)), each.rules) << each.what;
  }
}

TEST(PickleJudge, EvidenceSaysWhatWhereAndWithWhat) {
  const ScanReport report =
      PickleOf("\x80\x04}" + Str("a") + Stacked("os", "system") + Str("true") + kTuple1 + "Rs.");
  ASSERT_EQ(report.findings.size(), 1u);
  const ScanFinding& finding = report.findings[0];
  EXPECT_EQ(finding.text, "calls os.system('true',)");
  EXPECT_EQ(finding.level, Level::kCritical);
  EXPECT_EQ(finding.offset, 38u);
  EXPECT_EQ(finding.outer_offset, 38u);
  ASSERT_TRUE(finding.pickle);
  EXPECT_EQ(finding.pickle->opcode, "REDUCE");
  EXPECT_EQ(finding.pickle->opcode_index, 8u);
  EXPECT_EQ(finding.pickle->import, "os.system");
  EXPECT_EQ(finding.pickle->operands, "module: the text at 0xe, name: the text at 0x15");
  EXPECT_EQ(finding.pickle->form, "REDUCE");
  EXPECT_EQ(finding.pickle->arguments, "('true',)");
  EXPECT_EQ(finding.pickle->object_path, "root['a']");
}

// No name vouches for a file, and none has to betray it.
TEST(PickleJudge, TheBytesDecide) {
  const std::string evil = "cos\nsystem\n(Vtrue\ntR.";
  for (const char* name : {"x", "config.json", "model.safetensors", "vocab.txt", "a.PKL"}) {
    EXPECT_EQ(Rules(ScanOf(name, evil)).substr(0, 5), "S-101") << name;
  }
  for (const char* text : {"[PAD]\n[UNK]\n", "copyright\nnobody\n", "I am a model card.\n", "{}"}) {
    EXPECT_EQ(Rules(ScanOf("x.txt", text)), "") << text;
  }
}

TEST(PickleJudge, ManyFindingsAreCounted) {
  std::string bytes = "\x80\x02";
  for (int i = 0; i < 500; ++i) bytes += kCallSystem + "0";
  const ScanReport report = PickleOf(bytes + "N.");
  ASSERT_EQ(report.findings.size(), 101u);
  EXPECT_NE(report.findings.back().text.find("399 more findings"), std::string::npos)
      << report.findings.back().text;
}

TEST(PickleJudge, EveryCutIsSeen) {
  const std::string whole = "\x80\x02}" + Str("weights") + "]" + Str("a") + "as.";
  ASSERT_TRUE(PickleOf(whole).clean());
  for (size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(PickleOf(whole.substr(0, size)).clean()) << size;
  }
}

}  // namespace
}  // namespace weighlock

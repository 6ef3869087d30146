// Every row of the table in docs/formats/safetensors.md, with code, offset and message.
#include "format/safetensors/safetensors_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace weighlock {
namespace {

std::string File(std::string_view header, std::string_view data, uint64_t length) {
  ByteVector bytes;
  AppendLe(bytes, length);
  Append(bytes, header);
  Append(bytes, data);
  return std::string(AsText(bytes));
}
std::string File(std::string_view header, std::string_view data = "") {
  return File(header, data, header.size());
}

Result<Model> Read(const std::string& file) {
  const Bytes bytes = AsBytes(file);
  return ReadSafetensors(ByteSource::FromMemory({bytes.begin(), bytes.end()}, "x"), Limits());
}

// name dtype shape offset+size, one a line; then metadata and the number of notes.
std::string Show(const Model& model) {
  std::string out;
  for (const Tensor& t : model.tensors) {
    out += t.name + " " + std::string(Info(t.dtype).name) + " " + ShapeText(t.shape) + " " +
           std::to_string(t.data.offset) + "+" + std::to_string(t.data.size) + "\n";
  }
  for (const auto& [key, value] : model.metadata) out += key + "=" + value + "\n";
  for (const std::string& note : model.notes) out += "note: " + note + "\n";
  return out;
}

constexpr const char* kU8 = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";  // 53 bytes

struct Good {
  const char* name;
  std::string file;
  const char* shown;
};

TEST(Safetensors, Accepted) {
  using namespace std::string_literals;
  const Good table[] = {
      {"empty object", File("{}"), ""},
      {"one tensor", File(kU8, "ab"), "a U8 [2] 61+2\n"},
      {"padded", File(kU8 + "   "s, "ab"), "a U8 [2] 64+2\n"},
      {"leading space", File(" \n{}"), "note: white space stands before the header's brace\n"},
      {"trailing tab and line end", File("{}\t\r\n"), ""},
      {"scalar", File(R"({"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", "abcd"),
       "s F32 [] 61+4\nnote: some tensors are not aligned to their element size\n"},
      {"empty tensors share an offset",
       File(
           R"({"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"I8","shape":[3,0],"data_offsets":[0,0]}})"),
       "b F32 [0] 116+0\na I8 [3, 0] 116+0\n"},
      {"order of the bytes, not of the text",
       File(
           R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
           "xy"),
       "a U8 [1] 113+1\nb U8 [1] 114+1\n"},
      {"metadata", File(R"({"__metadata__":{"format":"pt","k":""}})"), "format=pt\nk=\n"},
      {"metadata null", File(R"({"__metadata__":null})"),
       "note: __metadata__ is null; readers take it as absent\n"},
      {"metadata empty", File(R"({"__metadata__":{}})"),
       "note: __metadata__ is empty; loaders that ask it for \"format\" fail\n"},
      {"metadata under an escaped key", File(R"({"__\u006detadata__":{"format":"pt"}})"),
       "format=pt\n"},
      {"unknown field",
       File(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":{"y":[1]}}})"),
       "a U8 [0] 75+0\nnote: tensor \"a\": fields beside dtype, shape and data_offsets\n"},
      {"2^64-1 by 0",
       File(R"({"a":{"dtype":"U8","shape":[18446744073709551615,0],"data_offsets":[0,0]}})"),
       "a U8 [18446744073709551615, 0] 82+0\n"},
      {"empty name", File(R"({"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"),
       " U8 [0] 60+0\nnote: the tensor name \"\" is empty or holds a NUL\n"},
      {"unaligned", File(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abcd"),
       "a F32 [1] 62+4\nnote: some tensors are not aligned to their element size\n"},
      {"F4 pair", File(R"({"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}})", "a"),
       "a F4 [2] 61+1\n"},
      {"F6 four", File(R"({"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}})", "abc"),
       "a F6_E2M3 [4] 66+3\n"},
      {"F4 none", File(R"({"a":{"dtype":"F4","shape":[0],"data_offsets":[0,0]}})"),
       "a F4 [0] 61+0\n"},
  };
  for (const Good& good : table) {
    auto model = Read(good.file);
    ASSERT_TRUE(model) << good.name << ": " << model.error().Message();
    EXPECT_EQ(Show(*model), good.shown) << good.name;
  }
}

struct Bad {
  const char* name;
  std::string file;
  const char* message;
};

TEST(Safetensors, Refused) {
  using namespace std::string_literals;
  const Bad table[] = {
      // 1-3: the length field
      {"no bytes", "",
       "+0x0: truncated: safetensors: wanted 8 bytes of header length, the file has 0"},
      {"7 bytes", "1234567",
       "+0x0: truncated: safetensors: wanted 8 bytes of header length, the file has 7"},
      {"length beyond the cap", File("{}", "", 100'000'001),
       "+0x0: over the limit: safetensors: the header says it is 100000001 bytes, at most "
       "100000000 are allowed"},
      {"length 0xffffff000000003c", File("{}", "", 0xffffff000000003c),
       "+0x0: over the limit: safetensors: the header says it is 18446742974197923900 bytes, at "
       "most 100000000 are allowed"},
      {"length beyond the file", File("{}", "", 3),
       "+0x0: truncated: safetensors: the header says it is 3 bytes, 2 follow"},
      // 4-5: the header's text and shape
      {"length 0", File(""),
       "+0x8: malformed: JSON: syntax error while parsing value - unexpected end of input; "
       "expected '[', '{', or a literal"},
      {"not UTF-8", File("\xff"),
       "+0x8: malformed: JSON: syntax error while parsing value - invalid literal; last read: "
       "'\\xff'"},
      {"only a brace", File("{"),
       "+0x9: malformed: JSON: syntax error while parsing object key - unexpected end of input; "
       "expected string literal"},
      {"array", File("[]"), "+0x8: malformed: the header: wanted an object, found an array"},
      {"null", File("null"), "+0x8: malformed: the header: wanted an object, found null"},
      {"byte-order mark", File("\xEF\xBB\xBF{}"),
       "+0x8: malformed: JSON: begins with a byte-order mark"},
      {"trailing NUL", File("{}\0"s), "+0xa: malformed: JSON: bytes follow the value"},
      {"comment", File("{}//"),
       "+0xa: malformed: JSON: syntax error while parsing value - invalid literal; last read: "
       "'{}/'; expected end of input"},
      {"entry is an array", File(R"({"a":["U8",[1],[0,1]]})", "x"),
       "+0xd: malformed: tensor \"a\": wanted an object, found an array"},
      {"dtype is an object",
       File(R"({"a":{"dtype":{"U8":null},"shape":[1],"data_offsets":[0,1]}})", "x"),
       "+0x16: malformed: tensor \"a\": dtype: wanted a string, found an object"},
      {"duplicate tensor",
       File(
           R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
           "x"),
       "+0x41: malformed: JSON: the key \"a\" stands twice in one object"},
      {"duplicate by escape",
       File(
           R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
           "x"),
       "+0x46: malformed: JSON: the key \"a\" stands twice in one object"},
      {"duplicate field",
       File(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"),
       "+0x23: malformed: JSON: the key \"dtype\" stands twice in one object"},
      {"duplicate metadata", File(R"({"__metadata__":{"k":"1","k":"2"}})"),
       "+0x25: malformed: JSON: the key \"k\" stands twice in one object"},
      {"two metadata", File(R"({"__metadata__":{},"__metadata__":{}})"),
       "+0x2a: malformed: JSON: the key \"__metadata__\" stands twice in one object"},
      {"metadata number", File(R"({"__metadata__":{"k":1}})"),
       "+0x1d: malformed: __metadata__ \"k\": wanted a string, found a number"},
      {"metadata array", File(R"({"__metadata__":[]})"),
       "+0x18: malformed: __metadata__: wanted an object of strings, found an array"},
      {"no dtype", File(R"({"a":{"shape":[1],"data_offsets":[0,1]}})", "x"),
       "+0xd: malformed: tensor \"a\": no dtype"},
      {"no shape", File(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", "x"),
       "+0xd: malformed: tensor \"a\": no shape"},
      {"no offsets", File(R"({"a":{"dtype":"U8","shape":[1]}})", "x"),
       "+0xd: malformed: tensor \"a\": no data_offsets"},
      {"one offset", File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", "x"),
       "+0x36: malformed: tensor \"a\": data_offsets: wanted [begin, end], found an array of 1"},
      {"three offsets", File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}})", "x"),
       "+0x36: malformed: tensor \"a\": data_offsets: wanted [begin, end], found an array of 3"},
      {"dtype in lower case", File(R"({"a":{"dtype":"u8","shape":[1],"data_offsets":[0,1]}})", "x"),
       "+0x16: unsupported: tensor \"a\": dtype \"u8\" is none that safetensors knows"},
      {"dtype a number", File(R"({"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}})", "x"),
       "+0x16: malformed: tensor \"a\": dtype: wanted a string, found a number"},
      {"shape 1.0", File(R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", "x"),
       "+0x24: malformed: tensor \"a\": shape: wanted whole numbers from 0 to 2^64-1, found "
       "\"1.0\""},
      {"shape 1e0", File(R"({"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}})", "x"),
       "+0x24: malformed: tensor \"a\": shape: wanted whole numbers from 0 to 2^64-1, found "
       "\"1e0\""},
      {"shape -1", File(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", "x"),
       "+0x24: malformed: tensor \"a\": shape: wanted whole numbers from 0 to 2^64-1, found "
       "\"-1\""},
      {"shape -0", File(R"({"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}})"),
       "+0x24: malformed: tensor \"a\": shape: wanted whole numbers from 0 to 2^64-1, found "
       "\"-0\""},
      {"shape a string", File(R"({"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}})", "x"),
       "+0x24: malformed: tensor \"a\": shape: wanted whole numbers from 0 to 2^64-1, found a "
       "string"},
      {"shape 2^64",
       File(R"({"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}})", "x"),
       "+0x24: malformed: tensor \"a\": shape: wanted whole numbers from 0 to 2^64-1, found "
       "\"18446744073709551616\""},
      {"shape 01", File(R"({"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}})", "x"),
       "+0x25: malformed: JSON: syntax error while parsing array - unexpected number literal; "
       "expected ']'"},
      // 6: the tensors' places
      {"does not start at 0",
       File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "xy"),
       "+0xd: malformed: tensor \"a\": data_offsets [1, 2]: leaves a hole before it, wanted begin "
       "0"},
      {"hole",
       File(
           R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
           "xyz"),
       "+0x41: malformed: tensor \"b\": data_offsets [2, 3]: leaves a hole before it, wanted begin "
       "1"},
      {"overlap",
       File(
           R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
           "xyz"),
       "+0x41: malformed: tensor \"b\": data_offsets [1, 3]: overlaps the one before it, wanted "
       "begin 2"},
      {"ten on one range",
       File(
           R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
           "xy"),
       "+0x41: malformed: tensor \"b\": data_offsets [0, 2]: overlaps the one before it, wanted "
       "begin 2"},
      {"end before begin", File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", "x"),
       "+0xd: malformed: tensor \"a\": data_offsets [1, 0]: ends before it begins, wanted begin 0"},
      // 7-9: sizes
      {"elements overflow",
       File(
           R"({"a":{"dtype":"U8","shape":[9223372036854775808,9223372036854775808,0],"data_offsets":[0,0]}})"),
       "+0xd: malformed: tensor \"a\": shape [9223372036854775808, 9223372036854775808, 0] of U8 "
       "is beyond 2^64 bits"},
      {"bits overflow",
       File(R"({"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,0]}})"),
       "+0xd: malformed: tensor \"a\": shape [1152921504606846976] of F32 is beyond 2^64 bits"},
      {"F4 of one", File(R"({"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}})", "x"),
       "+0xd: malformed: tensor \"a\": shape [1] of F4 is 4 bits, no whole number of bytes"},
      {"F4 scalar", File(R"({"a":{"dtype":"F4","shape":[],"data_offsets":[0,1]}})", "x"),
       "+0xd: malformed: tensor \"a\": shape [] of F4 is 4 bits, no whole number of bytes"},
      {"F6 of two", File(R"({"a":{"dtype":"F6_E3M2","shape":[2],"data_offsets":[0,2]}})", "xy"),
       "+0xd: malformed: tensor \"a\": shape [2] of F6_E3M2 is 12 bits, no whole number of bytes"},
      {"wrong size", File(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "abcd"),
       "+0xd: mismatch: tensor \"a\": shape [2] of F32 wants 8 bytes, data_offsets give 4"},
      // 10: the file's end
      {"a byte too many", File(kU8, "abc"), "+0x3f: malformed: 1 bytes follow the last tensor"},
      {"a byte missing", File(kU8, "a"),
       "+0x3e: truncated: the header promises 2 bytes of tensors, the file holds 1"},
      {"data without tensors", File("{}", "abc"),
       "+0xa: malformed: 3 bytes follow the last tensor"},
  };
  for (const Bad& bad : table) {
    auto model = Read(bad.file);
    ASSERT_FALSE(model) << bad.name << "\n" << Show(*model);
    EXPECT_EQ(model.error().Message(), bad.message) << bad.name;
  }
}

TEST(Safetensors, DeepUnknownFieldIsALimitAndNoCrash) {
  auto model = Read(File(R"({"a":{"x":)" + std::string(100'000, '[')));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), Code::kLimit);
}

TEST(Safetensors, EveryCutAndEveryFlippedBitIsAResultOrAnErrorInside) {
  const std::string good = File(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[],"data_offsets":[4,5]}})",
      "abcde");
  ASSERT_TRUE(Read(good));
  for (size_t size = 0; size < good.size(); ++size) {
    auto model = Read(good.substr(0, size));
    ASSERT_FALSE(model) << size;
    EXPECT_LE(model.error().offset(), size);
  }
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    auto model = Read(flipped);
    if (!model) {
      EXPECT_LE(model.error().offset(), flipped.size()) << bit;
      continue;
    }
    for (const Tensor& t : model->tensors) {
      EXPECT_TRUE(t.data.offset <= good.size() && t.data.size <= good.size() - t.data.offset);
    }
  }
}

TEST(Safetensors, Recognised) {
  EXPECT_TRUE(LooksLikeSafetensors(AsBytes(File("{}"))));
  EXPECT_TRUE(LooksLikeSafetensors(AsBytes(File("  {}"))));
  EXPECT_FALSE(LooksLikeSafetensors(AsBytes(File("[]"))));
  EXPECT_FALSE(LooksLikeSafetensors(AsBytes(std::string("version https://git-lfs"))));
  EXPECT_FALSE(LooksLikeSafetensors(AsBytes(std::string("\x80\x02}q"))));
}

}  // namespace
}  // namespace weighlock

// Values by dtype, the places of JSON, and whole comparisons of small files.
#include "weighlock/diff.h"

#include <gtest/gtest.h>

#include <cmath>

#include "diff/element_values.h"
#include "diff/json_difference.h"
#include "support/safetensors_file.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

struct ValueCase {
  DType dtype;
  std::string bytes;
  double value;  // NaN: any NaN
};

// Largest, smallest, special: by the definitions of the formats (OCP 8-bit floats, and ONNX's for
// the two that end in FNUZ).
TEST(ElementValues, AreThoseOfTheFormats) {
  const double nan = NAN, inf = INFINITY;
  const ValueCase cases[] = {
      {DType::kF8E4M3, "\x7E", 448},
      {DType::kF8E4M3, "\x7F", nan},
      {DType::kF8E4M3, "\xFF", nan},
      {DType::kF8E4M3, "\x01", std::ldexp(1, -9)},
      {DType::kF8E4M3, "\xB8", -1},
      {DType::kF8E5M2, "\x7B", 57344},
      {DType::kF8E5M2, "\x7C", inf},
      {DType::kF8E5M2, "\xFC", -inf},
      {DType::kF8E5M2, "\x7D", nan},
      {DType::kF8E5M2, "\x01", std::ldexp(1, -16)},
      {DType::kF8E4M3Fnuz, "\x7F", 240},
      {DType::kF8E4M3Fnuz, "\x80", nan},
      {DType::kF8E4M3Fnuz, "\x01", std::ldexp(1, -10)},
      {DType::kF8E5M2Fnuz, "\x7F", 57344},
      {DType::kF8E5M2Fnuz, "\x80", nan},
      {DType::kF8E5M2Fnuz, "\x01", std::ldexp(1, -17)},
      {DType::kF8E8M0, "\x7F", 1},
      {DType::kF8E8M0, "\x80", 2},
      {DType::kF8E8M0, "\xFF", nan},
      {DType::kF16, {"\x01\x3C", 2}, 1 + std::ldexp(1, -10)},
      {DType::kF16, {"\xFF\x7B", 2}, 65504},
      {DType::kF16, {"\x00\xFC", 2}, -inf},
      {DType::kF16, {"\x01\x00", 2}, std::ldexp(1, -24)},
      {DType::kBF16, {"\x80\x3F", 2}, 1},
      {DType::kBF16, {"\xC0\x7F", 2}, nan},
      {DType::kF32, {"\x00\x00\x20\xC1", 4}, -10},
      {DType::kF64, {"\x00\x00\x00\x00\x00\x00\xF0\x3F", 8}, 1},
      {DType::kI8, "\xFF", -1},
      {DType::kU8, "\xFF", 255},
      {DType::kI16, {"\x00\x80", 2}, -32768},
      {DType::kU32, {"\xFF\xFF\xFF\xFF", 4}, 4294967295.0},
      {DType::kI64, {"\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8}, -2},
  };
  for (const ValueCase& c : cases) {
    const ElementValues values = ValuesOf(c.dtype);
    ASSERT_EQ(values.bytes, c.bytes.size()) << Info(c.dtype).name;
    const double found = values.value(AsBytes(c.bytes).data());
    if (std::isnan(c.value)) {
      EXPECT_TRUE(std::isnan(found)) << Info(c.dtype).name << ": " << found;
    } else {
      EXPECT_EQ(found, c.value) << Info(c.dtype).name;
    }
  }
  EXPECT_EQ(ValuesOf(DType::kQInt8).value, nullptr);
  EXPECT_EQ(ValuesOf(DType::kC64).parts, 2u);
}

TEST(JsonDifference, SaysWhere) {
  struct Case {
    std::string a, b;
    std::string wanted;  // "pointer: a | b" of each, in order
  };
  const Case cases[] = {
      {R"({"a":1,"b":2})", R"({"b":2,"a":1})", ""},
      {R"({"a":1e-5})", R"({"a":0.00001})", ""},
      {R"({"a":9007199254740993})", R"({"a":9007199254740992})",
       "/a: 9007199254740993 | 9007199254740992\n"},
      {R"({"a":1})", R"({"a":true})", "/a: 1 | true\n"},
      {R"({"a":{"b":[1,2]}})", R"({"a":{"b":[1,3]}})", "/a/b/1: 2 | 3\n"},
      {R"({"a":[1,2]})", R"({"a":[1]})", "/a: [2 items] | [1 items]\n"},
      {R"({"a/b":1})", R"({"m~n":null})", "/a~1b: 1 | \n/m~0n:  | null\n"},
      {R"({"a":"x"})", R"({"a":{}})", "/a: \"x\" | {0 keys}\n"},
      {"[1]", "{}", ": [1 items] | {0 keys}\n"},
  };
  for (const Case& c : cases) {
    const auto a = ParseJson(AsBytes(c.a), {}), b = ParseJson(AsBytes(c.b), {});
    ASSERT_TRUE(a && b);
    std::vector<FileDifference> found;
    AddJsonDifferences("f", *a, *b, found);
    std::string text;
    for (const FileDifference& d : found) text += d.pointer + ": " + d.a + " | " + d.b + "\n";
    EXPECT_EQ(text, c.wanted) << c.a << " " << c.b;
  }
}

std::string Floats(std::initializer_list<float> values) {
  std::string out;
  for (const float value : values) out.append(reinterpret_cast<const char*>(&value), 4);
  return out;
}

TEST(Diff, FindsEveryKindOfChange) {
  TemporaryFolder folder;
  const std::string same = Floats({1, 2, 3});
  WriteFile(folder / "a.safetensors",
            SafetensorsFile({{"cast", "F32", "[2]", Floats({1, 2})},
                             {"gone", "F32", "[1]", Floats({1})},
                             {"nan", "F32", "[2]", {"\0\0\xC0\x7F\1\0\xC0\x7F", 8}},
                             {"same", "F32", "[3]", same},
                             {"shape", "F32", "[3]", same},
                             {"values", "F32", "[4]", Floats({1, 2, -4, INFINITY})},
                             {"zero", "F32", "[1]", Floats({0.0f})}}));
  WriteFile(folder / "b.safetensors",
            SafetensorsFile({{"cast", "BF16", "[2]", {"\x80\x3F\x00\x40", 4}},
                             {"more", "I64", "[]", std::string(8, '\0')},
                             {"nan", "F32", "[2]", {"\0\0\xC0\x7F\2\0\xC0\x7F", 8}},
                             {"same", "F32", "[3]", same},
                             {"shape", "F32", "[3,1]", same},
                             {"values", "F32", "[4]", Floats({1, 2.5, -5, 0})},
                             {"zero", "F32", "[1]", Floats({-0.0f})}}));
  auto report = Diff(folder / "a.safetensors", folder / "b.safetensors", {});
  ASSERT_TRUE(report) << report.error().Message();
  EXPECT_EQ(report->equal_tensors, 1u);
  std::string text;
  for (const TensorDifference& d : report->tensors) {
    text += d.name + " " + std::string(TensorChangeName(d.change));
    if (d.values) text += " " + std::to_string(d.values->different);
    if (d.values && d.values->max_absolute) {
      text += " " + std::to_string(*d.values->max_absolute) + " " +
              std::to_string(*d.values->max_relative);
    }
    text += "\n";
  }
  EXPECT_EQ(text,
            "cast dtype 0\ngone missing\nmore extra\nnan values 1\nshape shape\n"
            "values values 3 1.000000 0.200000\nzero values 1 0.000000 0.000000\n");
  auto itself = Diff(folder / "a.safetensors", folder / "a.safetensors", {});
  EXPECT_TRUE(itself && itself->same() && itself->equal_tensors == 7);
}

}  // namespace
}  // namespace weighlock

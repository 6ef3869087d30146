// What the way back from JSON refuses, word for word. What it takes is held against the real
// PyTorch in tests/torch/object_round_trip.py.
#include "format/torch/object_pickle.h"

#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "format/torch/object_json.h"

namespace weighlock {
namespace {

struct Case {
  std::string object;
  std::string wanted;  // the message
};

TEST(PickleOfJson, RefusedTable) {
  const Case cases[] = {
      {R"(123456789012345678901234567890)",
       "+0x2a: malformed: integers beyond 64 bits want the form {\"$\": \"int\"}"},
      {R"({"$":"ref","number":1})", "+0x2a: unsupported: value 1 contains itself, or is not there"},
      {R"({"$":"tuple","number":1,"items":[{"$":"ref","number":1}]})",
       "+0x4b: unsupported: value 1 contains itself, or is not there"},
      {R"({"$":"list","number":0,"items":[]})", "+0x3f: malformed: wanted a number"},
      {R"({"$":"tuple"})", "+0x2a: malformed: \"tuple\" wants \"items\" an array"},
      {R"({"$":"dict","items":[[1]]})", "+0x3f: malformed: wanted a key and a value"},
      {R"({"$":"call","args":[]})",
       "+0x2a: malformed: a call wants its function, and an array of arguments"},
      {R"({"$":"call","function":1,"args":[],"form":"EXEC"})",
       "+0x2a: malformed: \"EXEC\" is no form of a call"},
      {R"({"$":"global","computed":true})",
       "+0x2a: unsupported: the stream made this name at run time: it is not known"},
      {R"({"$":"global","module":"os\nsystem","name":"x"})",
       "+0x2a: malformed: a name has no line breaks"},
      {R"({"$":"float","value":"nan","bits":"7ff0000000000000"})",
       "+0x2a: malformed: wanted inf, -inf, or nan and its bits"},
      {R"({"$":"bytes","base64":"abc"})", "+0x40: malformed: no base64 that can be taken"},
      {R"({"$":"tensor","name":"w"})",
       "+0x2a: not found: tensor \"w\" is not in the file of tensors"},
      {R"({"$":"buffer","number":1})",
       "+0x2a: unsupported: \"buffer\" cannot be written to a pickle"},
      {R"({"$":"nothing"})", "+0x2a: unsupported: \"nothing\" cannot be written to a pickle"},
      {R"({"$":"persistent_id","id":{"$":"tuple","items":["storage"]},"tensor":"w"})",
       "+0x2a: not found: tensor \"w\" is not in the file of tensors"},
  };
  for (const Case& c : cases) {
    const std::string text = R"({"schema":"weighlock-object/1","object" : )" + c.object + "}";
    const auto json = ParseJson(AsBytes(text), {});
    ASSERT_TRUE(json) << c.object;
    const auto made = PickleOfJson(*json, {}, {});
    ASSERT_FALSE(made) << c.object;
    EXPECT_EQ(made.error().Message(), c.wanted) << c.object;
  }
}

TEST(PickleOfJson, SaysWhatLoadingWouldImport) {
  const std::string text =
      R"({"schema":"weighlock-object/1","object":[{"$":"global","module":"os","name":"system"},)"
      R"({"$":"redacted"}]})";
  const auto json = ParseJson(AsBytes(text), {});
  const auto made = PickleOfJson(*json, {}, {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->functions, std::set<std::string>{"os.system"});
  EXPECT_EQ(made->redacted, 1u);
}

// A thousand levels and more, in both directions, without recursion.
TEST(ObjectJson, DepthIsALimitAndNoCrash) {
  for (const size_t depth : {size_t{900}, size_t{100'000}}) {
    std::string pickle = "\x80\x02";
    for (size_t i = 0; i < depth; ++i) pickle += "]";
    for (size_t i = 1; i < depth; ++i) pickle += "a";
    pickle += ".";
    const Bytes bytes = AsBytes(pickle);
    const auto source = ByteSource::FromMemory({bytes.begin(), bytes.end()}, "deep");
    const auto object = ReadObjectJson(source, {}, {});
    EXPECT_EQ(object.has_value(), depth == 900) << depth;
    if (!object) {
      EXPECT_EQ(object.error().code(), Code::kLimit);
    }
  }
}

// Steps of an array in Fortran's order, beyond 63 bits: its bytes are not there, and nothing else
// may come of it.
TEST(ObjectJson, StepsOfANumpyArrayBeyondAllMeasure) {
  const std::string pickle =
      "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
      "(I1\n(L4611686018427387904L\nI2\ntcnumpy\ndtype\n(S'u1'\nI0\nI1\ntR"
      "(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI01\nS''\ntb.";
  const Bytes bytes = AsBytes(pickle);
  const auto source = ByteSource::FromMemory({bytes.begin(), bytes.end()}, "steps");
  const auto object = ReadObjectJson(source, {}, {});
  EXPECT_FALSE(object && !object->model.tensors.empty());
}

// One string of 1 MB, written as often as it is used, would be a gigabyte of JSON.
TEST(ObjectJson, ARepeatedStringIsALimit) {
  std::string pickle = "\x80\x02](X";
  const std::string text(1'000'000, 'x');
  for (int i = 0; i < 4; ++i) pickle += static_cast<char>(text.size() >> (8 * i));
  pickle += text + "q";
  pickle += '\0';
  for (int i = 0; i < 1000; ++i) pickle += std::string("h\0", 2);
  pickle += "e.";
  const Bytes bytes = AsBytes(pickle);
  const auto object =
      ReadObjectJson(ByteSource::FromMemory({bytes.begin(), bytes.end()}, "bomb"), {}, {});
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().Message(),
            "+0x0: over the limit: the object repeats its strings too often");
}

// A key of 100 kB around a thousand lists: their paths would be 100 MB.
TEST(ObjectJson, LongNamesAroundManyPartsAreALimit) {
  std::string pickle = "\x80\x02}X";
  const std::string key(100'000, 'k');
  for (int i = 0; i < 4; ++i) pickle += static_cast<char>(key.size() >> (8 * i));
  pickle += key + "](";
  for (int i = 0; i < 1000; ++i) pickle += "]";
  pickle += "es.";
  const Bytes bytes = AsBytes(pickle);
  const auto object =
      ReadObjectJson(ByteSource::FromMemory({bytes.begin(), bytes.end()}, "names"), {}, {});
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().Message(),
            "+0x186c3: over the limit: the names in the object are longer than the file explains");
}

}  // namespace
}  // namespace weighlock

// Torch files made by hand: what no honest writer makes is refused, each with its own message.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/checked.h"
#include "container/zip/zip_test_render.h"
#include "format/torch/torch_reader.h"

namespace weighlock {
namespace {

std::string Str(const std::string& text) {
  std::string out = "X";
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(text.size() >> (8 * i)));
  return out += text;
}

std::string Int(int64_t value) {
  return fmt::format("I{}\n", value);
}

std::string Tuple(const std::vector<int64_t>& values) {
  std::string out = "(";
  for (const int64_t value : values) out += Int(value);
  return out += "t";
}

std::string ZipPid(const std::string& type, const std::string& key, int64_t count) {
  return fmt::format("({}ctorch\n{}\n{}{}{}tQ", Str("storage"), type, Str(key), Str("cpu"),
                     Int(count));
}

std::string RebuildV2(const std::string& pid, int64_t first, const std::vector<int64_t>& shape,
                      const std::vector<int64_t>& strides) {
  return fmt::format("ctorch._utils\n_rebuild_tensor_v2\n({}{}{}{}I00\nNtR", pid, Int(first),
                     Tuple(shape), Tuple(strides));
}

std::string Dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = "}(";
  for (const auto& [key, value] : items) (out += Str(key)) += value;
  return out += "u";
}

// A torch zip of this object, whose storages "0" and "1" have 16 and 4 bytes.
std::string Zip(const std::string& object) {
  return RenderZip({{"a/data.pkl", std::string("\x80\x02") + object + "."},
                    {"a/byteorder", "little"},
                    {"a/data/0", std::string(16, 'x')},
                    {"a/data/1", std::string(4, 'y')},
                    {"a/version", "3\n"}});
}

Result<Model> ReadText(std::string_view text, const Limits& limits = {}) {
  const Bytes bytes = AsBytes(text);
  return ReadTorch(ByteSource::FromMemory({bytes.begin(), bytes.end()}, "test"), limits);
}

const std::string kFour = ZipPid("FloatStorage", "0", 4);

struct Bad {
  std::string object;
  const char* what;
};

const Bad kBad[] = {
    {RebuildV2(kFour, 1, {2, 2}, {2, 1}),
     "_rebuild_tensor_v2 makes a tensor [2, 2] from element 1 of a storage of 4 elements: it does "
     "not fit"},
    {RebuildV2(kFour, 0, {2, 2}, {4, 1}),
     "_rebuild_tensor_v2 makes a tensor [2, 2] from element 0 of a storage of 4 elements: it does "
     "not fit"},
    {RebuildV2(kFour, 0, {INT64_MAX, 4}, {INT64_MAX, 1}),
     "_rebuild_tensor_v2 makes a tensor [9223372036854775807, 4] of too many elements"},
    {RebuildV2(kFour, 0, {INT64_MAX}, {INT64_MAX}),
     "_rebuild_tensor_v2 makes a tensor [9223372036854775807] from element 0 of a storage of 4 "
     "elements: it does not fit"},
    {RebuildV2(kFour, 0, {2, -1}, {1, 1}),
     "_rebuild_tensor_v2 wants its shape as non-negative integers"},
    {RebuildV2(kFour, 0, {2, 2}, {-2, 1}),
     "_rebuild_tensor_v2 wants its strides as non-negative integers"},
    {RebuildV2(kFour, -1, {2}, {1}),
     "_rebuild_tensor_v2 wants its offset as a non-negative integer"},
    {RebuildV2(kFour, 0, {2}, {1, 1}), "_rebuild_tensor_v2 has 1 sizes and 2 strides"},
    {RebuildV2(kFour, 5, {0}, {1}), "_rebuild_tensor_v2 starts at element 5 of 4"},
    {RebuildV2("N", 0, {2}, {1}), "_rebuild_tensor_v2 wants a storage as its first argument"},
    {"ctorch._utils\n_rebuild_tensor_v2\n)R", "_rebuild_tensor_v2 wants 6 to 7 arguments, got 0"},
    {RebuildV2(ZipPid("UntypedStorage", "0", 16), 0, {2}, {1}),
     "_rebuild_tensor_v2 wants a typed storage, \"0\" is not"},
    {RebuildV2(ZipPid("FloatStorage", "0", 5), 0, {5}, {1}),
     "\"a/data/0\" has 16 bytes, the pickle claims 20"},
    {RebuildV2(ZipPid("FloatStorage", "0", INT64_MAX), 0, {2}, {1}),
     "storage \"0\" wants a number of elements"},
    {RebuildV2(ZipPid("FloatStorage", "7", 4), 0, {4}, {1}),
     "no member \"a/data/7\", which the pickle refers to"},
    {RebuildV2(ZipPid("EvilStorage", "0", 4), 0, {4}, {1}),
     "\"torch EvilStorage\" is no storage class we know"},
    {RebuildV2(kFour, 0, {4}, {1}) + "0" + RebuildV2(ZipPid("IntStorage", "0", 4), 0, {4}, {1}),
     "storage \"0\" is torch FloatStorage of 4 in one place, torch IntStorage of 4 in another"},
    {"NQ", "a persistent id wants a tuple, got None"},
    {"(NNtQ", "a persistent id wants (\"storage\", ...) of 5 parts, got 2 parts"},
    {std::string("}q\x01") + Str("a") + "h\x01s", "\"a\" contains itself"},
    {Dict({{"a.b", RebuildV2(kFour, 0, {4}, {1})},
           {"a", Dict({{"b", RebuildV2(kFour, 0, {4}, {1})}})}}),
     "two tensors are called \"a.b\""},
};

TEST(TorchRefusals, OfObjects) {
  for (const Bad& c : kBad) {
    auto model = ReadText(Zip(c.object));
    ASSERT_FALSE(model) << c.what;
    EXPECT_EQ(model.error().what(), c.what);
  }
}

// A call of torch._tensor._rebuild_from_type_v2 for a class, with a state.
std::string OfType(const std::string& type, const std::string& state) {
  return fmt::format(
      "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nc{}\n"
      "({}{}{}{}I00\nNt{}tR",
      type, kFour, Int(0), Tuple({4}), Tuple({1}), state);
}

const std::string kState = Dict({{"scale", "F0.5\n"}, {"zero", Int(3)}});

// Beside the note that a storage belongs to no tensor.
std::string AttributesNote(const Model& model) {
  for (const std::string& note : model.notes) {
    if (note.find("attributes") != note.npos) return note;
  }
  return {};
}

TEST(TorchTensors, ASubclassWithAStateIsMoreThanItsBytes) {
  for (const std::string& state : {kState, "(" + kState + "Nt"}) {
    const auto model = ReadText(Zip(Dict({{"w", OfType("qt\nQT", state)}})));
    ASSERT_TRUE(model) << model.error().Message();
    EXPECT_TRUE(model->tensors.empty());
    ASSERT_EQ(model->left_out.size(), 1u);
    EXPECT_EQ(
        model->left_out[0],
        "w: a qt.QT with attributes of its own (scale, zero), which its bytes are not all of");
  }
  for (const std::string state : {"}", "(}Nt", "N", "(}}t"}) {
    const auto model = ReadText(Zip(Dict({{"w", OfType("qt\nQT", state)}})));
    ASSERT_TRUE(model) << model.error().Message();
    EXPECT_EQ(model->tensors.size(), 1u);
    EXPECT_TRUE(model->left_out.empty());
    EXPECT_EQ(AttributesNote(*model), "");
  }
}

TEST(TorchTensors, AttributesOfAParameterAreTold) {
  const std::string parameter =
      fmt::format("ctorch._utils\n_rebuild_parameter_with_state\n({}I01\nN{}tR",
                  RebuildV2(kFour, 0, {4}, {1}), kState);
  for (const std::string& object : {parameter, OfType("torch\nTensor", kState)}) {
    const auto model = ReadText(Zip(Dict({{"p", object}})));
    ASSERT_TRUE(model) << model.error().Message();
    EXPECT_EQ(model->tensors.size(), 1u);
    EXPECT_TRUE(model->left_out.empty());
    EXPECT_EQ(AttributesNote(*model),
              "tensors with attributes that a program hung on them: 1, the first \"p\" (scale, "
              "zero); only a pickle keeps them");
  }
}

TEST(TorchRefusals, OfArchives) {
  const std::string object = "\x80\x02}.";
  const auto error = [](const std::vector<TestFile>& files) {
    auto model = ReadText(RenderZip(files));
    return model ? "read" : model.error().what();
  };
  EXPECT_EQ(error({{"a/data.pkl", object}}), "no member \"a/version\"");
  EXPECT_EQ(error({{"a/version", "3\n"}}), "no member \"a/data.pkl\"");
  EXPECT_EQ(error({{"a/data.pkl", object}, {"a/version", "11\n"}}),
            "file format version \"11\\x0a\", 1 to 10 are known");
  EXPECT_EQ(error({{"a/data.pkl", object}, {"b/version", "3\n"}}),
            "\"b/version\" is not in the folder \"a/\" of the first member");
  EXPECT_EQ(error({{"data.pkl", object}, {"version", "3\n"}}), "\"data.pkl\" is not in a folder");
  EXPECT_EQ(error({{"a/data.pkl", object}, {"a/version", "3\n"}, {"a/byteorder", "middle"}}),
            "byte order \"middle\", \"little\" or \"big\" is wanted");
}

TEST(TorchRefusals, PointAtTheMember) {
  auto model = ReadText(Zip("\x80\x02zz"));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().Message(),
            "a/data.pkl+0x4: malformed: the pickle wants an opcode, got byte 0x7a");
}

TEST(TorchRefusals, OfObjectsThatGrowWhenWalked) {
  // Each level holds the one below twice: 2^40 leaves in a few hundred bytes.
  std::string laughs = "]q\x01";
  for (int level = 0; level < 40; ++level)
    laughs +=
        "](h\x01h\x01"
        "eq\x01";
  auto model = ReadText(Zip(laughs));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().what(), "the object repeats its parts too often");

  std::string deep;
  for (int level = 0; level < 2000; ++level) deep += "](";
  for (int level = 0; level < 2000; ++level) deep += "e";
  model = ReadText(Zip(deep));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().what(), "the object is nested more than 1000 deep");

  // One long key above many short ones.
  std::string many = std::string("}(") + Str(std::string(60'000, 'k')) + "}(";
  many += Str("first") + RebuildV2(kFour, 0, {4}, {1}) + "q\x01";
  for (int i = 0; i < 3000; ++i) many += Str(std::to_string(i)) + "h\x01";
  model = ReadText(Zip(many + "uu"));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().what(), "the names of the tensors are longer than the file explains");
}

TEST(TorchReads, BigEndianAndLeftOut) {
  std::string zip = Zip(Dict({{"w", RebuildV2(kFour, 0, {2, 2}, {1, 2})},
                              {"s", "ctorch._utils\n_rebuild_sparse_tensor\n)R"}}));
  auto model = ReadText(zip);
  ASSERT_TRUE(model) << model.error().Message();
  ASSERT_EQ(model->tensors.size(), 1u);
  EXPECT_EQ(model->tensors[0].strides, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(model->tensors[0].data.size, 16u);
  EXPECT_EQ(zip.substr(model->tensors[0].data.offset, 16), std::string(16, 'x'));
  EXPECT_FALSE(model->tensors[0].big_endian);
  EXPECT_EQ(model->left_out, std::vector<std::string>{"s: a sparse tensor"});
  EXPECT_EQ(model->notes, std::vector<std::string>{"1 members of \"a/data/\" belong to no tensor"});

  zip = RenderZip({{"a/data.pkl", "\x80\x02}."}, {"a/version", "3"}, {"a/byteorder", "big"}});
  EXPECT_TRUE(ReadText(zip));
}

TEST(TorchReads, Float8AsVersion3) {
  const std::string object =
      fmt::format("ctorch._utils\n_rebuild_tensor_v3\n({}{}{}{}I00\nNctorch\nfloat8_e4m3fn\ntR",
                  ZipPid("UntypedStorage", "0", 16), Int(3), Tuple({2, 5}), Tuple({5, 1}));
  auto model = ReadText(Zip(object));
  ASSERT_TRUE(model) << model.error().Message();
  ASSERT_EQ(model->tensors.size(), 1u);
  EXPECT_EQ(model->tensors[0].name, "tensor");
  EXPECT_EQ(model->tensors[0].dtype, DType::kF8E4M3);
  EXPECT_EQ(model->tensors[0].data.size, 10u);
}

TEST(TorchReads, SparseSource) {
  std::vector<TestFile> files = {{"a/data.pkl", ""}, {"a/version", "3\n"}};
  std::vector<std::pair<std::string, std::string>> items;
  for (int i = 0; i < 4; ++i) {
    const std::string key = std::to_string(i);
    files.push_back({fmt::format("a/data/{}", key), std::string(4000, 'x')});
    items.emplace_back(fmt::format("w{}", key),
                       RebuildV2(ZipPid("FloatStorage", key, 1000), 0, {10, 100}, {100, 1}));
  }
  files[0].data = std::string("\x80\x02") + Dict(items) + ".";
  const std::string zip = RenderZip(files);
  const auto part = [&zip](size_t begin, size_t size) {
    const Bytes bytes = AsBytes(zip).subspan(begin, size);
    return ByteVector(bytes.begin(), bytes.end());
  };
  auto model = ReadTorch(
      ByteSource::Sparse(zip.size(), part(0, 4000), part(zip.size() - 2000, 2000), "s"), Limits());
  ASSERT_TRUE(model) << model.error().Message();
  ASSERT_EQ(model->tensors.size(), 4u);
  EXPECT_NE(model->tensors[0].data.offset, kNoOffset);
  EXPECT_EQ(model->tensors[3].data.offset, kNoOffset);
  EXPECT_EQ(model->tensors[3].data.size, 4000u);
  EXPECT_EQ(model->notes.size(), 1u);
}

// The stream form: magic, version, system, object, keys, storages.
std::string Legacy(const std::string& object, const std::string& keys, const std::string& data) {
  return std::string(
             "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.") +
         "\x80\x02}." + object + "." + keys + "." + data;
}

std::string LegacyPid(const std::string& key, int64_t count, const std::string& view) {
  return fmt::format("({}ctorch\nFloatStorage\n{}{}{}{}tQ", Str("storage"), Str(key), Str("cpu"),
                     Int(count), view);
}

std::string Count(uint64_t count) {
  std::string out;
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(count >> (8 * i)));
  return out;
}

TEST(TorchRefusals, OfStreams) {
  const std::string object = RebuildV2(LegacyPid("k", 2, "N"), 0, {2}, {1});
  const std::string keys = std::string("](") + Str("k") + "e";
  const std::string data(8, 'x');
  ASSERT_TRUE(ReadText(Legacy(object, keys, Count(2) + data)));
  const auto error = [](const std::string& text) {
    auto model = ReadText(text);
    return model ? "read" : model.error().what();
  };
  EXPECT_EQ(error(Legacy(object, keys, Count(3) + data)),
            "storage \"k\" has 3 elements, the object claims 2");
  EXPECT_EQ(error(Legacy(object, keys, Count(2) + "1234567")),
            "storage \"k\" wants 8 bytes, 7 are left");
  EXPECT_EQ(error(Legacy(object, keys, "123")),
            "storage \"k\": its count wanted 8 bytes, 3 are left");
  EXPECT_EQ(error(Legacy(object, "]", "")), "storage \"k\" has no data: its key is not listed");
  EXPECT_EQ(error(Legacy(object, std::string("](") + Str("k") + Str("z") + "e", Count(2) + data)),
            "key \"z\" is listed, and not used by the object");
  EXPECT_EQ(error(Legacy(object, std::string("](") + Str("k") + Str("k") + "e", Count(2) + data)),
            "key \"k\" is listed twice");
  EXPECT_EQ(error(Legacy(object, "}", "")), "the list of keys wants a list");
  EXPECT_EQ(error(Legacy("z", "]", "")), "the object: the pickle wants an opcode, got byte 0x7a");
}

TEST(TorchReads, StreamsWithViewsAndTrailingBytes) {
  const std::string view = std::string("(") + Str("v") + Int(3) + Int(2) + "t";
  const std::string object = RebuildV2(LegacyPid("k", 6, view), 1, {1}, {1});
  const std::string text =
      Legacy(object, std::string("](") + Str("k") + "e", Count(6) + std::string(24, 'x') + "tail");
  auto model = ReadText(text);
  ASSERT_TRUE(model) << model.error().Message();
  ASSERT_EQ(model->tensors.size(), 1u);
  EXPECT_EQ(model->tensors[0].data.offset, text.size() - 4 - 24 + 16);
  EXPECT_EQ(model->notes, std::vector<std::string>{"4 bytes stand behind the last storage"});
  // Element 2 would lie outside of the view, though inside of the storage.
  EXPECT_FALSE(
      ReadText(Legacy(RebuildV2(LegacyPid("k", 6, view), 2, {1}, {1}),
                      std::string("](") + Str("k") + "e", Count(6) + std::string(24, 'x'))));
}

TEST(TorchReads, DamagedStreams) {
  const std::string good =
      Legacy(Dict({{"w", RebuildV2(LegacyPid("k", 4, "N"), 0, {2, 2}, {2, 1})}, {"epoch", Int(3)}}),
             std::string("](") + Str("k") + "e", Count(4) + std::string(16, 'x'));
  ASSERT_TRUE(ReadText(good));
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(ReadText(std::string_view(good).substr(0, length))) << length;
  }
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string text = good;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    auto model = ReadText(text);
    if (!model) {
      const uint64_t offset = model.error().offset();
      EXPECT_TRUE(offset == kNoOffset || offset <= text.size()) << bit;
      continue;
    }
    for (const Tensor& tensor : model->tensors) {
      EXPECT_TRUE(FitsIn(tensor.data.offset, tensor.data.size, text.size())) << bit;
    }
  }
}

}  // namespace
}  // namespace weighlock

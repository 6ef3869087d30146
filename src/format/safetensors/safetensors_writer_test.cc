// The writer's bytes: those of the reference's own tests, and what our reader makes of them.
#include "format/safetensors/safetensors_writer.h"

#include <gtest/gtest.h>

#include "format/safetensors/safetensors_reader.h"

namespace weighlock {
namespace {

Tensor T(const char* name, DType dtype, Shape shape) {
  Tensor t{name, dtype, std::move(shape), {}, 0, std::nullopt, false};
  t.data.size = *ElementCount(t.shape) * Info(dtype).bits / 8;
  return t;
}

std::string Head(const std::vector<Tensor>& tensors, const SafetensorsMetadata& metadata) {
  auto layout = PlanSafetensors(tensors, metadata);
  EXPECT_TRUE(layout) << layout.error().Message();
  return std::string(AsText(layout->pieces[0].literal));
}

std::string Length(char low) {
  return std::string(1, low) + std::string(7, '\0');
}

// The golden bytes of safetensors' own test-suite.
TEST(SafetensorsWriter, ReferenceGoldens) {
  EXPECT_EQ(Head({}, {}), Length(8) + "{}      ");
  EXPECT_EQ(Head({}, {{"framework", "pt"}}),
            Length(40) + R"({"__metadata__":{"framework":"pt"}})" + "     ");
  EXPECT_EQ(Head({T("attn.0", DType::kF32, {1, 2, 3})}, {}),
            Length(64) + R"({"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}})");
  EXPECT_EQ(Head({T("attn0", DType::kF32, {1, 1, 2, 3})}, {}),
            Length(72) + R"({"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}})" +
                "       ");
  EXPECT_EQ(
      Head({T("attn.0", DType::kF4, {1, 2})}, {}),
      Length(64) + R"({"attn.0":{"dtype":"F4","shape":[1,2],"data_offsets":[0,1]}})" + "    ");
}

TEST(SafetensorsWriter, WidestFirstThenByName) {
  const std::vector<Tensor> tensors = {T("b", DType::kU8, {1}), T("z", DType::kF32, {1}),
                                       T("a", DType::kF32, {1}), T("i", DType::kI64, {1}),
                                       T("h", DType::kBF16, {1})};
  auto layout = PlanSafetensors(tensors, {{"z", "1"}, {"format", "pt"}});
  std::vector<int64_t> order;
  for (const Piece& piece : layout->pieces) order.push_back(piece.tensor);
  EXPECT_EQ(order, (std::vector<int64_t>{-1, 3, 2, 1, 4, 0}));
  EXPECT_TRUE(AsText(layout->pieces[0].literal)
                  .substr(8)
                  .starts_with(R"({"__metadata__":{"format":"pt","z":"1"},"i":)"));
}

TEST(SafetensorsWriter, OurReaderReadsItBack) {
  const std::vector<Tensor> tensors = {T("a \"quoted\" \\ name\n\x01", DType::kF16, {2, 3}),
                                       T("\xc3\xa9", DType::kF64, {}),
                                       T("none", DType::kI32, {0, 5})};
  auto layout = PlanSafetensors(tensors, {{"format", "pt"}});
  ByteVector file = layout->pieces[0].literal;
  file.resize(layout->size);
  auto model = ReadSafetensors(ByteSource::FromMemory(file, "x"), {});
  ASSERT_TRUE(model) << model.error().Message();
  EXPECT_EQ(model->tensors.size(), 3u);
  for (const Tensor& wanted : tensors) {
    EXPECT_TRUE(std::any_of(model->tensors.begin(), model->tensors.end(), [&](const Tensor& t) {
      return t.name == wanted.name && t.dtype == wanted.dtype && t.shape == wanted.shape;
    })) << wanted.name;
  }
}

TEST(SafetensorsWriter, Refused) {
  const auto message = [](const Tensor& t) { return PlanSafetensors({{t}}, {}).error().Message(); };
  EXPECT_EQ(message(T("w", DType::kC128, {1})),
            "unsupported: tensor \"w\": safetensors has no dtype for C128");
  EXPECT_EQ(message(T("\xff", DType::kF32, {1})),
            "malformed: tensor \"\\xff\": its name is not UTF-8");
}

}  // namespace
}  // namespace weighlock

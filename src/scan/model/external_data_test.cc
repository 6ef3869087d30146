// Models of ONNX beside files that their tensors lie in.
#include <gtest/gtest.h>

#include "scan/package_rules.h"
#include "scan/scanner.h"

namespace weighlock {
namespace {

std::string Field(int number, const std::string& bytes) {
  EXPECT_LT(bytes.size(), 128u * 128u);
  std::string out(1, static_cast<char>(number << 3 | 2));
  if (bytes.size() >= 128) {
    out += static_cast<char>(bytes.size() % 128 | 128);
    return out + static_cast<char>(bytes.size() / 128) + bytes;
  }
  return out + static_cast<char>(bytes.size()) + bytes;
}

std::string Entry(const std::string& key, const std::string& value) {
  return Field(13, Field(1, key) + Field(2, value));
}

struct Placed {
  std::string location, offset, length;
};

std::string Onnx(const std::vector<Placed>& tensors) {
  std::string graph;
  for (const Placed& t : tensors) {
    std::string tensor = Field(8, "w") + Entry("location", t.location);
    if (!t.offset.empty()) tensor += Entry("offset", t.offset);
    if (!t.length.empty()) tensor += Entry("length", t.length);
    graph += Field(5, tensor);
  }
  return std::string("\x08\x08", 2) + Field(2, "test") + Field(7, graph + Field(2, "g"));
}

ScanReport ScanBoth(const std::string& model, size_t size, const std::string& folder = "m/") {
  scan::Scanner scanner{ScanOptions()};
  const auto file = [&](const std::string& name, const std::string& bytes) {
    scanner.ScanBytes(
        ByteSource::FromMemory(ByteVector(AsBytes(bytes).begin(), AsBytes(bytes).end()), name),
        {{folder + name}, 0});
  };
  file("model.onnx", model);
  std::string data(size, '\0');
  for (size_t i = 0; i < size; ++i) data[i] = static_cast<char>(0x9f + i * i % 91);
  file("model.data", data);
  scan::JudgePackage(scanner);
  return std::move(scanner).Finish();
}

TEST(ExternalData, IsExplainedByTheModel) {
  struct Case {
    const char* name;
    std::vector<Placed> tensors;
    size_t size;
    const char* format;
    const char* says;  // of the first finding; empty: clean
  };
  const Case kCases[] = {
      {"one tensor, to the end", {{"model.data", "", ""}}, 400, "tensor data", ""},
      {"two, in any order",
       {{"model.data", "100", "300"}, {"./model.data", "0", "100"}},
       400,
       "tensor data",
       ""},
      {"padding up to a page",
       {{"model.data", "0", "100"}, {"model.data", "4096", "4"}},
       4100,
       "tensor data",
       ""},
      {"another file",
       {{"other.data", "", ""}},
       400,
       "unknown",
       "its bytes are of no form that is known here"},
      {"more than the tensors",
       {{"model.data", "0", "100"}},
       100'000,
       "unknown",
       "its bytes are of no form that is known here"},
      {"behind the end",
       {{"model.data", "0", "401"}},
       400,
       "tensor data",
       "m/model.onnx has a tensor in it that ends behind its 400 bytes (said at 0x1d)"},
      {"no number",
       {{"model.data", "0x10", "4"}},
       400,
       "unknown",
       "the offset of a tensor is \"0x10\""},
      {"out of the package",
       {{"../model.data", "", ""}},
       400,
       "unknown",
       "it takes data from \"../model.data\""},
  };
  for (const Case& c : kCases) {
    const ScanReport report = ScanBoth(Onnx(c.tensors), c.size);
    ASSERT_EQ(report.files.size(), 2u) << c.name;
    EXPECT_EQ(report.files[0].format, "onnx") << c.name;
    EXPECT_EQ(report.files[1].format, c.format) << c.name;
    EXPECT_EQ(report.findings.empty() ? "" : report.findings[0].text, c.says) << c.name;
    EXPECT_EQ(report.clean(), *c.says == '\0') << c.name;
  }
}

TEST(ExternalData, LiesBesideItsModel) {
  const std::string model = Onnx({{"model.data", "", ""}});
  EXPECT_TRUE(ScanBoth(model, 400, "a.tar.gz!").clean());
  EXPECT_TRUE(ScanBoth(model, 400, "").clean());
}

}  // namespace
}  // namespace weighlock

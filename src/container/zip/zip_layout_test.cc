// The layout against real readers: Python's zipfile, and torch where it is installed.
#include "container/zip/zip_layout.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "container/zip/zip_test_render.h"

namespace weighlock {
namespace {

// Runs a Python program on a file with these bytes; whether it succeeded.
bool PythonAccepts(const std::string& bytes, const std::string& program) {
  const std::string path = testing::TempDir() + fmt::format("layout_{}.zip", getpid());
  std::ofstream(path, std::ios::binary) << bytes;
  const std::string command = fmt::format("/usr/bin/python3 -c '{}' {}", program, path);
  const bool ok = system(command.c_str()) == 0;
  std::remove(path.c_str());
  return ok;
}

TEST(ZipLayout, PythonReadsIt) {
  const std::string zip =
      RenderZip({{"a/data.pkl", "pickle"}, {"a/empty", ""}, {"a/big", std::string(5000, 'x')}});
  EXPECT_TRUE(PythonAccepts(zip, R"(
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
assert z.namelist() == ["a/data.pkl", "a/empty", "a/big"], z.namelist()
assert z.read("a/big") == b"x" * 5000 and z.read("a/empty") == b""
)"));
}

TEST(ZipLayout, TorchReadsIt) {
  // OrderedDict(w=[1.0, 2.0]) without a single memo opcode.
  const std::string pickle(
      "\x80\x02"
      "ccollections\nOrderedDict\n)R(X\x01\0\0\0w"
      "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
      "X\x01\0\0\0"
      "0X\x03\0\0\0cpuK\x02tQK\0K\x02\x85K\x01\x85\x89"
      "ccollections\nOrderedDict\n)RtRu.",
      161);
  const std::string zip = RenderZip({{"archive/data.pkl", pickle},
                                     {"archive/byteorder", "little"},
                                     {"archive/data/0", std::string("\0\0\x80\x3f\0\0\0\x40", 8)},
                                     {"archive/version", "3\n"}});
  EXPECT_TRUE(PythonAccepts(zip, R"(
import sys
try:
    import torch
except ImportError:
    sys.exit(0)
t = torch.load(sys.argv[1])
assert list(t) == ["w"] and t["w"].tolist() == [1.0, 2.0], t
)"));
}

TEST(ZipLayout, Zip64Rules) {
  const uint64_t large = uint64_t{1} << 32;
  const ZipMemberSize members[] = {
      {"r/0", 8}, {"r/1", large}, {"r/2", 8}, {"r/3", 0}, {"r/4", large}};
  auto plan = PlanZip(members);
  ASSERT_TRUE(plan);
  const std::vector<ZipEntry>& e = plan->entries;
  EXPECT_EQ(e[0].descriptor_size, 16u);
  EXPECT_EQ(e[1].descriptor_size, 24u);  // large
  EXPECT_EQ(e[2].descriptor_size, 24u);  // small, but far
  EXPECT_EQ(e[3].descriptor_size, 0u);
  EXPECT_EQ(e[4].descriptor_size, 24u);
  for (const ZipEntry& entry : e) {
    EXPECT_EQ(LocalHeader(entry).size(), entry.payload_offset - entry.header_offset);
  }
  const uint32_t crcs[5] = {};
  EXPECT_EQ(CentralDirectory(*plan, crcs).size(), plan->directory_size);
}

TEST(ZipLayout, Refusals) {
  const ZipMemberSize empty[] = {{"", 1}};
  EXPECT_EQ(PlanZip(empty).error().code(), Code::kUsage);
  const ZipMemberSize endless[] = {{"a", UINT64_MAX}};
  EXPECT_EQ(PlanZip(endless).error().what(),
            "\"a\" of 18446744073709551615 bytes makes the zip longer than 2^63 bytes");
}

}  // namespace
}  // namespace weighlock

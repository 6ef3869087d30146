// Renders small zips in memory for tests, by way of the layout.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "container/zip/zip_layout.h"

namespace weighlock {

struct TestFile {
  std::string name;
  std::string data;
};

inline std::string RenderZip(const std::vector<TestFile>& files) {
  std::vector<ZipMemberSize> sizes;
  for (const TestFile& file : files) sizes.push_back({file.name, file.data.size()});
  auto plan = PlanZip(sizes);
  EXPECT_TRUE(plan);
  std::string out;
  std::vector<uint32_t> crcs;
  const auto add = [&out](const ByteVector& bytes) { out += AsText(bytes); };
  for (size_t i = 0; i < files.size(); ++i) {
    const ZipEntry& entry = plan->entries[i];
    EXPECT_EQ(entry.header_offset, out.size());
    add(LocalHeader(entry));
    EXPECT_EQ(entry.payload_offset, out.size());
    EXPECT_EQ(entry.payload_offset % kZipPayloadAlignment, 0u);
    out += files[i].data;
    EXPECT_EQ(entry.descriptor_offset, out.size());
    const std::string& data = files[i].data;
    const auto* raw = reinterpret_cast<const Bytef*>(data.data());
    crcs.push_back(static_cast<uint32_t>(crc32(0, raw, static_cast<uInt>(data.size()))));
    add(DataDescriptor(entry, crcs.back()));
  }
  EXPECT_EQ(plan->directory_offset, out.size());
  add(CentralDirectory(*plan, crcs));
  EXPECT_EQ(plan->size, out.size());
  return out;
}

}  // namespace weighlock

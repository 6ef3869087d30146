// What is packed within packed spends one budget, however it is nested.
#include <gtest/gtest.h>
#include <zlib.h>

#include "support/scan_of.h"

namespace weighlock {
namespace {

std::string Gzip(const std::string& plain) {
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(plain.size() / 500 + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<unsigned>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

ScanReport ScanWithin(uint64_t most, const std::string& bytes) {
  ScanOptions options;
  options.limits.unpacked_bytes = most;
  return ScanOf("x", bytes, options);
}

TEST(Budget, IsSharedByAllLevels) {
  const std::string twice = Gzip(Gzip(std::string(3'000'000, 'a')));
  EXPECT_TRUE(ScanWithin(4'000'000, twice).clean());
  const ScanReport report = ScanWithin(3'000'010, twice);
  EXPECT_FALSE(report.clean());
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(report.findings[0].rule, "WL-S-003");
}

}  // namespace
}  // namespace weighlock

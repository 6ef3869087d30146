// What can still be read of a stream, and what cannot, against the bytes that it had.
#include "scan/archive/passing_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace weighlock::scan {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

// Bytes as weights have them: no two are zero or text in a row.
ByteVector Noise(uint64_t size) {
  std::mt19937_64 random(7);
  ByteVector bytes(size);
  std::generate(bytes.begin(), bytes.end(), [&] { return std::byte(0x80 | (random() & 0x7F)); });
  return bytes;
}

void Place(ByteVector& bytes, uint64_t at, std::string_view text) {
  std::copy_n(AsBytes(text).begin(), text.size(), bytes.begin() + static_cast<ptrdiff_t>(at));
}

// Gives `bytes`, then an error where `fails`.
class Given : public ByteStream {
 public:
  explicit Given(const ByteVector& bytes, bool fails = false) : bytes_(bytes), fails_(fails) {}
  Result<size_t> Read(MutableBytes out) override {
    const size_t count = std::min({out.size(), bytes_.size() - at_, size_t{77'777}});
    if (count == 0 && fails_) return Error(Code::kMismatch, "the checksum is another");
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(at_), count, out.begin());
    at_ += count;
    return count;
  }

 private:
  const ByteVector& bytes_;
  bool fails_;
  size_t at_ = 0;
};

std::string Got(const ByteSource& source, const ByteVector& bytes, uint64_t at, uint64_t size) {
  const auto read = source.Read(at, size);
  if (!read) return std::string(read.error().what());
  const Bytes wanted = Bytes(bytes).subspan(at, size);
  return std::equal(read->begin(), read->end(), wanted.begin(), wanted.end()) ? "the same"
                                                                              : "other bytes";
}

constexpr char kGone[] = "these bytes passed by in a compressed stream and were not kept";

TEST(PassingStream, IsReadForwardAndWhereItWasRead) {
  const ByteVector bytes = Noise(60 * kMiB);
  Given stream(bytes);
  PassingStream passing(stream, bytes.size(), "x");
  const ByteSource source = passing.source();
  EXPECT_EQ(Got(source, bytes, 0, 100), "the same");
  EXPECT_EQ(Got(source, bytes, 30 * kMiB, 5000), "the same");
  EXPECT_EQ(Got(source, bytes, 30 * kMiB - 1000, 500), "the same") << "in the tail";
  EXPECT_EQ(Got(source, bytes, 31 * kMiB, 12 * kMiB), "the same") << "more than is kept";
  EXPECT_EQ(Got(source, bytes, 50 * kMiB, 10), "the same");
  EXPECT_EQ(Got(source, bytes, 16 * kMiB - 10, 10), "the same") << "in the head";
  EXPECT_EQ(Got(source, bytes, 16 * kMiB - 10, 20), kGone);
  EXPECT_EQ(Got(source, bytes, 30 * kMiB + 100, 4900), "the same") << "read before";
  EXPECT_EQ(Got(source, bytes, 30 * kMiB + 100, 4901), kGone);
  EXPECT_EQ(Got(source, bytes, 31 * kMiB, 10), kGone) << "of a large read nothing is kept";
  ASSERT_TRUE(passing.Finish());
  EXPECT_EQ(Got(source, bytes, 56 * kMiB, 4 * kMiB), "the same") << "the last 4 MiB";
  EXPECT_EQ(Got(source, bytes, 45 * kMiB, 1), kGone);
  const ByteSource slice = source.Slice(40 * kMiB, 20 * kMiB, "slice");
  const auto gone = slice.Read(5 * kMiB, 1);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().offset(), 5 * kMiB);
}

TEST(PassingStream, KeepsOverlappingReadsOnce) {
  const ByteVector bytes = Noise(40 * kMiB);
  Given stream(bytes);
  PassingStream passing(stream, bytes.size(), "x");
  const ByteSource source = passing.source();
  std::mt19937 random(3);
  std::vector<std::pair<uint64_t, uint64_t>> reads;
  for (int i = 0; i < 300; ++i) {
    const uint64_t at = 17 * kMiB + random() % 100'000, size = 1 + random() % 3000;
    EXPECT_EQ(Got(source, bytes, at, size), "the same");
    reads.emplace_back(at, size);
  }
  ASSERT_TRUE(passing.Finish());
  for (const auto& [at, size] : reads) EXPECT_EQ(Got(source, bytes, at, size), "the same");
}

TEST(PassingStream, SaysWhatTheStreamSays) {
  const ByteVector bytes = Noise(20 * kMiB);
  Given stream(bytes, true);
  PassingStream passing(stream, 30 * kMiB, "x");
  EXPECT_EQ(Got(passing.source(), bytes, 5, 5), "the same");
  EXPECT_EQ(passing.source().Read(25 * kMiB, 5).error().what(), "the checksum is another");
  EXPECT_EQ(Got(passing.source(), bytes, 19 * kMiB, 5), "the same");
  const Status end = passing.Finish();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code(), Code::kMismatch);

  Given shorter(bytes);
  PassingStream cut(shorter, 30 * kMiB, "x");
  EXPECT_EQ(cut.source().Read(25 * kMiB, 5).error().what(), "the stream ends before these bytes");
  EXPECT_TRUE(cut.Finish());
}

TEST(PassingStream, KeepsTheStructureOfHdf5) {
  ByteVector bytes = Noise(40 * kMiB);
  Place(bytes, 0, "\x89HDF\r\n\x1a\n");
  Place(bytes, 18 * kMiB + 1000, std::string_view("SNOD\1\0\2\0\x88\0\0\0\0\0\0\0", 16));
  Place(bytes, 22 * kMiB + 500, std::string(100, 'n'));
  Given stream(bytes);
  PassingStream passing(stream, bytes.size(), "x");
  ASSERT_TRUE(passing.Finish());
  const ByteSource source = passing.source();
  EXPECT_EQ(Got(source, bytes, 18 * kMiB + 1000, 1000), "the same");
  EXPECT_EQ(Got(source, bytes, 18 * kMiB - 1024, 3 * 1024), "the same");
  EXPECT_EQ(Got(source, bytes, 22 * kMiB, 1024), "the same");
  EXPECT_EQ(Got(source, bytes, 20 * kMiB, 1024), kGone);
}

TEST(PassingStream, KeepsHeadersAndSmallMembersOfZips) {
  ByteVector bytes = Noise(40 * kMiB);
  const std::string_view header("PK\3\4\24\0\0\0\0\0\0\0\0\0aaaabbbbcccc\6\0\0\0", 30);
  Place(bytes, 0, header);
  Place(bytes, 18 * kMiB, std::string(header) + "a/data");
  Place(bytes, 25 * kMiB - 7,
        std::string(header.substr(0, 26)) + std::string("\10\0\0\0", 4) + "a/data/7");
  Given stream(bytes);
  PassingStream passing(stream, bytes.size(), "x");
  ASSERT_TRUE(passing.Finish());
  const ByteSource source = passing.source();
  EXPECT_EQ(Got(source, bytes, 18 * kMiB, 4 * kMiB), "the same");
  EXPECT_EQ(Got(source, bytes, 25 * kMiB - 7, 1024), "the same");
  EXPECT_EQ(Got(source, bytes, 25 * kMiB - 7, 2000), kGone) << "a storage of torch";
}

TEST(CaptureStream, ReadsLargeOnesAgain) {
  const ByteVector bytes = Noise(50 * kMiB);
  int made = 0;
  const StreamOpener again = [&]() -> Result<std::unique_ptr<ByteStream>> {
    ++made;
    return std::unique_ptr<ByteStream>(std::make_unique<Given>(bytes));
  };
  Given stream(bytes);
  const auto source = CaptureStream(stream, again, "x");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->size(), bytes.size());
  EXPECT_EQ(Got(*source, bytes, 0, bytes.size()), "the same");
  EXPECT_EQ(made, 1);

  const ByteVector few = Noise(1000);
  Given small(few);
  const auto kept = CaptureStream(small, again, "x");
  ASSERT_TRUE(kept);
  EXPECT_EQ(Got(*kept, few, 0, few.size()), "the same");
  EXPECT_EQ(made, 1);

  Given broken(few, true);
  EXPECT_EQ(CaptureStream(broken, again, "x").error().code(), Code::kMismatch);
}

}  // namespace
}  // namespace weighlock::scan

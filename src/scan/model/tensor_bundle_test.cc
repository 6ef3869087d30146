// Indexes of TensorFlow's checkpoints, put together block by block.
#include <gtest/gtest.h>

#include "scan/model/crc32c.h"
#include "support/scan_of.h"

namespace weighlock {
namespace {

std::string Le(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

// An entry of a block; numbers are below 128.
std::string Entry(int shared, const std::string& key, const std::string& value) {
  return std::string{static_cast<char>(shared), static_cast<char>(key.size()),
                     static_cast<char>(value.size())} +
         key + value;
}

std::string Block(const std::string& entries, char packing = 0) {
  const std::string bytes = entries + Le(0, 4) + Le(1, 4) + packing;
  return bytes + Le(scan::MaskedCrc32c(scan::Crc32c(0, AsBytes(bytes))), 4);
}

std::string Handle(size_t offset, size_t block) {
  return {static_cast<char>(offset), static_cast<char>(block - 5)};
}

// A file of one block of tensors.
std::string Index(const std::string& data, const std::string& gap = "",
                  const std::string& padding = "") {
  const std::string meta = Block("");
  const size_t meta_at = data.size() + gap.size();
  const std::string index = Block(Entry(0, "z", Handle(0, data.size())));
  std::string footer = Handle(meta_at, meta.size()) + Handle(meta_at + meta.size(), index.size());
  footer += padding;
  footer.resize(40, '\0');
  return data + gap + meta + index + footer + Le(0xDB4775248B80FB57, 8);
}

const std::string kHeader = Entry(0, "", "\x08\x01");
const std::string kTensor = Entry(0, "w", std::string("\x20\x03\x28\x04", 4));

TEST(TensorBundle, IsReadToItsLastByte) {
  struct Case {
    const char* name;
    std::string bytes;
    const char* says;  // empty: clean
  };
  const Case cases[] = {
      {"plain", Index(Block(kHeader + kTensor)), ""},
      {"a shared key", Index(Block(kHeader + kTensor + Entry(1, "x", "\x28\x04"))), ""},
      {"packed", Index(Block(kHeader, 1)), "a packed block, which TensorFlow does not write here"},
      {"checksum", Index(Block(kHeader).replace(3, 1, "x")), "a block does not fit its checksum"},
      {"gap", Index(Block(kHeader), "123"), "its blocks do not follow one another"},
      {"footer", Index(Block(kHeader), "", std::string("\0\1", 2)),
       "a footer with more than it needs"},
      {"key", Index(Block(kHeader + Entry(2, "w", "\x28\x04"))), "a key of no length"},
      {"order", Index(Block(kTensor + kHeader)), "tensors before the header"},
      {"value", Index(Block(kHeader + Entry(0, "w", "\x28"))), "a number is cut off"},
      {"handle",
       [] {
         std::string bytes = Index(Block(kHeader));
         bytes[bytes.size() - 46] = '\x7f';
         return bytes;
       }(),
       "a block that does not lie in the file"},
  };
  for (const Case& c : cases) {
    const ScanReport report = ScanOf("m.index", c.bytes);
    EXPECT_EQ(report.files[0].format, "tensorflow checkpoint") << c.name;
    const std::string says = report.findings.empty() ? "" : report.findings[0].text;
    EXPECT_EQ(says, c.says) << c.name;
    EXPECT_EQ(report.clean(), says.empty()) << c.name;
  }
}

TEST(TensorBundle, IsFoundByItsEnd) {
  EXPECT_NE(ScanOf("m.index", Index(Block(kHeader)) + "x").files[0].format,
            "tensorflow checkpoint");
}

}  // namespace
}  // namespace weighlock

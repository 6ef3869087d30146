// HDF5 put together structure by structure: what each part may claim, and what is said of it.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "scan/hdf5/hdf5_file.h"
#include "support/scan_of.h"

namespace weighlock {
namespace {

template <class T>
std::string Le(T value) {
  ByteVector bytes;
  AppendLe(bytes, value);
  return std::string(AsText(bytes));
}

std::string Summed(const std::string& bytes) {
  return bytes + Le(scan::Hdf5Checksum(AsBytes(bytes)));
}

std::string Message(uint8_t type, const std::string& body) {
  return Le(type) + Le(static_cast<uint16_t>(body.size())) + Le(uint8_t{0}) + body;
}

std::string Header(const std::string& messages) {
  return Summed("OHDR" + Le(uint8_t{2}) + Le(uint8_t{2}) +
                Le(static_cast<uint32_t>(messages.size())) + messages);
}

constexpr uint64_t kRoot = 48;

// A superblock of version 3, and what stands behind it.
std::string File(const std::string& rest, uint64_t more = 0) {
  return Summed("\x89HDF\r\n\x1a\n" + Le(uint8_t{3}) + Le(uint16_t{0x0808}) + Le(uint8_t{0}) +
                Le(uint64_t{0}) + Le(UINT64_MAX) + Le(uint64_t{kRoot + rest.size() + more}) +
                Le(kRoot)) +
         rest;
}

std::string HardLink(const std::string& name, uint64_t object) {
  return Message(0x06,
                 Le(uint16_t{0x0001}) + Le(static_cast<uint8_t>(name.size())) + name + Le(object));
}

std::string Attribute(const std::string& name, const std::string& text) {
  const auto size = static_cast<uint32_t>(text.size());
  return Message(0x0C, Le(uint8_t{3}) + Le(uint8_t{0}) +
                           Le(static_cast<uint16_t>(name.size() + 1)) + Le(uint16_t{8}) +
                           Le(uint16_t{4}) + Le(uint8_t{0}) + name + '\0' + Le(uint32_t{0x13}) +
                           Le(size) + Le(uint32_t{0x00000002}) + text);
}

std::string Said(const std::string& bytes) {
  const ScanReport report = ScanOf("x.h5", bytes);
  std::string text = report.coverage == Coverage::kComplete ? "" : "partial: ";
  for (const ScanFinding& f : report.findings) text += f.rule + " " + f.text + "; ";
  return text;
}

TEST(Hdf5, ChecksumsAreThoseOfLookup3) {
  EXPECT_EQ(scan::Hdf5Checksum(AsBytes("")), 0xDEADBEEFu);
  EXPECT_EQ(scan::Hdf5Checksum(AsBytes("Four score and seven years ago")), 0x17770551u);
}

TEST(Hdf5, EachStructureIsHeldToItsRules) {
  const std::string back_to_root = Header(HardLink("again", kRoot));
  const std::string lambda = Header(Attribute("model_config", R"({"class_name": "Lambda"})"));
  const std::string filter =
      Header(Message(0x0B, Le(uint8_t{2}) + Le(uint8_t{1}) + Le(uint16_t{400}) + Le(uint16_t{0}) +
                               Le(uint16_t{0}) + Le(uint16_t{0})));
  const std::string never_ends = Header(Message(0x10, Le(kRoot + 6) + Le(uint64_t{8})));
  const std::string huge = Header(Message(0x10, Le(kRoot) + Le(UINT64_MAX)));
  const std::string user_link =
      Header(Message(0x06, Le(uint16_t{0x0801}) + Le(uint8_t{200}) + Le(uint8_t{1}) + "u"));
  const std::string outside = Header(
      Message(0x08, Le(uint8_t{3}) + Le(uint8_t{1}) + Le(uint64_t{40}) + Le(UINT64_MAX - 8)));
  std::string bent = File(back_to_root);
  bent[kRoot + 12] ^= 1;
  std::string version = File("");
  version[8] = 9;

  const struct {
    const char* name;
    std::string bytes, said;
  } cases[] = {
      {"an empty group", File(Header("")), ""},
      {"a group that holds itself", File(back_to_root), ""},
      {"a layer of code", File(lambda), "WL-S-361 a Lambda layer: code of the file runs; "},
      {"a filter of others", File(filter),
       "WL-S-354 the filter 400 of \"/\" is none of the library; "},
      {"bytes behind the end", File(Header("")) + "xyz",
       "WL-S-331 3 bytes behind the end of the HDF5 file; "},
      {"a file that is cut off", File(Header(""), 5),
       "partial: WL-S-002 it says that it has 67 bytes, 62 are there; "},
      {"a link of a plugin", File(user_link),
       "partial: WL-S-001 \"/u\" is a link of an unknown kind; "},
      {"a link to nowhere", File(Header(HardLink("x", 1 << 20))),
       "partial: WL-S-002 /x/: 4 bytes at 0x100000 do not lie in the file; "},
      {"a bit that flipped", bent, "partial: WL-S-002 /: its checksum is of other bytes; "},
      {"a header without end", File(never_ends),
       "partial: WL-S-002 /: its checksum is of other bytes; "},
      {"a header of all bytes", File(huge),
       "partial: WL-S-002 /: 18446744073709551615 bytes at 0x30 do not lie in the file; "},
      {"data outside", File(outside), "partial: WL-S-002 /: data that does not lie in the file; "},
      {"another superblock", version, "partial: WL-S-001 a superblock of version 9; "},
      {"no configuration", File(Header(Attribute("model_config", "{"))),
       "partial: WL-S-002 /@model_config: JSON: syntax error while parsing object key - "
       "unexpected end of input; expected string literal; "},
  };
  for (const auto& row : cases) EXPECT_EQ(Said(row.bytes), row.said) << row.name;
}

}  // namespace
}  // namespace weighlock

// The assembler, and the table of what it assembles.
#include "container/tar/tar_hazards.h"

#include <fmt/format.h>

namespace weighlock::tar_test {
namespace {

const std::string kGnu("ustar  \0", 8);
const std::string kV7(8, '\0');

std::string Octal(uint64_t value) {
  return fmt::format("{:011o}", value);
}

std::string Whole(const std::string& members) {
  return members + End();
}

void AddNames(std::vector<Hazard>& out) {
  const auto add = [&](const char* name, const std::string& path, const char* what) {
    out.push_back({name, Whole(File("ok", "1") + File(path, "2")), Code::kMalformed, 0x400, what});
  };
  add("name_dotdot", "../x", R"(the name "../x" has a ".." component)");
  add("name_dotdot_inside", "a/../../x", R"(the name "a/../../x" has a ".." component)");
  add("name_absolute", "/tmp/x", R"(the name "/tmp/x" is absolute)");
  add("name_drive", "C:/x", R"(the name "C:/x" starts with a drive letter)");
  add("name_backslash", "a\\..\\b", R"(the name "a\\..\\b" has a backslash)");
  add("name_unc", "\\\\host\\share", R"(the name "\\\\host\\share" has a backslash)");
  add("name_control", "a\x1b[2J", R"(the name "a\x1b[2J" has the control byte 0x1b at 1)");
  out.push_back({"name_behind_nul", Whole(File(std::string("a\0.txt", 6), "1")), Code::kMalformed,
                 0, "the name field has bytes behind its NUL: \"a\\x00.txt" + [] {
                   std::string rest;
                   for (int i = 0; i < 94; ++i) rest += "\\x00";
                   return rest;
                 }() + "\""});
  out.push_back({"name_pax_nul",
                 Whole(Pax(PaxRecord("path", std::string("a\0b", 3))) + File("a", "1")),
                 Code::kMalformed, 0x400, R"(the name "a\x00b" has the control byte 0x00 at 1)"});
  out.push_back({"name_gnu_nul", Whole(LongName(std::string("a\0b", 3)) + File("a", "1")),
                 Code::kMalformed, 0x400, R"(the name "a\x00b" has the control byte 0x00 at 1)"});
  out.push_back({"name_pax_dotdot", Whole(Pax(PaxRecord("path", "../x")) + File("a", "1")),
                 Code::kMalformed, 0x400, R"(the name "../x" has a ".." component)"});
  out.push_back({"name_component_long", Whole(LongName(std::string(256, 'b')) + File("a", "1")),
                 Code::kLimit, 0x400,
                 "the name \"" + std::string(200, 'b') +
                     "...\" has a component of 256 bytes, the limit is 255"});
  out.push_back({"name_gnu_long", Whole(LongName(std::string(4098, 'b')) + File("a", "1")),
                 Code::kLimit, 0,
                 R"(the extended header "././@LongLink" has 4099 bytes, the limit is 4097)"});
  std::string deep;
  while (deep.size() <= 4096) deep += "dir/";
  out.push_back({"name_pax_long", Whole(Pax(PaxRecord("path", deep + "x")) + File("a", "1")),
                 Code::kLimit, 0x1400,
                 "the name \"" + deep.substr(0, 200) + "...\" has 4101 bytes, the limit is 4096"});
  out.push_back({"name_empty", Whole(File("", "1")), Code::kMalformed, 0,
                 R"(member "" is typed as a file and named as a directory)"});
  out.push_back({"name_file_slash", Whole(File("a/", "1")), Code::kMalformed, 0,
                 R"(member "a/" is typed as a file and named as a directory)"});
  out.push_back({"name_file_dot", Whole(File("a/.", "1")), Code::kMalformed, 0,
                 R"(member "a/." is typed as a file and named as a directory)"});
}

void AddKinds(std::vector<Hazard>& out) {
  const auto add = [&](const char* name, Header header, const char* what) {
    const std::string tail = header.type == '2' ? File("d/x", "through") : "";
    out.push_back({name, Whole(Member(header) + tail), Code::kUnsupported, 0, what});
  };
  add("kind_symlink", {.name = "d", .type = '2', .link = "/tmp"},
      R"(member "d" is a symbolic link (type "2"))");
  add("kind_hardlink", {.type = '1', .link = "/etc/passwd"},
      R"(member "a" is a hard link (type "1"))");
  add("kind_char_device", {.type = '3'}, R"(member "a" is a character device (type "3"))");
  add("kind_block_device", {.type = '4'}, R"(member "a" is a block device (type "4"))");
  add("kind_fifo", {.type = '6'}, R"(member "a" is a FIFO (type "6"))");
  add("kind_contiguous", {.type = '7'},
      R"(member "a" is a contiguous file (type "7"): pack it with --format=ustar)");
  add("kind_gnu_dump", {.type = 'D', .magic = kGnu},
      R"(member "a" is a GNU directory listing (type "D"): pack it without --incremental)");
  add("kind_multi_volume", {.type = 'M', .magic = kGnu},
      R"(member "a" is a part of a multi-volume archive (type "M"): pack it without --multi-volume)");
  add("kind_old_names", {.type = 'N', .magic = kGnu},
      R"(member "a" is an old GNU table of long names (type "N"): pack it with --format=ustar)");
  add("kind_sparse", {.type = 'S', .content = "1", .magic = kGnu},
      R"(member "a" is a sparse file (type "S"): pack it without --sparse)");
  add("kind_volume", {.type = 'V', .magic = kGnu},
      R"(member "a" is a volume label (type "V"): pack it without --label)");
  add("kind_solaris", {.type = 'X'},
      R"(member "a" is a Solaris extended header (type "X"): pack it with --format=ustar)");
  add("kind_unknown", {.type = 'Z'}, R"(member "a" is of an unknown kind (type "Z"))");
  add("kind_unprintable", {.type = '\x01'}, R"(member "a" is of an unknown kind (type "\x01"))");
  out.push_back({"kind_pax_sparse",
                 Whole(Pax(PaxRecord("GNU.sparse.major", "1") + PaxRecord("GNU.sparse.minor", "0") +
                           PaxRecord("GNU.sparse.name", "huge") +
                           PaxRecord("GNU.sparse.realsize", "1099511627776")) +
                       File("./GNUSparseFile.0/huge", "0\n")),
                 Code::kUnsupported, 0x400,
                 R"(member "huge" is a sparse file: pack it without --sparse)"});
  out.push_back({"kind_long_symlink",
                 Whole(LongName(std::string(120, 'l'), 'K') +
                       Member({.name = "d", .type = '2', .link = "lll", .magic = kGnu})),
                 Code::kUnsupported, 0x400, R"(member "d" is a symbolic link (type "2"))"});
  out.push_back({"kind_long_link_file", Whole(LongName("/etc/passwd", 'K') + File("a", "1")),
                 Code::kMalformed, 0x400, R"(member "a" has a link's target and is not a link)"});
  out.push_back({"kind_linkpath_file",
                 Whole(Pax(PaxRecord("linkpath", "/etc/passwd")) + File("a", "1")),
                 Code::kMalformed, 0x400, R"(member "a" has a link's target and is not a link)"});
  out.push_back({"kind_v7_or_not",
                 Whole(LongName("a/") + Member({.name = "a", .type = '\0', .magic = kV7})),
                 Code::kMalformed, 0x400,
                 R"(member "a/" is a directory by only one of its names, "a" in its header)"});
  out.push_back(
      {"kind_v7_or_not_back",
       Whole(LongName("a/weights") + Member({.name = "a/", .type = '\0', .content = "1"})),
       Code::kMalformed, 0x400,
       R"(member "a/weights" is a directory by only one of its names, "a/" in its header)"});
  out.push_back({"kind_directory_content",
                 Whole(Member({.name = "a/", .type = '5', .content = File("hidden", "1")})),
                 Code::kMalformed, 0, R"(directory "a/" has 1024 bytes of content)"});
}

void AddPairs(std::vector<Hazard>& out) {
  const auto add = [&](const char* name, const std::string& members, uint64_t offset,
                       const char* what) {
    out.push_back({name, Whole(members), Code::kMalformed, offset, what});
  };
  add("pair_duplicate", File("config.json", "1") + File("config.json", "2"), 0x400,
      R"(two members have one path, "config.json": at 0x0 and at 0x400)");
  add("pair_duplicate_spelt", File("config.json", "1") + File("./config.json", "2"), 0x400,
      R"(two members have one path, "config.json": at 0x0 and at 0x400)");
  add("pair_duplicate_slashes", File("a/b", "1") + File("a//./b", "2"), 0x400,
      R"(two members have one path, "a/b": at 0x0 and at 0x400)");
  add("pair_duplicate_pax", File("a", "1") + Pax(PaxRecord("path", "a")) + File("b", "2"), 0x800,
      R"(two members have one path, "a": at 0x0 and at 0x800)");
  add("pair_case", File("Model.bin", "1") + File("model.bin", "2"), 0x400,
      R"("Model.bin" (at 0x0) and "model.bin" (at 0x400) differ only in case)");
  add("pair_case_folder", File("Code/a.py", "1") + File("code/b.py", "2"), 0x400,
      R"("Code" (at 0x0) and "code" (at 0x400) differ only in case)");
  add("pair_unicode_form", File("\u00e9", "1") + File("e\u0301", "2"), 0x400,
      "\"\u00e9\" (at 0x0) and \"e\u0301\" (at 0x400) differ only in case or Unicode form");
  add("pair_file_then_inside", File("a", "1") + File("a/b", "2"), 0x400,
      R"("a" (at 0x0) is a file, "a/b" (at 0x400) lies inside it)");
  add("pair_inside_then_file", File("a/b", "1") + File("a", "2"), 0x400,
      R"("a" (at 0x400) is a file, "a/b" (at 0x0) lies inside it)");
  add("pair_directory_file", Directory("a/") + File("a", "2"), 0x200,
      R"(two members have one path, "a": at 0x0 and at 0x200)");
}

void AddPax(std::vector<Hazard>& out) {
  const auto add = [&](const char* name, const std::string& data, const char* what,
                       uint64_t offset = 0x200, Code code = Code::kMalformed) {
    out.push_back({name, Whole(Pax(data) + File("a", "1")), code, offset, what});
  };
  add("pax_no_length", "path=x\n",
      R"(a PAX record starts with its length and a space, this one with "path=x\x0a")");
  add("pax_leading_zero", "011 path=x\n",
      R"(a PAX record starts with its length and a space, this one with "011 path=x\x0a")");
  add("pax_negative", "-9 path=x\n",
      R"(a PAX record starts with its length and a space, this one with "-9 path=x\x0a")");
  add("pax_two_spaces", "11  path=x\n", R"(the PAX key " path" is not known)", 0x200,
      Code::kUnsupported);
  add("pax_length_zero", "0 path=x\n",
      R"(a PAX record of 0 bytes is not KEY=VALUE and a newline: "")");
  add("pax_length_short", "8 path=x\n",
      R"(a PAX record of 8 bytes is not KEY=VALUE and a newline: "8 path=x")");
  add("pax_length_long", "30 path=x\n", "a PAX record of 30 bytes, 10 are left");
  add("pax_length_huge", "99999999999999999999 path=x\n",
      R"(a PAX record starts with its length and a space, this one with "9999999999999999...")");
  add("pax_no_equals", "9 pathx.\n",
      R"(a PAX record of 9 bytes is not KEY=VALUE and a newline: "9 pathx.\x0a")");
  add("pax_no_key", "5 =x\n", "a PAX record without a key");
  add("pax_trailing_zeros", PaxRecord("path", "x") + Zeros(3),
      R"(a PAX record starts with its length and a space, this one with "\x00\x00\x00")", 0x209);
  add("pax_key_twice", PaxRecord("path", "x") + PaxRecord("path", "y"),
      R"(the PAX key "path" is given twice)", 0x209);
  add("pax_empty_path", PaxRecord("path", ""), "an empty PAX path");
  add("pax_size_negative", PaxRecord("size", "-1"),
      R"(the PAX size "-1" is not a decimal number below 2^63)");
  add("pax_size_huge", PaxRecord("size", "9223372036854775808"),
      R"(the PAX size "9223372036854775808" is not a decimal number below 2^63)");
  add("pax_size_conflict", PaxRecord("size", "513"),
      R"(member "a" has 1 bytes by its header and 513 by its PAX records)", 0x400);
  add("pax_unknown_key", PaxRecord("WEIGHTS.codec", "zstd"),
      R"(the PAX key "WEIGHTS.codec" is not known)", 0x200, Code::kUnsupported);
  add("pax_charset", PaxRecord("hdrcharset", "BINARY"), R"(the PAX key "hdrcharset" is not known)",
      0x200, Code::kUnsupported);
}

// Extension headers that disagree with the member, or pile up before it.
void AddExtensions(std::vector<Hazard>& out) {
  out.push_back({"pax_size_zero_header",  // TARmageddon, CVE-2025-62518
                 Whole(Pax(PaxRecord("size", "1024")) +
                       Member({.content = File("hidden", "1"), .size = Octal(0)})),
                 Code::kMalformed, 0x400,
                 R"(member "a" has 0 bytes by its header and 1024 by its PAX records)"});
  out.push_back(
      {"pax_global", Whole(Pax(PaxRecord("path", "evil"), 'g') + File("a", "1") + File("b", "2")),
       Code::kUnsupported, 0x200,
       R"(a global PAX header sets "path" for all members; only a comment is accepted there)"});
  out.push_back(
      {"pax_global_between",
       Whole(Pax(PaxRecord("path", "b")) + Pax(PaxRecord("comment", "c"), 'g') + File("a", "1")),
       Code::kMalformed, 0x400, "a global header between a member's headers"});
  out.push_back({"pax_twice",
                 Whole(Pax(PaxRecord("path", "b")) + Pax(PaxRecord("path", "c")) + File("a", "1")),
                 Code::kMalformed, 0x400, "two PAX headers before one member"});
  out.push_back({"pax_then_gnu",  // tar-rs, GHSA-3pv8-6f4r-ffg2
                 Whole(Pax(PaxRecord("size", "1024")) + LongName("b") + File("a", "1")),
                 Code::kMalformed, 0x400, "GNU and PAX headers before one member"});
  out.push_back({"gnu_then_pax",
                 Whole(LongName("b") + Pax(PaxRecord("path", "c")) + File("a", "1")),
                 Code::kMalformed, 0x400, "GNU and PAX headers before one member"});
  out.push_back({"gnu_twice", Whole(LongName("b") + LongName("c") + File("a", "1")),
                 Code::kMalformed, 0x400, "two GNU long names before one member"});
  out.push_back({"gnu_empty", Whole(LongName("") + File("a", "1")), Code::kMalformed, 0,
                 "an empty GNU long name"});
  out.push_back({"pax_then_end", Whole(File("a", "1") + Pax(PaxRecord("path", "b"))),
                 Code::kMalformed, 0x800, "the archive ends between a member's headers"});
  out.push_back({"pax_too_big", Member({.type = 'x', .size = Octal((1 << 20) + 1)}), Code::kLimit,
                 0, R"(the extended header "a" has 1048577 bytes, the limit is 1048576)"});
}

void AddHeaders(std::vector<Hazard>& out) {
  const auto add = [&](const char* name, const Header& header, uint64_t offset, const char* what) {
    out.push_back({name, Whole(Member(header)), Code::kMalformed, offset, what});
  };
  const std::string base256(1, '\x80');
  add("field_checksum", {.content = "1", .checksum = "0004321"}, 148,
      "the checksum field says 2257, the bytes of the header sum to 3135");
  add("field_checksum_word", {.checksum = "checksum"}, 148,
      R"(the checksum field is not an octal number: "checksum")");
  add("field_checksum_blank", {.checksum = "        "}, 148, "the checksum field is blank");
  add("field_size_word", {.size = "00000000009"}, 124,
      R"(the size field is not an octal number: "00000000009\x00")");
  add("field_size_blank", {.size = "           "}, 124, "the size field is blank");
  add("field_size_leading_nul",
      {.content = "1",
       .size = std::string("\0"
                           "0000000001",
                           11)},
      124, R"(the size field is not an octal number: "\x000000000001\x00")");
  add("field_size_minus", {.size = "-0000000001"}, 124,
      R"(the size field is not an octal number: "-0000000001\x00")");
  add("field_size_negative", {.size = std::string(12, '\xff')}, 124, "the size field is negative");
  add("field_size_overflow", {.size = base256 + std::string(3, '\0') + std::string(8, '\x80')}, 124,
      "the size field is over 2^63 - 1");
  add("field_size_overflow_wide", {.size = base256 + "\x01" + std::string(10, '\0')}, 124,
      "the size field is over 2^63 - 1");
  add("field_mode_word", {.mode = "rw-r--r"}, 100,
      R"(the mode field is not an octal number: "rw-r--r\x00")");
  add("field_uid_word", {.uid = "nobody"}, 108,  // here Python's tarfile ends the archive
      R"(the uid field is not an octal number: "nobody\x00\x00")");
  add("field_mtime_word", {.mtime = "yesterday"}, 136,
      R"(the mtime field is not an octal number: "yesterday\x00\x00\x00")");
  add("field_magic", {.magic = "ustar\0 7"}, 257,
      R"(the magic field is neither ustar's, GNU's nor zero: "ustar\x00\x00\x00")");
  add("field_prefix_gnu", {.magic = kGnu, .prefix = "14000000000"}, 345,
      "bytes 345 to 511 of a GNU header must be zero, as some readers take them for part of the "
      "name");
  add("field_prefix_v7", {.magic = kV7, .prefix = "dir"}, 345,
      "bytes 345 to 511 of a V7 header must be zero, as some readers take them for part of the "
      "name");
  add("field_tail_ustar", {.prefix = std::string(163, '\0') + "tar"}, 508,
      "bytes 500 to 511 of a ustar header must be zero, as some readers take them for part of the "
      "name");
  add("padding_member", {.content = "1", .padding = 'x'}, 513,
      R"(the padding of member "a" has bytes that are not zero)");
  add("padding_pax", {.type = 'x', .content = PaxRecord("path", "b"), .padding = 'x'}, 521,
      R"(the padding of the extended header "a" has bytes that are not zero)");
}

void AddEnds(std::vector<Hazard>& out) {
  const auto add = [&](const char* name, std::string archive, Code code, uint64_t offset,
                       const char* what) {
    out.push_back({name, std::move(archive), code, offset, what});
  };
  const char* no_end =
      "wanted a header or the two zero blocks that end an archive, {} bytes are left";
  static const std::string none = fmt::format(fmt::runtime(no_end), 0);
  static const std::string some = fmt::format(fmt::runtime(no_end), 100);
  const std::string file = File("a", "12");
  add("end_empty", "", Code::kTruncated, 0, none.c_str());
  add("end_missing", file, Code::kTruncated, 0x400, none.c_str());
  add("end_in_header", file + file.substr(0, 100), Code::kTruncated, 0x400, some.c_str());
  add("end_in_content", file.substr(0, 513), Code::kTruncated, 513,
      R"(member "a" wants 2 bytes, the archive ends after 1 of them)");
  add("end_in_padding", file.substr(0, 600), Code::kTruncated, 514,
      R"(member "a" wants 510 bytes of padding, 86 are left)");
  add("end_in_pax", Pax(PaxRecord("path", "b")).substr(0, 600), Code::kTruncated, 0,
      R"(the extended header "./PaxHeaders/a" wants 512 bytes, 88 are left)");
  add("end_one_block", file + Zeros(512), Code::kTruncated, 0x600,
      "two zero blocks end an archive, it ends after 512 bytes of them");
  add("end_short_block", file + Zeros(1000), Code::kTruncated, 0x600,
      "two zero blocks end an archive, it ends after 1000 bytes of them");
  const char* behind = "what follows the end of the archive has bytes that are not zero";
  add("end_lone_block", file + Zeros(512) + File("b", "3") + End(), Code::kMalformed, 0x600,
      behind);
  add("end_second_archive", Whole(file) + Whole(File("b", "3")), Code::kMalformed, 0x800, behind);
  add("end_trailing_byte", Whole(file) + Zeros(100) + "x", Code::kMalformed, 0x864, behind);
  add("limit_size",
      Member({.size =
                  std::string(1, '\x80') + std::string(3, '\0') + "\x7f" + std::string(7, '\xff')}),
      Code::kLimit, 0,
      R"(member "a" of 9223372036854775807 bytes takes the archive over 4398046511104 bytes)");
}

// Puts `value` into `block` at `offset`.
void Put(std::string& block, size_t offset, const std::string& value) {
  block.replace(offset, value.size(), value);
}

}  // namespace

std::string Member(const Header& header) {
  std::string block = Zeros(512);
  Put(block, 0, header.name);
  Put(block, 100, header.mode);
  Put(block, 108, header.uid);
  Put(block, 116, "0000000");
  Put(block, 124, header.size.empty() ? Octal(header.content.size()) : header.size);
  Put(block, 136, header.mtime);
  Put(block, 148, "        ");
  block[156] = header.type;
  Put(block, 157, header.link);
  Put(block, 257, header.magic);
  Put(block, 345, header.prefix);
  uint32_t sum = 0;
  for (const char c : block) sum += static_cast<uint8_t>(c);
  const std::string honest = fmt::format("{:06o}", sum) + '\0';
  Put(block, 148, header.checksum.empty() ? honest : header.checksum);
  const size_t padding = (512 - header.content.size() % 512) % 512;
  return block + header.content + std::string(padding, header.padding);
}

std::string File(const std::string& name, const std::string& content) {
  return Member({.name = name, .content = content});
}

std::string Directory(const std::string& name) {
  return Member({.name = name, .type = '5'});
}

std::string Pax(const std::string& data, char type) {
  return Member({.name = "./PaxHeaders/a", .type = type, .content = data});
}

std::string PaxRecord(const std::string& key, const std::string& value) {
  size_t length = key.size() + value.size() + 3;
  while (std::to_string(length).size() + key.size() + value.size() + 3 != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

std::string LongName(const std::string& name, char type) {
  return Member({.name = "././@LongLink", .type = type, .content = name + '\0', .magic = kGnu});
}

std::string Zeros(size_t count) {
  return std::string(count, '\0');
}

std::string End() {
  return Zeros(1024);
}

std::vector<Hazard> Hazards() {
  std::vector<Hazard> out;
  AddNames(out);
  AddKinds(out);
  AddPairs(out);
  AddPax(out);
  AddExtensions(out);
  AddHeaders(out);
  AddEnds(out);
  return out;
}

}  // namespace weighlock::tar_test

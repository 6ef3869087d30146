// One archive for each rule.
#include "container/zip/zip_hazards.h"

#include <zlib.h>

#include <cstdint>

#include "base/bytes.h"
#include "container/zip/zip_records.h"

namespace weighlock::zip_test {
namespace {

using namespace zip;

// A member by its records, as honest as nothing is said otherwise.
struct Member {
  std::string name = "a";
  std::string data = "data";  // as it stands in the archive
  uint16_t method = kMethodStored;
  uint32_t mode = 0100644;
  uint32_t claimed_size = UINT32_MAX;  // UINT32_MAX: the data's
  uint32_t claimed_crc = 0;            // 0: the data's
  std::string local_name = {};         // if it is another one
  uint16_t flags = kFlagUtf8;
  bool is_listed = true;  // in the directory
};

std::string Deflated(const std::string& plain) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

uint32_t Crc(const std::string& data) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

void AppendShared(ByteVector& out, const Member& m, const std::string& name) {
  AppendLe(out, uint16_t{20});
  AppendLe(out, m.flags);
  AppendLe(out, m.method);
  AppendLe(out, uint32_t{0x00210000});
  AppendLe(out, m.claimed_crc != 0 ? m.claimed_crc : Crc(m.data));
  const auto size = static_cast<uint32_t>(m.data.size());
  AppendLe(out, size);
  AppendLe(out, m.claimed_size == UINT32_MAX ? size : m.claimed_size);
  AppendLe(out, static_cast<uint16_t>(name.size()));
  AppendLe(out, uint16_t{0});
}

std::string Zip(const std::vector<Member>& members) {
  ByteVector out, directory;
  uint16_t listed = 0;
  for (const Member& m : members) {
    const auto offset = static_cast<uint32_t>(out.size());
    const std::string& local_name = m.local_name.empty() ? m.name : m.local_name;
    AppendLe(out, kLocalSignature);
    AppendShared(out, m, local_name);
    Append(out, local_name);
    Append(out, m.data);
    if (!m.is_listed) continue;
    ++listed;
    AppendLe(directory, kCentralSignature);
    AppendLe(directory, uint16_t{kMadeByUnix << 8});
    AppendShared(directory, m, m.name);
    AppendLe(directory, uint16_t{0});
    AppendLe(directory, uint32_t{0});
    AppendLe(directory, m.mode << 16);
    AppendLe(directory, offset);
    Append(directory, m.name);
  }
  const auto offset = static_cast<uint32_t>(out.size());
  Append(out, directory);
  AppendLe(out, kEndSignature);
  AppendLe(out, uint32_t{0});
  AppendLe(out, listed);
  AppendLe(out, listed);
  AppendLe(out, static_cast<uint32_t>(directory.size()));
  AppendLe(out, offset);
  AppendLe(out, uint16_t{0});
  return std::string(AsText(out));
}

// A deflated member that claims to be what `plain` is.
Member Packed(const std::string& plain) {
  Member m;
  m.data = Deflated(plain);
  m.method = kMethodDeflated;
  m.claimed_size = static_cast<uint32_t>(plain.size());
  m.claimed_crc = Crc(plain);
  return m;
}

Member Changed(Member m, void (*change)(Member&)) {
  change(m);
  return m;
}

}  // namespace

std::vector<Hazard> Hazards() {
  const std::string text(1000, 'x');
  const auto named = [](const char* name) { return Zip({{.name = name}}); };
  return {
      {"climbs out", named("../x"), Code::kMalformed, "the name \"../x\" has a \"..\" component"},
      {"climbs out later", named("a/../../x"), Code::kMalformed,
       "the name \"a/../../x\" has a \"..\" component"},
      {"absolute", named("/etc/x"), Code::kMalformed, "the name \"/etc/x\" is absolute"},
      {"drive letter", named("C:/x"), Code::kMalformed,
       "the name \"C:/x\" starts with a drive letter"},
      {"backslash", named("a\\..\\b"), Code::kMalformed,
       "the name \"a\\\\..\\\\b\" has a backslash"},
      {"symbolic link", Zip({{.name = "d", .data = "/tmp", .mode = 0120777}}), Code::kUnsupported,
       "member \"d\" is a symbolic link"},
      {"device", Zip({{.name = "d", .data = "", .mode = 020644}}), Code::kUnsupported,
       "member \"d\" is no regular file"},
      {"twice", Zip({{.name = "a"}, {.name = "a"}}), Code::kMalformed,
       "members \"a\" and \"a\" have one name for readers that ignore case"},
      {"case twins", Zip({{.name = "Model.bin"}, {.name = "model.bin"}}), Code::kMalformed,
       "members \"Model.bin\" and \"model.bin\" have one name for readers that ignore case"},
      {"a member that no directory lists",
       Zip({{.name = "a"}, {.name = "b", .is_listed = false}, {.name = "c"}}), Code::kMalformed,
       "a local header stands between the members: the directory does not list it, and readers "
       "that go along the file find it"},
      {"twice, spelt differently", Zip({{.name = "a"}, {.name = "./a"}}), Code::kMalformed,
       "two members have one path, \"a\": at 0x0 and at 0x23"},
      {"a file that is a folder", Zip({{.name = "a"}, {.name = "a/b"}}), Code::kMalformed,
       "\"a\" (at 0x0) is a file, \"a/b\" (at 0x23) lies inside it"},
      {"a folder by its name only", Zip({{.name = "a/", .data = ""}}), Code::kMalformed,
       "member \"a/\" is a file by its mode and a folder by its name"},
      {"a folder with content", Zip({{.name = "a/", .mode = 040755}}), Code::kMalformed,
       "directory \"a/\" has 4 bytes of content"},
      {"another name in the local header", Zip({{.name = "a", .local_name = "b"}}), Code::kMismatch,
       "the directory calls a member \"a\", its local header \"b\""},
      {"encrypted", Zip({{.name = "a", .flags = kFlagEncrypted}}), Code::kUnsupported,
       "\"a\" is encrypted"},
      {"another method", Zip({{.name = "a", .method = 12}}), Code::kUnsupported,
       "\"a\" is packed by method 12, wanted stored (0) or deflated (8)"},
      {"wrong checksum, stored", Zip({{.name = "a", .claimed_crc = 7}}), Code::kMismatch,
       "\"a\" has the CRC-32 adf3f363, the directory claims 00000007"},
      {"wrong checksum, deflated",
       Zip({Changed(Packed(text), [](Member& m) { m.claimed_crc = 7; })}), Code::kMismatch,
       "\"a\" has the CRC-32 3b41c9e6, the directory claims 00000007"},
      {"unpacks to less", Zip({Changed(Packed(text), [](Member& m) { m.claimed_size = 1001; })}),
       Code::kMismatch, "\"a\" unpacks to 1000 bytes, the directory claims 1001"},
      {"unpacks to more", Zip({Changed(Packed(text), [](Member& m) { m.claimed_size = 999; })}),
       Code::kMismatch, "\"a\" does not end after the 999 bytes that the directory claims"},
      {"bytes behind the deflate stream",
       Zip({Changed(Packed(text), [](Member& m) { m.data += "behind the stream"; })}),
       Code::kMalformed, "\"a\" has 17 bytes behind its deflate stream"},
      {"a stream cut off", Zip({Changed(Packed(text), [](Member& m) { m.data.resize(5); })}),
       Code::kMismatch, "\"a\" unpacks to 260 bytes, the directory claims 1000"},
      {"no deflate stream",
       Zip({Changed(Packed(text), [](Member& m) { m.data = "\xff\xff\xff\xff"; })}),
       Code::kMalformed, "the deflate stream has an invalid block"},
  };
}

}  // namespace weighlock::zip_test

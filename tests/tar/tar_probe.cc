// What tar_oracle_test.py asks of our reader and writer, as a program.
//
//   tar_probe list ARCHIVE     one line for each member: type, mode, size, FNV-1a of the content,
//   path tar_probe write ARCHIVE    packs the entries that are listed below tar_probe hazards
//   FOLDER   writes each hostile archive of the test table to FOLDER/NAME.tar
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "base/file.h"
#include "container/tar/tar_hazards.h"
#include "container/tar/tar_reader.h"
#include "container/tar/tar_writer.h"

namespace weighlock {
namespace {

// FNV-1a: enough to compare content with what Python read.
uint64_t Digest(uint64_t digest, Bytes bytes) {
  for (const std::byte b : bytes) {
    digest = (digest ^ std::to_integer<uint8_t>(b)) * 0x100000001b3;
  }
  return digest;
}

Status List(const std::string& path) {
  WL_TRY(const ByteSource source, ByteSource::OpenFile(path, path));
  const auto stream = StreamOf(source);
  TarReader reader(*stream, Limits{});
  std::string out;
  ByteVector buffer(4096);
  for (;;) {
    WL_TRY(const auto member, reader.Next());
    if (!member) break;
    uint64_t digest = 0xcbf29ce484222325;
    for (;;) {
      WL_TRY(const size_t count, reader.Read(buffer));
      if (count == 0) break;
      digest = Digest(digest, Bytes(buffer).first(count));
    }
    const bool file = member->type == TarMember::Type::kFile;
    out += fmt::format("{} {:o} {} {:016x} {}\n", file ? "file" : "dir", member->mode, member->size,
                       digest, member->path);
  }
  std::fputs(out.c_str(), stdout);
  return {};
}

Status Save(const std::string& path, Bytes bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return SystemError(errno, "creating", path);
  const size_t done = std::fwrite(bytes.data(), 1, bytes.size(), file);
  if (std::fclose(file) != 0 || done != bytes.size()) return SystemError(errno, "writing", path);
  return {};
}

// Names on both sides of every limit of ustar, sizes on both sides of a block.
Status Write(const std::string& path) {
  using Type = TarEntry::Type;
  const std::string long_name(101, 'n');
  const std::vector<TarEntry> entries = {
      {.path = "code", .type = Type::kDirectory, .mtime = 1700000000},
      {.path = "code/inference.py", .size = 511, .mtime = 1700000000},
      {.path = "code/run.sh", .size = 512, .executable = true, .mtime = 1700000000},
      {.path = "config.json", .size = 513, .mtime = 1700000000},
      {.path = "empty"},
      {.path = "modell-\xc3\xa4\xe6\xa8\xa1.bin", .size = 3, .mtime = 1},
      {.path = long_name, .size = 5},
      {.path = std::string(100, 'o'), .size = 5},
      {.path = std::string(155, 'p') + "/" + std::string(100, 'q'), .size = 6},
      {.path = std::string(156, 'p') + "/" + std::string(100, 'q'), .size = 7},
      {.path = std::string(120, 'r'), .type = Type::kDirectory},
      {.path = std::string(120, 'r') + "/" + std::string(255, 's'), .size = 70'000},
  };
  ByteVector out;
  for (const TarEntry& entry : entries) {
    Append(out, Bytes(TarHeader(entry)));
    for (uint64_t i = 0; i < entry.size; ++i) out.push_back(static_cast<std::byte>(i * 7 % 251));
    Append(out, Bytes(TarPadding(entry.size)));
  }
  Append(out, Bytes(TarEnd(out.size())));
  return Save(path, out);
}

Status WriteHazards(const std::string& folder) {
  for (const auto& hazard : tar_test::Hazards()) {
    WL_CHECKED(Save(fmt::format("{}/{}.tar", folder, hazard.name), AsBytes(hazard.archive)));
  }
  return {};
}

int Run(std::string_view verb, const std::string& path) {
  Status status = Error(Code::kUsage, "tar_probe list|write|hazards PATH");
  if (verb == "list") status = List(path);
  if (verb == "write") status = Write(path);
  if (verb == "hazards") status = WriteHazards(path);
  if (status) return 0;
  fmt::print(stderr, "{}\n", status.error().Message());
  return 2;
}

}  // namespace
}  // namespace weighlock

int main(int argc, char** argv) {
  return weighlock::Run(argc == 3 ? argv[1] : "", argc == 3 ? argv[2] : "");
}

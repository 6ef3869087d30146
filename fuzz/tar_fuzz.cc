// The tar reader on any bytes, and the tar writer on whatever the reader took.
//
// Promised: no crash; offsets inside the archive; paths in their one spelling, none twice; not more
// content than the archive has; the same answer however the bytes arrive and whether content is
// read or skipped; what is accepted can be written again and reads the same.
#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "container/tar/tar_reader.h"
#include "container/tar/tar_writer.h"
#include "fuzz_target.h"

namespace weighlock {
namespace {

// A stream in pieces of `step` bytes.
class PieceStream : public ByteStream {
 public:
  PieceStream(Bytes bytes, size_t step) : bytes_(bytes), step_(step) {}
  Result<size_t> Read(MutableBytes out) override {
    const size_t count = std::min({out.size(), step_, bytes_.size()});
    std::copy_n(bytes_.begin(), count, out.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  Bytes bytes_;
  size_t step_;
};

struct File {
  TarMember member;
  ByteVector content;
};

struct Outcome {
  std::vector<File> files;
  std::optional<std::string> error;
};

Limits SmallLimits() {
  Limits limits;
  limits.members = 64;
  limits.path_bytes = 512;
  limits.unpacked_bytes = uint64_t{1} << 20;
  return limits;
}

enum class Content : uint8_t { kRead, kSkip };

Outcome ReadArchive(Bytes archive, size_t step, Content how) {
  PieceStream stream(archive, step);
  TarReader reader(stream, SmallLimits());
  Outcome outcome;
  const auto failed = [&](const Error& error) {
    // kLimit may name the end of what is allowed, which lies inside too.
    WL_FUZZ_CHECK(error.offset() <= archive.size());
    WL_FUZZ_CHECK(!error.what().empty());
    outcome.error = error.Message();
    return outcome;
  };
  ByteVector buffer(300);
  for (;;) {
    auto next = reader.Next();
    if (!next) return failed(next.error());
    if (!next->has_value()) return outcome;
    File& file = outcome.files.emplace_back(File{**std::move(next), {}});
    if (how == Content::kSkip) continue;
    for (;;) {
      auto count = reader.Read(buffer);
      if (!count) return failed(count.error());
      if (*count == 0) break;
      Append(file.content, Bytes(buffer).first(*count));
    }
    WL_FUZZ_CHECK(file.content.size() == file.member.size);
  }
}

void CheckMembers(Bytes archive, const Outcome& outcome) {
  std::set<std::string> paths;
  for (const File& file : outcome.files) {
    const TarMember& member = file.member;
    WL_FUZZ_CHECK(paths.insert(member.path).second);
    auto again = NormaliseRead(member.path, SmallLimits());
    WL_FUZZ_CHECK(again && *again == member.path);
    WL_FUZZ_CHECK(member.data_offset <= archive.size());
    WL_FUZZ_CHECK(member.header_offset % 512 == 0);
    WL_FUZZ_CHECK(member.mode <= 07777);
    if (outcome.error) continue;  // the last member may be cut
    const auto data = archive.subspan(static_cast<size_t>(member.data_offset), file.content.size());
    WL_FUZZ_CHECK(std::equal(data.begin(), data.end(), file.content.begin()));
  }
}

void CheckRoundTrip(const Outcome& outcome) {
  ByteVector archive;
  std::vector<const File*> written;
  for (const File& file : outcome.files) {
    if (file.member.path.empty()) continue;
    const bool directory = file.member.type == TarMember::Type::kDirectory;
    const TarEntry entry{.path = file.member.path,
                         .type = directory ? TarEntry::Type::kDirectory : TarEntry::Type::kFile,
                         .size = file.member.size,
                         .executable = (file.member.mode & 0100) != 0};
    const ByteVector header = TarHeader(entry);
    WL_FUZZ_CHECK(header.size() == TarHeaderSize(entry));
    Append(archive, Bytes(header));
    Append(archive, Bytes(file.content));
    Append(archive, Bytes(TarPadding(entry.size)));
    written.push_back(&file);
  }
  Append(archive, Bytes(TarEnd(archive.size())));
  if (archive.size() > SmallLimits().unpacked_bytes) return;  // by its headers or its end
  const Outcome again = ReadArchive(archive, 4096, Content::kRead);
  WL_FUZZ_CHECK(!again.error && again.files.size() == written.size());
  for (size_t i = 0; i < written.size(); ++i) {
    WL_FUZZ_CHECK(again.files[i].member.path == written[i]->member.path);
    WL_FUZZ_CHECK(again.files[i].member.type == written[i]->member.type);
    WL_FUZZ_CHECK(again.files[i].content == written[i]->content);
  }
}

// Makes the checksum of every block that looks like a header right: the fuzzer would seldom.
ByteVector Healed(Bytes archive) {
  ByteVector out(archive.begin(), archive.end());
  for (size_t at = 0; out.size() - at >= kTarBlockBytes; at += kTarBlockBytes) {
    const MutableBytes block = MutableBytes(out).subspan(at, kTarBlockBytes);
    if (AsText(block.subspan(257, 5)) != "ustar") continue;
    const MutableBytes field = block.subspan(148, 8);
    std::fill(field.begin(), field.end(), std::byte{' '});
    unsigned sum = 0;
    for (const std::byte b : block) sum += std::to_integer<unsigned>(b);
    for (size_t digit = 0; digit < 6; ++digit, sum /= 8) {
      field[5 - digit] = static_cast<std::byte>('0' + sum % 8);
    }
    field[6] = std::byte{0};
  }
  return out;
}

void Check(Bytes archive) {
  const Outcome outcome = ReadArchive(archive, 4096, Content::kRead);
  CheckMembers(archive, outcome);
  WL_FUZZ_CHECK(ReadArchive(archive, 100, Content::kRead).error == outcome.error);
  WL_FUZZ_CHECK(ReadArchive(archive, 4096, Content::kSkip).error == outcome.error);
  if (!outcome.error) CheckRoundTrip(outcome);
}

}  // namespace
}  // namespace weighlock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const weighlock::Bytes archive = std::as_bytes(std::span(data, size));
  weighlock::Check(archive);
  weighlock::Check(weighlock::Healed(archive));
  return 0;
}

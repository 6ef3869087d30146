// The strict reader first: what it gives out, every unpacker would. Where it refuses, the archive
// is read again as an unsuspecting unpacker reads it, and the members from there on are judged too.
#include "scan/archive/tar_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <vector>

#include "base/escape.h"
#include "base/package_path.h"
#include "container/gzip/gzip_reader.h"
#include "container/packed/packed_stream.h"
#include "container/tar/tar_header.h"
#include "container/tar/tar_reader.h"
#include "format/torch/torch_reader.h"
#include "package/tar_entries.h"
#include "package/unpacked.h"
#include "scan/archive/archive_links.h"
#include "scan/archive/passing_stream.h"

namespace weighlock::scan {
namespace {

// Makes the archive's bytes anew, from their start.
using Opener = std::function<std::unique_ptr<ByteStream>()>;

// A stream whose first bytes were looked at.
class Peeked : public ByteStream {
 public:
  explicit Peeked(std::unique_ptr<ByteStream> inner) : inner_(std::move(inner)) {}

  // Up to `size` bytes of the start. Call first, and once.
  Result<Bytes> Head(size_t size) {
    head_.resize(size);
    size_t have = 0;
    while (have < size) {
      WL_TRY(const size_t count, inner_->Read(MutableBytes(head_).subspan(have)));
      if (count == 0) break;
      have += count;
    }
    head_.resize(have);
    return Bytes(head_);
  }
  Result<size_t> Read(MutableBytes out) override {
    if (given_ == head_.size()) return inner_->Read(out);
    const size_t count = std::min(out.size(), head_.size() - given_);
    std::copy_n(head_.begin() + static_cast<ptrdiff_t>(given_), count, out.begin());
    given_ += count;
    return count;
  }

 private:
  std::unique_ptr<ByteStream> inner_;
  ByteVector head_;
  size_t given_ = 0;
};

// A stream that spends the scanner's budget for what is unpacked.
class Budgeted : public ByteStream {
 public:
  Budgeted(std::unique_ptr<ByteStream> inner, Scanner& scanner)
      : inner_(std::move(inner)), scanner_(scanner) {}
  Result<size_t> Read(MutableBytes out) override {
    WL_TRY(const size_t count, inner_->Read(out));
    WL_CHECKED(scanner_.SpendUnpacked(count));
    return count;
  }

 private:
  std::unique_ptr<ByteStream> inner_;
  Scanner& scanner_;
};

class TarJudge {
 public:
  // `in_place`: the archive itself, where its members lie as they are; null where it is packed.
  TarJudge(const ByteSource* in_place, const FileScan& scan) : in_place_(in_place), scan_(scan) {}

  void Judge(ByteStream& stream, const Opener& reopen) {
    TarReader reader(stream, scan_.limits());
    while (true) {
      auto member = reader.Next();
      if (!member) {
        Refused(member.error());
        const auto again = reopen();
        const Status status = JudgeRest(*again);
        if (!status && status.error().code() != member.error().code()) {
          scan_.Unreadable(status.error());
        }
        return;
      }
      if (!*member) return;
      judged_to_ = (*member)->header_offset;
      if ((*member)->type == TarMember::Type::kDirectory) continue;
      Rights((*member)->path, (*member)->header_offset, (*member)->mode);
      if (!Content((*member)->path, (*member)->data_offset, (*member)->size, reader)) return;
    }
  }

 private:
  void Refused(const Error& error) {
    switch (error.code()) {
      case Code::kMalformed:
      case Code::kMismatch:
        scan_.Add("WL-S-202", error.offset(),
                  fmt::format("unpackers make different things of it: {}", error.what()));
        break;
      case Code::kUnsupported:
        break;  // links, devices and their like are said one by one
      default:
        scan_.Unreadable(error);
    }
  }

  void Rights(const std::string& name, uint64_t at, uint32_t mode) {
    constexpr uint32_t kSetIds = 06000;
    if ((mode & kSetIds) == 0 || said_rights_) return;
    said_rights_ = true;
    scan_.Add("WL-S-231", at,
              fmt::format("member {} runs with the rights of its owner", Quote(name)));
  }

  // False: the archive cannot be read on.
  bool Content(const std::string& name, uint64_t offset, uint64_t size, ByteStream& content) {
    if (in_place_ != nullptr && offset <= in_place_->size() && size <= in_place_->size() - offset) {
      scan_.Descend(in_place_->Slice(offset, size, name), name, offset);
      return true;
    }
    PassingStream passing(content, size, name);
    scan_.Descend(passing.source(), name, kNoOffset);
    const Status rest = passing.Finish();
    if (!rest) scan_.Unreadable(rest.error());
    return rest.has_value();
  }

  // All entries behind those that the strict reader gave out.
  Status JudgeRest(ByteStream& stream) {
    const auto judge = [this](const RawTarEntry& entry, ByteStream& content) {
      JudgeEntry(entry);
      const bool is_file = entry.IsFile();
      if (is_file) links_.AddFile(entry.name);
      if (judged_to_ && entry.offset <= *judged_to_) return;
      if (is_file && !entry.name.ends_with('/')) {
        Rights(entry.name, entry.offset, entry.mode);
        Content(entry.name, entry.data_offset, entry.size, content);
      }
    };
    Status status = ForEachTarEntry(stream, scan_.limits(), judge);
    links_.Report(scan_);
    return status;
  }

  void JudgeEntry(const RawTarEntry& entry) {
    if (!entry.odd.empty()) {
      scan_.Add("WL-S-202", entry.offset,
                fmt::format("unpackers make different things of member {}: it has {}",
                            Quote(entry.name), entry.odd));
    }
    if (entry.type == '1' || entry.type == '2') {
      return links_.Add({entry.name, entry.target, entry.type == '1', entry.offset});
    }
    if (entry.type >= '3' && entry.type <= '6' && entry.type != '5') {
      scan_.Add("WL-S-204", entry.offset,
                fmt::format("member {} is a device or a FIFO", Quote(entry.name)));
    }
    if (entry.is_sparse) {
      scan_.Unjudged("WL-S-001", entry.offset,
                     fmt::format("member {} is sparse", Quote(entry.name)));
    }
    const auto path = NormaliseRead(entry.name, scan_.limits());
    if (!path) scan_.Add("WL-S-203", entry.offset, path.error().what());
  }

  const ByteSource* in_place_;
  const FileScan& scan_;
  ArchiveLinks links_;
  bool said_rights_ = false;
  std::optional<uint64_t> judged_to_;  // header of the last member that was judged
};

struct Wrapper {
  std::string_view name;
  Opener open;
};

// What `subject`, of which IsPacked is true, unpacks to.
Wrapper WrapperOf(const Subject& subject, const Limits& limits) {
  const ByteSource source = subject.source;
  if (LooksLikeGzip(subject.head)) {
    return {"gzip", [=, &limits] { return UnpackedContent(source, limits); }};
  }
  const Packing packing = *PackingOf(subject.head);
  const std::string_view name = PackingName(packing);
  return {name, [=, &limits] {
            return Bounded(PackedContent(StreamOf(source), packing), name, source.size(), limits);
          }};
}

// "model.tar.gz" holds "model.tar".
std::string InnerName(const std::string& name) {
  const size_t dot = name.rfind('.');
  const std::string base = name.substr(name.rfind('/') == name.npos ? 0 : name.rfind('/') + 1);
  return dot == name.npos || base.find('.') == base.npos ? base : base.substr(0, base.rfind('.'));
}

}  // namespace

bool IsTar(const Subject& subject) {
  return LooksLikeTar(subject.head);
}

void JudgeTar(const Subject& subject, const FileScan& scan) {
  const auto open = [&] { return StreamOf(subject.source); };
  TarJudge(&subject.source, scan).Judge(*open(), open);
}

bool IsTorchTar(const Subject& subject) {
  return LooksLikeTorchTar(subject.head);
}

void JudgeTorchTar(const Subject& subject, const FileScan& scan) {
  scan.Add("WL-S-302", 0, "the tar of torch 0.1");
  JudgeTar(subject, scan);
}

bool IsPacked(const Subject& subject) {
  return LooksLikeGzip(subject.head) || PackingOf(subject.head);
}

void JudgePacked(const Subject& subject, const FileScan& scan) {
  const auto [kind, open] = WrapperOf(subject, scan.limits());
  if (scan.place().depth() > 6) {
    return scan.Unjudged("WL-S-003", kNoOffset, "packed within packed within packed");
  }
  scan.SetFormat(kind);
  const Opener budgeted = [&, open = open]() -> std::unique_ptr<ByteStream> {
    return std::make_unique<Budgeted>(open(), scan.scanner());
  };
  Peeked stream(budgeted());
  const auto head = stream.Head(512);
  if (!head) return scan.Unreadable(head.error());
  if (LooksLikeTar(*head)) {
    scan.SetFormat(fmt::format("tar in {}", kind));
    if (LooksLikeTorchTar(*head)) scan.Add("WL-S-302", kNoOffset, "the tar of torch 0.1");
    return TarJudge(nullptr, scan).Judge(stream, budgeted);
  }
  const std::string name = InnerName(subject.place.chain.back());
  const auto captured = CaptureStream(stream, open, name);
  if (!captured) return scan.Unreadable(captured.error());
  scan.Descend(*captured, name, kNoOffset);
}

}  // namespace weighlock::scan

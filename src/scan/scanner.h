// What all judges share: the report they write to, the budgets they spend, the way down into what a
// file contains.
//
// A judge is a function that explains the bytes of one file of a known format: it adds findings,
// says what it could not judge, and hands on what lies inside. A judge that stays silent has
// vouched for every byte.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_source.h"
#include "scan/acceptance.h"
#include "scan/place.h"
#include "weighlock/model.h"
#include "weighlock/scan.h"

namespace weighlock::scan {

// One file to judge.
struct Subject {
  ByteSource source;
  ByteVector head;   // its first bytes, up to kSubjectHead
  std::string name;  // the last component of its name, in lower case
  Place place;
};
inline constexpr uint64_t kSubjectHead = 4096;

class Scanner;

// What is found about one file. Cheap to pass; stays valid as long as its Scanner.
class FileScan {
 public:
  FileScan(Scanner& scanner, size_t file, Place place)
      : scanner_(scanner), file_(file), place_(std::move(place)) {}

  Scanner& scanner() const { return scanner_; }
  const Place& place() const { return place_; }
  const Limits& limits() const;
  ScannedFile& file() const;  // until the next file is begun

  void SetFormat(std::string_view format) const;

  // A finding at byte `offset` of this file (kNoOffset: the file as a whole), with the level and
  // verdict of its rule; the caller may raise or lower them in what is returned, which is valid
  // until the next call. `text` is one sentence, names of the package quoted with Quote().
  ScanFinding& Add(std::string_view rule, uint64_t offset, std::string text) const;

  // Something that was not judged: an inconclusive finding, and coverage that is not complete.
  void Unjudged(std::string_view rule, uint64_t offset, std::string text) const;

  // What reading or parsing came to: kMalformed, kTruncated, kMismatch are damage (WL-S-002),
  // kLimit a budget (WL-S-003), kUnsupported and kIo what cannot be judged (WL-S-001, WL-S-004).
  void Unreadable(const Error& error) const;

  // Judges bytes that lie in this file as a file of their own. `offset`: where they begin in it,
  // kNoOffset where they are packed. Bounded by Limits of depth and members.
  void Descend(const ByteSource& source, const std::string& name, uint64_t offset) const;

  // Whether a file that begins at `offset` of this one, and has `size` bytes or more, was judged by
  // Descend.
  bool HasDescended(uint64_t offset, uint64_t size) const;

  void CountGlobal(std::string_view module, std::string_view name, std::string_view standing) const;

 private:
  Scanner& scanner_;
  size_t file_;
  Place place_;
};

// Bytes of a tensor that a model says lie in a file beside it: matched with that file when the
// whole package is known (package_rules.h).
struct ExternalTensor {
  std::string model;     // path of the file that says so (ScannedFile::path)
  std::string location;  // of the other, from the model's folder, in normal form
  Extent bytes;          // in that file; size kToEnd: all that is left
  uint64_t said_at = 0;  // byte of the model
  static constexpr uint64_t kToEnd = UINT64_MAX;
};

class Scanner {
 public:
  explicit Scanner(const ScanOptions& options)
      : options_(options), allow_list_(options.allow, options.today) {}

  const Limits& limits() const { return options_.limits; }
  Progress* progress() const { return options_.progress; }

  // The outermost file that is being judged: entries of the allow-list may be for it alone.
  void SetOutermost(const ByteSource& source) { allow_list_.SetFile(source); }
  AllowList& allow_list() { return allow_list_; }

  // Judges one file by its bytes, and all that lies in it.
  void ScanBytes(const ByteSource& source, const Place& place);

  // Begins the record of a file, for those who read its bytes themselves.
  FileScan Begin(const Place& place, uint64_t bytes);

  // Takes `bytes` from what the outermost file may unpack to in all, archives in archives among it.
  // kLimit where it is more.
  Status SpendUnpacked(uint64_t bytes);

  // Asks for the bytes of the file or member of this path, as they are judged.
  void LookFor(std::string path) { wanted_ = std::move(path); }
  const std::optional<ByteSource>& found() const { return found_; }
  void Offer(const std::string& path, const ByteSource& source) {
    if (!wanted_.empty() && path == wanted_) found_ = source;
  }

  void AddExternal(ExternalTensor tensor) { external_.push_back(std::move(tensor)); }
  const std::vector<ExternalTensor>& external() const { return external_; }

  ScanReport& report() { return report_; }

  // To add to a file that was judged before.
  FileScan FileAt(size_t index) {
    return FileScan(*this, index, {{report_.files[index].path}, kNoOffset});
  }

  // Adds what another scanner has found, behind what was found here.
  void Absorb(Scanner&& other);

  // Sorts findings, sums up. Call once.
  ScanReport Finish() &&;

 private:
  friend class FileScan;

  ScanOptions options_;
  AllowList allow_list_;
  ScanReport report_;
  std::vector<ExternalTensor> external_;
  std::map<std::pair<size_t, uint64_t>, uint64_t> descended_;  // file and offset: the most bytes
  uint64_t unpacked_left_ = 0;  // bytes; of the file that is being judged
  std::string wanted_;
  std::optional<ByteSource> found_;
};

}  // namespace weighlock::scan

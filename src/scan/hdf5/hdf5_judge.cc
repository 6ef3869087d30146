// Every object is met once, from the root on. Numbers are only numbers; what is looked at is what
// some reader makes more of: Keras of its configuration, PyTables of pickles in attributes, the
// library itself of other files and of filters that it has to load.
#include "scan/hdf5/hdf5_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/checked.h"
#include "base/escape.h"
#include "base/package_path.h"
#include "json/json.h"
#include "scan/hdf5/hdf5_dense.h"
#include "scan/hdf5/hdf5_groups.h"
#include "scan/hdf5/hdf5_values.h"
#include "scan/model/keras_judge.h"
#include "scan/pickle/pickle_judge.h"

namespace weighlock::scan {
namespace {

constexpr size_t kMostObjects = 1'000'000;
constexpr size_t kMostSaid = 10;  // findings of one kind

// Of the library itself, h5py (lzf) and PyTables (lzo, bzip2, blosc, blosc2).
constexpr std::array<uint16_t, 11> kFilters = {1, 2, 3, 4, 5, 6, 305, 307, 32000, 32001, 32026};

std::string Named(const std::string& path) {
  return Quote(path.empty() ? "/" : path, 80);
}

class Hdf5Walk {
 public:
  Hdf5Walk(Hdf5File file, const FileScan& scan) : file_(std::move(file)), scan_(scan) {}

  void Walk() {
    Meet(file_.root(), "");
    while (!waiting_.empty()) {
      const Object object = std::move(waiting_.back());
      waiting_.pop_back();
      const Status status = Judge(object);
      if (!status)
        Damaged(Error(status.error().code(), status.error().what(), status.error().offset(),
                      object.path + "/"));
    }
    if (seen_.size() > kMostObjects) {
      scan_.Unjudged("WL-S-003", kNoOffset, "a file of more than a million objects");
    }
  }

 private:
  struct Object {
    uint64_t header;
    std::string path;  // "" for the root, "/model_weights/dense", ...
  };

  void Meet(uint64_t header, std::string path) {
    if (seen_.size() > kMostObjects || !seen_.insert(header).second) return;
    waiting_.push_back({header, std::move(path)});
  }

  void Damaged(const Error& error) {
    if (damaged_++ < kMostSaid) scan_.Unreadable(error);
  }

  Status Judge(const Object& object) {
    WL_TRY(const auto messages, file_.Messages(object.header));
    for (const Hdf5Message& message : messages) WL_CHECKED(JudgeMessage(message, object.path));
    WL_CHECKED(JudgeData(messages, object.path));
    WL_TRY(const auto links, Hdf5Links(file_, messages));
    for (const Hdf5Link& link : links) JudgeLink(link, object.path + "/" + link.name);
    return {};
  }

  Status JudgeMessage(const Hdf5Message& message, const std::string& path) {
    switch (message.type) {
      case Hdf5Type::kAttribute:
        return JudgeAttribute(message, path);
      case Hdf5Type::kAttributeInfo:
        return JudgeDenseAttributes(message, path);
      case Hdf5Type::kExternalFiles: {
        WL_TRY(const auto names, ParseHdf5ExternalFiles(file_, message));
        for (const std::string& name : names) TakesFrom(name, message.address, path);
        return {};
      }
      case Hdf5Type::kFilters: {
        WL_TRY(const auto filters, ParseHdf5Filters(message));
        for (const uint16_t filter : filters) JudgeFilter(filter, message.address, path);
        return {};
      }
      default:
        return {};
    }
  }

  Status JudgeDenseAttributes(const Hdf5Message& message, const std::string& path) {
    Hdf5Fields fields = message.fields();
    WL_CHECKED(fields.Skip(1));
    WL_TRY(const auto flags, fields.Le<uint8_t>());
    WL_CHECKED(fields.Skip((flags & 1) != 0 ? 2 : 0));
    WL_TRY(const auto heap, fields.Le<uint64_t>());
    WL_TRY(const auto index, fields.Le<uint64_t>());
    if (heap == kHdf5Nowhere) return {};
    WL_TRY(const auto attributes, Hdf5HeapObjects(file_, heap, index, Hdf5Index::kAttributeNames));
    for (const Hdf5Message& attribute : attributes) WL_CHECKED(JudgeAttribute(attribute, path));
    return {};
  }

  Status JudgeAttribute(const Hdf5Message& message, const std::string& path) {
    WL_TRY(const auto attribute, ParseHdf5Attribute(file_, message));
    const std::string name = fmt::format("{}@{}", path.empty() ? "/" : path, attribute.name);
    for (const Extent& value : attribute.values)
      WL_CHECKED(JudgeValue(value, attribute.name, name));
    return {};
  }

  // One text, or bytes: a configuration, a pickle, or nothing more.
  Status JudgeValue(Extent value, const std::string& attribute, const std::string& name) {
    if (!FitsIn(value.offset, value.size, file_.end())) {
      return Error(Code::kTruncated, "a value that does not lie in the file", value.offset);
    }
    const ByteSource source = file_.source().Slice(value.offset, value.size, name);
    WL_TRY(ByteVector head, source.Head(kSubjectHead));
    const std::string_view start = AsText(head);
    if (attribute == "PSEUDOATOM" && start.starts_with("object")) {
      scan_.Unjudged("WL-S-001", value.offset,
                     fmt::format("rows of {} are pickles, which are not read", Quote(name, 80)));
      return {};
    }
    const size_t first = start.find_first_not_of(" \t\r\n");
    if (first != start.npos && (start[first] == '{' || start[first] == '[')) {
      WL_TRY(const bool is_json, JudgeJson(source, value.offset, attribute, name));
      if (is_json) return {};
    }
    const Subject subject{source, std::move(head), "", scan_.place()};
    if (IsPickle(subject)) scan_.Descend(source, name, value.offset);
    return {};
  }

  // Whether it is JSON. What Keras reads as its configuration must be.
  Result<bool> JudgeJson(const ByteSource& source, uint64_t offset, const std::string& attribute,
                         const std::string& name) {
    const bool needed = attribute == "model_config" || attribute == "training_config";
    if (source.size() > scan_.limits().json_bytes) {
      scan_.Unjudged("WL-S-003", offset, "JSON of more than 64 MiB");
      return true;
    }
    WL_TRY(ByteVector text, source.Read(0, source.size()));
    while (!text.empty() && text.back() == std::byte{0}) text.pop_back();
    const auto json = ParseJson(text, scan_.limits());
    if (!json) {
      if (needed) Damaged(Error(json.error().code(), json.error().what(), offset, name));
      return needed;
    }
    JudgeKerasConfig(*json, offset, scan_);
    return true;
  }

  // The data of a dataset, where it may be more than numbers.
  Status JudgeData(const std::vector<Hdf5Message>& messages, const std::string& path) {
    const auto find = [&](Hdf5Type type) -> const Hdf5Message* {
      for (const Hdf5Message& message : messages) {
        if (message.type == type) return &message;
      }
      return nullptr;
    };
    const Hdf5Message* layout_message = find(Hdf5Type::kLayout);
    if (layout_message == nullptr) return {};
    WL_TRY(const Hdf5Layout layout, ParseHdf5Layout(*layout_message));
    if (layout.kind == Hdf5Layout::Kind::kVirtual) {
      scan_.Add("WL-S-351", layout_message->address,
                fmt::format("{} takes its data from other files", Named(path)));
      return {};
    }
    if (layout.kind == Hdf5Layout::Kind::kChunked || layout.bytes.offset == kHdf5Nowhere ||
        layout.bytes.size == 0 || find(Hdf5Type::kExternalFiles) != nullptr) {
      return {};
    }
    if (!FitsIn(layout.bytes.offset, layout.bytes.size, file_.end())) {
      return Error(Code::kTruncated, "data that does not lie in the file", layout_message->address);
    }
    const Hdf5Message* type_message = find(Hdf5Type::kDatatype);
    if (type_message != nullptr && !type_message->shared) {
      WL_TRY(const Hdf5Datatype type, ParseHdf5Datatype(type_message->fields()));
      const bool texts =
          type.kind == Hdf5Datatype::Class::kString || type.kind == Hdf5Datatype::Class::kOpaque;
      const bool small = type.kind == Hdf5Datatype::Class::kInteger && type.bytes == 1;
      if (!texts && !small) return {};
    }
    return JudgeValue(layout.bytes, "", path);
  }

  void JudgeLink(const Hdf5Link& link, const std::string& path) {
    switch (link.kind) {
      case Hdf5Link::Kind::kObject:
        return Meet(link.object, path);
      case Hdf5Link::Kind::kPath:
        return;  // of an object that is met by itself
      case Hdf5Link::Kind::kOtherFile:
        return TakesFrom(link.file, link.said_at, path);
      case Hdf5Link::Kind::kUnknown:
        return scan_.Unjudged("WL-S-001", link.said_at,
                              fmt::format("{} is a link of an unknown kind", Named(path)));
    }
  }

  void TakesFrom(const std::string& name, uint64_t at, const std::string& path) {
    if (outside_++ >= kMostSaid) return;
    ScanFinding& finding = scan_.Add(
        "WL-S-351", at, fmt::format("{} takes its data from {}", Named(path), Quote(name)));
    if (!NormalisePath(name, scan_.limits())) return;
    finding.level = Level::kMedium;  // beside it
    finding.verdict = ScanVerdict::kReview;
  }

  void JudgeFilter(uint16_t filter, uint64_t at, const std::string& path) {
    if (std::find(kFilters.begin(), kFilters.end(), filter) != kFilters.end()) return;
    if (!plugins_.insert(filter).second || plugins_.size() > kMostSaid) return;
    scan_.Add("WL-S-354", at,
              fmt::format("the filter {} of {} is none of the library", filter, Named(path)));
  }

  Hdf5File file_;
  const FileScan& scan_;
  std::vector<Object> waiting_;
  std::set<uint64_t> seen_;
  std::set<uint16_t> plugins_;
  size_t damaged_ = 0, outside_ = 0;
};

// Where objects could not be read, a layer of code may be among them: it is found by its text.
void SearchForLambda(const Subject& subject, const FileScan& scan) {
  constexpr size_t kSeam = 64;  // the longest text that is looked for
  ByteVector block;
  std::string seam;
  uint64_t at = 0;
  bool found = false;
  const Status status = ForEachBlock(subject.source, block, [&](Bytes bytes) -> Status {
    const size_t carried = seam.size();
    seam += AsText(bytes);
    for (const char* text : {"\"class_name\": \"Lambda\"", "\"class_name\":\"Lambda\"",
                             "\"class_name\": \"__lambda__\""}) {
      const size_t where = seam.find(text);
      if (where == seam.npos || found) continue;
      found = true;
      scan.Add("WL-S-361", at - carried + where,
               "a Lambda layer: code of the file runs, also in safe mode");
    }
    at += bytes.size();
    seam.erase(0, seam.size() - std::min(seam.size(), kSeam));
    return {};
  });
  if (!status) scan.Unreadable(status.error());
}

}  // namespace

bool IsHdf5(const Subject& subject) {
  return AsText(subject.head).starts_with(kHdf5Signature);
}

void JudgeHdf5(const Subject& subject, const FileScan& scan) {
  auto file = Hdf5File::Open(subject.source);
  if (!file) {
    scan.Unreadable(file.error());
  } else {
    const uint64_t end = file->end();
    Hdf5Walk(*std::move(file), scan).Walk();
    if (end < subject.source.size()) {
      scan.Add(
          "WL-S-331", end,
          fmt::format("{} bytes behind the end of the HDF5 file", subject.source.size() - end));
    }
  }
  if (scan.file().coverage != Coverage::kComplete) SearchForLambda(subject, scan);
}

}  // namespace weighlock::scan

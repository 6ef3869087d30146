// Messages are walked in the order of their bytes, so that a file that goes by is seen once, and
// never over; field numbers are those of
// onnx.proto (IR version 10) and of TensorFlow's saved_model.proto and graph.proto.
#include "scan/model/onnx_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/escape.h"
#include "base/package_path.h"
#include "scan/model/protobuf.h"

namespace weighlock::scan {
namespace {

using Wire = ProtoField::Wire;

constexpr size_t kMostFields = 200'000'000;
constexpr size_t kMostDepth = 200;  // protobuf's own readers take 100

enum class Message : uint8_t {
  kOnnxModel,
  kOnnxGraph,
  kOnnxNode,
  kOnnxAttribute,
  kOnnxTensor,
  kOnnxSparse,
  kOnnxFunction,
  kOnnxTraining,
  kSavedModel,
  kMetaGraph,
  kGraph,
  kLibrary,
  kFunction,
  kNode,
  kAsset,
};

// Which fields of a message are messages to be walked too.
struct Part {
  Message message;
  uint64_t field;
  Message part;
};
constexpr std::array kParts = {
    Part{Message::kOnnxModel, 7, Message::kOnnxGraph},
    Part{Message::kOnnxModel, 20, Message::kOnnxTraining},
    Part{Message::kOnnxModel, 25, Message::kOnnxFunction},
    Part{Message::kOnnxTraining, 1, Message::kOnnxGraph},
    Part{Message::kOnnxTraining, 2, Message::kOnnxGraph},
    Part{Message::kOnnxFunction, 7, Message::kOnnxNode},
    Part{Message::kOnnxGraph, 1, Message::kOnnxNode},
    Part{Message::kOnnxGraph, 5, Message::kOnnxTensor},
    Part{Message::kOnnxGraph, 15, Message::kOnnxSparse},
    Part{Message::kOnnxSparse, 1, Message::kOnnxTensor},
    Part{Message::kOnnxSparse, 2, Message::kOnnxTensor},
    Part{Message::kOnnxNode, 5, Message::kOnnxAttribute},
    Part{Message::kOnnxAttribute, 5, Message::kOnnxTensor},
    Part{Message::kOnnxAttribute, 6, Message::kOnnxGraph},
    Part{Message::kOnnxAttribute, 10, Message::kOnnxTensor},
    Part{Message::kOnnxAttribute, 11, Message::kOnnxGraph},
    Part{Message::kSavedModel, 2, Message::kMetaGraph},
    Part{Message::kMetaGraph, 2, Message::kGraph},
    Part{Message::kMetaGraph, 6, Message::kAsset},
    Part{Message::kGraph, 1, Message::kNode},
    Part{Message::kGraph, 2, Message::kLibrary},
    Part{Message::kLibrary, 1, Message::kFunction},
    Part{Message::kFunction, 3, Message::kNode},
};

// The fields of whole files; one with others is none.
constexpr std::array<uint64_t, 2> kSavedModelFields = {1, 2};
constexpr std::array<uint64_t, 4> kGraphFields = {1, 2, 3, 4};
constexpr std::array<uint64_t, 12> kModelFields = {1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26};

constexpr std::array<std::string_view, 8> kDomains = {"",
                                                      "ai.onnx",
                                                      "ai.onnx.ml",
                                                      "ai.onnx.training",
                                                      "ai.onnx.preview.training",
                                                      "com.microsoft",
                                                      "com.microsoft.nchwc",
                                                      "com.microsoft.experimental"};

// Operators that read or write files, load libraries, or call Python.
constexpr std::array<std::string_view, 22> kReaching = {
    "ReadFile",        "WriteFile",       "MatchingFiles",     "PyFunc",
    "PyFuncStateless", "EagerPyFunc",     "LoadLibrary",       "LoadDataset",
    "SaveDataset",     "SaveDatasetV2",   "LoadDatasetV2",     "PrintV2",
    "ImmutableConst",  "WholeFileReader", "WholeFileReaderV2", "FixedLengthRecordDataset",
    "TextLineDataset", "TFRecordDataset", "DebugIdentity",     "DebugIdentityV2",
    "RemoteCall",      "RunGraph"};

bool Contains(std::span<const uint64_t> fields, uint64_t number) {
  return std::find(fields.begin(), fields.end(), number) != fields.end();
}

class GraphWalk {
 public:
  // `fields`: those of the whole file.
  GraphWalk(const ByteSource& source, std::span<const uint64_t> fields, const FileScan& scan)
      : source_(source), fields_(fields), scan_(scan) {}

  void Walk(Message root) {
    open_.emplace_back(root, source_, Extent{0, source_.size()});
    for (size_t count = 0; !open_.empty(); ++count) {
      if (count == kMostFields) {
        return scan_.Unjudged("WL-S-003", kNoOffset, "a graph of too many parts");
      }
      if (const Status status = Step(); !status) return scan_.Unreadable(status.error());
    }
    Say();
  }

 private:
  // Where a tensor that is not in the model lies: its fields of "external_data".
  struct External {
    std::optional<std::string> location;
    uint64_t said_at = 0;
    Extent bytes{0, ExternalTensor::kToEnd};
  };

  // A message that is being walked.
  struct Open {
    Open(Message kind, const ByteSource& source, Extent bytes)
        : message(kind), reader(source, bytes) {}

    Message message;
    ProtoReader reader;
    External external;
  };

  // The next field of the innermost message that is open.
  Status Step() {
    Open& open = open_.back();
    WL_TRY(const auto field, open.reader.Next());
    if (!field) {
      if (open.external.location) AddExternal(*open.external.location, open.external);
      open_.pop_back();
      return {};
    }
    if (open_.size() == 1 && !Contains(fields_, field->number)) {
      return Error(Code::kMalformed, fmt::format("no such file has a field {}", field->number),
                   open.reader.offset());
    }
    if (field->wire != Wire::kBytes) return {};
    if (open.message == Message::kOnnxTensor && field->number == 13) {
      WL_CHECKED(Entry(field->bytes, open.external));
    }
    WL_CHECKED(Take(open.message, *field));
    const auto part = std::find_if(kParts.begin(), kParts.end(), [&](const Part& row) {
      return row.message == open.message && row.field == field->number;
    });
    if (part == kParts.end()) return {};
    if (open_.size() == kMostDepth) {
      return Error(Code::kLimit, fmt::format("messages nested more than {} deep", kMostDepth),
                   field->bytes.offset);
    }
    open_.emplace_back(part->part, source_, field->bytes);
    return {};
  }

  // StringStringEntryProto: "location", "offset", "length"; the numbers in decimal.
  Status Entry(Extent extent, External& external) {
    ProtoReader reader(source_, extent);
    std::string key, value;
    uint64_t at = extent.offset;
    while (true) {
      WL_TRY(const auto field, reader.Next());
      if (!field) break;
      if (field->wire != Wire::kBytes || field->number > 2) continue;
      WL_TRY((field->number == 1 ? key : value), ProtoText(source_, *field));
      if (field->number == 2) at = field->bytes.offset;
    }
    if (key == "location") {
      external.location = value;
      external.said_at = at;
    } else if (key == "offset" || key == "length") {
      uint64_t& number = key == "offset" ? external.bytes.offset : external.bytes.size;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc() || end != value.data() + value.size()) {
        return Error(Code::kMalformed,
                     fmt::format("the {} of a tensor is {}", key, Quote(value, 40)), at);
      }
    }
    return {};
  }

  Status Take(Message message, const ProtoField& field) {
    if (message == Message::kOnnxNode && field.number == 7) {
      WL_TRY(const std::string domain, ProtoText(source_, field, 200));
      if (std::find(kDomains.begin(), kDomains.end(), domain) == kDomains.end())
        domains_.insert(domain);
    } else if (message == Message::kNode && field.number == 2) {
      WL_TRY(const std::string op, ProtoText(source_, field, 200));
      if (std::find(kReaching.begin(), kReaching.end(), op) != kReaching.end()) ops_.insert(op);
    } else if (message == Message::kAsset && field.number == 2) {
      WL_TRY(const std::string name, ProtoText(source_, field));
      (void)InPackage(name, field.bytes.offset);
    }
    return {};
  }

  // The path in normal form; nothing where it leads out, which is said.
  std::optional<std::string> InPackage(const std::string& location, uint64_t offset) {
    auto path = NormalisePath(location, scan_.limits());
    if (path) return *std::move(path);
    scan_.Add("WL-S-351", offset, fmt::format("it takes data from {}", Quote(location)));
    return std::nullopt;
  }

  void AddExternal(const std::string& location, const External& external) {
    if (auto path = InPackage(location, external.said_at)) {
      scan_.scanner().AddExternal(
          {scan_.file().path, *std::move(path), external.bytes, external.said_at});
    }
  }

  void Say() {
    const auto list = [](const std::set<std::string>& names) {
      std::string out;
      for (const std::string& name : names) {
        if (out.size() < 200) out += (out.empty() ? "" : ", ") + Escape(name);
      }
      return out;
    };
    if (!domains_.empty()) {
      scan_.Add("WL-S-352", kNoOffset, fmt::format("operators of the domains {}", list(domains_)));
    }
    if (!ops_.empty())
      scan_.Add("WL-S-353", kNoOffset, fmt::format("its graph has {}", list(ops_)));
  }

  const ByteSource& source_;
  std::span<const uint64_t> fields_;
  const FileScan& scan_;
  std::vector<Open> open_;  // each within the one before
  std::set<std::string> domains_, ops_;
};

// Whether the top of the file is a message of these fields, and has the needed one. What stands
// behind a large one is left to the walk: a file that goes by is not to be passed by here.
bool HasFields(const ByteSource& source, std::span<const uint64_t> known, uint64_t needed) {
  ProtoReader reader(source, {0, source.size()});
  constexpr uint64_t kLarge = uint64_t{1} << 20;
  bool has = false;
  for (int count = 0; count < 100'000; ++count) {
    const auto field = reader.Next();
    if (!field) return false;
    if (!*field) return has;
    if (!Contains(known, (*field)->number)) return false;
    has = has || ((*field)->number == needed && (*field)->wire == Wire::kBytes);
    if (has && (*field)->bytes.size > kLarge) return true;
  }
  return has;
}

}  // namespace

bool IsOnnx(const Subject& subject) {
  const Bytes head(subject.head);
  if (head.size() < 4 || head[0] != std::byte{0x08} || static_cast<uint8_t>(head[1]) > 20)
    return false;
  return HasFields(subject.source, kModelFields, 7);
}

void JudgeOnnx(const Subject& subject, const FileScan& scan) {
  GraphWalk(subject.source, kModelFields, scan).Walk(Message::kOnnxModel);
}

bool IsTensorFlowGraph(const Subject& subject) {
  if (!subject.name.ends_with(".pb")) return false;
  return HasFields(subject.source, kSavedModelFields, 2) ||
         HasFields(subject.source, kGraphFields, 1);
}

void JudgeTensorFlowGraph(const Subject& subject, const FileScan& scan) {
  const bool saved =
      HasFields(subject.source, kSavedModelFields, 2) && subject.head[0] == std::byte{0x08};
  if (saved) {
    GraphWalk(subject.source, kSavedModelFields, scan).Walk(Message::kSavedModel);
  } else {
    GraphWalk(subject.source, kGraphFields, scan).Walk(Message::kGraph);
  }
}

}  // namespace weighlock::scan

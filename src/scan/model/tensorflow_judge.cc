// Field numbers are those of saved_model.proto, meta_graph.proto, graph.proto,
// saved_object_graph.proto and of Keras 2's saved_metadata.proto.
#include "scan/model/tensorflow_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "scan/model/graph_findings.h"
#include "scan/model/keras_judge.h"
#include "scan/model/own_ops.h"
#include "scan/model/proto_walk.h"
#include "scan/text/document_judge.h"

namespace weighlock::scan {
namespace {

enum Message : uint8_t {
  kSavedModel,
  kMetaGraph,
  kGraph,
  kLibrary,
  kFunction,
  kSignature,
  kNode,
  kAttribute,
  kAttributeValue,
  kAsset,
  kObjectGraph,
  kObject,
  kUserObject,
  kKerasMetadata,
  kKerasObject,
  kFingerprint,
};

constexpr std::array kParts = {
    ProtoPart{kSavedModel, 2, kMetaGraph},
    ProtoPart{kMetaGraph, 2, kGraph},
    ProtoPart{kMetaGraph, 6, kAsset},
    ProtoPart{kMetaGraph, 7, kObjectGraph},
    ProtoPart{kGraph, 1, kNode},
    ProtoPart{kGraph, 2, kLibrary},
    ProtoPart{kLibrary, 1, kFunction},
    ProtoPart{kFunction, 1, kSignature},
    ProtoPart{kFunction, 3, kNode},
    ProtoPart{kNode, 5, kAttribute},
    ProtoPart{kAttribute, 2, kAttributeValue},
    ProtoPart{kObjectGraph, 1, kObject},
    ProtoPart{kObject, 4, kUserObject},
    ProtoPart{kKerasMetadata, 1, kKerasObject},
};

// What stands at the top of a file of `message`.
struct Root {
  std::string_view name;  // all of it, where loaders know the file by that; else its end
  Message message;
  std::array<uint64_t, 8> fields;  // 0: none
  uint64_t needed;                 // a field of bytes
};
constexpr std::array kNamed = {
    Root{"saved_model.pb", kSavedModel, {1, 2}, 2},
    Root{"keras_metadata.pb", kKerasMetadata, {1}, 1},
    Root{"fingerprint.pb", kFingerprint, {1, 2, 3, 4, 5, 6, 7}, 6},
};
constexpr std::array kEnding = {
    Root{".pb", kGraph, {1, 2, 3, 4, 5}, 1},
    Root{".pb", kSavedModel, {1, 2}, 2},
    Root{".meta", kMetaGraph, {1, 2, 3, 4, 5, 6, 7, 8}, 2},
};

bool Contains(std::span<const uint64_t> fields, uint64_t number) {
  return std::find(fields.begin(), fields.end(), number) != fields.end();
}

// Of a name that loaders know the bytes say nothing: they parse it, and pass over fields that they
// do not know.
const Root* RootOf(const Subject& subject) {
  for (const Root& root : kNamed) {
    if (subject.name == root.name && !IsLfsPointer(subject)) return &root;
  }
  for (const Root& root : kEnding) {
    if (subject.name.ends_with(root.name) && HasFields(subject.source, root.fields, root.needed))
      return &root;
  }
  return nullptr;
}

class GraphWalk {
 public:
  GraphWalk(const Subject& subject, const FileScan& scan) : source_(subject.source), scan_(scan) {}

  void Walk(const Root& root) {
    const ProtoVisitor visitor{
        [&](uint8_t message, const ProtoField& field) -> Status {
          if (message == root.message && !Contains(root.fields, field.number)) {
            unknown_ = field.number;
          }
          return field.wire == ProtoField::Wire::kBytes ? Take(message, field) : Status();
        },
        [this](uint8_t message) {
          if (message == kNode) EndNode();
        }};
    const Status status = WalkProto(source_, root.message, kParts, visitor);
    if (!status) scan_.Unreadable(status.error());
    if (unknown_) {
      scan_.Unjudged("WL-S-002", kNoOffset, fmt::format("no such file has a field {}", *unknown_));
    }
    AddNames("WL-S-353", "its graph has", ops_, scan_);
    own_.Report(scan_);
  }

 private:
  Status Take(uint8_t message, const ProtoField& field) {
    if (message == kNode && field.number == 2) {
      WL_TRY(op_, ProtoText(source_, field, 200));
    } else if (message == kSignature && field.number == 1) {
      WL_TRY(std::string name, ProtoText(source_, field, 200));
      own_.TakeFunction(std::move(name));
    } else if (message == kAttributeValue && field.number == 2) {
      WL_TRY(const std::string text, ProtoText(source_, field, 200));
      names_file_ = names_file_ || text.starts_with("file:");
    } else if (message == kAsset && field.number == 2) {
      WL_TRY(const std::string name, ProtoText(source_, field));
      (void)PathBeside(name, field.bytes.offset, scan_);
    } else if ((message == kUserObject && field.number == 3) ||
               (message == kKerasObject && field.number == 5)) {
      return TakeMetadata(field.bytes);
    }
    return {};
  }

  // Printing is no harm, but into a file it is.
  void EndNode() {
    own_.TakeOp(op_);
    if (IsReachingOp(op_) || (op_ == "PrintV2" && names_file_)) ops_.insert(std::move(op_));
    op_.clear();
    names_file_ = false;
  }

  Status TakeMetadata(Extent bytes) {
    if (bytes.size > scan_.limits().json_bytes) {
      return Error(Code::kLimit, "JSON of more than 64 MiB", bytes.offset);
    }
    WL_TRY(const ByteVector text, source_.Read(bytes.offset, bytes.size));
    JudgeObjectMetadata(text, bytes.offset, scan_);
    return {};
  }

  const ByteSource& source_;
  const FileScan& scan_;
  std::string op_;           // of the node that is being walked
  bool names_file_ = false;  // in one of its attributes
  std::set<std::string> ops_;
  OwnOps own_;
  std::optional<uint64_t> unknown_;  // a field that no such file has
};

}  // namespace

bool IsTensorFlowGraph(const Subject& subject) {
  return RootOf(subject) != nullptr;
}

void JudgeTensorFlowGraph(const Subject& subject, const FileScan& scan) {
  GraphWalk(subject, scan).Walk(*RootOf(subject));
}

void JudgeObjectMetadata(Bytes text, uint64_t at, const FileScan& scan) {
  const std::string_view trimmed =
      AsText(text).substr(std::min(AsText(text).find_first_not_of(" \t\r\n"), text.size()));
  if (!trimmed.starts_with('{')) return;
  const auto json = ParseJson(text, scan.limits());
  if (json) return JudgeKerasConfig(*json, at, scan);
  scan.Unreadable(Error(json.error().code(), json.error().what(), at));
}

}  // namespace weighlock::scan

// Field numbers are those of onnx.proto (IR version 10).
#include "scan/model/onnx_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "scan/model/graph_findings.h"
#include "scan/model/proto_walk.h"

namespace weighlock::scan {
namespace {

using Wire = ProtoField::Wire;

enum Message : uint8_t {
  kModel,
  kGraph,
  kNode,
  kAttribute,
  kTensor,
  kSparse,
  kFunction,
  kTraining,
};

constexpr std::array kParts = {
    ProtoPart{kModel, 7, kGraph},         ProtoPart{kModel, 20, kTraining},
    ProtoPart{kModel, 25, kFunction},     ProtoPart{kTraining, 1, kGraph},
    ProtoPart{kTraining, 2, kGraph},      ProtoPart{kFunction, 7, kNode},
    ProtoPart{kGraph, 1, kNode},          ProtoPart{kGraph, 5, kTensor},
    ProtoPart{kGraph, 15, kSparse},       ProtoPart{kSparse, 1, kTensor},
    ProtoPart{kSparse, 2, kTensor},       ProtoPart{kNode, 5, kAttribute},
    ProtoPart{kAttribute, 5, kTensor},    ProtoPart{kAttribute, 6, kGraph},
    ProtoPart{kAttribute, 10, kTensor},   ProtoPart{kAttribute, 11, kGraph},
    ProtoPart{kAttribute, 22, kSparse},   ProtoPart{kAttribute, 23, kSparse},
    ProtoPart{kFunction, 11, kAttribute},
};

constexpr std::array<uint64_t, 12> kModelFields = {1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26};

constexpr std::array<std::string_view, 8> kDomains = {"",
                                                      "ai.onnx",
                                                      "ai.onnx.ml",
                                                      "ai.onnx.training",
                                                      "ai.onnx.preview.training",
                                                      "com.microsoft",
                                                      "com.microsoft.nchwc",
                                                      "com.microsoft.experimental"};

// Operators of ONNX Runtime that call Python, and that load what an accelerator runs.
bool CallsPython(std::string_view op) {
  return op == "PythonOp" || op == "PythonOpGrad" || op == "TritonOp";
}
constexpr std::string_view kContext = "EPContext";
constexpr size_t kMostTexts = 10'000;

class OnnxWalk {
 public:
  OnnxWalk(const ByteSource& source, const FileScan& scan) : source_(source), scan_(scan) {}

  void Walk() {
    const ProtoVisitor visitor{
        [this](uint8_t message, const ProtoField& field) { return Take(message, field); },
        [this](uint8_t message) {
          if (message == kTensor) EndTensor();
        }};
    const Status status = WalkProto(source_, kModel, kParts, visitor);
    if (!status) return scan_.Unreadable(status.error());
    AddNames("WL-S-352", "operators of the domains", domains_, scan_);
    AddNames("WL-S-353", "its graph has", python_, scan_);
    if (has_context_) JudgeContext();
  }

 private:
  // Where a tensor that is not in the model lies: its fields of "external_data".
  struct External {
    bool is_named = false;
    std::string location;
    uint64_t said_at = 0;
    Extent bytes{0, ExternalTensor::kToEnd};
  };

  Status Take(uint8_t message, const ProtoField& field) {
    if (message == kModel &&
        std::find(kModelFields.begin(), kModelFields.end(), field.number) == kModelFields.end()) {
      return Error(Code::kMalformed, fmt::format("no model has a field {}", field.number));
    }
    if (field.wire != Wire::kBytes) return {};
    if (message == kTensor && field.number == 13) return Entry(field.bytes);
    if (message == kNode && field.number == 7) {
      WL_TRY(std::string domain, ProtoText(source_, field, 200));
      if (std::find(kDomains.begin(), kDomains.end(), domain) == kDomains.end())
        domains_.insert(std::move(domain));
    }
    if (message == kNode && field.number == 4) {
      WL_TRY(std::string op, ProtoText(source_, field, 200));
      has_context_ = has_context_ || op == kContext;
      if (CallsPython(op)) python_.insert(std::move(op));
    }
    if (message == kAttribute && field.number == 4) return TakeText(field);
    return {};
  }

  // Texts that could be the path of a context: small, and with something that leads on.
  Status TakeText(const ProtoField& field) {
    constexpr uint64_t kMostPath = 4096;
    if (field.bytes.size > kMostPath) return {};
    WL_TRY(std::string text, ProtoText(source_, field));
    if (text.find_first_of("/\\") == text.npos && text.find("..") == text.npos) return {};
    if (texts_.size() < kMostTexts) texts_.emplace_back(std::move(text), field.bytes.offset);
    return {};
  }

  // The context is in the node or in a file that it names: a program of an accelerator either way.
  void JudgeContext() {
    scan_.Add("WL-S-352", kNoOffset, "EPContext: what an accelerator has compiled is loaded as is");
    for (const auto& [text, at] : texts_) (void)PathBeside(text, at, scan_);
    if (texts_.size() == kMostTexts) {
      scan_.Unjudged("WL-S-003", kNoOffset, "more paths than are judged");
    }
  }

  // StringStringEntryProto: "location", "offset", "length"; the numbers in decimal.
  Status Entry(Extent extent) {
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
      external_.is_named = true;
      external_.location = value;
      external_.said_at = at;
    } else if (key == "offset" || key == "length") {
      uint64_t& number = key == "offset" ? external_.bytes.offset : external_.bytes.size;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc() || end != value.data() + value.size()) {
        return Error(Code::kMalformed,
                     fmt::format("the {} of a tensor is {}", key, Quote(value, 40)), at);
      }
    }
    return {};
  }

  void EndTensor() {
    if (external_.is_named) {
      if (auto path = PathBeside(external_.location, external_.said_at, scan_)) {
        scan_.scanner().AddExternal(
            {scan_.file().path, *std::move(path), external_.bytes, external_.said_at});
      }
    }
    external_ = External();
  }

  const ByteSource& source_;
  const FileScan& scan_;
  External external_;  // of the tensor that is being walked
  std::set<std::string> domains_, python_;
  bool has_context_ = false;
  std::vector<std::pair<std::string, uint64_t>> texts_;  // of attributes, and where they stand
};

}  // namespace

bool IsOnnx(const Subject& subject) {
  const Bytes head(subject.head);
  if (head.size() < 4 || head[0] != std::byte{0x08} || static_cast<uint8_t>(head[1]) > 20)
    return false;
  return HasFields(subject.source, kModelFields, 7);
}

void JudgeOnnx(const Subject& subject, const FileScan& scan) {
  OnnxWalk(subject.source, scan).Walk();
}

}  // namespace weighlock::scan

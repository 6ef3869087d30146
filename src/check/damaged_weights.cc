// What loaders say of files that are no weights at all: pointers, pages, and parts of files.
#include <algorithm>

#include "check/situation.h"
#include "json/syntax_errors.h"

namespace weighlock {
namespace {

constexpr uint64_t kLongestHeader = 100'000'000;  // of safetensors' own reader

// The case of kb/safetensors.json that the file is; empty: another one.
std::string_view SafetensorsCase(const ByteSource& source) {
  if (source.size() == 0) return "file empty";
  if (source.size() < 8) return "file of 4 bytes";
  const auto head = source.Head(8);
  if (!head || head->size() < 8) return {};
  const auto header = LoadLe<uint64_t>(*head);
  // A file that was made as long as it should be, and never written.
  if (header == 0) return "header of no bytes";
  if (header > kLongestHeader) return "git-lfs pointer";
  if (header > source.size() - 8) return "header longer than the file";
  return {};
}

// The header of a file of safetensors, where it is no longer than a tree of JSON may be.
std::string HeaderOf(const ByteSource& source) {
  constexpr uint64_t kMost = uint64_t{16} << 20;
  const auto head = source.Head(8);
  if (!head || head->size() < 8) return {};
  const auto size = LoadLe<uint64_t>(*head);
  if (size > kMost || size > source.size() - 8) return {};
  const auto header = source.Read(8, size);
  return header ? std::string(AsText(*header)) : std::string();
}

// The case that `fault`, what our reader found, is to safetensors'.
std::string_view CaseOf(const Finding& fault) {
  if (fault.code == Code::kTruncated) return "bytes missing";
  if (fault.text.ends_with("follow the last tensor")) return "bytes after the last tensor";
  if (fault.text.starts_with("JSON: ")) return "header no JSON";
  if (fault.text.ends_with("is none that safetensors knows")) return "dtype unknown";
  return fault.text.find(" bytes, data_offsets give ") != std::string::npos ? "offsets unlike shape"
                                                                            : "";
}

// `answer` with what stands in this file's header. From 0.6 on errors of JSON are told as serde
// does.
std::string Placed(std::string answer, std::string_view name, const std::string& header) {
  if (answer.find("{line}") == std::string::npos) return answer;
  if (name == "header no JSON") {
    const std::string error = JsonSyntaxError(AsBytes(header), JsonReader::kSerde);
    const size_t at = answer.find("key must be a string");
    return error.empty() || at == std::string::npos ? "" : answer.substr(0, at) + error;
  }
  constexpr std::string_view kNames = "expected one of ", kAsked = "unknown variant `";
  const size_t names = answer.find(kNames), asked = answer.find(kAsked);
  if (names == std::string::npos || asked == std::string::npos) return {};
  // The first dtype that is not among those that the release knows.
  constexpr std::string_view kKey = "\"dtype\":";
  for (size_t at = 0; (at = header.find(kKey, at)) != std::string::npos;) {
    at += kKey.size();
    const size_t open = header.find('"', at), close = header.find('"', open + 1);
    if (open == std::string::npos || close == std::string::npos) return {};
    const std::string dtype = header.substr(open + 1, close - open - 1);
    if (answer.find("`" + dtype + "`", names) != std::string::npos) continue;
    const size_t end = answer.find(" at line ");
    return answer.substr(0, asked) + std::string(kAsked) + dtype +
           answer.substr(answer.find('`', asked + kAsked.size()),
                         end - answer.find('`', asked + kAsked.size())) +
           " at line 1 column " + std::to_string(close + 1);
  }
  return {};
}

// What torch.load of a .bin says, where transformers adds nothing: from 5.0 on.
std::string PickleMessage(const Situation& s, const ByteSource& source) {
  const auto head = source.Head(4);
  if (source.size() == 0) return s.base.knowledge.Message("empty_checkpoint", s.target, {});
  if (!head || head->empty()) return {};
  if (AsText(*head) == std::string_view("PK\3\4", 4)) {
    return s.base.knowledge.Message("truncated_zip", s.target, {});
  }
  // Of letters and signs only a few are opcodes that a file of weights could begin with.
  const auto first = static_cast<unsigned>((*head)[0]);
  if (first == 0x80) return {};
  return s.base.knowledge.Message("not_a_pickle", s.target, {{"{operand}", std::to_string(first)}});
}

// Of an artefact, or null.
const ByteSource* SourceOf(const Situation& s, const std::string& path) {
  const auto& artefacts = s.package().artefacts;
  const auto found = std::find_if(artefacts.begin(), artefacts.end(),
                                  [&](const Artefact& a) { return a.path == path; });
  if (found == artefacts.end()) return nullptr;
  return &s.opened.sources[static_cast<size_t>(found - artefacts.begin())];
}

bool IsText(const ByteSource& source) {
  const auto head = source.Head(7);
  return head && AsText(*head) == "version";
}

}  // namespace

std::string DTypeMessage(const Situation& s, const std::string& path, std::string answer) {
  const ByteSource* source = SourceOf(s, path);
  return source == nullptr ? "" : Placed(std::move(answer), "dtype unknown", HeaderOf(*source));
}

std::string DamagedWeightsMessage(const Situation& s, const std::string& path) {
  const ByteSource* found = SourceOf(s, path);
  if (found == nullptr) return {};
  const ByteSource& source = *found;
  if (path.ends_with(".safetensors")) {
    std::string_view name = SafetensorsCase(source);
    for (const Finding& finding : s.package().findings) {
      if (name.empty() && finding.path == path) name = CaseOf(finding);
    }
    if (name.empty()) return {};
    const auto versions = VersionsOf(s, "safetensors", s.base.safetensors);
    const std::string_view answer = CommonAnswer(s.base.safetensors, name, versions);
    return answer == "?" || answer == "reads" ? std::string()
                                              : Placed(std::string(answer), name, HeaderOf(source));
  }
  if (s.TransformersIs(">=4.11.0,<5.0.0") && IsText(source)) {
    return s.base.knowledge.Message("git_lfs_pointer", s.target, {});
  }
  if (s.TransformersIs(">=5.0.0")) return PickleMessage(s, source);
  return s.base.knowledge.Message(
      "unreadable_checkpoint", s.target,
      {{"{package}", s.package().path}, {"{file}", s.package().path + "/" + path}});
}

}  // namespace weighlock

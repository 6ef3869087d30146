// What loaders say of files that are no weights at all: pointers, pages, and parts of files.
#include <algorithm>

#include "check/situation.h"

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

bool IsText(const ByteSource& source) {
  const auto head = source.Head(7);
  return head && AsText(*head) == "version";
}

}  // namespace

std::string DamagedWeightsMessage(const Situation& s, const std::string& path) {
  const auto& artefacts = s.package().artefacts;
  const auto found = std::find_if(artefacts.begin(), artefacts.end(),
                                  [&](const Artefact& a) { return a.path == path; });
  if (found == artefacts.end()) return {};
  const ByteSource& source = s.opened.sources[static_cast<size_t>(found - artefacts.begin())];
  if (path.ends_with(".safetensors")) {
    std::string_view name = SafetensorsCase(source);
    for (const Finding& finding : s.package().findings) {
      // The header is whole, the tensors are not.
      if (!name.empty() || finding.path != path) continue;
      if (finding.code == Code::kTruncated) name = "bytes missing";
      if (finding.text.ends_with("follow the last tensor")) name = "bytes after the last tensor";
    }
    if (name.empty()) return {};
    const auto versions = VersionsOf(s, "safetensors", s.base.safetensors);
    const std::string_view answer = CommonAnswer(s.base.safetensors, name, versions);
    return answer == "?" || answer == "reads" ? std::string() : std::string(answer);
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

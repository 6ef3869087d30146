// The list first, which costs nothing; then the digests of what it names.
#include "pack/old_sums.h"

#include <fmt/format.h>

#include <vector>

#include "base/escape.h"
#include "pack/manifest.h"

namespace weighlock {

Result<std::string> WhySumsDoNotFit(const ByteSource& list,
                                    const std::map<std::string, const ByteSource*>& files,
                                    const Limits& limits, unsigned threads) {
  if (list.size() > limits.json_bytes) return std::string();
  WL_TRY(const ByteVector text, list.Read(0, list.size()));
  const auto sums = ReadSums(AsText(text), limits);
  if (!sums) return std::string(sums.error().what());
  std::map<std::string_view, std::string_view> wanted;  // path, digest
  for (const Sum& sum : *sums) {
    if (!files.contains(sum.path)) {
      return fmt::format("it lists {}, which is not packed under that name", Quote(sum.path));
    }
    const auto [other, is_new] = wanted.emplace(sum.path, sum.sha256);
    if (is_new || other->second == sum.sha256) continue;
    return fmt::format("it has two digests of {}", Quote(sum.path));
  }
  std::vector<ByteSource> sources;
  for (const auto& [path, digest] : wanted) sources.push_back(*files.at(std::string(path)));
  WL_TRY(const auto digests, DigestsOf(sources, threads, nullptr));
  size_t i = 0;
  for (const auto& [path, digest] : wanted) {
    if (digests[i++] != digest) return fmt::format("it was made of another {}", Quote(path));
  }
  return std::string();
}

}  // namespace weighlock

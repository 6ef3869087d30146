// The two files that say what an archive holds: SHA256SUMS for sha256sum -c, weighlock.json for
// programs (docs/json.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "package/package_reader.h"
#include "weighlock/pack.h"

namespace weighlock {

inline constexpr std::string_view kSumsName = "SHA256SUMS";
inline constexpr std::string_view kManifestName = "weighlock.json";
bool IsManifestName(std::string_view path);

// SHA-256 of each source, in hexadecimal, several at a time.
Result<std::vector<std::string>> DigestsOf(const std::vector<ByteSource>& sources, unsigned threads,
                                           Progress* progress);

// "DIGEST  PATH" lines, in the order of the files; paths without `top`, which all of them begin
// with (as in ManifestText).
std::string SumsText(const std::vector<PackedFile>& files, const std::string& top);

// A line of SHA256SUMS.
struct Sum {
  std::string sha256;  // 64 lower-case digits
  std::string path;    // as NormalisePath gives it
};
// Text and binary forms ("*" before the path). kMalformed: another line, or a path that could lead
// elsewhere; offsets in bytes.
Result<std::vector<Sum>> ReadSums(std::string_view text, const Limits& limits);

// `artefacts` are those of `files`, in their order.
std::string ManifestText(const std::vector<PackedFile>& files,
                         const std::vector<const Artefact*>& artefacts, PackLayout layout,
                         const std::string& top);

}  // namespace weighlock

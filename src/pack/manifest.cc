// Renders and reads the manifest's files.
#include "pack/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <set>

#include "base/escape.h"
#include "base/package_path.h"
#include "base/threads.h"
#include "codec/sha256.h"
#include "json/json_writer.h"
#include "package/package_sink.h"
#include "weighlock/version.h"

namespace weighlock {
namespace {

Result<std::string> DigestOf(const ByteSource& source, ByteVector& block, Progress* progress) {
  Sha256 sha;
  WL_CHECKED(ForEachBlock(source, block, [&](Bytes bytes) -> Status {
    sha.Update(bytes);
    if (progress != nullptr) progress->Add(bytes.size());
    return {};
  }));
  return Hex(sha.Finish());
}

// "2026-11-23T00:00:00Z"
std::string UtcTime(uint64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
}

void WriteModel(JsonWriter& json, const Model& model) {
  std::set<std::string_view> dtypes;
  uint64_t elements = 0;
  for (const Tensor& tensor : model.tensors) {
    dtypes.insert(Info(tensor.dtype).name);
    elements += ElementCount(tensor.shape).value_or(0);
  }
  json.Key("tensors").Uint(model.tensors.size());
  json.Key("elements").Uint(elements);
  json.Key("dtypes").BeginArray(/*inline_items=*/true);
  for (const std::string_view dtype : dtypes) json.String(dtype);
  json.EndArray();
}

// What the texts are reserved by: one that grows by doubling takes three times its size for a
// moment.
size_t LengthOfPaths(const std::vector<PackedFile>& files) {
  size_t length = 0;
  for (const PackedFile& file : files) length += file.path.size();
  return length;
}

}  // namespace

bool IsManifestName(std::string_view path) {
  return path == kSumsName || path == kManifestName;
}

Result<std::vector<std::string>> DigestsOf(const std::vector<ByteSource>& sources, unsigned threads,
                                           Progress* progress) {
  std::vector<std::string> digests(sources.size());
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status status;
  const auto work = [&] {
    ByteVector block;
    for (size_t i = next++; i < sources.size(); i = next++) {
      auto digest = DigestOf(sources[i], block, progress);
      if (digest) {
        digests[i] = *std::move(digest);
        continue;
      }
      const std::lock_guard lock(mutex);
      if (status) status = std::move(digest).error();
      next = sources.size();
    }
  };
  {
    std::vector<std::jthread> pool;
    StartThreads(pool, std::min<size_t>(threads, sources.size()) - (sources.empty() ? 0 : 1), work);
    work();
  }
  WL_CHECKED(std::move(status));
  return digests;
}

std::string SumsText(const std::vector<PackedFile>& files, const std::string& top) {
  std::string text;
  text.reserve(LengthOfPaths(files) + files.size() * (64 + 3));
  for (const PackedFile& file : files) {
    text.append(file.sha256).append("  ").append(file.path, top.size()).append("\n");
  }
  return text;
}

Result<std::vector<Sum>> ReadSums(std::string_view text, const Limits& limits) {
  constexpr size_t kDigits = 64;
  std::vector<Sum> sums;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) {
      at = end + 1;
      continue;
    }
    const bool fits = line.size() > kDigits + 2 && line[kDigits] == ' ' &&
                      (line[kDigits + 1] == ' ' || line[kDigits + 1] == '*') &&
                      line.find_first_not_of("0123456789abcdefABCDEF") == kDigits;
    if (!fits) {
      return Error(Code::kMalformed,
                   fmt::format("wanted a digest of 64 digits, two spaces and a path, found {}",
                               Quote(line, 80)),
                   at);
    }
    auto path = NormalisePath(line.substr(kDigits + 2), limits);
    if (!path) return Error(path.error().code(), path.error().what(), at);
    std::string digest(line.substr(0, kDigits));
    for (char& c : digest) c = static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    sums.push_back({std::move(digest), *std::move(path)});
    at = end + 1;
  }
  return sums;
}

std::string ManifestText(const std::vector<PackedFile>& files,
                         const std::vector<const Artefact*>& artefacts, PackLayout layout,
                         const std::string& top) {
  constexpr size_t kRow = 256;  // about what a file's row takes beside its path
  JsonWriter json;
  json.Reserve(LengthOfPaths(files) + files.size() * kRow);
  json.BeginObject();
  json.Key("schema").String("weighlock-manifest/1");
  json.Key("tool").String(kVersionText);
  json.Key("created");
  if (std::getenv("SOURCE_DATE_EPOCH") != nullptr) {
    json.String(UtcTime(ModificationTime()));
  } else {
    json.Null();
  }
  json.Key("layout").String(PackLayoutName(layout));
  uint64_t total = 0;
  json.Key("files").BeginArray();
  for (size_t i = 0; i < files.size(); ++i) {
    total += files[i].size;
    json.BeginObject();
    json.Key("path").String(files[i].path.substr(top.size()));
    json.Key("size").Uint(files[i].size);
    json.Key("sha256").String(files[i].sha256);
    json.Key("role").String(RoleName(files[i].role));
    json.Key("format").String(FormatName(artefacts[i]->format));
    if (artefacts[i]->model) WriteModel(json, *artefacts[i]->model);
    json.EndObject();
  }
  json.EndArray();
  json.Key("bytes").Uint(total);
  json.EndObject();
  return std::move(json).Finish();
}

}  // namespace weighlock

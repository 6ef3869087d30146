// Opens a package of any kind, and keeps hold of its bytes.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/byte_source.h"
#include "base/byte_stream.h"
#include "base/file.h"
#include "weighlock/package.h"
#include "weighlock/progress.h"

namespace weighlock {

struct OpenedPackage {
  Package package;
  // The artefacts' bytes, one source each. Of what is packed only what inspection needed is held.
  std::vector<ByteSource> sources;
  // Which files they were, and in which state, before any of their bytes were read: one of each
  // artefact, or one of an archive.
  std::vector<FileIdentity> identities;
};

// Whether a path is of what a platform reads before the model: TorchServe's manifest, MLflow's
// MLmodel, Triton's config.pbtxt, what SageMaker's containers install.
bool IsPlatformFile(const std::string& path);

// What of a packed archive's content is held besides what inspection needed: nothing, or the small
// JSON files that describe the model.
enum class Hold : uint8_t { kNothing, kDescriptions };

// What becomes of files in a folder whose names no archive could have, or not beside one another:
// the first of them is an error, or each is a finding and left out.
enum class OddNames : uint8_t { kAreErrors, kAreFindings };

// What Inspect does, with the sources.
Result<OpenedPackage> OpenPackage(const std::string& path, const Limits& limits,
                                  Progress* progress = nullptr, Hold hold = Hold::kNothing,
                                  OddNames odd_names = OddNames::kAreErrors);

// The same with every byte in reach: what an archive holds packed is unpacked into a file without a
// name, beside the path `beside`, which goes with the last source.
Result<OpenedPackage> OpenWhole(const std::string& path, const std::string& beside,
                                const Limits& limits, Progress* progress = nullptr);

// How the path's content is packed, from its first bytes. kNotFound, kIo.
Result<PackageKind> KindOf(const std::string& path);

// What has to be held of an artefact's source once it was examined: an index is read again to find
// the set of weights that it lists, descriptions by request, all else is let go. `held_bytes`
// counts what is held of a package. kLimit: more than limits.json_bytes.
Result<ByteSource> KeepForWeightSets(ByteSource source, const std::string& path,
                                     const Limits& limits, uint64_t& held_bytes,
                                     Hold hold = Hold::kNothing);

// What inspection keeps of an artefact that streams by: takes the bytes in their order, and gives
// a source over those that matter (docs/design.md, "What is kept of a stream").
class StreamCapture : public ByteSink {
 public:
  StreamCapture(std::string path, uint64_t size, const Limits& limits);
  Status Write(Bytes bytes) override;
  // Whether what decides about the artefact has come: a header, a first page, a small file whole.
  bool HeadComplete() const { return decided_ && head_.size() >= head_wanted_; }
  // A source over what came so far, while more is to come.
  ByteSource Peek() const;
  // The same at the end, without a copy.
  ByteSource Finish() &&;

 private:
  std::string path_;
  uint64_t size_;
  uint64_t head_wanted_;  // bytes to keep from the start
  uint64_t tail_wanted_;  // and up to the end
  uint64_t seen_ = 0;
  bool decided_ = false;  // the head was looked at, and the wanted sizes are final
  const Limits& limits_;
  ByteVector head_, tail_;
};

}  // namespace weighlock

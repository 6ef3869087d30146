// The walk of gguf_init_from_file with every integer checked: counts against the bytes that are
// left, offsets against the place where the tensor before ends. (ggml/src/gguf.cpp.)
#include "scan/model/gguf_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/checked.h"
#include "base/escape.h"
#include "scan/model/forward_reader.h"
#include "scan/text/template_judge.h"

namespace weighlock::scan {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr uint64_t kMostKey = 64u << 10;  // the format's own bound
constexpr uint64_t kMostDimensions = 4;   // GGML_MAX_DIMS
constexpr uint64_t kDefaultAlignment = 32;
constexpr int kMostArrayDepth = 4;
constexpr size_t kMostTemplates = 100;
constexpr uint64_t kMostEntries = 1'000'000;  // keys, or tensors: each is held

enum class Type : uint32_t { kString = 8, kArray = 9 };
// Bytes of a value of each type; 0: it has no fixed size.
constexpr std::array<uint8_t, 13> kTypeSizes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

// Elements of a block and its bytes, by the number of the type; {0, 0}: taken out of ggml again.
struct Block {
  uint16_t elements, bytes;
};
constexpr std::array<Block, 40> kBlocks = {
    {{1, 4},    {1, 2},    {32, 18},  {32, 20},   {0, 0},     {0, 0},     {32, 22},   {32, 24},
     {32, 34},  {32, 36},  {256, 84}, {256, 110}, {256, 144}, {256, 176}, {256, 210}, {256, 292},
     {256, 66}, {256, 74}, {256, 98}, {256, 50},  {32, 18},   {256, 110}, {256, 82},  {256, 136},
     {1, 1},    {1, 2},    {1, 4},    {1, 8},     {1, 8},     {256, 56},  {1, 2},     {32, 18},
     {32, 18},  {32, 18},  {256, 54}, {256, 66},  {32, 18},   {32, 18},   {32, 18},   {32, 17}}};

struct TensorPlace {
  std::string name;
  uint64_t at;      // of its entry
  uint64_t offset;  // of its bytes, in the data
  uint64_t size;
};

class GgufJudge {
 public:
  GgufJudge(const ByteSource& source, const FileScan& scan)
      : source_(source), reader_(source), scan_(scan) {}

  Status Judge() {
    WL_CHECKED(reader_.Skip(kMagic.size()));
    WL_TRY(version_, reader_.Le<uint32_t>());
    if (version_ < 1 || version_ > 3) {
      return Error(Code::kUnsupported, fmt::format("version {} of GGUF", version_), kMagic.size());
    }
    WL_TRY(const uint64_t tensors, Count());
    WL_TRY(const uint64_t keys, Count());
    // Each takes 12 bytes at least: a count that cannot be is refused before the walk.
    if (keys > reader_.left() / 12 || tensors > reader_.left() / 12) {
      return Bad(fmt::format("{} keys and {} tensors in {} bytes", keys, tensors, reader_.left()));
    }
    if (keys > kMostEntries || tensors > kMostEntries) {
      return Error(Code::kLimit, fmt::format("{} keys and {} tensors", keys, tensors), 8);
    }
    for (uint64_t i = 0; i < keys; ++i) WL_CHECKED(JudgeKey());
    for (uint64_t i = 0; i < tensors; ++i) WL_CHECKED(ReadTensor());
    return JudgePlaces();
  }

 private:
  Error Bad(std::string what) const {
    return Error(Code::kMalformed, std::move(what), reader_.at());
  }

  // Lengths and counts: 32 bits in version 1, 64 since.
  Result<uint64_t> Count() {
    if (version_ >= 2) return reader_.Le<uint64_t>();
    WL_TRY(const uint32_t count, reader_.Le<uint32_t>());
    return uint64_t{count};
  }

  Result<std::string> Name(std::string_view what) {
    WL_TRY(const uint64_t size, Count());
    if (size > kMostKey) return Bad(fmt::format("a {} of {} bytes", what, size));
    WL_TRY(const Bytes bytes, reader_.Take(size));
    return std::string(AsText(bytes));
  }

  Status JudgeKey() {
    const uint64_t at = reader_.at();
    WL_TRY(const std::string key, Name("key"));
    if (!keys_.insert(key).second) return Twice("key", key, at);
    WL_TRY(const uint32_t type, reader_.Le<uint32_t>());
    if (key == "general.alignment") return ReadAlignment(type);
    return JudgeValue(key, type, 0);
  }

  Status ReadAlignment(uint32_t type) {
    constexpr uint32_t kUint32 = 4;
    if (type != kUint32) return Bad("general.alignment is no number of 32 bits");
    WL_TRY(alignment_, reader_.Le<uint32_t>());
    if (alignment_ == 0 || (alignment_ & (alignment_ - 1)) != 0) {
      return Bad(fmt::format("general.alignment is {}, no power of two", alignment_));
    }
    return {};
  }

  Status JudgeString(const std::string& key) {
    WL_TRY(const uint64_t size, Count());
    const uint64_t at = reader_.at();
    if (size > reader_.left()) return Bad(fmt::format("a string of {} bytes", size));
    if (key == "tokenizer.huggingface.json") {  // a file of its own, as its loader has it
      scan_.Descend(source_.Slice(at, size, key), "tokenizer.json", at);
    }
    if (key.find("template") == std::string::npos) return reader_.Skip(size);
    if (templates_++ == kMostTemplates) {
      return Error(Code::kLimit, fmt::format("more than {} templates", kMostTemplates), at);
    }
    WL_TRY(const Bytes text, reader_.Take(size));
    const bool is_loaded = key.find("chat_template") != std::string::npos;
    JudgeTemplate(AsText(text), key, at, scan_, true,
                  is_loaded ? TemplateUse::kLoaded : TemplateUse::kMaybe);
    return {};
  }

  // Bounded by kMostArrayDepth.
  Status JudgeValue(const std::string& key, uint32_t type, int depth) {
    if (type >= kTypeSizes.size()) return Bad(fmt::format("a value of type {}", type));
    if (kTypeSizes[type] != 0) return reader_.Skip(kTypeSizes[type]);
    if (type == static_cast<uint32_t>(Type::kString)) return JudgeString(key);
    if (depth == kMostArrayDepth) return Bad("arrays in arrays");
    WL_TRY(const uint32_t item, reader_.Le<uint32_t>());
    WL_TRY(const uint64_t count, Count());
    if (item >= kTypeSizes.size()) return Bad(fmt::format("an array of type {}", item));
    const uint64_t least = kTypeSizes[item] != 0 ? kTypeSizes[item] : version_ == 1 ? 4 : 8;
    if (count > reader_.left() / least) return Bad(fmt::format("an array of {} values", count));
    if (kTypeSizes[item] != 0) return reader_.Skip(count * least);
    for (uint64_t i = 0; i < count; ++i) WL_CHECKED(JudgeValue(key, item, depth + 1));
    return {};
  }

  Status ReadTensor() {
    const uint64_t at = reader_.at();
    WL_TRY(std::string name, Name("tensor name"));
    if (!names_.insert(name).second) return Twice("tensor", name, at);
    WL_TRY(const uint32_t dimensions, reader_.Le<uint32_t>());
    if (dimensions > kMostDimensions) return Bad(fmt::format("{} dimensions", dimensions));
    uint64_t elements = 1, row = 1;
    for (uint32_t i = 0; i < dimensions; ++i) {
      WL_TRY(const uint64_t size, Count());
      const auto product = CheckedMul(elements, size);
      if (!product) return Bad("a shape beyond 2^64 elements");
      if (i == 0) row = size;
      elements = *product;
    }
    WL_TRY(const uint32_t type, reader_.Le<uint32_t>());
    WL_TRY(const uint64_t offset, reader_.Le<uint64_t>());
    if (type >= kBlocks.size() || kBlocks[type].bytes == 0) {
      return Error(Code::kUnsupported,
                   fmt::format("tensor {}: elements of type {}", Quote(name), type), at);
    }
    const Block block = kBlocks[type];
    if (row % block.elements != 0) {
      return Bad(
          fmt::format("tensor {}: rows of {} in blocks of {}", Quote(name), row, block.elements));
    }
    const auto size = CheckedMul(elements / block.elements, block.bytes);
    if (!size) return Bad("a tensor beyond 2^64 bytes");
    tensors_.push_back({std::move(name), at, offset, *size});
    return {};
  }

  std::optional<uint64_t> Aligned(uint64_t value) const {
    const auto sum = CheckedAdd(value, alignment_ - 1);
    return sum ? std::optional(*sum / alignment_ * alignment_) : std::nullopt;
  }

  // Behind one another in the order of their entries, each from the next multiple of the alignment.
  Status JudgePlaces() {
    const auto begin = Aligned(reader_.at());
    if (!begin) return Bad("an alignment beyond all files");
    const uint64_t size = reader_.at() + reader_.left();
    if (tensors_.empty()) {
      if (size > *begin) return Behind(reader_.at(), size);
      return {};
    }
    if (*begin > size) return Error(Code::kTruncated, "no bytes of tensors", size);
    const uint64_t held = size - *begin;
    uint64_t end = 0;
    for (const TensorPlace& tensor : tensors_) {
      const auto wanted = Aligned(end);
      if (!wanted || tensor.offset != *wanted) {
        return Error(
            Code::kMalformed,
            fmt::format("tensor {}: its bytes begin at {}, and the ones before it end at {}",
                        Quote(tensor.name), tensor.offset, end),
            tensor.at);
      }
      if (!FitsIn(tensor.offset, tensor.size, held)) {
        return Error(
            Code::kMalformed,
            fmt::format("tensor {}: bytes {} to {} + {} of {} that the file holds",
                        Quote(tensor.name), tensor.offset, tensor.offset, tensor.size, held),
            tensor.at);
      }
      end = tensor.offset + tensor.size;
    }
    if (held > Aligned(end).value_or(held)) return Behind(*begin + *Aligned(end), size);
    return {};
  }

  Status Behind(uint64_t at, uint64_t size) const {
    return Error(Code::kMalformed, fmt::format("{} bytes follow the last tensor", size - at), at);
  }

  Status Twice(std::string_view what, const std::string& name, uint64_t at) const {
    return Error(Code::kMalformed, fmt::format("the {} {} stands twice", what, Quote(name)), at);
  }

  ByteSource source_;
  ForwardReader reader_;
  const FileScan& scan_;
  uint32_t version_ = 0;
  size_t templates_ = 0;
  uint64_t alignment_ = kDefaultAlignment;
  std::set<std::string> keys_, names_;
  std::vector<TensorPlace> tensors_;
};

// Byte-swapped versions: files for big-endian machines.
bool IsBigEndian(Bytes head) {
  return head.size() >= 8 && head[4] == std::byte{0} && head[7] != std::byte{0};
}

}  // namespace

bool IsGguf(const Subject& subject) {
  return AsText(subject.head).starts_with(kMagic);
}

void JudgeGguf(const Subject& subject, const FileScan& scan) {
  if (IsBigEndian(subject.head)) {
    return scan.Unjudged("WL-S-001", 4, "GGUF for big-endian machines");
  }
  const Status status = GgufJudge(subject.source, scan).Judge();
  if (status) return;
  if (status.error().code() != Code::kMalformed) return scan.Unreadable(status.error());
  scan.Add("WL-S-320", status.error().offset(), status.error().what());
  scan.file().coverage = Coverage::kPartial;
}

}  // namespace weighlock::scan

// One value and nothing behind it (https://github.com/msgpack/msgpack/blob/master/spec.md). Flax
// keeps arrays in extensions 1 to 3: a shape, the name of a dtype, bytes. Nothing in them is code.
#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "scan/model/forward_reader.h"
#include "scan/model/inert_formats.h"

namespace weighlock::scan {
namespace {

constexpr size_t kMostDepth = 128;
constexpr uint8_t kMostFlaxType = 3;
constexpr size_t kMostPickles = 1000;

Result<uint64_t> BigEndian(ForwardReader& reader, unsigned size) {
  WL_TRY(const Bytes bytes, reader.Take(size));
  uint64_t value = 0;
  for (const std::byte byte : bytes) value = (value << 8) | static_cast<uint64_t>(byte);
  return value;
}

class MsgpackWalk {
 public:
  explicit MsgpackWalk(const ByteSource& source) : source_(source), reader_(source) {}

  const std::vector<Extent>& pickles() const { return has_objects_ ? all_bytes_ : pickles_; }

  Status Walk() {
    std::vector<uint64_t> open = {1};  // values that each open container still wants
    while (!open.empty()) {
      if (open.back() == 0) {
        open.pop_back();
        continue;
      }
      --open.back();
      WL_TRY(const uint64_t inside, Value());
      if (inside == 0) continue;
      if (inside > reader_.left()) {
        return Error(Code::kTruncated, fmt::format("{} values are promised", inside), reader_.at());
      }
      if (open.size() == kMostDepth) return Error(Code::kLimit, "it nests too deep", reader_.at());
      open.push_back(inside);
    }
    if (reader_.left() == 0) return {};
    return Error(Code::kMalformed, fmt::format("{} bytes follow the value", reader_.left()),
                 reader_.at());
  }

 private:
  // Reads one value; of a container, how many values are in it.
  Result<uint64_t> Value() {
    WL_TRY(const auto type, reader_.Le<uint8_t>());
    if (type <= 0x7F || type >= 0xE0) return uint64_t{0};
    if (type <= 0x8F) return uint64_t{2} * (type & 0x0F);
    if (type <= 0x9F) return uint64_t{type} & 0x0F;
    if (type <= 0xBF) return Word(type & 0x1F);
    switch (type) {
      case 0xC0:
      case 0xC2:
      case 0xC3:
        return uint64_t{0};
      case 0xC4:
      case 0xC5:
      case 0xC6: {
        WL_TRY(const uint64_t size, BigEndian(reader_, 1u << (type - 0xC4)));
        NoteBytes(reader_.at(), size);
        return Word(size);
      }
      case 0xC7:
      case 0xC8:
      case 0xC9:
        return Extension(1u << (type - 0xC7));
      case 0xCA:
        return Skip(4);
      case 0xCB:
        return Skip(8);
      case 0xD9:
      case 0xDA:
      case 0xDB:
        return Sized(1u << (type - 0xD9));
      case 0xDC:
      case 0xDD:
        return BigEndian(reader_, type == 0xDC ? 2 : 4);
      case 0xDE:
      case 0xDF: {
        WL_TRY(const uint64_t pairs, BigEndian(reader_, type == 0xDE ? 2 : 4));
        return 2 * pairs;
      }
      default:
        break;
    }
    if (type >= 0xCC && type <= 0xD3) return Skip(uint64_t{1} << ((type - 0xCC) % 4));
    if (type >= 0xD4 && type <= 0xD8) return ExtensionOf(uint64_t{1} << (type - 0xD4));
    return Error(Code::kMalformed, "a byte that begins no value", reader_.at() - 1);
  }

  Result<uint64_t> Skip(uint64_t size) {
    WL_CHECKED(reader_.Skip(size));
    return uint64_t{0};
  }

  Result<uint64_t> Sized(unsigned length_size) {
    WL_TRY(const uint64_t size, BigEndian(reader_, length_size));
    return Word(size);
  }

  // msgpack-numpy marks arrays of objects by {"kind": "O"}, and keeps them as pickles.
  Result<uint64_t> Word(uint64_t size) {
    constexpr std::string_view kKind = "kind";
    if (size != kKind.size() && size != 1) {
      is_kind_ = false;
      return Skip(size);
    }
    WL_TRY(const Bytes word, reader_.Take(size));
    has_objects_ = has_objects_ || (is_kind_ && AsText(word) == "O");
    is_kind_ = AsText(word) == kKind;
    return uint64_t{0};
  }

  Result<uint64_t> Extension(unsigned length_size) {
    WL_TRY(const uint64_t size, BigEndian(reader_, length_size));
    return ExtensionOf(size);
  }

  Result<uint64_t> ExtensionOf(uint64_t size) {
    WL_TRY(const auto type, reader_.Le<uint8_t>());
    if (type == 0 || type > kMostFlaxType) {
      return Error(Code::kUnsupported, fmt::format("an extension of type {}", type),
                   reader_.at() - 1);
    }
    return Skip(size);
  }

  // Bytes that begin and end as pickles do: some libraries keep objects so. Where arrays of objects
  // are marked, all of them may be.
  void NoteBytes(uint64_t at, uint64_t size) {
    if (!FitsIn(at, size, source_.size()) || size < 4 || pickles_.size() > kMostPickles) return;
    if (all_bytes_.size() <= kMostPickles) all_bytes_.push_back({at, size});
    const auto head = source_.Read(at, 2);
    const auto last = source_.Read(at + size - 1, 1);
    const bool is_pickle = head && last && (*head)[0] == std::byte{0x80} &&
                           (*head)[1] >= std::byte{2} && (*head)[1] <= std::byte{5} &&
                           (*last)[0] == std::byte{'.'};
    if (is_pickle) pickles_.push_back({at, size});
  }

  const ByteSource& source_;
  ForwardReader reader_;
  std::vector<Extent> pickles_, all_bytes_;
  bool is_kind_ = false, has_objects_ = false;
};

}  // namespace

bool IsMsgpack(const Subject& subject) {
  if (subject.head.empty() || !subject.name.ends_with(".msgpack")) return false;
  const auto first = static_cast<uint8_t>(subject.head[0]);
  const bool is_map = (first >= 0x80 && first <= 0x8F) || first == 0xDE || first == 0xDF;
  // Maps of two to four pairs begin as pickles do that ask for the registry of copyreg: the walk to
  // the end tells them apart.
  return is_map && MsgpackWalk(subject.source).Walk();
}

// Under any other name, what is a map from its first byte to its last, its first key a text: so
// spaCy keeps the parts of its pipelines.
bool IsBareMsgpack(const Subject& subject) {
  if (subject.head.size() < 3) return false;
  const auto first = static_cast<uint8_t>(subject.head[0]);
  const size_t key_at = first == 0xDE ? 3 : first == 0xDF ? 5 : 1;
  const bool is_map = (first > 0x80 && first <= 0x8F) || key_at > 1;
  if (!is_map || subject.head.size() <= key_at) return false;
  const auto key = static_cast<uint8_t>(subject.head[key_at]);
  const bool is_text = (key >= 0xA0 && key <= 0xBF) || key == 0xD9;
  return is_text && MsgpackWalk(subject.source).Walk();
}

void JudgeMsgpack(const Subject& subject, const FileScan& scan) {
  MsgpackWalk walk(subject.source);
  if (const Status status = walk.Walk(); !status) scan.Unreadable(status.error());
  if (walk.pickles().size() > kMostPickles) {
    scan.Unjudged("WL-S-003", kNoOffset, "more pickles than are judged");
  }
  for (const Extent& pickle : walk.pickles()) {
    const std::string name = fmt::format("+0x{:x}", pickle.offset);
    scan.Descend(subject.source.Slice(pickle.offset, pickle.size, name), name, pickle.offset);
  }
}

}  // namespace weighlock::scan

// Trees: section III.A.2 of the specification. Heaps: III.G, a table of blocks whose sizes double
// with each row but the first two.
#include "scan/hdf5/hdf5_dense.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "base/checked.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kNodeFrame = 10;  // signature, version, type, checksum
constexpr uint64_t kMostRows = 48;   // of a heap's table

// Bytes that an integer of at most this value takes.
uint64_t Width(uint64_t most) {
  return (static_cast<uint64_t>(std::bit_width(std::max<uint64_t>(most, 1))) + 7) / 8;
}

// The tree of version 2: what its header says of its nodes.
struct Tree {
  uint32_t node_bytes = 0;
  uint16_t record_bytes = 0, depth = 0, root_records = 0;
  uint64_t root = 0;
  uint64_t count_width = 0;            // of a child's number of records
  std::vector<uint64_t> total_widths;  // by level: of the records below a child and in it
};

Result<Tree> ReadTree(Hdf5File& file, uint64_t address, Hdf5Index kind) {
  WL_TRY(const ByteVector bytes, file.ReadChecked(address, 38));
  Hdf5Fields fields(bytes, address);
  WL_CHECKED(fields.Signature("BTHD"));
  WL_TRY(const auto version, fields.Le<uint8_t>());
  WL_TRY(const auto type, fields.Le<uint8_t>());
  if (version != 0 || type != static_cast<uint8_t>(kind)) {
    return Error(Code::kUnsupported, fmt::format("a tree of kind {}", type), address);
  }
  Tree tree;
  WL_TRY(tree.node_bytes, fields.Le<uint32_t>());
  WL_TRY(tree.record_bytes, fields.Le<uint16_t>());
  WL_TRY(tree.depth, fields.Le<uint16_t>());
  WL_CHECKED(fields.Skip(2));
  WL_TRY(tree.root, fields.Le<uint64_t>());
  WL_TRY(tree.root_records, fields.Le<uint16_t>());
  constexpr uint16_t kMostDepth = 16;
  if (tree.record_bytes == 0 || tree.node_bytes < kNodeFrame + tree.record_bytes ||
      tree.depth > kMostDepth) {
    return Error(Code::kMalformed, "a tree of impossible nodes", address);
  }
  const uint64_t leaf_most = (tree.node_bytes - kNodeFrame) / tree.record_bytes;
  tree.count_width = Width(leaf_most);
  tree.total_widths = {0};
  uint64_t total_most = leaf_most;
  for (uint16_t level = 1; level <= tree.depth; ++level) {
    const uint64_t pointer = 8 + tree.count_width + tree.total_widths.back();
    if (tree.node_bytes < kNodeFrame + pointer) {
      return Error(Code::kMalformed, "a tree of impossible nodes", address);
    }
    const uint64_t most = (tree.node_bytes - kNodeFrame - pointer) / (tree.record_bytes + pointer);
    const auto below = CheckedMul(most + 1, total_most);
    const auto total = below ? CheckedAdd(*below, most) : std::nullopt;
    if (!total) return Error(Code::kMalformed, "a tree of too many records", address);
    total_most = *total;
    tree.total_widths.push_back(Width(total_most));
  }
  return tree;
}

// All records of the tree, one after the other.
Result<ByteVector> ReadRecords(Hdf5File& file, const Tree& tree) {
  struct Node {
    uint64_t address;
    uint64_t records;
    uint16_t level;
  };
  ByteVector records;
  std::vector<Node> waiting;
  if (tree.root != kHdf5Nowhere) waiting.push_back({tree.root, tree.root_records, tree.depth});
  while (!waiting.empty()) {
    const Node node = waiting.back();
    waiting.pop_back();
    const bool leaf = node.level == 0;
    const uint64_t total_width = leaf ? 0 : tree.total_widths[node.level - 1u];
    const uint64_t pointer = leaf ? 0 : 8 + tree.count_width + total_width;
    const uint64_t used =
        node.records * tree.record_bytes + (leaf ? 0 : node.records + 1) * pointer;
    WL_TRY(const ByteVector bytes, file.ReadChecked(node.address, kNodeFrame + used));
    Hdf5Fields fields(bytes, node.address);
    WL_CHECKED(fields.Signature(leaf ? "BTLF" : "BTIN"));
    WL_CHECKED(fields.Skip(2));
    WL_TRY(const Bytes own, fields.Take(node.records * tree.record_bytes));
    Append(records, own);
    for (uint64_t i = 0; !leaf && i <= node.records; ++i) {
      WL_TRY(const auto child, fields.Le<uint64_t>());
      WL_TRY(const uint64_t count, fields.Number(tree.count_width));
      WL_CHECKED(fields.Skip(total_width));
      waiting.push_back({child, count, static_cast<uint16_t>(node.level - 1)});
    }
  }
  return records;
}

// The heap: what its header says of its blocks.
class Heap {
 public:
  static Result<Heap> Open(Hdf5File& file, uint64_t address);

  // The object that an identifier names.
  Result<Hdf5Message> Object(Hdf5File& file, Bytes id);

 private:
  // The block that holds byte `offset` of the heap's space.
  struct Found {
    uint64_t address, first, size;  // `first`: of the heap's space
  };
  Result<Found> Find(Hdf5File& file, uint64_t offset);
  Result<const ByteVector*> Direct(Hdf5File& file, const Found& block);
  Result<const ByteVector*> Indirect(Hdf5File& file, uint64_t address, uint64_t rows);

  Error Outside() const {
    return Error(Code::kMalformed, "an object outside of its heap", address_);
  }

  uint64_t RowBytes(uint64_t row) const { return row == 0 ? start_ : start_ << (row - 1); }

  uint64_t address_ = 0, id_bytes_ = 0, width_ = 0, start_ = 0, most_direct_ = 0;
  uint64_t offset_width_ = 0, length_width_ = 0, root_ = 0, root_rows_ = 0;
  bool summed_ = false;                  // whether direct blocks have checksums
  std::map<uint64_t, ByteVector> held_;  // blocks by address
  uint64_t held_bytes_ = 0;
};

Result<Heap> Heap::Open(Hdf5File& file, uint64_t address) {
  constexpr uint64_t kHeaderBytes = 146;
  WL_TRY(const ByteVector bytes, file.ReadChecked(address, kHeaderBytes));
  Hdf5Fields fields(bytes, address);
  WL_CHECKED(fields.Signature("FRHP"));
  WL_CHECKED(fields.Skip(1));
  Heap heap;
  heap.address_ = address;
  WL_TRY(heap.id_bytes_, fields.Le<uint16_t>());
  WL_TRY(const auto filters, fields.Le<uint16_t>());
  if (filters != 0) return Error(Code::kUnsupported, "a heap that is compressed", address);
  WL_TRY(const auto flags, fields.Le<uint8_t>());
  heap.summed_ = (flags & 2) != 0;
  WL_TRY(const auto most_object, fields.Le<uint32_t>());
  WL_CHECKED(fields.Skip(12 * 8));  // what is huge, free, allocated, tiny
  WL_TRY(heap.width_, fields.Le<uint16_t>());
  WL_TRY(heap.start_, fields.Le<uint64_t>());
  WL_TRY(heap.most_direct_, fields.Le<uint64_t>());
  WL_TRY(const auto bits, fields.Le<uint16_t>());
  WL_CHECKED(fields.Skip(2));
  WL_TRY(heap.root_, fields.Le<uint64_t>());
  WL_TRY(heap.root_rows_, fields.Le<uint16_t>());
  constexpr uint64_t kMostBlock = uint64_t{1} << 31;
  constexpr uint16_t kMostBits = 48;
  const bool sane = std::has_single_bit(heap.width_) && std::has_single_bit(heap.start_) &&
                    std::has_single_bit(heap.most_direct_) && heap.start_ <= heap.most_direct_ &&
                    heap.most_direct_ <= kMostBlock && bits <= kMostBits &&
                    heap.root_rows_ <= kMostRows;
  if (!sane) return Error(Code::kUnsupported, "a heap of unusual blocks", address);
  heap.offset_width_ = (bits + 7u) / 8;
  heap.length_width_ = std::min(Width(heap.most_direct_ - 1), Width(most_object));
  return heap;
}

Result<const ByteVector*> Heap::Direct(Hdf5File& file, const Found& block) {
  const auto known = held_.find(block.address);
  if (known != held_.end()) return &known->second;
  constexpr uint64_t kMostHeld = uint64_t{64} << 20;
  if (block.size > kMostHeld - std::min(held_bytes_, kMostHeld)) {
    return Error(Code::kLimit, "a heap of too many bytes", address_);
  }
  WL_TRY(ByteVector bytes, file.Read(block.address, block.size));
  held_bytes_ += block.size;
  Hdf5Fields fields(bytes, block.address);
  WL_CHECKED(fields.Signature("FHDB"));
  WL_CHECKED(fields.Skip(1 + 8 + offset_width_));
  if (summed_) {
    const auto at = static_cast<size_t>(fields.address() - block.address);
    WL_TRY(const auto sum, fields.Le<uint32_t>());
    std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at), 4, std::byte{0});
    if (Hdf5Checksum(bytes) != sum) {
      return Error(Code::kMismatch, "its checksum is of other bytes", block.address);
    }
  }
  return &held_.emplace(block.address, std::move(bytes)).first->second;
}

Result<const ByteVector*> Heap::Indirect(Hdf5File& file, uint64_t address, uint64_t rows) {
  const auto known = held_.find(address);
  if (known != held_.end()) return &known->second;
  const uint64_t frame = 4 + 1 + 8 + offset_width_;
  WL_TRY(ByteVector bytes, file.ReadChecked(address, frame + rows * width_ * 8 + 4));
  Hdf5Fields fields(bytes, address);
  WL_CHECKED(fields.Signature("FHIB"));
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(frame));
  return &held_.emplace(address, std::move(bytes)).first->second;
}

Result<Heap::Found> Heap::Find(Hdf5File& file, uint64_t offset) {
  if (root_rows_ == 0) return Found{root_, 0, start_};
  const uint64_t direct_rows = std::bit_width(most_direct_) - std::bit_width(start_) + 2u;
  uint64_t address = root_, rows = root_rows_, first = 0;
  while (true) {
    // Row 0 and 1 are of `start_`; each row from 1 on begins where all before it would fit once.
    const uint64_t in_block = offset - first;
    const uint64_t row_zero = width_ * start_;
    const uint64_t row =
        in_block < row_zero ? 0 : static_cast<uint64_t>(std::bit_width(in_block / row_zero));
    if (rows > kMostRows || row >= rows) return Outside();
    const uint64_t row_first = row == 0 ? 0 : row_zero << (row - 1);
    const uint64_t column = (in_block - row_first) / RowBytes(row);
    WL_TRY(const ByteVector* entries, Indirect(file, address, rows));
    const uint64_t entry = (row * width_ + column) * 8;
    if (entry + 8 > entries->size()) return Outside();
    const auto child = LoadLe<uint64_t>(Bytes(*entries).subspan(static_cast<size_t>(entry)));
    first += row_first + column * RowBytes(row);
    if (row < direct_rows) return Found{child, first, RowBytes(row)};
    address = child;
    rows = static_cast<uint64_t>(std::bit_width(RowBytes(row)) - std::bit_width(row_zero)) + 1;
  }
}

Result<Hdf5Message> Heap::Object(Hdf5File& file, Bytes id) {
  Hdf5Fields fields(id, address_);
  WL_TRY(const auto kind, fields.Le<uint8_t>());
  if ((kind & 0xF0) != 0) {
    return Error(Code::kUnsupported, "a message that does not fit its heap", address_);
  }
  WL_TRY(const uint64_t offset, fields.Number(offset_width_));
  WL_TRY(const uint64_t length, fields.Number(length_width_));
  WL_TRY(const Found block, Find(file, offset));
  WL_TRY(const ByteVector* bytes, Direct(file, block));
  const uint64_t in_block = offset - block.first;
  if (!FitsIn(in_block, length, bytes->size())) return Outside();
  const Bytes body =
      Bytes(*bytes).subspan(static_cast<size_t>(in_block), static_cast<size_t>(length));
  Hdf5Message message;
  message.address = block.address + in_block;
  message.body.assign(body.begin(), body.end());
  return message;
}

}  // namespace

Result<std::vector<Hdf5Message>> Hdf5HeapObjects(Hdf5File& file, uint64_t heap, uint64_t index,
                                                 Hdf5Index kind) {
  WL_TRY(Heap opened, Heap::Open(file, heap));
  WL_TRY(const Tree tree, ReadTree(file, index, kind));
  WL_TRY(const ByteVector records, ReadRecords(file, tree));
  // A record is a hash and an identifier, or the other way round (III.A.2).
  const size_t skip = kind == Hdf5Index::kLinkNames ? 4 : 0;
  const size_t id_bytes = kind == Hdf5Index::kLinkNames ? 7 : 8;
  if (tree.record_bytes < skip + id_bytes) {
    return Error(Code::kMalformed, "records of too few bytes", index);
  }
  std::vector<Hdf5Message> objects;
  for (size_t at = 0; at < records.size(); at += tree.record_bytes) {
    const Bytes record = Bytes(records).subspan(at, tree.record_bytes);
    WL_TRY(Hdf5Message object, opened.Object(file, record.subspan(skip, id_bytes)));
    if (kind == Hdf5Index::kAttributeNames) {
      object.type = Hdf5Type::kAttribute;
    }
    objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace weighlock::scan

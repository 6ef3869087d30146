// What a pickle builds, as a graph of typed values: nothing of it is imported or called.
//
// Values live in an arena and are named by 32-bit handles; a value is 16 bytes, and strings are
// views into the pickle's own bytes. The graph may share values and may be cyclic, and values that
// the pickle made and threw away stay in it: a call that was popped was still a call. Whoever walks
// it must not recurse, and must remember where he was.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"

namespace weighlock::pickle {

using ValueId = uint32_t;
inline constexpr ValueId kNoValue = UINT32_MAX;

enum class ValueKind : uint8_t {
  kNone,
  kBool,
  kInt,     // fits 64 bits
  kBigInt,  // does not: text() is its two's complement, little-endian
  kFloat,
  kStr,        // text() is UTF-8, lone surrogates kept as three bytes
  kNarrowStr,  // a Python 2 str: text() is bytes, which the loader decodes as it was told to
  kBytes,
  kByteArray,
  kList,
  kTuple,
  kDict,  // items() are key, value, key, value: as written, equal keys included
  kSet,   // items() as written, equal ones included
  kFrozenSet,
  kGlobal,        // a class or function named for import
  kExtension,     // a code of the copyreg extension registry; integer()
  kCall,          // what a class or function would return
  kPersistentId,  // an object that the loader makes from an id
  kBuffer,        // out-of-band data of protocol 5; integer() is its number
};

// "int", "a call", ...: how messages name a kind.
std::string_view KindWord(ValueKind kind);

enum class CallForm : uint8_t { kReduce, kNewObj, kNewObjEx, kObj, kInst };
std::string_view CallFormWord(CallForm form);  // "REDUCE"

struct Global {
  std::string_view module;  // as written; both empty where `computed`
  std::string_view name;    // may hold dots: attributes of attributes
  bool computed;            // the stream made the name at run time: it cannot be known
  // Where their characters stand in the graph's source(); UINT32_MAX where they stand there
  // escaped.
  uint32_t module_at = UINT32_MAX;
  uint32_t name_at = UINT32_MAX;
};

struct Call {
  CallForm form;
  ValueId callee;
  ValueId args;    // usually a tuple; kNoValue never
  ValueId kwargs;  // kNoValue unless kNewObjEx
};

// What was done to a value after it was made, where it is not a plain container that took it in.
struct Changes {
  std::vector<ValueId> states;    // BUILD, in order
  std::vector<ValueId> appended;  // APPEND, APPENDS, ADDITEMS
  std::vector<ValueId> items;     // SETITEM, SETITEMS: key, value, key, value
};

class PickleGraph {
 public:
  PickleGraph() = default;
  PickleGraph(PickleGraph&&) = default;
  PickleGraph& operator=(PickleGraph&&) = default;

  size_t size() const { return size_; }  // handles are 0 ... size() - 1, in order of making
  ValueKind kind(ValueId id) const { return node(id).kind; }
  // Where the opcode that made the value stands: bytes from the start of the pickle.
  uint32_t offset(ValueId id) const { return node(id).at; }

  // Calls `see` with every value of one of the kinds, in order of making. Much quicker than asking
  // each value for its kind: most are plain numbers and strings, which few care about.
  template <class See>
  void ForEachOf(std::initializer_list<ValueKind> kinds, See see) const {
    uint32_t wanted = 0;
    for (const ValueKind kind : kinds) wanted |= BitOf(kind);
    for (uint32_t first = 0; first < size_; first += kChunkMask + 1) {
      const Chunk& chunk = chunks_[first >> kChunkBits];
      if ((wanted & chunk.kinds) == 0) continue;
      const uint32_t count = std::min(size_ - first, kChunkMask + 1);
      for (uint32_t i = 0; i < count; ++i) {
        if ((wanted & BitOf(chunk.nodes[i].kind)) != 0) see(first + i);
      }
    }
  }

  // Each requires the kinds it names.
  bool boolean(ValueId id) const { return node(id).integer != 0; }
  int64_t integer(ValueId id) const { return node(id).integer; }  // kInt, kExtension, kBuffer
  double number(ValueId id) const { return node(id).number; }     // kFloat
  std::string_view text(ValueId id) const;  // kStr, kNarrowStr, kBytes, kByteArray, kBigInt
  std::span<const ValueId> items(ValueId id) const;  // containers
  Global global(ValueId id) const;
  // The values that a computed name was made of: its module and its name.
  std::pair<ValueId, ValueId> computed_of(ValueId id) const {
    const GlobalTexts& g = globals_[node(id).index];
    return {g.module.begin, g.name.begin};
  }
  Call call(ValueId id) const { return calls_[node(id).index]; }
  ValueId persistent_id(ValueId id) const { return node(id).index; }

  // Null where nothing was done to the value.
  const Changes* changes(ValueId id) const;
  // All values that have changes, in order.
  std::vector<ValueId> changed() const;

  bool is_string(ValueId id) const {
    return kind(id) == ValueKind::kStr || kind(id) == ValueKind::kNarrowStr;
  }

  // The bytes from PROTO to STOP that the graph was built from.
  Bytes source() const { return bytes_; }

 private:
  friend class Machine;

  // A run of bytes_, or of decoded_ where the stream held it escaped.
  struct Text {
    uint32_t begin;
    uint32_t size;
  };

  // Trivial: the chunks are not filled before they are used.
  struct Node {
    uint32_t at;
    ValueKind kind;
    bool decoded;
    union {
      int64_t integer;
      double number;
      Text text;       // strings; for kTuple and kFrozenSet a run of slots_
      uint32_t index;  // into lists_, globals_ or calls_; for kPersistentId a handle
    };
  };
  static_assert(sizeof(Node) == 16);

  struct GlobalTexts {
    // Where `computed`, they begin with the ids of the values that should be texts.
    Text module, name;
    bool module_decoded, name_decoded, computed;
  };

  // Chunks instead of one vector: growing copies no more than the first of them, so that the peak
  // stays at what is needed.
  static constexpr uint32_t kChunkBits = 14;
  static constexpr uint32_t kChunkMask = (1u << kChunkBits) - 1;

  struct Chunk {
    std::unique_ptr<Node[]> nodes;
    uint32_t kinds = 0;  // the kinds that stand in it, as bits
  };

  static uint32_t BitOf(ValueKind kind) { return uint32_t{1} << static_cast<uint8_t>(kind); }
  const Node& node(ValueId id) const { return chunks_[id >> kChunkBits].nodes[id & kChunkMask]; }
  Node& node(ValueId id) { return chunks_[id >> kChunkBits].nodes[id & kChunkMask]; }
  ValueId Add(Node node) {
    if (size_ == capacity_) Grow();
    chunks_.back().nodes[size_ & kChunkMask] = node;
    chunks_.back().kinds |= BitOf(node.kind);
    return size_++;
  }
  void Grow();
  std::string_view View(Text text, bool decoded) const;
  Changes& ChangesOf(ValueId id) { return changes_[id]; }

  ByteVector bytes_;
  std::string decoded_;
  std::vector<Chunk> chunks_;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;  // nodes that the chunks have room for
  std::vector<ValueId> slots_;
  std::deque<std::vector<ValueId>> lists_;
  std::vector<GlobalTexts> globals_;
  std::vector<Call> calls_;
  std::unordered_map<ValueId, Changes> changes_;
};

}  // namespace weighlock::pickle

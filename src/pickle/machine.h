// The machine behind RunPickle: one handler for each opcode, over a stack of value handles.
// Private to this room; its handlers are spread over machine_*.cc by what they make.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

#include "pickle/memo.h"
#include "pickle/opcodes.h"
#include "pickle/pickle.h"
#include "pickle/window.h"

namespace weighlock::pickle {

class Machine {
 public:
  // Requires offset <= source.size(). `after_build` is borrowed; null: loaders read nothing.
  Machine(const ByteSource& source, uint64_t offset, const Limits& limits,
          const AfterBuild* after_build);

  // Runs up to STOP. Call once.
  Status Run();

  // What was built; after an error, what was built before it.
  Pickle Take() &&;

 private:
  using Handler = Status (Machine::*)();
  using Text = PickleGraph::Text;
  using Node = PickleGraph::Node;

  struct Argument {
    uint64_t number = 0;  // fixed-width arguments, zero- or sign-extended; the bits of a double
    Text text = {};       // the bytes after a length, or a line without its end
    Text second = {};     // the other line of a pair
  };

  static std::array<Handler, 256> HandlerTable();

  // Loop and arguments (machine.cc).
  Status Step();
  void PushRun();
  Status FillForOpcode();
  Status TakeNumber(uint8_t size, uint64_t& out);  // little-endian
  Status TakeCounted(ArgShape shape);
  Status TakeBytes(uint64_t count, Text& out) {
    if (count > graph_.bytes_.size() - pos_) WL_CHECKED(FillFor(count));
    out = {static_cast<uint32_t>(pos_), static_cast<uint32_t>(count)};
    pos_ += count;
    return {};
  }
  Status FillFor(uint64_t count);  // reads on until `count` bytes follow pos_
  Status TakeLine(Text& out);
  void LeaveFrame();
  void Note(Oddity::Kind kind, std::string text);
  Status SkipWhatTheLoaderReads(ValueId object);
  std::vector<std::string> CollectGlobals() const;

  // "BINPUT wants ...": an error at the opcode being run.
  Error Fail(Code code, std::string_view wants) const;

  // Stack.
  size_t above_mark() const { return stack_.size() - fence_; }
  Status Need(size_t count) const {  // values above the topmost mark
    if (count > above_mark()) return TooFew(count);
    return {};
  }
  Error TooFew(size_t count) const;
  Status TakeMark(size_t& start);  // closes the mark; what it enclosed starts at stack_[start]
  ValueId Pop();
  Status Push(Node node) {
    if (nodes_ >= limits_.pickle_nodes) return TooManyValues();
    ++nodes_;
    stack_.push_back(graph_.Add(node));
    return {};
  }
  Error TooManyValues() const;
  Status PushText(ValueKind kind, Text text, bool decoded);
  Status PushDecoded(ValueKind kind, std::string_view text);
  Status PushParsedInt(std::string_view line);
  Node NewNode(ValueKind kind) const {
    Node node = {};
    node.at = at_;
    node.kind = kind;
    return node;
  }
  std::string_view ViewOf(Text text) const { return graph_.View(text, false); }

  // Scalars and strings (machine_scalars.cc).
  Status LoadNone();
  Status LoadTrue();
  Status LoadFalse();
  Status LoadSmallInt();
  Status LoadIntLine();
  Status LoadLongLine();
  Status LoadLongBytes();
  Status LoadFloatLine();
  Status LoadBinFloat();
  Status LoadStringLine();
  Status LoadUnicodeLine();
  Status LoadNarrow();
  Status LoadUnicode();
  Status LoadBytes();
  Status LoadByteArray();
  Status LoadNextBuffer();
  Status LoadReadOnlyBuffer();

  // Stack, memo and containers (machine_containers.cc).
  Status LoadMark();
  Status LoadPop();
  Status LoadPopMark();
  Status LoadDup();
  Status Remember(uint64_t index);
  Status Recall(uint64_t index);
  Status LoadPutLine();
  Status LoadGetLine();
  Status LoadPut();
  Status LoadGet();
  Status LoadMemoize();
  Status MakeTuple(size_t start, ValueKind kind);
  Status LoadTupleToMark();
  Status LoadTupleOf();
  Status LoadFrozenSet();
  Status PushList(ValueKind kind, size_t start);
  Status LoadEmptyContainer();
  Status LoadList();
  Status LoadDict();
  Status CheckKeys(size_t first, size_t step) const;
  Status Extend(size_t start);
  Status LoadAppend();
  Status LoadAppends();
  Status SetItems(size_t start);
  Status LoadSetItem();
  Status LoadSetItems();
  Status LoadAddItems();
  Status ChangesOf(ValueId id, Changes*& out);

  // Imports, calls and objects of the loader (machine_objects.cc).
  Status PushGlobal(const PickleGraph::GlobalTexts& texts);
  Status LoadGlobal();
  Status LoadStackGlobal();
  Status LoadExtension();
  Status PushCall(const Call& call);
  Status CheckCallee(ValueId callee) const;
  Status CheckArgs(ValueId args) const;
  Status LoadReduce();
  Status LoadNewObj();
  Status LoadNewObjEx();
  Status LoadObj();
  Status LoadInst();
  Status LoadBuild();
  Status LoadPersIdLine();
  Status LoadPersId();

  // Stream (machine.cc).
  Status LoadProto();
  Status LoadFrame();
  Status LoadStop();

  const std::array<Handler, 256> handlers_ = HandlerTable();
  Window window_;
  Limits limits_;
  const AfterBuild* after_build_;
  Pickle pickle_;
  PickleGraph& graph_ = pickle_.graph;
  std::vector<ValueId> stack_;
  std::vector<size_t> marks_;  // stack sizes
  size_t fence_ = 0;           // the topmost of marks_, or 0: nothing below may be popped
  Memo memo_;
  const OpcodeInfo* op_ = nullptr;
  Argument arg_;
  uint32_t at_ = 0;       // position of the opcode being run
  uint64_t pos_ = 0;      // position of the next byte
  uint64_t skipped_ = 0;  // bytes of pickle_.gaps
  uint64_t frame_end_ = 0;
  uint64_t opcodes_ = 0;
  uint64_t nodes_ = 0;  // spent of Limits::pickle_nodes
  bool done_ = false;
};

}  // namespace weighlock::pickle

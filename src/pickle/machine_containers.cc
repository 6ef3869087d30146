// Handlers of the stack, the memo, and the containers that pickle itself knows.
#include "base/escape.h"
#include "pickle/machine.h"
#include "pickle/text_args.h"

namespace weighlock::pickle {
namespace {

// What a dict or set refuses as a key. (A tuple that holds one of these is not looked into.)
bool IsUnhashable(ValueKind kind) {
  return kind == ValueKind::kList || kind == ValueKind::kDict || kind == ValueKind::kSet ||
         kind == ValueKind::kByteArray;
}

// Whether only the loader knows what the value is, and so what can be done to it.
bool IsOpaque(ValueKind kind) {
  return kind == ValueKind::kGlobal || kind == ValueKind::kExtension || kind == ValueKind::kCall ||
         kind == ValueKind::kPersistentId || kind == ValueKind::kBuffer;
}

}  // namespace

Status Machine::LoadMark() {
  marks_.push_back(stack_.size());
  fence_ = stack_.size();
  return {};
}

Status Machine::LoadPop() {
  if (!marks_.empty() && marks_.back() == stack_.size()) {
    size_t start;
    return TakeMark(start);
  }
  WL_CHECKED(Need(1));
  Pop();
  return {};
}

Status Machine::LoadPopMark() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  stack_.resize(start);
  return {};
}

Status Machine::LoadDup() {
  stack_.push_back(stack_.back());
  return {};
}

Status Machine::Remember(uint64_t index) {
  WL_CHECKED(Need(1));
  memo_.Put(index, stack_.back());
  return {};
}

Status Machine::Recall(uint64_t index) {
  const ValueId value = memo_.Get(index);
  if (value == kNoValue) {
    return Fail(Code::kMalformed, fmt::format("wants memo slot {}, which is empty", index));
  }
  stack_.push_back(value);
  return {};
}

Status Machine::LoadPutLine() {
  const auto parsed = ParseMemoIndexLine(ViewOf(arg_.text));
  if (!parsed || !parsed->big.empty() || parsed->small < 0) {
    return Fail(Code::kMalformed,
                fmt::format("wants a memo index, got {}", Quote(ViewOf(arg_.text), 40)));
  }
  return Remember(static_cast<uint64_t>(parsed->small));
}

Status Machine::LoadGetLine() {
  const auto parsed = ParseMemoIndexLine(ViewOf(arg_.text));
  if (!parsed || !parsed->big.empty() || parsed->small < 0) {
    return Fail(Code::kMalformed,
                fmt::format("wants a memo index, got {}", Quote(ViewOf(arg_.text), 40)));
  }
  return Recall(static_cast<uint64_t>(parsed->small));
}

Status Machine::LoadPut() {
  return Remember(arg_.number);
}
Status Machine::LoadGet() {
  return Recall(arg_.number);
}
Status Machine::LoadMemoize() {
  return Remember(memo_.filled());
}

Status Machine::MakeTuple(size_t start, ValueKind kind) {
  Node node = NewNode(kind);
  node.text = {static_cast<uint32_t>(graph_.slots_.size()),
               static_cast<uint32_t>(stack_.size() - start)};
  if (graph_.slots_.size() + (stack_.size() - start) > UINT32_MAX) {
    return Fail(Code::kLimit, "makes tuples of more than 2^32 values in all");
  }
  graph_.slots_.insert(graph_.slots_.end(), stack_.begin() + static_cast<ptrdiff_t>(start),
                       stack_.end());
  stack_.resize(start);
  return Push(node);
}

Status Machine::LoadTupleToMark() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  return MakeTuple(start, ValueKind::kTuple);
}

Status Machine::LoadTupleOf() {
  return MakeTuple(stack_.size() - op_->pops, ValueKind::kTuple);
}

Status Machine::LoadFrozenSet() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  WL_CHECKED(CheckKeys(start, 1));
  return MakeTuple(start, ValueKind::kFrozenSet);
}

Status Machine::PushList(ValueKind kind, size_t start) {
  Node node = NewNode(kind);
  node.index = static_cast<uint32_t>(graph_.lists_.size());
  graph_.lists_.emplace_back(stack_.begin() + static_cast<ptrdiff_t>(start), stack_.end());
  stack_.resize(start);
  return Push(node);
}

Status Machine::LoadEmptyContainer() {
  const ValueKind kind = op_->op == Op::kEmptyList   ? ValueKind::kList
                         : op_->op == Op::kEmptyDict ? ValueKind::kDict
                                                     : ValueKind::kSet;
  return PushList(kind, stack_.size());
}

Status Machine::LoadList() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  return PushList(ValueKind::kList, start);
}

Status Machine::LoadDict() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  if ((stack_.size() - start) % 2 != 0) {
    return Fail(Code::kMalformed,
                fmt::format("wants keys with values, got {} items", stack_.size() - start));
  }
  WL_CHECKED(CheckKeys(start, 2));
  return PushList(ValueKind::kDict, start);
}

Status Machine::CheckKeys(size_t first, size_t step) const {
  for (size_t i = first; i < stack_.size(); i += step) {
    const ValueKind kind = graph_.kind(stack_[i]);
    if (IsUnhashable(kind)) {
      return Fail(Code::kMalformed,
                  fmt::format("wants keys that can be hashed, got {}", KindWord(kind)));
    }
  }
  return {};
}

Status Machine::ChangesOf(ValueId id, Changes*& out) {
  // A table entry costs several times a value: count it so, or a short stream fills the memory.
  static constexpr uint64_t kCost = 8;
  const auto [entry, added] = graph_.changes_.try_emplace(id);
  if (added) nodes_ += kCost;
  if (nodes_ > limits_.pickle_nodes) {
    return Fail(Code::kLimit, fmt::format("makes more than {} values", limits_.pickle_nodes));
  }
  out = &entry->second;
  return {};
}

// Appends what lies from `start` to the list below it.
Status Machine::Extend(size_t start) {
  if (start <= fence_) return Fail(Code::kMalformed, "wants a list below its items, none is there");
  if (start == stack_.size()) return {};
  const ValueId target = stack_[start - 1];
  const ValueKind kind = graph_.kind(target);
  std::vector<ValueId>* items = nullptr;
  if (kind == ValueKind::kList) {
    items = &graph_.lists_[graph_.node(target).index];
  } else if (IsOpaque(kind) || kind == ValueKind::kByteArray) {
    Changes* changes = nullptr;
    WL_CHECKED(ChangesOf(target, changes));
    items = &changes->appended;
  } else {
    return Fail(Code::kMalformed, fmt::format("wants a list to append to, got {}", KindWord(kind)));
  }
  items->insert(items->end(), stack_.begin() + static_cast<ptrdiff_t>(start), stack_.end());
  stack_.resize(start);
  return {};
}

Status Machine::LoadAppend() {
  return Extend(stack_.size() - 1);
}

Status Machine::LoadAppends() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  return Extend(start);
}

// Stores the pairs from `start` in the dict below them. A list takes them too, by index.
Status Machine::SetItems(size_t start) {
  if (start <= fence_) return Fail(Code::kMalformed, "wants a dict below its items, none is there");
  const size_t count = stack_.size() - start;
  if (count == 0) return {};
  if (count % 2 != 0) {
    return Fail(Code::kMalformed, fmt::format("wants keys with values, got {} items", count));
  }
  const ValueId target = stack_[start - 1];
  const ValueKind kind = graph_.kind(target);
  std::vector<ValueId>* items = nullptr;
  if (kind == ValueKind::kDict) {
    WL_CHECKED(CheckKeys(start, 2));
    items = &graph_.lists_[graph_.node(target).index];
  } else if (IsOpaque(kind) || kind == ValueKind::kList || kind == ValueKind::kByteArray) {
    Changes* changes = nullptr;
    WL_CHECKED(ChangesOf(target, changes));
    items = &changes->items;
  } else {
    return Fail(Code::kMalformed, fmt::format("wants a dict to store in, got {}", KindWord(kind)));
  }
  items->insert(items->end(), stack_.begin() + static_cast<ptrdiff_t>(start), stack_.end());
  stack_.resize(start);
  return {};
}

Status Machine::LoadSetItem() {
  return SetItems(stack_.size() - 2);
}

Status Machine::LoadSetItems() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  return SetItems(start);
}

Status Machine::LoadAddItems() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  if (start <= fence_) return Fail(Code::kMalformed, "wants a set below its items, none is there");
  if (start == stack_.size()) return {};
  const ValueId target = stack_[start - 1];
  const ValueKind kind = graph_.kind(target);
  std::vector<ValueId>* items = nullptr;
  if (kind == ValueKind::kSet) {
    WL_CHECKED(CheckKeys(start, 1));
    items = &graph_.lists_[graph_.node(target).index];
  } else if (IsOpaque(kind)) {
    Changes* changes = nullptr;
    WL_CHECKED(ChangesOf(target, changes));
    items = &changes->appended;
  } else {
    return Fail(Code::kMalformed, fmt::format("wants a set to add to, got {}", KindWord(kind)));
  }
  items->insert(items->end(), stack_.begin() + static_cast<ptrdiff_t>(start), stack_.end());
  stack_.resize(start);
  return {};
}

}  // namespace weighlock::pickle

// Handlers of imports, calls, and objects that only the loader can make; and the handler table.
#include <string>

#include "base/escape.h"
#include "pickle/machine.h"

namespace weighlock::pickle {
namespace {

bool IsAscii(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<uint8_t>(c) & 0x80) != 0) return false;
  }
  return true;
}

// Whether a value may turn out to be anything: the loader makes it.
bool MayBeAnything(ValueKind kind) {
  return kind == ValueKind::kCall || kind == ValueKind::kPersistentId ||
         kind == ValueKind::kExtension || kind == ValueKind::kGlobal || kind == ValueKind::kBuffer;
}

}  // namespace

Status Machine::PushGlobal(const PickleGraph::GlobalTexts& texts) {
  Node node = NewNode(ValueKind::kGlobal);
  node.index = static_cast<uint32_t>(graph_.globals_.size());
  graph_.globals_.push_back(texts);
  return Push(node);
}

Status Machine::LoadGlobal() {
  for (const Text text : {arg_.text, arg_.second}) {
    if (text.size == 0) {
      return Fail(Code::kMalformed, "wants a module and a name, a line is empty");
    }
    if (!IsUtf8(ViewOf(text))) {
      return Fail(Code::kMalformed, fmt::format("wants UTF-8, got {}", Quote(ViewOf(text), 40)));
    }
  }
  return PushGlobal({arg_.text, arg_.second, false, false, false});
}

Status Machine::LoadStackGlobal() {
  const ValueId name = Pop();
  const ValueId module = Pop();
  for (const ValueId id : {module, name}) {
    if (graph_.is_string(id)) continue;
    if (!MayBeAnything(graph_.kind(id))) {
      return Fail(Code::kMalformed,
                  fmt::format("wants two strings, got {}", KindWord(graph_.kind(id))));
    }
    Note(Oddity::Kind::kComputedImport, "STACK_GLOBAL imports a name that the stream computes");
    return PushGlobal({{module, 0}, {name, 0}, false, false, true});
  }
  const Node& m = graph_.node(module);
  const Node& n = graph_.node(name);
  return PushGlobal({m.text, n.text, m.decoded, n.decoded, false});
}

Status Machine::LoadExtension() {
  const auto code = static_cast<int64_t>(arg_.number);
  if (code <= 0) {
    return Fail(Code::kMalformed, fmt::format("wants a code above 0, got {}", code));
  }
  Node node = NewNode(ValueKind::kExtension);
  node.integer = code;
  return Push(node);
}

Status Machine::PushCall(const Call& call) {
  Node node = NewNode(ValueKind::kCall);
  node.index = static_cast<uint32_t>(graph_.calls_.size());
  graph_.calls_.push_back(call);
  return Push(node);
}

Status Machine::CheckCallee(ValueId callee) const {
  if (MayBeAnything(graph_.kind(callee))) return {};
  return Fail(Code::kMalformed,
              fmt::format("wants something to call, got {}", KindWord(graph_.kind(callee))));
}

Status Machine::CheckArgs(ValueId args) const {
  const ValueKind kind = graph_.kind(args);
  if (kind == ValueKind::kTuple || MayBeAnything(kind)) return {};
  return Fail(Code::kMalformed, fmt::format("wants a tuple of arguments, got {}", KindWord(kind)));
}

Status Machine::LoadReduce() {
  const ValueId args = Pop();
  const ValueId callee = Pop();
  WL_CHECKED(CheckCallee(callee));
  WL_CHECKED(CheckArgs(args));
  return PushCall({CallForm::kReduce, callee, args, kNoValue});
}

Status Machine::LoadNewObj() {
  const ValueId args = Pop();
  const ValueId callee = Pop();
  WL_CHECKED(CheckCallee(callee));
  WL_CHECKED(CheckArgs(args));
  return PushCall({CallForm::kNewObj, callee, args, kNoValue});
}

Status Machine::LoadNewObjEx() {
  const ValueId kwargs = Pop();
  const ValueId args = Pop();
  const ValueId callee = Pop();
  WL_CHECKED(CheckCallee(callee));
  WL_CHECKED(CheckArgs(args));
  const ValueKind kind = graph_.kind(kwargs);
  if (kind != ValueKind::kDict && !MayBeAnything(kind)) {
    return Fail(Code::kMalformed,
                fmt::format("wants a dict of keyword arguments, got {}", KindWord(kind)));
  }
  return PushCall({CallForm::kNewObjEx, callee, args, kwargs});
}

Status Machine::LoadObj() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  if (start == stack_.size()) return Fail(Code::kMalformed, "wants a class above the MARK");
  const ValueId callee = stack_[start];
  WL_CHECKED(CheckCallee(callee));
  WL_CHECKED(MakeTuple(start + 1, ValueKind::kTuple));
  const ValueId args = Pop();
  Pop();
  return PushCall({CallForm::kObj, callee, args, kNoValue});
}

Status Machine::LoadInst() {
  size_t start;
  WL_CHECKED(TakeMark(start));
  WL_CHECKED(LoadGlobal());
  if (!IsAscii(ViewOf(arg_.text)) || !IsAscii(ViewOf(arg_.second))) {
    return Fail(Code::kMalformed, "wants a module and a name in ASCII");
  }
  const ValueId callee = Pop();
  WL_CHECKED(MakeTuple(start, ValueKind::kTuple));
  const ValueId args = Pop();
  return PushCall({CallForm::kInst, callee, args, kNoValue});
}

Status Machine::LoadBuild() {
  const ValueId state = Pop();
  Changes* changes = nullptr;
  WL_CHECKED(ChangesOf(stack_.back(), changes));
  changes->states.push_back(state);
  return after_build_ == nullptr ? Status() : SkipWhatTheLoaderReads(stack_.back());
}

Status Machine::LoadPersIdLine() {
  if (!IsAscii(ViewOf(arg_.text))) {
    return Fail(Code::kMalformed,
                fmt::format("wants an id in ASCII, got {}", Quote(ViewOf(arg_.text), 40)));
  }
  WL_CHECKED(PushText(ValueKind::kStr, arg_.text, false));
  return LoadPersId();
}

Status Machine::LoadPersId() {
  Node node = NewNode(ValueKind::kPersistentId);
  node.index = Pop();
  return Push(node);
}

std::array<Machine::Handler, 256> Machine::HandlerTable() {
  using M = Machine;
  std::array<Handler, 256> table = {};
  const auto set = [&table](Handler handler, std::initializer_list<Op> ops) {
    for (const Op op : ops) table[static_cast<uint8_t>(op)] = handler;
  };
  set(&M::LoadNone, {Op::kNone});
  set(&M::LoadTrue, {Op::kNewtrue});
  set(&M::LoadFalse, {Op::kNewfalse});
  set(&M::LoadSmallInt, {Op::kBinint, Op::kBinint1, Op::kBinint2});
  set(&M::LoadIntLine, {Op::kInt});
  set(&M::LoadLongLine, {Op::kLong});
  set(&M::LoadLongBytes, {Op::kLong1, Op::kLong4});
  set(&M::LoadFloatLine, {Op::kFloat});
  set(&M::LoadBinFloat, {Op::kBinfloat});
  set(&M::LoadStringLine, {Op::kString});
  set(&M::LoadUnicodeLine, {Op::kUnicode});
  set(&M::LoadNarrow, {Op::kBinstring, Op::kShortBinstring});
  set(&M::LoadUnicode, {Op::kBinunicode, Op::kShortBinunicode, Op::kBinunicode8});
  set(&M::LoadBytes, {Op::kBinbytes, Op::kShortBinbytes, Op::kBinbytes8});
  set(&M::LoadByteArray, {Op::kBytearray8});
  set(&M::LoadNextBuffer, {Op::kNextBuffer});
  set(&M::LoadReadOnlyBuffer, {Op::kReadonlyBuffer});
  set(&M::LoadMark, {Op::kMark});
  set(&M::LoadPop, {Op::kPop});
  set(&M::LoadPopMark, {Op::kPopMark});
  set(&M::LoadDup, {Op::kDup});
  set(&M::LoadPutLine, {Op::kPut});
  set(&M::LoadGetLine, {Op::kGet});
  set(&M::LoadPut, {Op::kBinput, Op::kLongBinput});
  set(&M::LoadGet, {Op::kBinget, Op::kLongBinget});
  set(&M::LoadMemoize, {Op::kMemoize});
  set(&M::LoadTupleToMark, {Op::kTuple});
  set(&M::LoadTupleOf, {Op::kEmptyTuple, Op::kTuple1, Op::kTuple2, Op::kTuple3});
  set(&M::LoadFrozenSet, {Op::kFrozenset});
  set(&M::LoadEmptyContainer, {Op::kEmptyList, Op::kEmptyDict, Op::kEmptySet});
  set(&M::LoadList, {Op::kList});
  set(&M::LoadDict, {Op::kDict});
  set(&M::LoadAppend, {Op::kAppend});
  set(&M::LoadAppends, {Op::kAppends});
  set(&M::LoadSetItem, {Op::kSetitem});
  set(&M::LoadSetItems, {Op::kSetitems});
  set(&M::LoadAddItems, {Op::kAdditems});
  set(&M::LoadGlobal, {Op::kGlobal});
  set(&M::LoadStackGlobal, {Op::kStackGlobal});
  set(&M::LoadExtension, {Op::kExt1, Op::kExt2, Op::kExt4});
  set(&M::LoadReduce, {Op::kReduce});
  set(&M::LoadNewObj, {Op::kNewobj});
  set(&M::LoadNewObjEx, {Op::kNewobjEx});
  set(&M::LoadObj, {Op::kObj});
  set(&M::LoadInst, {Op::kInst});
  set(&M::LoadBuild, {Op::kBuild});
  set(&M::LoadPersIdLine, {Op::kPersid});
  set(&M::LoadPersId, {Op::kBinpersid});
  set(&M::LoadProto, {Op::kProto});
  set(&M::LoadFrame, {Op::kFrame});
  set(&M::LoadStop, {Op::kStop});
  return table;
}

}  // namespace weighlock::pickle

// Depth and length are bounded before anything is followed: a graph may be cyclic, and share parts
// without end.
#include "scan/pickle/pickle_text.h"

#include <fmt/format.h>

#include "base/escape.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

constexpr size_t kMostText = 200;
constexpr size_t kMostString = 120;
constexpr int kMostLevels = 4;
constexpr size_t kMostPath = 12;  // steps

std::string StringText(std::string_view prefix, std::string_view text) {
  std::string quoted = Escape(text.substr(0, kMostString));
  return fmt::format("{}'{}{}'", prefix, quoted, text.size() > kMostString ? "..." : "");
}

class Printer {
 public:
  explicit Printer(const PickleGraph& graph) : graph_(graph) {}

  std::string Print(ValueId id) {
    Value(id, 0);
    return std::move(out_);
  }

 private:
  bool IsFull() const { return out_.size() >= kMostText; }

  // Of a value without parts; false where it has some.
  bool Scalar(ValueId id) {
    switch (graph_.kind(id)) {
      case ValueKind::kNone:
        out_ += "None";
        return true;
      case ValueKind::kBool:
        out_ += graph_.boolean(id) ? "True" : "False";
        return true;
      case ValueKind::kInt:
        out_ += fmt::format("{}", graph_.integer(id));
        return true;
      case ValueKind::kBigInt:
        out_ += "<a big int>";
        return true;
      case ValueKind::kFloat:
        out_ += fmt::format("{}", graph_.number(id));
        return true;
      case ValueKind::kStr:
      case ValueKind::kNarrowStr:
        out_ += StringText("", graph_.text(id));
        return true;
      case ValueKind::kBytes:
      case ValueKind::kByteArray:
        out_ += StringText("b", graph_.text(id));
        return true;
      case ValueKind::kGlobal:
        out_ += ImportText(graph_, id);
        return true;
      case ValueKind::kExtension:
        out_ += fmt::format("<extension {}>", graph_.integer(id));
        return true;
      case ValueKind::kBuffer:
        out_ += "<a buffer>";
        return true;
      default:
        return false;
    }
  }

  // Levels are bounded, so recursion is.
  void Value(ValueId id, int level) {
    if (IsFull() || level > kMostLevels) {
      out_ += "...";
      return;
    }
    if (Scalar(id)) return;
    switch (graph_.kind(id)) {
      case ValueKind::kList:
        return Items("[", "]", id, level, 1);
      case ValueKind::kTuple:
        return Items("(", graph_.items(id).size() == 1 ? ",)" : ")", id, level, 1);
      case ValueKind::kDict:
        return Items("{", "}", id, level, 2);
      case ValueKind::kSet:
        return Items("{", "}", id, level, 1);
      case ValueKind::kFrozenSet:
        return Items("frozenset({", "})", id, level, 1);
      case ValueKind::kPersistentId:
        out_ += "<persistent ";
        Value(graph_.persistent_id(id), level + 1);
        out_ += ">";
        return;
      case ValueKind::kCall: {
        const pickle::Call call = graph_.call(id);
        Value(call.callee, level + 1);
        if (graph_.kind(call.args) != ValueKind::kTuple) out_ += "(*";
        Value(call.args, level + 1);
        if (graph_.kind(call.args) != ValueKind::kTuple) out_ += ")";
        return;
      }
      default:
        return;
    }
  }

  void Items(std::string_view open, std::string_view close, ValueId id, int level, size_t step) {
    out_ += open;
    const auto items = graph_.items(id);
    for (size_t i = 0; i + step <= items.size(); i += step) {
      if (i > 0) out_ += ", ";
      if (IsFull()) {
        out_ += "...";
        break;
      }
      Value(items[i], level + 1);
      if (step == 2) {
        out_ += ": ";
        Value(items[i + 1], level + 1);
      }
    }
    out_ += close;
  }

  const PickleGraph& graph_;
  std::string out_;
};

}  // namespace

std::string Repr(const PickleGraph& graph, ValueId id) {
  return Printer(graph).Print(id);
}

std::string ImportText(const PickleGraph& graph, ValueId id) {
  const pickle::Global global = graph.global(id);
  if (global.computed) return "a computed name";
  return fmt::format("{}.{}", Escape(global.module.substr(0, kMostString)),
                     Escape(global.name.substr(0, kMostString)));
}

ObjectPaths::ObjectPaths(const pickle::Pickle& pickle)
    : graph_(pickle.graph), root_(pickle.root), steps_(pickle.graph.size()) {
  if (root_ == pickle::kNoValue) return;
  std::vector<ValueId> waiting = {root_};
  for (size_t at = 0; at < waiting.size(); ++at) VisitParts(waiting[at], waiting);
}

void ObjectPaths::Visit(ValueId parent, ValueId child, uint32_t index, Step::Kind kind,
                        std::vector<ValueId>& waiting) {
  if (child == pickle::kNoValue || child == root_ || steps_[child].kind != Step::Kind::kNone)
    return;
  steps_[child] = {parent, index, kind};
  waiting.push_back(child);
}

void ObjectPaths::VisitParts(ValueId id, std::vector<ValueId>& waiting) {
  using Kind = Step::Kind;
  const auto all = [&](std::span<const ValueId> items, Kind kind) {
    for (uint32_t i = 0; i < items.size(); ++i) Visit(id, items[i], i, kind, waiting);
  };
  switch (graph_.kind(id)) {
    case ValueKind::kDict:
      for (uint32_t i = 0; i + 1 < graph_.items(id).size(); i += 2) {
        Visit(id, graph_.items(id)[i + 1], i, Kind::kValue, waiting);
        Visit(id, graph_.items(id)[i], i, Kind::kItem, waiting);
      }
      break;
    case ValueKind::kList:
    case ValueKind::kTuple:
    case ValueKind::kSet:
    case ValueKind::kFrozenSet:
      all(graph_.items(id), Kind::kItem);
      break;
    case ValueKind::kCall:
      Visit(id, graph_.call(id).callee, 0, Kind::kCallee, waiting);
      Visit(id, graph_.call(id).args, 0, Kind::kArgument, waiting);
      Visit(id, graph_.call(id).kwargs, 0, Kind::kArgument, waiting);
      break;
    case ValueKind::kPersistentId:
      Visit(id, graph_.persistent_id(id), 0, Kind::kArgument, waiting);
      break;
    default:
      break;
  }
  if (const pickle::Changes* changes = graph_.changes(id)) {
    all(changes->states, Kind::kState);
    all(changes->appended, Kind::kItem);
    all(changes->items, Kind::kAdded);
  }
}

std::string ObjectPaths::StepText(const Step& step) const {
  switch (step.kind) {
    case Step::Kind::kValue:
      return fmt::format("[{}]", Repr(graph_, graph_.items(step.parent)[step.index]));
    case Step::Kind::kItem:
      return fmt::format("[{}]", step.index);
    case Step::Kind::kCallee:
      return ".__class__";
    case Step::Kind::kArgument:
      return ".args";
    case Step::Kind::kState:
      return ".state";
    case Step::Kind::kAdded: {
      const auto& items = graph_.changes(step.parent)->items;
      return step.index % 2 == 1 ? fmt::format("[{}]", Repr(graph_, items[step.index - 1]))
                                 : fmt::format("[{}]", step.index / 2);
    }
    default:
      return {};
  }
}

std::string ObjectPaths::PathOf(ValueId id) const {
  if (id == root_) return "root";
  if (id >= steps_.size() || steps_[id].kind == Step::Kind::kNone) return {};
  std::vector<std::string> parts;
  ValueId at = id;
  while (at != root_ && parts.size() < kMostPath) {
    parts.push_back(StepText(steps_[at]));
    at = steps_[at].parent;
  }
  std::string path = at == root_ ? "root" : "root...";
  for (size_t i = parts.size(); i-- > 0;) path += parts[i];
  return path;
}

}  // namespace weighlock::scan

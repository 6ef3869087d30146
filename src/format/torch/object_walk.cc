// A depth-first walk with its own stack. Mappings, lists, tuples and modules are entered; what is
// neither a tensor nor one of these is described where it stands beside tensors, or at the top.
#include "format/torch/object_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "format/torch/numpy_arrays.h"
#include "format/torch/pickled_bytes.h"
#include "model/secrets.h"

namespace weighlock::torch {
namespace {

using pickle::Changes;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

constexpr uint8_t kLastWithoutFrames = 3;
constexpr size_t kMostExtras = 1000;
constexpr size_t kMostRepeatedKeys = 10;  // that are noted

struct Entry {
  std::string key;
  ValueId value;
};

// A container being walked.
struct Frame {
  ValueId id;
  std::string path;  // of the container itself; empty for the whole object
  std::vector<Entry> entries;
  size_t next = 0;
  bool names_leaves = false;  // whether its plain values are listed as extras
  uint64_t more_leaves = 0;   // plain values that have no entry
  bool is_reported = false;   // whether it is listed as an extra if it holds no tensor
  size_t tensors_before = 0;
};

class Walk {
 public:
  Walk(const pickle::Pickle& pickle, const Storages& storages, const Limits& limits, Model& model)
      : pickle_(pickle),
        graph_(pickle.graph),
        tensors_(pickle, storages),
        limits_(limits),
        model_(model),
        visits_left_(4 * (pickle.end - pickle.start) + 1000),
        name_bytes_left_(16 * (pickle.end - pickle.start) + (4u << 20)) {}

  Status Run() {
    WL_TRY(const bool is_tensor, AddTensor(pickle_.root, "tensor"));
    if (is_tensor) {
      NoteAttributes();
      return {};
    }
    if (!Enter(pickle_.root, {}, false)) {
      AddExtra({}, Describe(graph_, pickle_.root));
      return {};
    }
    while (!stack_.empty()) WL_CHECKED(Step());
    if (left_out_more_ > 0) {
      model_.left_out.push_back(fmt::format("... and {} more", left_out_more_));
    }
    NoteAttributes();
    if (extras_more_ > 0) {
      model_.extras.push_back(fmt::format("... and {} more", extras_more_));
    }
    return {};
  }

 private:
  Status Step() {
    Frame& top = stack_.back();
    if (top.next == top.entries.size()) {
      if (top.is_reported && model_.tensors.size() == top.tensors_before) {
        AddExtra(top.path, Describe(graph_, top.id));
      }
      if (top.names_leaves) extras_more_ += top.more_leaves;
      on_path_[top.id] = false;
      stack_.pop_back();
      return {};
    }
    const Entry entry = std::move(top.entries[top.next++]);
    const bool names_leaves = top.names_leaves;
    if (visits_left_ == 0) {
      return Error(Code::kLimit, "the object repeats its parts too often", pickle_.start);
    }
    --visits_left_;
    std::string path = top.path.empty() ? entry.key : fmt::format("{}.{}", top.path, entry.key);
    if (path.size() > name_bytes_left_) {
      return Error(Code::kLimit, "the names of the tensors are longer than the file explains",
                   pickle_.OffsetOf(entry.value));
    }
    name_bytes_left_ -= path.size();
    WL_TRY(const bool is_tensor, AddTensor(entry.value, path));
    if (is_tensor) return {};
    if (on_path_.size() > entry.value && on_path_[entry.value]) {
      return Error(Code::kMalformed, fmt::format("{} contains itself", Quote(path)),
                   pickle_.OffsetOf(entry.value));
    }
    if (stack_.size() >= limits_.pickle_depth) {
      return Error(Code::kLimit,
                   fmt::format("the object is nested more than {} deep", limits_.pickle_depth),
                   pickle_.OffsetOf(entry.value));
    }
    if (Enter(entry.value, path, names_leaves)) return {};
    if (names_leaves) AddExtra(path, Describe(graph_, entry.value));
    return {};
  }

  Result<bool> AddTensor(ValueId id, const std::string& name) {
    WL_TRY(TensorOutcome outcome, tensors_.Read(id));
    if (!outcome.is_tensor) return AddArray(id, name);
    if (!outcome.tensor) {
      AddTo(model_.left_out, left_out_more_, name, outcome.why_not);
      return true;
    }
    if (!outcome.extra.empty()) AddTo(model_.left_out, left_out_more_, name, outcome.extra);
    if (!outcome.attributes.empty() && attributes_++ == 0) {
      first_attributes_ = fmt::format("{} ({})", Quote(name), outcome.attributes);
    }
    outcome.tensor->name = name;
    model_.tensors.push_back(std::move(*outcome.tensor));
    return true;
  }

  // An array of numpy is a tensor whose bytes are kept here.
  Result<bool> AddArray(ValueId id, const std::string& name) {
    auto array = ReadNumpyArray(graph_, id);
    if (!array) return false;
    WL_TRY(const Extent data, HeldBytes(array->bytes));
    Tensor& tensor = array->tensor;
    if (data.size != tensor.data.size) {
      return Error(Code::kMalformed,
                   fmt::format("array {} of shape {} wants {} bytes, it has {}", Quote(name),
                               ShapeText(tensor.shape), tensor.data.size, data.size),
                   pickle_.OffsetOf(id));
    }
    tensor.name = name;
    tensor.data = data;
    tensor.is_held = true;
    tensor.storage = UINT64_MAX - data.offset;  // a number that no storage has
    model_.tensors.push_back(std::move(tensor));
    return true;
  }

  // Where the bytes of a value are held; each value's once.
  Result<Extent> HeldBytes(ValueId id) {
    const auto [known, is_new] = held_.try_emplace(id);
    if (is_new) {
      const auto bytes = PickledBytes(graph_, id);
      if (!bytes) return known->second;
      WL_TRY(const uint64_t offset, Hold(pickle_, *bytes, model_));
      known->second = {offset, bytes->size()};
    }
    return known->second;
  }

  void NoteAttributes() {
    if (attributes_ == 0) return;
    model_.notes.push_back(
        fmt::format("tensors with attributes that a program hung on them: {}, the first {}; only a "
                    "pickle keeps them",
                    attributes_, first_attributes_));
  }

  void AddExtra(const std::string& name, const std::string& text) {
    AddTo(model_.extras, extras_more_, name, text);
  }

  // Appends a line to a list, or counts it where the list is long enough.
  static void AddTo(std::vector<std::string>& list, uint64_t& more, const std::string& name,
                    const std::string& text) {
    if (list.size() >= kMostExtras) {
      ++more;
      return;
    }
    const std::string where = name.empty() ? "the whole object" : Escape(name);
    list.push_back(fmt::format("{}: {}", where, text));
  }

  // Starts on a container. False where the value is none that is looked into.
  bool Enter(ValueId id, const std::string& path, bool is_reported) {
    Frame frame{.id = id, .path = path, .entries = {}};
    frame.tensors_before = model_.tensors.size();
    frame.is_reported = is_reported;
    const ValueKind kind = graph_.kind(id);
    if (kind == ValueKind::kList || kind == ValueKind::kTuple) {
      EnterItems(graph_.items(id), frame);
    } else if (kind == ValueKind::kDict) {
      EnterPairs(graph_.items(id), frame);
      frame.names_leaves = stack_.empty() || HoldsTensor(frame);
    } else if (kind != ValueKind::kCall || !EnterObject(id, frame)) {
      return false;
    }
    if (on_path_.empty()) on_path_.resize(graph_.size());
    on_path_[id] = true;
    stack_.push_back(std::move(frame));
    return true;
  }

  // A container that is entered often is paid for each time; Step() sees that nothing is left.
  void Spend(uint64_t visits) { visits_left_ -= std::min(visits_left_, visits); }

  // Of lists only what may hold tensors: they may be long lists of numbers.
  void EnterItems(std::span<const ValueId> items, Frame& frame) {
    Spend(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      const ValueKind kind = graph_.kind(items[i]);
      if (kind == ValueKind::kList || kind == ValueKind::kTuple || kind == ValueKind::kDict ||
          kind == ValueKind::kCall) {
        frame.entries.push_back({std::to_string(i), items[i]});
      }
    }
  }

  // Whether the value, or something in it, is more than plain: one look into it, no further.
  bool MayHoldTensor(ValueId id) const {
    const auto is_plain = [&](ValueId of) {
      const ValueKind kind = graph_.kind(of);
      return kind != ValueKind::kCall && kind != ValueKind::kPersistentId &&
             kind != ValueKind::kList && kind != ValueKind::kTuple && kind != ValueKind::kDict;
    };
    if (is_plain(id)) return false;
    const ValueKind kind = graph_.kind(id);
    if (kind == ValueKind::kCall || kind == ValueKind::kPersistentId) return true;
    const auto items = graph_.items(id);
    return !std::all_of(items.begin(), items.end(), is_plain);
  }

  void EnterPairs(std::span<const ValueId> items, Frame& frame) {
    Spend(items.size());
    bool has_parts = false;
    for (size_t i = 1; i < items.size() && !has_parts; i += 2) has_parts = MayHoldTensor(items[i]);
    std::map<std::string, size_t> index;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      if (!has_parts && frame.entries.size() >= kMostExtras) {
        // Plain values beyond those that are listed: only their number counts.
        frame.more_leaves = (items.size() - i) / 2;
        return;
      }
      AddEntry(items[i], items[i + 1], index, frame);
    }
  }

  // As a dict does it: of equal keys the first keeps its place, and the last its value.
  void AddEntry(ValueId key, ValueId value, std::map<std::string, size_t>& index, Frame& frame) {
    std::string text;
    if (graph_.is_string(key)) {
      text = std::string(graph_.text(key));
    } else if (graph_.kind(key) == ValueKind::kInt) {
      text = std::to_string(graph_.integer(key));
    } else {
      text = fmt::format("<{}>", Describe(graph_, key));
    }
    const auto [entry, added] = index.try_emplace(text, frame.entries.size());
    if (added) {
      frame.entries.push_back({std::move(text), value});
      return;
    }
    frame.entries[entry->second].value = value;
    if (++repeated_keys_ > kMostRepeatedKeys) return;
    model_.notes.push_back(fmt::format("the key {} is there twice: the later value counts",
                                       Quote(frame.path.empty() ? text : frame.path + "." + text)));
  }

  bool HoldsTensor(const Frame& frame) const {
    for (const Entry& entry : frame.entries) {
      const auto outcome = tensors_.Read(entry.value);
      if ((outcome && outcome->is_tensor) || ReadNumpyArray(graph_, entry.value)) return true;
    }
    return false;
  }

  // Mappings that are classes, modules, and the objects of TorchScript.
  bool EnterObject(ValueId id, Frame& frame) {
    const pickle::Call call = graph_.call(id);
    const std::string name = CalleeName(graph_, call.callee);
    const Changes* changes = graph_.changes(id);
    if (name == "collections.OrderedDict" || name == "collections.defaultdict" ||
        name == "collections.Counter") {
      EnterMappingArgs(call.args, frame);
      if (changes != nullptr) EnterPairs(changes->items, frame);
      frame.names_leaves = stack_.empty() || HoldsTensor(frame);
      return true;
    }
    if (changes == nullptr || changes->states.size() != 1 ||
        graph_.kind(changes->states[0]) != ValueKind::kDict) {
      return false;
    }
    const auto state = graph_.items(changes->states[0]);
    if (name.starts_with("__torch__.")) {
      EnterPairs(state, frame);
      return true;
    }
    return EnterModule(name, state, frame);
  }

  // OrderedDict([[key, value], ...]), as Python 2 wrote it.
  void EnterMappingArgs(ValueId args, Frame& frame) {
    if (graph_.kind(args) != ValueKind::kTuple || graph_.items(args).size() != 1) return;
    const ValueId list = graph_.items(args)[0];
    if (graph_.kind(list) == ValueKind::kDict) EnterPairs(graph_.items(list), frame);
    if (graph_.kind(list) != ValueKind::kList) return;
    std::map<std::string, size_t> index;
    for (const ValueId pair : graph_.items(list)) {
      const bool fits =
          (graph_.kind(pair) == ValueKind::kList || graph_.kind(pair) == ValueKind::kTuple) &&
          graph_.items(pair).size() == 2;
      if (fits) AddEntry(graph_.items(pair)[0], graph_.items(pair)[1], index, frame);
    }
  }

  // The value of a string key, or kNoValue.
  ValueId Attribute(std::span<const ValueId> state, std::string_view key) const {
    for (size_t i = 0; i + 1 < state.size(); i += 2) {
      if (graph_.is_string(state[i]) && graph_.text(state[i]) == key) return state[i + 1];
    }
    return pickle::kNoValue;
  }

  // A pickled torch.nn.Module: parameters, buffers and child modules, as its state_dict has them.
  bool EnterModule(const std::string& name, std::span<const ValueId> state, Frame& frame) {
    const ValueId parameters = Attribute(state, "_parameters");
    const ValueId buffers = Attribute(state, "_buffers");
    const ValueId modules = Attribute(state, "_modules");
    if (parameters == pickle::kNoValue || buffers == pickle::kNoValue ||
        modules == pickle::kNoValue) {
      return false;
    }
    const size_t had = frame.entries.size();
    for (const ValueId part : {parameters, buffers, modules}) {
      if (graph_.kind(part) == ValueKind::kDict) EnterPairs(graph_.items(part), frame);
      const Changes* changes = graph_.changes(part);
      if (graph_.kind(part) == ValueKind::kCall && changes != nullptr) {
        EnterPairs(changes->items, frame);
      }
    }
    const ValueId hidden = Attribute(state, "_non_persistent_buffers_set");
    if (hidden != pickle::kNoValue && graph_.kind(hidden) == ValueKind::kSet) {
      DropEntries(graph_.items(hidden), frame);
    }
    if (stack_.empty()) {
      model_.notes.push_back(fmt::format(
          "a whole module of class {} was saved, with {} parts: its code is not in the file",
          Quote(name), frame.entries.size() - had));
    }
    return true;
  }

  void DropEntries(std::span<const ValueId> keys, Frame& frame) const {
    std::vector<std::string_view> dropped;
    for (const ValueId key : keys) {
      if (graph_.is_string(key)) dropped.push_back(graph_.text(key));
    }
    std::sort(dropped.begin(), dropped.end());
    std::erase_if(frame.entries, [&dropped](const Entry& entry) {
      return std::binary_search(dropped.begin(), dropped.end(), entry.key);
    });
  }

  const pickle::Pickle& pickle_;
  const PickleGraph& graph_;
  TensorReader tensors_;
  const Limits& limits_;
  Model& model_;
  std::vector<Frame> stack_;
  std::vector<bool> on_path_;
  uint64_t visits_left_;
  uint64_t name_bytes_left_;
  uint64_t attributes_ = 0;  // tensors that have some
  std::string first_attributes_;
  uint64_t extras_more_ = 0, left_out_more_ = 0;  // lines beyond kMostExtras
  uint64_t repeated_keys_ = 0;
  std::map<ValueId, Extent> held_;  // in Model::held
};

// Wherever they stand: what a call was given is not walked, and may hold them too.
void FindSecrets(const PickleGraph& graph, std::vector<std::string>& secrets) {
  constexpr size_t kMost = 100;
  const auto look = [&](std::span<const ValueId> items) {
    for (size_t i = 0; i + 1 < items.size() && secrets.size() < kMost; i += 2) {
      if (!graph.is_string(items[i]) || !graph.is_string(items[i + 1])) continue;
      if (!IsSecret(graph.text(items[i]), graph.text(items[i + 1]))) continue;
      secrets.emplace_back(graph.text(items[i]));
    }
  };
  for (ValueId id = 0; id < graph.size(); ++id) {
    if (graph.kind(id) == ValueKind::kDict) look(graph.items(id));
    if (const Changes* changes = graph.changes(id)) look(changes->items);
  }
}

std::string DescribeObject(const PickleGraph& graph, ValueId id) {
  const std::string name = CalleeName(graph, graph.call(id).callee);
  if (name.empty()) return "an object of a computed class";
  const Changes* changes = graph.changes(id);
  size_t attributes = 0;
  if (changes != nullptr && changes->states.size() == 1 &&
      graph.kind(changes->states[0]) == ValueKind::kDict) {
    attributes = graph.items(changes->states[0]).size() / 2;
  }
  const size_t items = changes == nullptr ? 0 : changes->items.size() / 2;
  std::string text = fmt::format("object {}", Escape(name));
  if (attributes > 0) text += fmt::format(" with {} attributes", attributes);
  if (items > 0) text += fmt::format(" of {} items", items);
  return text;
}

}  // namespace

std::string Describe(const PickleGraph& graph, ValueId id) {
  const ValueKind kind = graph.kind(id);
  const std::string_view word = pickle::KindWord(kind);
  switch (kind) {
    case ValueKind::kNone:
      return "None";
    case ValueKind::kBool:
      return fmt::format("bool {}", graph.boolean(id) ? "True" : "False");
    case ValueKind::kInt:
      return fmt::format("int {}", graph.integer(id));
    case ValueKind::kBigInt:
      return fmt::format("int of {} bytes", graph.text(id).size());
    case ValueKind::kFloat:
      return fmt::format("float {}", graph.number(id));
    case ValueKind::kStr:
    case ValueKind::kNarrowStr:
      return fmt::format("str {}", Quote(graph.text(id), 60));
    case ValueKind::kBytes:
    case ValueKind::kByteArray:
      return fmt::format("{} of {}", word, graph.text(id).size());
    case ValueKind::kDict:
      return fmt::format("dict of {}", graph.items(id).size() / 2);
    case ValueKind::kList:
    case ValueKind::kTuple:
    case ValueKind::kSet:
    case ValueKind::kFrozenSet:
      return fmt::format("{} of {}", word, graph.items(id).size());
    case ValueKind::kGlobal:
      return fmt::format("name {}", Escape(CalleeName(graph, id)));
    case ValueKind::kCall:
      return DescribeObject(graph, id);
    default:
      return std::string(word);
  }
}

Status WalkObject(const pickle::Pickle& pickle, const Storages& storages, const Limits& limits,
                  Model& model) {
  WL_CHECKED(Walk(pickle, storages, limits, model).Run());
  std::vector<const std::string*> names;
  for (const Tensor& tensor : model.tensors) names.push_back(&tensor.name);
  const auto less = [](const std::string* a, const std::string* b) { return *a < *b; };
  std::sort(names.begin(), names.end(), less);
  const auto same = [](const std::string* a, const std::string* b) { return *a == *b; };
  if (const auto twice = std::adjacent_find(names.begin(), names.end(), same);
      twice != names.end()) {
    return Error(Code::kMalformed, fmt::format("two tensors are called {}", Quote(**twice)));
  }
  for (const pickle::Oddity& oddity : pickle.oddities) {
    model.notes.push_back(fmt::format("pickle +0x{:x}: {}", oddity.offset, oddity.text));
  }
  FindSecrets(pickle.graph, model.secrets);
  if (pickle.protocol > kLastWithoutFrames) {
    model.notes.push_back(fmt::format("pickle protocol {}", pickle.protocol));
  }
  model.globals.insert(model.globals.end(), pickle.globals.begin(), pickle.globals.end());
  std::sort(model.globals.begin(), model.globals.end());
  model.globals.erase(std::unique(model.globals.begin(), model.globals.end()), model.globals.end());
  return {};
}

}  // namespace weighlock::torch

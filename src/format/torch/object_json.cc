// Written with a stack of its own. A container or call is written once; where it stands again, a
// reference says so.
#include "format/torch/object_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "base/escape.h"
#include "codec/base64.h"
#include "format/torch/object_tensors.h"
#include "format/torch/shared_values.h"
#include "json/json_writer.h"
#include "model/secrets.h"
#include "pickle/names.h"

namespace weighlock {
namespace {

using pickle::Call;
using pickle::Changes;
using pickle::Global;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;
using torch::TorchObject;
using Ids = std::span<const ValueId>;

// What is still to be written.
struct Task {
  enum class Op : uint8_t {
    kValue,    // of `id`
    kKey,      // `text`
    kItems,    // an array of `items`
    kPairs,    // an array of arrays, each of two of `items`
    kMembers,  // an object: `items` are string keys and values
    kEndArray,
    kEndObject,
  };
  Op op;
  ValueId id = pickle::kNoValue;
  Ids items{};
  std::string text{};   // kKey; else the path of the value in the object
  size_t next = 0;      // of `items`
  bool hidden = false;  // a secret that is not written
};

// Values left out that are listed; one that repeats without end tells nothing new.
constexpr size_t kMostLeftOut = 1000;

bool IsScalar(ValueKind kind) {
  return kind == ValueKind::kNone || kind == ValueKind::kBool || kind == ValueKind::kInt ||
         kind == ValueKind::kFloat;
}

// Shortest digits that read back as the same number, and as no integer.
std::string FloatText(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

class ObjectWriter {
 public:
  ObjectWriter(const TorchObject& object, const ObjectJsonOptions& options, const Limits& limits,
               ObjectJson& out)
      : object_(object),
        graph_(object.pickle.graph),
        options_(options),
        limits_(limits),
        tensors_(object),
        out_(out),
        most_text_(16 * (object.pickle.end - object.pickle.start) + (1u << 20)),
        named_(object, out.model.tensors) {}

  Status Run() {
    WL_TRY(shared_, torch::FindShared(object_, tensors_));
    json_.BeginObject().Key("schema").String("weighlock-object/1");
    json_.Key("source").String(Printable(options_.source_name));
    json_.Key("format").String(object_.model.format);
    json_.Key("object");
    stack_.push_back({Task::Op::kValue, object_.pickle.root});
    while (!stack_.empty()) {
      WL_CHECKED(Step());
      if (json_.size() <= most_text_) continue;
      return Error(Code::kLimit, "the object repeats its strings too often", object_.pickle.start);
    }
    json_.Key("tensors");
    if (out_.model.tensors.empty()) {
      json_.Null();
    } else {
      json_.String(Printable(options_.tensors_name));
    }
    json_.EndObject();
    out_.text = std::move(json_).Finish();
    return {};
  }

 private:
  static std::string Printable(const std::string& name) {
    return IsUtf8(name) ? name : Escape(name);
  }

  static std::string Join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }

  // In the order in which they are to be written.
  Status Push(std::vector<Task> tasks) {
    if (stack_.size() >= size_t{4} * limits_.pickle_depth) {
      return Error(Code::kLimit,
                   fmt::format("the object is nested more than {} deep", limits_.pickle_depth),
                   object_.pickle.start);
    }
    stack_.insert(stack_.end(), std::make_move_iterator(tasks.rbegin()),
                  std::make_move_iterator(tasks.rend()));
    return {};
  }

  Status Step() {
    Task& top = stack_.back();
    const bool is_run =
        top.op == Task::Op::kItems || top.op == Task::Op::kPairs || top.op == Task::Op::kMembers;
    if (is_run) {
      if (top.next == 0) BeginRun(top);
      if (top.next < top.items.size()) return Next(top);
      const bool is_object = top.op == Task::Op::kMembers;
      stack_.pop_back();
      if (is_object) {
        json_.EndObject();
      } else {
        json_.EndArray();
      }
      return {};
    }
    const Task task = std::move(top);
    stack_.pop_back();
    if (task.op == Task::Op::kValue) return task.hidden ? Hidden() : Value(task.id, task.text);
    if (task.op == Task::Op::kKey) json_.Key(task.text);
    if (task.op == Task::Op::kEndArray) json_.EndArray();
    if (task.op == Task::Op::kEndObject) json_.EndObject();
    return {};
  }

  void BeginRun(const Task& task) {
    if (task.op == Task::Op::kMembers) {
      json_.BeginObject();
      return;
    }
    // Numbers on one line, as a list of them is best read.
    const bool numbers = task.op == Task::Op::kItems &&
                         std::all_of(task.items.begin(), task.items.end(),
                                     [&](ValueId id) { return IsScalar(graph_.kind(id)); });
    json_.BeginArray(numbers);
  }

  // The path of what stands inside `around`. Plain values need none, and have none: a long key
  // around many of them would otherwise be copied for each.
  Result<std::string> PathOf(ValueId value, const std::string& around, std::string_view key) {
    if (!torch::IsPart(graph_.kind(value))) return std::string();
    std::string path = Join(around, key);
    if (path.size() > path_bytes_left_) {
      return Error(Code::kLimit, "the names in the object are longer than the file explains",
                   object_.pickle.OffsetOf(value));
    }
    path_bytes_left_ -= path.size();
    return path;
  }

  // One item, pair or member of a run.
  Status Next(Task& task) {
    if (task.op == Task::Op::kItems) {
      const size_t i = task.next++;
      WL_TRY(std::string path, PathOf(task.items[i], task.text, std::to_string(i)));
      return Push({{Task::Op::kValue, task.items[i], {}, std::move(path)}});
    }
    const bool is_member = task.op == Task::Op::kMembers;
    const ValueId key = task.items[task.next], value = task.items[task.next + 1];
    task.next += 2;
    const std::string name = KeyText(key);
    WL_TRY(const std::string path, PathOf(value, task.text, name));
    Task write{Task::Op::kValue, value, {}, path, 0, IsHidden(name, value, task.text)};
    if (is_member) {
      json_.Key(name);
      return Push({std::move(write)});
    }
    json_.BeginArray();
    return Push({{Task::Op::kValue, key, {}, path}, std::move(write), {Task::Op::kEndArray}});
  }

  std::string KeyText(ValueId key) const {
    if (graph_.is_string(key)) return std::string(graph_.text(key));
    if (graph_.kind(key) == ValueKind::kInt) return std::to_string(graph_.integer(key));
    return "?";
  }

  // Whether the value is a secret that is not to be written. Notes where it stands.
  bool IsHidden(const std::string& name, ValueId value, const std::string& around) {
    if (!graph_.is_string(value) || !IsSecret(name, graph_.text(value))) return false;
    out_.secrets.push_back(Join(around, name));
    return !options_.keep_secrets;
  }

  Status Hidden() {
    json_.BeginObject().Key("$").String("redacted").EndObject();
    return {};
  }

  // What a value would need to be loaded that may not stay; empty where nothing is.
  std::string WhatMayNotStay(ValueId id) const {
    if (!options_.may_stay) return {};
    switch (graph_.kind(id)) {
      case ValueKind::kGlobal: {
        const Global global = graph_.global(id);
        if (global.computed) return "a name that the stream makes at run time";
        const pickle::QualifiedName name = pickle::ModernName(global.module, global.name);
        if (options_.may_stay(name.module, name.name)) return {};
        return fmt::format("{}.{}", Escape(name.module), Escape(name.name));
      }
      case ValueKind::kCall:
        if (graph_.kind(graph_.call(id).callee) == ValueKind::kGlobal) {
          return WhatMayNotStay(graph_.call(id).callee);
        }
        return "a call of what another call returned";
      case ValueKind::kPersistentId:
        return object_.storages.View(id) == nullptr ? "an object of the loader's own" : "";
      case ValueKind::kExtension:
        return "an extension of the copyreg registry";
      case ValueKind::kBuffer:
        return "a buffer outside of the file";
      default:
        return {};
    }
  }

  Status Value(ValueId id, const std::string& path) {
    if (std::string what = WhatMayNotStay(id); !what.empty()) {
      if (out_.left_out.size() < kMostLeftOut) out_.left_out.push_back({path, std::move(what)});
      json_.Null();
      return {};
    }
    switch (graph_.kind(id)) {
      case ValueKind::kNone:
        json_.Null();
        return {};
      case ValueKind::kBool:
        json_.Bool(graph_.boolean(id));
        return {};
      case ValueKind::kInt:
        json_.Number(std::to_string(graph_.integer(id)));
        return {};
      case ValueKind::kFloat:
        Float(graph_.number(id));
        return {};
      case ValueKind::kStr:
      case ValueKind::kNarrowStr:
        String(id);
        return {};
      case ValueKind::kBigInt:
        Encoded("int", id);
        return {};
      case ValueKind::kBytes:
        Encoded("bytes", id);
        return {};
      case ValueKind::kGlobal:
        GlobalName(graph_.global(id));
        return {};
      case ValueKind::kExtension:
      case ValueKind::kBuffer:
        json_.BeginObject().Key("$").String(graph_.kind(id) == ValueKind::kBuffer ? "buffer"
                                                                                  : "extension");
        json_.Key("number").Number(std::to_string(graph_.integer(id))).EndObject();
        return {};
      default:
        return Part(id, path);
    }
  }

  void Float(double value) {
    if (std::isfinite(value)) {
      json_.Number(FloatText(value));
      return;
    }
    json_.BeginObject().Key("$").String("float");
    json_.Key("value").String(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    if (std::isnan(value)) {
      json_.Key("bits").String(fmt::format("{:016x}", std::bit_cast<uint64_t>(value)));
    }
    json_.EndObject();
  }

  // What Python 3 makes of a narrow string of ASCII is a string.
  void String(ValueId id) {
    const std::string_view text = graph_.text(id);
    const bool narrow = graph_.kind(id) == ValueKind::kNarrowStr;
    const bool ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
    if (narrow ? ascii : IsUtf8(text)) {
      json_.String(text);
    } else {
      Encoded(narrow ? "narrow_str" : "str", id);
    }
  }

  void Encoded(std::string_view kind, ValueId id) {
    json_.BeginObject().Key("$").String(kind);
    json_.Key("base64").String(Base64(AsBytes(graph_.text(id)))).EndObject();
  }

  void GlobalName(const Global& global) {
    json_.BeginObject().Key("$").String("global");
    if (global.computed) {
      json_.Key("computed").Bool(true);
    } else {
      json_.Key("module").String(Printable(std::string(global.module)));
      json_.Key("name").String(Printable(std::string(global.name)));
    }
    json_.EndObject();
  }

  // A value that others may share.
  Status Part(ValueId id, const std::string& path) {
    size_t number = 0;
    if (shared_[id]) {
      const auto [known, is_new] = numbers_.try_emplace(id, numbers_.size() + 1);
      number = known->second;
      if (!is_new) {
        json_.BeginObject().Key("$").String("ref").Key("number").Uint(number).EndObject();
        return {};
      }
    }
    WL_TRY(const auto tensor, tensors_.Read(id));
    if (tensor) {
      PlainTensor(*tensor, id, number, path);
      return {};
    }
    const bool is_plain = number == 0 && graph_.changes(id) == nullptr;
    if (is_plain && graph_.kind(id) == ValueKind::kList) {
      return Push({{Task::Op::kItems, id, graph_.items(id), path}});
    }
    if (is_plain && graph_.kind(id) == ValueKind::kDict && HasPlainKeys(graph_.items(id))) {
      return Push({{Task::Op::kMembers, id, graph_.items(id), path}});
    }
    return Tagged(id, number, path);
  }

  // Keys that JSON has too: distinct strings, none of them mistaken for our tags.
  bool HasPlainKeys(Ids items) const {
    std::vector<std::string_view> keys;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      if (graph_.kind(items[i]) != ValueKind::kStr) return false;
      const std::string_view key = graph_.text(items[i]);
      if (key.starts_with('$') || !IsUtf8(key)) return false;
      keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
  }

  Status Tagged(ValueId id, size_t number, const std::string& path) {
    std::vector<Task> tasks;
    const auto add = [&](std::string key, Task task) {
      tasks.push_back({Task::Op::kKey, pickle::kNoValue, {}, std::move(key)});
      tasks.push_back(std::move(task));
    };
    const auto value = [&](ValueId of) { return Task{Task::Op::kValue, of, {}, path}; };
    const auto run = [&](Task::Op op, Ids items) {
      return Task{op, pickle::kNoValue, items, path};
    };
    json_.BeginObject().Key("$").String(TagOf(graph_.kind(id)));
    if (number > 0) json_.Key("number").Uint(number);
    switch (graph_.kind(id)) {
      case ValueKind::kDict:
        add("items", run(Task::Op::kPairs, graph_.items(id)));
        break;
      case ValueKind::kByteArray:
        json_.Key("base64").String(Base64(AsBytes(graph_.text(id))));
        break;
      case ValueKind::kPersistentId:
        if (const torch::StorageView* view = object_.storages.View(id)) {
          json_.Key("tensor").String(named_.AddStorage(*view, path));
        }
        add("id", value(graph_.persistent_id(id)));
        break;
      case ValueKind::kCall: {
        const Call call = graph_.call(id);
        if (call.form != pickle::CallForm::kReduce) {
          json_.Key("form").String(pickle::CallFormWord(call.form));
        }
        add("function", value(call.callee));
        const bool is_plain = graph_.kind(call.args) == ValueKind::kTuple && !shared_[call.args] &&
                              graph_.changes(call.args) == nullptr;
        if (is_plain) {
          add("args", run(Task::Op::kItems, graph_.items(call.args)));
        } else {
          add("args_value", value(call.args));
        }
        if (call.kwargs != pickle::kNoValue) add("kwargs", value(call.kwargs));
        break;
      }
      default:
        add("items", run(Task::Op::kItems, graph_.items(id)));
    }
    if (const Changes* changes = graph_.changes(id)) {
      if (!changes->appended.empty()) add("appended", run(Task::Op::kItems, changes->appended));
      if (!changes->items.empty()) add("set_items", run(Task::Op::kPairs, changes->items));
      if (changes->states.size() == 1) add("state", value(changes->states[0]));
      if (changes->states.size() > 1) add("states", run(Task::Op::kItems, changes->states));
    }
    tasks.push_back({Task::Op::kEndObject});
    return Push(std::move(tasks));
  }

  static std::string_view TagOf(ValueKind kind) {
    switch (kind) {
      case ValueKind::kList:
        return "list";
      case ValueKind::kTuple:
        return "tuple";
      case ValueKind::kDict:
        return "dict";
      case ValueKind::kSet:
        return "set";
      case ValueKind::kFrozenSet:
        return "frozenset";
      case ValueKind::kByteArray:
        return "bytearray";
      case ValueKind::kPersistentId:
        return "persistent_id";
      default:
        return "call";
    }
  }

  void PlainTensor(Tensor tensor, ValueId id, size_t number, const std::string& path) {
    json_.BeginObject().Key("$").String("tensor");
    if (number > 0) json_.Key("number").Uint(number);
    json_.Key("name").String(named_.Add(std::move(tensor), path));
    const Ids args = graph_.items(graph_.call(id).args);
    if (args.size() > 4 && graph_.kind(args[4]) == ValueKind::kBool && graph_.boolean(args[4])) {
      json_.Key("requires_grad").Bool(true);
    }
    if (const std::string_view location = named_.LocationOf(args[0]); location != "cpu") {
      json_.Key("location").String(location);
    }
    json_.EndObject();
  }

  const TorchObject& object_;
  const PickleGraph& graph_;
  const ObjectJsonOptions& options_;
  const Limits& limits_;
  torch::PlainTensors tensors_;
  ObjectJson& out_;
  uint64_t most_text_;  // bytes; strings may be written as often as they are used
  uint64_t path_bytes_left_ = most_text_;
  JsonWriter json_;
  std::vector<Task> stack_;
  std::vector<bool> shared_;
  std::map<ValueId, size_t> numbers_;  // of shared values that have been written
  torch::ObjectTensors named_;
};

}  // namespace

Result<ObjectJson> ReadObjectJson(const ByteSource& source, const ObjectJsonOptions& options,
                                  const Limits& limits) {
  WL_TRY(TorchObject object, torch::ReadTorchObject(source, limits));
  ObjectJson out;
  Status written = ObjectWriter(object, options, limits, out).Run();
  if (!written && !object.record.empty()) return std::move(written).error().In(object.record);
  if (!written) return std::move(written).error();
  out.model.format = object.model.format;
  out.model.notes = std::move(object.model.notes);
  out.model.checksums = std::move(object.model.checksums);
  out.model.held = std::move(object.model.held);
  return out;
}

}  // namespace weighlock

// Every value becomes a run of opcodes and of values inside it, on a stack of our own.
#include "format/torch/object_pickle.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/escape.h"
#include "codec/base64.h"
#include "format/torch/state_dict_pickle.h"
#include "pickle/pickle_writer.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;
using Opcode = void (PickleWriter::*)();

constexpr size_t kItemsPerBatch = 1000;  // as CPython's pickler
constexpr std::string_view kTag = "$";

// What is still to be written: a value, an opcode, or a number for the top of the stack.
struct Task {
  const JsonValue* value = nullptr;
  Opcode opcode = nullptr;
  uint32_t put = 0;
  const std::string* key = nullptr;  // of a dict
};

class ObjectPickler {
 public:
  ObjectPickler(std::span<const Tensor> tensors, const std::map<std::string, size_t>& index_of)
      : tensors_(tensors), index_of_(index_of) {}

  Result<ObjectPickle> Run(const JsonValue& object) {
    out_.Protocol();
    tasks_.push_back({&object});
    while (!tasks_.empty()) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      if (task.opcode != nullptr) {
        (out_.*task.opcode)();
      } else if (task.key != nullptr) {
        out_.Text(*task.key);
      } else if (task.value == nullptr) {
        out_.Put(task.put);
        numbers_.insert(task.put);
      } else {
        next_.clear();
        WL_CHECKED(Value(*task.value));
        tasks_.insert(tasks_.end(), next_.rbegin(), next_.rend());
      }
    }
    out_.Stop();
    result_.pickle = std::move(out_).Take();
    return std::move(result_);
  }

 private:
  static Error Wrong(const JsonValue& at, std::string what) {
    return Error(Code::kMalformed, std::move(what), at.offset);
  }
  static Error Cannot(const JsonValue& at, std::string what) {
    return Error(Code::kUnsupported, std::move(what), at.offset);
  }

  void Then(Opcode opcode) { next_.push_back({nullptr, opcode}); }
  void Then(const JsonValue& value) { next_.push_back({&value}); }
  void ThenPut(uint32_t number) {
    if (number > 0) next_.push_back({nullptr, nullptr, number});
  }

  // A required member of a tagged object.
  static Result<const JsonValue*> Member(const JsonValue& object, std::string_view name,
                                         Kind kind) {
    const JsonValue* member = object.Find(name);
    if (member != nullptr && member->Is(kind)) return member;
    return Wrong(object, fmt::format("{} wants {} {}", Quote(*object.FindString(kTag)), Quote(name),
                                     KindName(kind)));
  }

  Status Value(const JsonValue& value) {
    switch (value.kind) {
      case Kind::kNull:
        out_.None();
        return {};
      case Kind::kBool:
        out_.Bool(value.boolean);
        return {};
      case Kind::kNumber:
        return Number(value);
      case Kind::kString:
        out_.Text(value.text);
        return {};
      case Kind::kArray:
        Then(&PickleWriter::EmptyList);
        Items(value, &PickleWriter::Appends);
        return {};
      case Kind::kObject:
        break;
    }
    if (value.FindString(kTag) != nullptr) return Tagged(value, *value.FindString(kTag));
    Then(&PickleWriter::EmptyDict);
    for (size_t i = 0; i < value.members.size(); ++i) {
      const JsonMember& member = value.members[i];
      if (i % kItemsPerBatch == 0) Then(&PickleWriter::Mark);
      next_.push_back({nullptr, nullptr, 0, &member.name});
      Then(member.value);
      if ((i + 1) % kItemsPerBatch == 0 || i + 1 == value.members.size()) {
        Then(&PickleWriter::SetItems);
      }
    }
    return {};
  }

  Status Number(const JsonValue& value) {
    const std::string& text = value.text;
    const char* end = text.data() + text.size();
    if (text.find_first_of(".eE") == text.npos) {
      int64_t integer = 0;
      const auto [stop, error] = std::from_chars(text.data(), end, integer);
      if (error != std::errc() || stop != end) {
        return Wrong(value, "integers beyond 64 bits want the form {\"$\": \"int\"}");
      }
      out_.Int(integer);
      return {};
    }
    double number = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return Wrong(value, "no number that a double holds");
    out_.Float(number);
    return {};
  }

  // In batches, each from a mark to `opcode`.
  void Items(const JsonValue& array, Opcode opcode) {
    for (size_t i = 0; i < array.items.size(); ++i) {
      if (i % kItemsPerBatch == 0) Then(&PickleWriter::Mark);
      Then(array.items[i]);
      if ((i + 1) % kItemsPerBatch == 0 || i + 1 == array.items.size()) Then(opcode);
    }
  }

  // [[key, value], ...]
  Status Pairs(const JsonValue& array) {
    for (size_t i = 0; i < array.items.size(); ++i) {
      const JsonValue& pair = array.items[i];
      if (!pair.Is(Kind::kArray) || pair.items.size() != 2) {
        return Wrong(pair, "wanted a key and a value");
      }
      if (i % kItemsPerBatch == 0) Then(&PickleWriter::Mark);
      Then(pair.items[0]);
      Then(pair.items[1]);
      if ((i + 1) % kItemsPerBatch == 0 || i + 1 == array.items.size()) {
        Then(&PickleWriter::SetItems);
      }
    }
    return {};
  }

  void TupleOf(const JsonValue& array) {
    Then(&PickleWriter::Mark);
    for (const JsonValue& item : array.items) Then(item);
    Then(&PickleWriter::Tuple);
  }

  Status Tagged(const JsonValue& value, const std::string& tag) {
    uint32_t number = 0;
    if (const JsonValue* shared = value.Find("number")) {
      const auto count = shared->AsUint();
      if (!count || *count == 0 || *count > UINT32_MAX) return Wrong(*shared, "wanted a number");
      number = static_cast<uint32_t>(*count);
    }
    if (tag == "ref") {
      if (!numbers_.contains(number)) {
        return Cannot(value, fmt::format("value {} contains itself, or is not there", number));
      }
      out_.Get(number);
      return {};
    }
    if (tag == "redacted") {
      out_.None();
      ++result_.redacted;
      return {};
    }
    if (tag == "global") return GlobalName(value);
    if (tag == "float") return Float(value);
    if (tag == "tensor") return PlainTensor(value, number);
    if (tag == "call") return Call(value, number);
    if (tag == "persistent_id") return Storage(value, number);
    if (tag == "int" || tag == "str" || tag == "narrow_str" || tag == "bytes" ||
        tag == "bytearray") {
      return Encoded(value, tag, number);
    }
    return Container(value, tag, number);
  }

  Status Container(const JsonValue& value, const std::string& tag, uint32_t number) {
    if (tag != "list" && tag != "dict" && tag != "set" && tag != "tuple" && tag != "frozenset") {
      return Cannot(value, fmt::format("{} cannot be written to a pickle", Quote(tag)));
    }
    WL_TRY(const JsonValue* items, Member(value, "items", Kind::kArray));
    if (tag == "tuple") {
      TupleOf(*items);
      ThenPut(number);
    } else if (tag == "frozenset") {
      Then(&PickleWriter::Mark);
      for (const JsonValue& item : items->items) Then(item);
      Then(&PickleWriter::FrozenSet);
      ThenPut(number);
    } else if (tag == "dict") {
      Then(&PickleWriter::EmptyDict);
      ThenPut(number);
      WL_CHECKED(Pairs(*items));
    } else {
      const bool is_set = tag == "set";
      Then(is_set ? &PickleWriter::EmptySet : &PickleWriter::EmptyList);
      ThenPut(number);
      Items(*items, is_set ? &PickleWriter::AddItems : &PickleWriter::Appends);
    }
    return Changes(value);
  }

  // What was done to a value after it was made, in the order of CPython's pickler.
  Status Changes(const JsonValue& value) {
    if (const JsonValue* appended = value.Find("appended")) {
      if (!appended->Is(Kind::kArray)) return Wrong(*appended, "wanted an array");
      Items(*appended, &PickleWriter::Appends);
    }
    if (const JsonValue* items = value.Find("set_items")) {
      if (!items->Is(Kind::kArray)) return Wrong(*items, "wanted an array");
      WL_CHECKED(Pairs(*items));
    }
    if (const JsonValue* state = value.Find("state")) {
      Then(*state);
      Then(&PickleWriter::Build);
    }
    if (const JsonValue* states = value.Find("states")) {
      for (const JsonValue& state : states->items) {
        Then(state);
        Then(&PickleWriter::Build);
      }
    }
    return {};
  }

  Status Call(const JsonValue& value, uint32_t number) {
    const std::string* said = value.FindString("form");
    const std::string form = said == nullptr ? "REDUCE" : *said;
    const JsonValue *function = value.Find("function"), *args = value.Find("args");
    const JsonValue* whole = value.Find("args_value");
    if (function == nullptr || (args == nullptr && whole == nullptr) ||
        (args != nullptr && !args->Is(Kind::kArray))) {
      return Wrong(value, "a call wants its function, and an array of arguments");
    }
    if (form == "OBJ" || form == "INST") {
      if (args == nullptr) return Cannot(value, form + " wants plain arguments");
      Then(&PickleWriter::Mark);
      Then(*function);
      for (const JsonValue& item : args->items) Then(item);
      Then(&PickleWriter::Obj);
    } else {
      Then(*function);
      if (args != nullptr) {
        TupleOf(*args);
      } else {
        Then(*whole);
      }
      if (form == "NEWOBJ_EX") {
        const JsonValue* kwargs = value.Find("kwargs");
        if (kwargs == nullptr) return Wrong(value, "NEWOBJ_EX wants \"kwargs\"");
        Then(*kwargs);
        Then(&PickleWriter::NewObjEx);
      } else if (form == "NEWOBJ") {
        Then(&PickleWriter::NewObj);
      } else if (form == "REDUCE") {
        Then(&PickleWriter::Reduce);
      } else {
        return Wrong(value, fmt::format("{} is no form of a call", Quote(form)));
      }
    }
    ThenPut(number);
    return Changes(value);
  }

  Status GlobalName(const JsonValue& value) {
    if (value.FindTrue("computed")) {
      return Cannot(value, "the stream made this name at run time: it is not known");
    }
    WL_TRY(const JsonValue* module, Member(value, "module", Kind::kString));
    WL_TRY(const JsonValue* name, Member(value, "name", Kind::kString));
    if ((module->text + name->text).find('\n') != std::string::npos) {
      return Wrong(value, "a name has no line breaks");
    }
    out_.Global(module->text, name->text);
    result_.functions.insert(module->text + "." + name->text);
    return {};
  }

  Status Float(const JsonValue& value) {
    WL_TRY(const JsonValue* text, Member(value, "value", Kind::kString));
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (text->text == "inf" || text->text == "-inf") {
      out_.Float(text->text == "inf" ? kInfinity : -kInfinity);
      return {};
    }
    const std::string* bits = value.FindString("bits");
    uint64_t pattern = 0;
    if (text->text != "nan" || bits == nullptr || bits->size() != 16 ||
        std::from_chars(bits->data(), bits->data() + 16, pattern, 16).ptr != bits->data() + 16 ||
        !std::isnan(std::bit_cast<double>(pattern))) {
      return Wrong(value, "wanted inf, -inf, or nan and its bits");
    }
    out_.Float(std::bit_cast<double>(pattern));
    return {};
  }

  Status Encoded(const JsonValue& value, const std::string& tag, uint32_t number) {
    WL_TRY(const JsonValue* text, Member(value, "base64", Kind::kString));
    const auto bytes = FromBase64(text->text);
    if (!bytes || bytes->size() > INT32_MAX) return Wrong(*text, "no base64 that can be taken");
    if (tag == "int") out_.BigInt(*bytes);
    if (tag == "str") out_.Text(AsText(*bytes));
    if (tag == "narrow_str") out_.NarrowString(*bytes);
    if (tag == "bytes") out_.BytesObject(*bytes);
    if (tag == "bytearray") out_.ByteArray(*bytes);
    ThenPut(number);
    return {};
  }

  Result<size_t> TensorOf(const JsonValue& value, const JsonValue& name) const {
    const auto found = index_of_.find(name.text);
    if (found != index_of_.end()) return found->second;
    return Error(Code::kNotFound,
                 fmt::format("tensor {} is not in the file of tensors", Quote(name.text)),
                 value.offset);
  }

  Status PlainTensor(const JsonValue& value, uint32_t number) {
    WL_TRY(const JsonValue* name, Member(value, "name", Kind::kString));
    WL_TRY(const size_t index, TensorOf(value, *name));
    TensorTraits traits;
    traits.requires_grad = value.FindTrue("requires_grad");
    if (const std::string* location = value.FindString("location")) traits.location = *location;
    WL_CHECKED(WriteTensor(out_, tensors_[index], index, traits, TorchContainer::kZip));
    ThenPut(number);
    return {};
  }

  // ("storage", class, key, location, count): the key is that of the tensor's storage here. Or
  // ("module", class, file, source), which only legacy streams have.
  Status Storage(const JsonValue& value, uint32_t number) {
    WL_TRY(const JsonValue* id, Member(value, "id", Kind::kObject));
    const JsonValue* items = id->Find("items");
    const bool is_module = items != nullptr && items->items.size() == 4 &&
                           items->items[0].Is(Kind::kString) && items->items[0].text == "module";
    if (is_module) {  // the class, and its source: loaders take the class
      Then(items->items[1]);
      ThenPut(number);
      return {};
    }
    WL_TRY(const JsonValue* name, Member(value, "tensor", Kind::kString));
    WL_TRY(const size_t index, TensorOf(value, *name));
    const bool fits = items != nullptr && items->Is(Kind::kArray) && items->items.size() >= 5 &&
                      (items->items.size() == 5 || items->items[5].Is(Kind::kNull));
    if (!fits) return Cannot(*id, "a storage wants (\"storage\", class, key, location, count)");
    keys_.push_back(std::make_unique<std::string>(std::to_string(index)));
    Then(&PickleWriter::Mark);
    for (size_t i = 0; i < 5; ++i) {
      if (i == 2) {
        next_.push_back({nullptr, nullptr, 0, keys_.back().get()});
      } else {
        Then(items->items[i]);
      }
    }
    Then(&PickleWriter::Tuple);
    Then(&PickleWriter::PersistentId);
    ThenPut(number);
    return {};
  }

  std::span<const Tensor> tensors_;
  const std::map<std::string, size_t>& index_of_;
  PickleWriter out_;
  ObjectPickle result_;
  std::vector<Task> tasks_, next_;
  std::set<uint32_t> numbers_;                      // of values that are complete enough to be had
  std::vector<std::unique_ptr<std::string>> keys_;  // of storages, that tasks point to
};

}  // namespace

Result<ObjectPickle> PickleOfJson(const JsonValue& root, std::span<const Tensor> tensors,
                                  const std::map<std::string, size_t>& index_of) {
  const std::string* schema = root.FindString("schema");
  const JsonValue* object = root.Find("object");
  if (schema == nullptr || *schema != "weighlock-object/1" || object == nullptr) {
    return Error(Code::kMalformed, "wanted an object of the schema weighlock-object/1",
                 root.offset);
  }
  return ObjectPickler(tensors, index_of).Run(*object);
}

}  // namespace weighlock

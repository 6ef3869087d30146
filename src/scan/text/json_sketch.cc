// A lexer that knows strings and brackets, over blocks; an object is decided on when it closes.
#include "scan/text/json_sketch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "scan/pickle/name_policy.h"
#include "scan/text/called_names.h"
#include "scan/text/class_names.h"
#include "scan/text/server_keys.h"
#include "weighlock/limits.h"

namespace weighlock::scan {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kMostDepth = 10'000;   // Python's reader ends at a tenth of that
constexpr size_t kMostHeight = 32;      // levels of what is kept
constexpr size_t kMostKept = 200'000;   // values
constexpr size_t kMostText = 1u << 20;  // bytes of one string that is kept
constexpr size_t kMostKey = 512;
constexpr size_t kMostTrees = 10'000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Names of what runs code: other types are as many as there are things.
bool IsDangerous(std::string_view type) {
  const size_t dot = type.size() < kMostKey ? type.rfind('.') : type.npos;
  if (dot == type.npos) return false;
  const Standing standing = LookupName(type.substr(0, dot), type.substr(dot + 1)).standing;
  return standing == Standing::kDangerous || standing == Standing::kTampering;
}

bool LeadsOut(std::string_view path) {
  return path.starts_with('/') || path.starts_with('~') || path.find("..") != path.npos ||
         path.find('\\') != path.npos || path.find(':') != path.npos;
}

// Keys that count only beside what is called with: rows of data have them, too.
bool IsLooseCallee(std::string_view key) {
  return key == "path" || key == "value" || (IsCalleeKey(key) && key != "type" && key != "class");
}

// Of values that ordinary files have by the million, those that matter.
bool IsNotableText(std::string_view key, std::string_view text) {
  if (key == "type" || key == "types") return IsDangerous(text);
  if (key == "path") return IsDangerous(text);
  if (key == "_type") return text == "CLOUDPICKLE_FALLBACK";
  if (key == "value") return text.starts_with("80");  // a pickle of protocol 2 and later, in hex
  if (IsLooseCallee(key)) return text.size() < kMostKey && text.find('.') != text.npos;
  if (IsServerKey(key)) return NamesServerCode(key, text);
  if (key == "vocabulary" || key == "weight_map") return LeadsOut(text);
  return true;
}

bool Has(const JsonValue& object, std::string_view key) {
  return object.Find(key) != nullptr;
}

// Whether a closed object is kept. Some keys mean something only beside others.
bool IsNotable(const JsonValue& object) {
  constexpr std::array<std::string_view, 8> kWeak = {"class_name", "module",    "registered_name",
                                                     "config",     "__kind__",  "class",
                                                     "__class__",  "__module__"};
  for (const JsonMember& member : object.members) {
    const JsonValue& value = member.value;
    if (!value.items.empty() || !value.members.empty()) return true;
    const bool is_weak = std::find(kWeak.begin(), kWeak.end(), member.name) != kWeak.end();
    if (!is_weak && !value.Is(Kind::kObject) && !value.Is(Kind::kArray)) return true;
  }
  if (Has(object, "class_name")) {
    return Has(object, "config") || Has(object, "module") || Has(object, "registered_name");
  }
  return (Has(object, "__kind__") && Has(object, "class")) ||
         (Has(object, "__class__") && Has(object, "__module__"));
}

class Sketcher {
 public:
  void Take(Bytes bytes) {
    for (const char c : AsText(bytes)) {
      if (sketch_.stopped) return;
      if (in_string_) {
        InString(c);
      } else {
        Step(c);
      }
      ++at_;
    }
  }

  JsonSketch Finish() {
    sketch_.is_whole = is_balanced_ && begun_ && open_.empty() && !in_string_;
    sketch_.is_cut = is_balanced_ && begun_ && !sketch_.is_whole;
    while (!open_.empty()) Close();  // what an unfinished text has so far
    std::move(deep_.begin(), deep_.end(), std::back_inserter(sketch_.trees));
    return std::move(sketch_);
  }

 private:
  struct Open {
    JsonValue value;
    std::string key;     // of the member that is being read
    std::string around;  // the key whose value all of this is, where all of that is kept
    bool in_value = false;
    bool has_arguments = false;  // a key of it is one of IsArgumentsKey
    size_t keys = 0;
    size_t height = 0, kept = 0;  // levels and values of what is kept in it
  };

  void InString(char c) {
    if (!escaped_ && c == '"') {
      in_string_ = false;
      return EndString();
    }
    escaped_ = !escaped_ && c == '\\';
    has_escape_ = has_escape_ || escaped_;
    if (is_tentative_) {  // an expression begins with "$", however that is spelt
      is_tentative_ = false;
      collects_ = c == '$' || c == '\\';
    }
    if (!collects_) return;
    if (text_.size() < (is_key_ ? kMostKey : kMostText)) {
      text_ += c;
    } else if (is_key_ || is_other_ || IsLooseCallee(open_.back().key)) {
      collects_ = false;  // none that matters
      text_.clear();
    } else {
      Stop("a string of more than a megabyte where names and templates stand");
    }
  }

  void Step(char c) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return;
    if (at_ < kByteOrderMark.size() && c == kByteOrderMark[at_]) return;
    if (begun_ && open_.empty()) is_balanced_ = false;
    begun_ = true;
    switch (c) {
      case '"':
        return BeginString();
      case '{':
      case '[':
        return Enter(c == '{' ? Kind::kObject : Kind::kArray);
      case '}':
      case ']':
        is_balanced_ = is_balanced_ && !open_.empty() &&
                       open_.back().value.Is(c == '}' ? Kind::kObject : Kind::kArray);
        if (!open_.empty()) Close();
        return;
      case ':':
        if (!open_.empty()) open_.back().in_value = true;
        return;
      case ',':
        if (!open_.empty()) EndMember();
        return;
      default:
        return Bare(c);
    }
  }

  // What stands in numbers and in the words of JSON: another byte, outside of a string, is none.
  static bool IsOfWords(char c) {
    return std::string_view("+-.0123456789Eaefilnrstuy IN").find(c) != std::string_view::npos;
  }

  // Of numbers and words only `true` is of interest, and that a configuration is there at all.
  void Bare(char c) {
    is_balanced_ = is_balanced_ && IsOfWords(c);
    if (open_.empty() || !open_.back().in_value || NotableKey(open_.back().key) == Notable::kNo) {
      return;
    }
    JsonValue value;
    value.offset = at_;
    const bool is_on = c == 't' || (c >= '1' && c <= '9');
    value.boolean = is_on && open_.back().key == "trust_remote_code";
    value.kind = value.boolean ? Kind::kBool : Kind::kNull;
    if (value.boolean || open_.back().key == "config") Add(std::move(value));
    EndMember();
  }

  void BeginString() {
    in_string_ = true;
    escaped_ = has_escape_ = false;
    text_.clear();
    string_at_ = at_;
    is_key_ = !open_.empty() && open_.back().value.Is(Kind::kObject) && !open_.back().in_value;
    collects_ = is_key_ || Around() != Notable::kNo;
    is_other_ = is_tentative_ = !collects_ && !open_.empty();
  }

  // What is to be kept of the value that begins here.
  Notable Around() const {
    if (open_.empty()) return Notable::kNo;
    if (!open_.back().around.empty()) return Notable::kBelow;
    return open_.back().value.Is(Kind::kObject) ? NotableKey(open_.back().key) : Notable::kNo;
  }

  std::string Decoded() const {
    if (!has_escape_) return text_;
    const auto parsed = ParseJson(AsBytes("\"" + text_ + "\""), Limits());
    return parsed ? parsed->text : text_;
  }

  void EndString() {
    if (is_key_) {
      Open& object = open_.back();
      object.key = Decoded();
      object.has_arguments = object.has_arguments || IsArgumentsKey(object.key);
      ++object.keys;
      return;
    }
    is_tentative_ = false;
    if (!collects_) return;
    JsonValue value;
    value.kind = Kind::kString;
    value.offset = string_at_;
    value.text = Decoded();
    if (is_other_) {
      if (IsDangerousExpression(value.text)) Add(std::move(value));
      return;
    }
    const std::string& around = open_.back().around;
    if (IsNotableText(around.empty() ? open_.back().key : around, value.text)) {
      Add(std::move(value));
    }
  }

  void EndMember() {
    if (!open_.back().value.Is(Kind::kObject)) return;
    open_.back().in_value = false;
    open_.back().key.clear();
  }

  void Enter(Kind kind) {
    if (open_.size() == kMostDepth) {
      return Stop(fmt::format("JSON that nests more than {} levels", kMostDepth));
    }
    Open next;
    if (Around() == Notable::kBelow) {
      next.around = open_.back().around.empty() ? open_.back().key : open_.back().around;
    }
    next.value.kind = kind;
    next.value.offset = at_;
    open_.push_back(std::move(next));
  }

  void Close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    JsonValue& value = closed.value;
    const bool is_object = value.Is(Kind::kObject);
    SettleCallees(closed);
    bool is_kept = is_object ? IsNotable(value) : !value.items.empty();
    if (open_.empty()) {
      if (is_kept || sketch_.trees.empty()) sketch_.trees.push_back(std::move(value));
      return CountTrees();
    }
    is_kept = is_kept || !closed.around.empty() || open_.back().key == "config";
    if (!is_kept) {
      kept_ -= closed.kept;
    } else if (closed.height < kMostHeight) {
      open_.back().height = std::max(open_.back().height, closed.height + 1);
      open_.back().kept += closed.kept;
      Add(std::move(value));
    } else {
      if (!closed.around.empty()) Stop("names that nest too deep");
      deep_.push_back(std::move(value));
      CountTrees();
    }
  }

  // Of the keys of IsLooseCallee: they stay where what they name is called.
  void SettleCallees(Open& closed) {
    std::vector<JsonMember>& members = closed.value.members;
    const auto is_loose = [](const JsonMember& member) { return IsLooseCallee(member.name); };
    if (std::none_of(members.begin(), members.end(), is_loose)) return;
    if (closed.has_arguments || Has(closed.value, "_target_") || Has(closed.value, "_type")) {
      if (closed.has_arguments) members.push_back({"args", JsonValue()});
    } else {
      const size_t dropped = std::erase_if(members, [&](const JsonMember& member) {
        return is_loose(member) && (closed.keys > 1 || !IsCalleeKey(member.name));
      });
      kept_ -= dropped;
      closed.kept -= dropped;
    }
  }

  void CountTrees() {
    if (deep_.size() + sketch_.trees.size() > kMostTrees)
      Stop("more texts than are judged at once");
  }

  void Add(JsonValue value) {
    if (++kept_ > kMostKept) return Stop("more names than are judged of one file");
    Open& parent = open_.back();
    ++parent.kept;
    if (parent.value.Is(Kind::kObject)) {
      parent.value.members.push_back({parent.key, std::move(value)});
    } else {
      parent.value.items.push_back(std::move(value));
    }
  }

  void Stop(std::string why) {
    if (!sketch_.stopped) sketch_.stopped = Error(Code::kLimit, std::move(why), at_);
  }

  JsonSketch sketch_;
  std::vector<JsonValue> deep_;
  std::vector<Open> open_;
  uint64_t at_ = 0, string_at_ = 0;  // bytes from the start
  size_t kept_ = 0;
  std::string text_;  // of the string that is being read, as it is spelt
  bool in_string_ = false, escaped_ = false, has_escape_ = false, is_key_ = false,
       collects_ = false;
  bool is_other_ = false;      // a string that matters only if it is an expression
  bool is_tentative_ = false;  // of it, nothing was seen yet
  bool begun_ = false, is_balanced_ = true;
};

}  // namespace

Notable NotableKey(std::string_view key) {
  constexpr std::array<std::string_view, 11> kBelow = {
      "tool_class",      "user_dir",       "auto_map",          "custom_pipelines",
      "_class_name",     "types",          "weight_map",        "custom_pipeline",
      "custom_generate", "custom_imports", "custom_ops_library"};
  constexpr std::array<std::string_view, 25> kValues = {"__nni_type__",
                                                        "__symbol__",
                                                        "()",
                                                        ":serialized:",
                                                        "class_name",
                                                        "module",
                                                        "registered_name",
                                                        "config",
                                                        "vocabulary",
                                                        "_target_",
                                                        "__target__",
                                                        "parent_library",
                                                        "trust_remote_code",
                                                        "__kind__",
                                                        "class",
                                                        "activation_function",
                                                        "activation_fn",
                                                        "type",
                                                        "__class__",
                                                        "__module__",
                                                        "sbert_ce_default_activation_function",
                                                        "keras_version",
                                                        "tokenizer_class",
                                                        "_component_",
                                                        "class_path"};
  if (key.find("chat_template") != key.npos) return Notable::kBelow;
  if (std::find(kBelow.begin(), kBelow.end(), key) != kBelow.end()) return Notable::kBelow;
  if (IsServerKey(key)) return Notable::kBelow;
  if (key.starts_with("py/") || key.find("attn_implementation") != key.npos) return Notable::kValue;
  constexpr std::array<std::string_view, 3> kBeside = {"path", "value", "_type"};
  if (IsCalleeKey(key) || std::find(kBeside.begin(), kBeside.end(), key) != kBeside.end()) {
    return Notable::kValue;
  }
  const bool is_one = std::find(kValues.begin(), kValues.end(), key) != kValues.end();
  return is_one ? Notable::kValue : Notable::kNo;
}

Result<JsonSketch> SketchJson(const ByteSource& source) {
  Sketcher sketcher;
  ByteVector block;
  WL_CHECKED(ForEachBlock(source, block, [&](Bytes bytes) -> Status {
    sketcher.Take(bytes);
    return {};
  }));
  return sketcher.Finish();
}

}  // namespace weighlock::scan

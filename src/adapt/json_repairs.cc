// Each repair is harmless where it is not needed, so that one release of a range is enough to ask
// for it.
#include "adapt/json_repairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "adapt/rope_repairs.h"
#include "adapt/target_releases.h"
#include "base/escape.h"
#include "json/json_edit.h"
#include "json/json_writer.h"
#include "json/syntax_errors.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

// More than any configuration of an adapter has: the cost is keys times releases.
constexpr size_t kMostAdapterKeys = 1000;

class Repairer {
 public:
  // `strict` is the text with numbers of the same length in place of NaN and Infinity.
  Repairer(std::string_view text, std::string_view strict, const RepairSituation& s)
      : text_(text), strict_(strict), s_(s), edits_(text) {}

  std::optional<RepairedJson> Run(std::string_view name) {
    if (name == "tokenizer.json") {
      Do("T1", [&] { Merges(); });
      Do("T2", [&] { Metaspaces(); });
    } else {
      auto json = ParseJson(AsBytes(strict_), Limits());
      if (!json || !json->Is(Kind::kObject)) return std::nullopt;
      json_ = *std::move(json);
      if (name == "config.json") {
        Do("T3", [&] { TokenizerClass("<4.8.0"); });
        Do("C4", [&] { ModelType(); });
        Do("C3", [&] { RopeFactor(); });
        Do("C1", [&] { MendRotary(json_, text_, s_, edits_, repairs_); });
      } else if (name == "adapter_config.json") {
        Do("A1", [&] { AdapterKeys(); });
      } else {
        Do("T3", [&] { TokenizerClass(">=4.8.0,<5.0.0"); });
        Do("T4", [&] { ExtraTokens(); });
        Do("T5", [&] { ChatTemplate(); });
      }
    }
    if (repairs_.empty() && left_.empty()) return std::nullopt;
    return RepairedJson{std::move(repairs_), std::move(left_), std::move(edits_).Apply(),
                        lists_templates_};
  }

 private:
  // What may not be done is tried all the same, to tell that it is wanted.
  template <typename Repair>
  void Do(std::string_view adaptation, const Repair& repair) {
    if (!s_.forbids || !s_.forbids(adaptation)) return repair();
    const JsonEdits edits = edits_;
    const auto before = static_cast<std::ptrdiff_t>(repairs_.size());
    repair();
    edits_ = edits;
    left_.insert(left_.end(), repairs_.begin() + before, repairs_.end());
    repairs_.erase(repairs_.begin() + before, repairs_.end());
  }

  void Done(const char* adaptation, const char* rule, std::string reason) {
    repairs_.push_back({adaptation, rule, std::move(reason)});
  }

  // T3: a class that no release of the target has, where tokenizer.json says all there is to say.
  void TokenizerClass(std::string_view read_by) {
    const JsonValue* name = json_.Find("tokenizer_class");
    if (name == nullptr || !name->Is(Kind::kString) || !s_.has_tokenizer_json) return;
    if (json_.Find("auto_map") != nullptr) return;
    const std::string& own = name->text;
    const bool missing = Any(s_, read_by, [&](const Version& version) {
      const auto has = [&](const std::string& n) {
        return s_.releases.HasTokenizerClass(n, version) != Tri::kNo;
      };
      return !has(own) && (own.ends_with("Fast") || !has(own + "Fast"));
    });
    if (!missing || !Any(s_, ">=4.0.0,<5.0.0")) return;
    edits_.Replace(*name, "\"PreTrainedTokenizerFast\"");
    Done("T3", "WL-T-001",
         fmt::format("tokenizer_class PreTrainedTokenizerFast in place of {}", Escape(own)));
  }

  // T4: the list of transformers 5 under the name that it had before. Releases before 4.47 pass
  // over it: they load, and know fewer special tokens.
  void ExtraTokens() {
    const JsonValue* list = json_.Find("extra_special_tokens");
    if (list == nullptr || !list->Is(Kind::kArray) || !Any(s_, "<5.0.0")) return;
    const bool raises = Any(s_, ">=4.47.0,<5.0.0");
    if (list->items.empty() && !raises) return;
    if (json_.Find("additional_special_tokens") != nullptr) {
      if (!list->items.empty()) return;  // two lists: which of them holds is not ours to say
      edits_.Replace(*list, "{}");
    } else {
      const auto member =
          std::find_if(json_.members.begin(), json_.members.end(),
                       [](const JsonMember& m) { return m.name == "extra_special_tokens"; });
      if (!edits_.Rename(*member, "additional_special_tokens")) return;
    }
    Done("T4", raises ? "WL-T-002" : "WL-T-080",
         "additional_special_tokens in place of extra_special_tokens");
  }

  // T5: the template of chat_template.jinja, where releases before 4.47 look for it, and beside it
  // those of additional_chat_templates, where releases before 4.52 do.
  void ChatTemplate() {
    if (const JsonValue* own = json_.Find("chat_template")) return DefaultOfNamed(*own);
    const bool is_file = s_.chat_template && IsUtf8(*s_.chat_template);
    if (!s_.named_templates.empty() && ListsNamedTemplates(s_)) return NamedTemplates(is_file);
    if (!is_file || !WantsTemplateInConfig(s_)) return;
    edits_.Insert(json_, "chat_template", JsonString(*s_.chat_template));
    Done("T5", "WL-T-080", "chat_template, as in chat_template.jinja");
  }

  void NamedTemplates(bool has_default) {
    std::string list;
    const auto add = [&](std::string_view name, std::string_view text) {
      list += fmt::format("{}{{\"name\": {}, \"template\": {}}}", list.empty() ? "" : ", ",
                          JsonString(name), JsonString(text));
    };
    if (has_default) add("default", *s_.chat_template);
    for (const auto& [name, text] : s_.named_templates) {
      if (!IsUtf8(name) || !IsUtf8(text) || (has_default && name == "default")) return;
      add(name, text);
    }
    edits_.Insert(json_, "chat_template", "[" + list + "]");
    lists_templates_ = !s_.forbids || !s_.forbids("T5");
    Done("T5", "WL-T-080",
         fmt::format("chat_template, as a list of {}{} of additional_chat_templates",
                     has_default ? "that of chat_template.jinja and of " : "",
                     s_.named_templates.size()));
  }

  // Releases before 4.40 take a text alone, and a list is none of their templates.
  void DefaultOfNamed(const JsonValue& own) {
    if (!own.Is(Kind::kArray) || !Any(s_, ">=4.34.0,<4.40.0") || Any(s_, ">=4.40.0")) return;
    for (const JsonValue& entry : own.items) {
      const std::string *name = entry.FindString("name"), *text = entry.FindString("template");
      if (name == nullptr || text == nullptr || *name != "default") continue;
      edits_.Replace(own, JsonString(*text));
      return Done("T5", "WL-T-080",
                  fmt::format("chat_template, the default one of {}", own.items.size()));
    }
  }

  // C4: the one type that a class is of, in every release that has it.
  void ModelType() {
    const JsonValue* names = json_.Find("architectures");
    if (json_.Find("model_type") != nullptr || names == nullptr || names->items.size() != 1) return;
    const std::string type = s_.releases.ModelTypeOf(names->items[0].text);
    if (type.empty() || ReleasesOf(s_).empty()) return;
    edits_.Insert(json_, "model_type", fmt::format("\"{}\"", type));
    Done("C4", "WL-C-003",
         fmt::format("model_type {}, which {} is of", type, Escape(names->items[0].text)));
  }

  // C3: 8 is no float to releases that want one above 1.
  void RopeFactor() {
    const JsonValue* rope = json_.Find("rope_scaling");
    const JsonValue* factor = rope == nullptr ? nullptr : rope->Find("factor");
    const auto whole = factor == nullptr ? std::nullopt : factor->AsUint();
    if (!whole || *whole < 2 || rope->members.size() != 2 || !Any(s_, ">=4.31.0,<4.45.0")) return;
    edits_.Replace(*factor, factor->text + ".0");
    Done("C3", "WL-C-012", fmt::format("rope_scaling's factor as {}.0", *whole));
  }

  // A1: keys of later releases of PEFT, where all of them have the value that they have by default.
  void AdapterKeys() {
    const Component* own = s_.target.Find("peft");
    const std::string* type = json_.FindString("peft_type");
    if (own == nullptr || type == nullptr || json_.members.size() > kMostAdapterKeys) return;
    std::set<std::string_view> names;
    for (const Version& peft : s_.peft.all()) {
      const bool may_be = own->version ? own->version->Compare(peft) == 0
                                       : own->range && own->range->Contains(peft);
      if (!may_be || s_.peft.UnknownKeys(peft) != "raises") continue;
      const std::string_view config_class = s_.peft.ConfigClass(*type, peft);
      if (config_class.empty()) return;
      for (const JsonMember* member : s_.peft.UnknownFields(*type, json_, peft)) {
        if (s_.peft.Matters(config_class, *member)) return;
        names.insert(member->name);
      }
    }
    if (names.empty()) return;
    edits_.Remove(json_, names);
    Done("A1", "WL-A-006",
         fmt::format("without {} {} that PEFT has by default: {}", names.size(),
                     names.size() == 1 ? "key" : "keys",
                     Escape(fmt::format("{}", fmt::join(names, ", ")))));
  }

  static const JsonSpan* Named(const std::vector<JsonSpan>& spans, std::string_view name) {
    const auto found = std::find_if(spans.begin(), spans.end(),
                                    [&](const JsonSpan& span) { return span.name == name; });
    return found == spans.end() ? nullptr : &*found;
  }

  std::vector<JsonSpan> TopSpans() const {
    return JsonSpans(text_, std::min(text_.find('{'), text_.size()));
  }

  // ["a", "b"] as "a b"; empty where that cannot be: a token with a space in it cannot be told from
  // two.
  std::string Joined(const JsonSpan& pair) const {
    const std::vector<JsonSpan> two = JsonSpans(text_, pair.begin);
    if (two.size() != 2) return {};
    std::string joined = "\"";
    for (const JsonSpan& token : two) {
      const std::string_view spelled = text_.substr(token.begin, token.end - token.begin);
      if (spelled.size() < 3 || spelled[0] != '"' || spelled.find(' ') != spelled.npos ||
          spelled.find("\\u0020") != spelled.npos) {
        return {};
      }
      if (joined.size() > 1) joined += ' ';
      joined += spelled.substr(1, spelled.size() - 2);
    }
    return joined + "\"";
  }

  // T1: merges as text.
  void Merges() {
    if (!TokenizersBefore(s_, "0.20.0")) return;
    const std::vector<JsonSpan> top = TopSpans();
    const JsonSpan* model = Named(top, "model");
    const std::vector<JsonSpan> parts =
        model == nullptr ? std::vector<JsonSpan>() : JsonSpans(text_, model->begin);
    const JsonSpan* merges = Named(parts, "merges");
    if (merges == nullptr || text_[merges->begin] != '[') return;
    std::string all;  // one edit, for there are hundreds of thousands of merges
    size_t pairs = 0, at = merges->begin;
    bool joins = true;
    ForEachJsonSpan(text_, merges->begin, [&](const JsonSpan& pair) {
      if (text_[pair.begin] != '[') return true;
      const std::string joined = Joined(pair);
      joins = !joined.empty();
      all += text_.substr(at, pair.begin - at);
      all += joined;
      at = pair.end;
      ++pairs;
      return joins;
    });
    if (pairs == 0 || !joins) return;
    all += text_.substr(at, merges->end - at);
    edits_.ReplaceAt(merges->begin, merges->end, std::move(all));
    Done("T1", "WL-T-003", fmt::format("{} merges as text", pairs));
  }

  // T2: the field that 0.19 and later can do without.
  void Metaspaces() {
    if (!TokenizersBefore(s_, "0.19.0")) return;
    size_t count = 0;
    const std::vector<JsonSpan> top = TopSpans();
    for (const char* slot : {"pre_tokenizer", "decoder"}) {
      const JsonSpan* part = Named(top, slot);
      if (part == nullptr) continue;
      auto json = ParseJson(AsBytes(text_.substr(part->begin, part->end - part->begin)), Limits());
      if (!json) continue;
      count += AddPrefixSpace(*json, part->begin);
      for (const char* list : {"pretokenizers", "decoders"}) {
        const JsonValue* parts = json->Find(list);
        for (size_t i = 0; parts != nullptr && i < parts->items.size(); ++i) {
          count += AddPrefixSpace(parts->items[i], part->begin);
        }
      }
    }
    if (count > 0) Done("T2", "WL-T-003", fmt::format("add_prefix_space in {} Metaspace", count));
  }

  // `part` was read from the text from `from` on.
  size_t AddPrefixSpace(const JsonValue& part, size_t from) {
    const std::string* type = part.FindString("type");
    if (type == nullptr || *type != "Metaspace" || part.Find("add_prefix_space") != nullptr) {
      return 0;
    }
    const std::string* scheme = part.FindString("prepend_scheme");
    // The first word only: nothing before 0.19 does that.
    if (scheme != nullptr && *scheme == "first") return 0;
    const bool prefixes = scheme == nullptr || *scheme != "never";
    const size_t begin = from + static_cast<size_t>(part.offset) + 1;
    edits_.ReplaceAt(begin, begin,
                     fmt::format("\"add_prefix_space\": {}, ", prefixes ? "true" : "false"));
    return 1;
  }

  const std::string_view text_, strict_;
  const RepairSituation& s_;
  JsonEdits edits_;
  JsonValue json_;
  std::vector<JsonRepair> repairs_, left_;
  bool lists_templates_ = false;
};

}  // namespace

bool WantsTemplateInConfig(const RepairSituation& situation) {
  return Any(situation, ">=4.34.0,<4.47.0");
}

bool PassesOverNamedTemplates(const RepairSituation& situation) {
  return Any(situation, ">=4.34.0,<4.52.0");
}

bool ListsNamedTemplates(const RepairSituation& situation) {
  return Any(situation, ">=4.40.0,<4.52.0") && !Any(situation, ">=4.34.0,<4.40.0") &&
         !(Any(situation, ">=4.47.0,<4.52.0") && Any(situation, ">=4.52.0"));
}

bool TemplateFileWins(const RepairSituation& situation) {
  return Any(situation, ">=4.47.0,<4.52.0");
}

bool MayNeedRepair(std::string_view name) {
  return name == "config.json" || name == "adapter_config.json" ||
         name == "tokenizer_config.json" || name == "tokenizer.json";
}

bool MayNeedRepairUnread(std::string_view name, const RepairSituation& situation) {
  return name == "tokenizer.json" && TokenizersBefore(situation, "0.20.0");
}

std::optional<RepairedJson> RepairJson(std::string_view name, std::string_view text,
                                       const RepairSituation& situation) {
  if (!MayNeedRepair(name) || !IsUtf8(text)) return std::nullopt;
  // Python's reader takes NaN and Infinity, that of tokenizer.json does not.
  const auto finite = name == "tokenizer.json" ? std::nullopt : WithoutNonFinite(text);
  if (finite) return Repairer(text, *finite, situation).Run(name);
  if (!JsonSyntaxError(AsBytes(text), JsonReader::kSerde).empty()) return std::nullopt;
  return Repairer(text, text, situation).Run(name);
}

std::vector<std::string> UnmendedBy(std::string_view name, std::string_view text,
                                    const RepairSituation& situation) {
  if (name == "config.json") return UnmendedRotary(text, situation);
  return {};
}

}  // namespace weighlock

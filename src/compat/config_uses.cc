// Rows are carried out stage by stage, and the first that raises ends it.
#include "compat/config_uses.h"

#include <algorithm>

#include "compat/known_spec.h"
#include "compat/use_evaluator.h"
#include "json/python_text.h"

namespace weighlock {

// kb/config_uses.json, embedded by the build.
extern const std::string_view kBuiltinConfigUses;

namespace {

std::string_view TextOf(const JsonValue& row, std::string_view key) {
  const std::string* text = row.FindString(key);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

// Whether a target is within a spec for sure.
bool IsWithin(const Target& target, std::string_view component, const JsonValue& spec) {
  const Component* own = target.Find(component);
  const VersionSpec* wanted = KnownSpec(spec.text);
  return own != nullptr && own->version && wanted != nullptr && wanted->Contains(*own->version);
}

bool HoldsText(const JsonValue& list, std::string_view text) {
  return std::any_of(list.items.begin(), list.items.end(),
                     [&](const JsonValue& item) { return item.text == text; });
}

// Whether a row is about the model and the target.
bool Fits(const JsonValue& row, const UseInput& input) {
  if (TextOf(row, "file").empty() ? input.file != "config.json"
                                  : TextOf(row, "file") != input.file) {
    return false;
  }
  if (const JsonValue* models = row.Find("models");
      models && !HoldsText(*models, input.model_type)) {
    return false;
  }
  if (const JsonValue* ends = row.Find("classes")) {
    const bool is_one =
        std::any_of(ends->items.begin(), ends->items.end(),
                    [&](const JsonValue& end) { return input.architecture.ends_with(end.text); });
    if (!is_one) return false;
  }
  for (const std::string_view component : {"transformers", "torch", "python"}) {
    const JsonValue* spec = row.Find(component);
    if (spec != nullptr && !IsWithin(input.target, component, *spec)) return false;
  }
  return true;
}

// The classes of Python that a word of "usual" stands for.
bool IsUsual(std::string_view usual, const JsonValue& value) {
  const std::string_view is = PythonClass(value);
  while (!usual.empty()) {
    const std::string_view word = usual.substr(0, usual.find(' '));
    const bool is_empty = is == "str" && value.text.empty();
    if ((word == is && !is_empty) || (word == "float" && is == "int") ||
        (word == "None" && is == "NoneType")) {
      return true;
    }
    usual.remove_prefix(std::min(usual.size(), word.size() + 1));
  }
  return false;
}

bool IsOdd(const JsonTable& usual, const JsonMember& member) {
  const JsonValue* own = usual.Find(member.name);
  return own != nullptr && !IsUsual(own->text, member.value);
}

}  // namespace

Result<ConfigUses> ConfigUses::Builtin() {
  return Parse(kBuiltinConfigUses);
}

Result<ConfigUses> ConfigUses::Parse(std::string_view text) {
  if (text.find("\"schema\": \"weighlock-config-uses/1\"") == std::string_view::npos) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-config-uses/1\"", 0);
  }
  ConfigUses uses;
  uses.table_ = JsonTable(text);
  return uses;
}

UseReport ConfigUses::Report(const UseInput& input) const {
  UseReport report;
  // Some models want more of a key than most.
  const JsonTable& usual = table_.Table("usual");
  const JsonTable &of_all = usual.Table(input.file), &of_model = usual.Table(input.model_type);
  const auto is_odd = [&](const JsonMember& member) {
    return IsOdd(of_all, member) || IsOdd(of_model, member);
  };
  const auto& members = input.config.members;
  if (std::none_of(members.begin(), members.end(), is_odd)) return report;
  const JsonValue* model = table_.Table("models").Find(input.model_type);
  const JsonValue* defaults = model == nullptr ? nullptr : model->Find("defaults");
  const JsonValue* aliases = model == nullptr ? nullptr : model->Find("aliases");
  const JsonMember* odd = nullptr;  // the first that a row looked at
  const auto found = [&](const JsonMember& member) {
    if (odd == nullptr && is_odd(member)) odd = &member;
    return PyValueOf(member.value, member.name);
  };
  const auto lookup = [&](std::string_view name) {
    const std::string* alias = aliases == nullptr ? nullptr : aliases->FindString(name);
    for (const JsonMember& member : input.config.members) {
      // The other name is set behind the own one.
      if (alias != nullptr && member.name == *alias) return found(member);
    }
    for (const JsonMember& member : input.config.members) {
      if (member.name == name) return found(member);
    }
    const JsonValue* made = defaults == nullptr ? nullptr : defaults->Find(name);
    return made == nullptr ? PyValue() : PyValueOf(*made, {});
  };
  static const JsonValue kNoWords;
  const JsonValue* words = table_.Find("words");
  const JsonValue* rows = table_.Find("uses");
  UseEvaluator evaluator(lookup, words == nullptr ? kNoWords : *words, input.target);
  for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
    const JsonValue& row = rows->items[i];
    if (!Fits(row, input)) continue;
    report.is_whole |= row.FindTrue("whole");
    odd = nullptr;
    const auto raised = evaluator.Run(*row.Find("do"));
    if (!raised) continue;
    const auto own = std::find_if(members.begin(), members.end(), [&](const JsonMember& member) {
      return member.name == raised->key && is_odd(member);
    });
    const JsonMember* at = own != members.end() ? &*own : odd;
    // Of values that are as usual nothing is said here: other rules know of them.
    if (at == nullptr) return report;
    report.fault = UseFault{std::string(TextOf(row, "stage")),
                            std::string(TextOf(row, "text")),
                            std::string(TextOf(row, "source")),
                            at->name,
                            &at->value,
                            raised->message};
    return report;
  }
  return report;
}

}  // namespace weighlock

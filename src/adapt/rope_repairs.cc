// All releases of the target are asked what they miss; one text must serve those that read it.
#include "adapt/rope_repairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "adapt/target_releases.h"
#include "base/escape.h"
#include "compat/rotary_keys.h"
#include "json/json_writer.h"
#include "json/syntax_errors.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;
using Form = RotaryValue::Form;
using What = RotaryValue::What;

// An object with rope_parameters: config.json itself, or a part of it that is a configuration.
struct Holder {
  std::string name;  // "text_config"; empty: the whole
  const JsonValue* object;
};

// One key of a holder, as the releases of the target look for it.
struct Wanted {
  std::string key;
  What what;
  const JsonValue* value;
  std::set<Form> forms;
  bool differs = false;          // in a release that has a place for it
  std::vector<Version> without;  // releases that have none, and answer otherwise
};

std::vector<Holder> HoldersOf(const JsonValue& config) {
  std::vector<Holder> holders = {{"", &config}};
  for (const JsonMember& member : config.members) {
    if (member.value.Find("rope_parameters") != nullptr) {
      holders.push_back({member.name, &member.value});
    }
  }
  return holders;
}

std::vector<Wanted> WantedOf(const JsonValue& object, const std::vector<Version>& releases) {
  std::vector<Wanted> all;
  for (const Version& release : releases) {
    for (const RotaryValue& value : RotaryKeys::Builtin().Missed(object, release)) {
      auto found = std::find_if(all.begin(), all.end(),
                                [&](const Wanted& wanted) { return wanted.key == value.key; });
      if (found == all.end()) {
        found = all.insert(all.end(), {value.key, value.what, value.value, {}, false, {}});
      }
      found->forms.insert(value.form);
      if (value.HasPlace()) {
        found->differs = found->differs || value.differs;
      } else if (value.differs) {
        found->without.push_back(release);
      }
    }
  }
  return all;
}

bool CanBeWritten(const Wanted& wanted) {
  return !wanted.forms.contains(Form::kRefused) &&
         std::any_of(wanted.forms.begin(), wanted.forms.end(),
                     [](Form form) { return form != Form::kIgnored; });
}

std::string TypeOf(const JsonValue& scaling) {
  const std::string* type = scaling.FindString("rope_type");
  if (type == nullptr) type = scaling.FindString("type");
  return type == nullptr ? "default" : *type;
}

std::string_view Spelled(std::string_view text, const JsonValue& value) {
  const auto begin = static_cast<size_t>(value.offset);
  return text.substr(begin, JsonValueEnd(text, begin) - begin);
}

// 8 is no float to releases that want one above 1.
std::string AsFloat(std::string_view number) {
  return std::string(number) + (number.find_first_of(".eE") == number.npos ? ".0" : "");
}

// {"type": "linear", "factor": 4.0}, which those of any type read too; or all members that are of
// the scaling.
std::string ScalingText(std::string_view text, const Wanted& wanted) {
  const JsonValue& scaling = *wanted.value;
  const std::string type = JsonString(TypeOf(scaling));
  if (wanted.forms.contains(Form::kTwoFields)) {
    return fmt::format(R"({{"type": {}, "factor": {}}})", type,
                       AsFloat(scaling.Find("factor")->text));
  }
  if (wanted.forms.contains(Form::kThreeFields)) {
    return fmt::format(R"({{"type": {}, "short_factor": {}, "long_factor": {}}})", type,
                       Spelled(text, *scaling.Find("short_factor")),
                       Spelled(text, *scaling.Find("long_factor")));
  }
  std::string members;
  for (const JsonMember& member : scaling.members) {
    if (member.name == "rope_theta" || member.name == "partial_rotary_factor") continue;
    members += fmt::format("{}{}: {}", members.empty() ? "" : ", ", JsonString(member.name),
                           Spelled(text, member.value));
  }
  return "{" + members + "}";
}

std::string TextOf(std::string_view text, const Wanted& wanted) {
  if (wanted.what == What::kScaling) return ScalingText(text, wanted);
  if (wanted.what == What::kPattern) return std::to_string(PeriodOf(*wanted.value));
  return wanted.value->text;
}

// "rope_theta 5e5", "rope_scaling llama3", for people.
std::string Said(const Wanted& wanted) {
  if (wanted.what == What::kPattern) {
    return fmt::format("{} {}", wanted.key, PeriodOf(*wanted.value));
  }
  const std::string value =
      wanted.what == What::kScaling ? TypeOf(*wanted.value) : wanted.value->text;
  return fmt::format("{} {}", wanted.key, Escape(value));
}

std::string_view Origin(const Wanted& wanted) {
  return wanted.what == What::kPattern ? "layer_types" : "rope_parameters";
}

std::string Of(const Holder& holder) {
  return holder.name.empty() ? "" : Escape(holder.name) + "'s ";
}

// The first release behind those without a place that misses nothing of this, or has a place.
const Release* FirstWith(const Wanted& wanted, const JsonValue& object, const Releases& releases) {
  const std::string* type = object.FindString("model_type");
  return releases.FirstFrom(wanted.without.back(), [&](const Release& release) {
    if (type != nullptr && releases.KnowsModelType(*type, release.version) == Tri::kNo) {
      return false;
    }
    const auto missed = RotaryKeys::Builtin().Missed(object, release.version);
    return std::none_of(missed.begin(), missed.end(), [&](const RotaryValue& value) {
      return value.key == wanted.key && !value.HasPlace();
    });
  });
}

std::string NoteOn(const Holder& holder, const Wanted& wanted, const Releases& releases) {
  const Version &first = wanted.without.front(), &last = wanted.without.back();
  std::string note = fmt::format(
      "{}{} of {} has no place in transformers {}{}, which answers otherwise without it",
      Of(holder), Said(wanted), Origin(wanted), first.text(),
      wanted.without.size() == 1 ? "" : " to " + last.text());
  if (wanted.differs && !CanBeWritten(wanted))
    note += ", and refuses it, so that it is not written";
  if (const Release* taking = FirstWith(wanted, *holder.object, releases)) {
    note += fmt::format("; {} takes it", taking->version.text());
  }
  return note;
}

}  // namespace

void MendRotary(const JsonValue& config, std::string_view text, const RepairSituation& situation,
                JsonEdits& edits, std::vector<JsonRepair>& repairs) {
  const std::vector<Version> releases = ReleasesOf(situation);
  for (const Holder& holder : HoldersOf(config)) {
    std::vector<Wanted> all = WantedOf(*holder.object, releases);
    std::erase_if(all, [](const Wanted& wanted) { return !CanBeWritten(wanted); });
    // One key that is written may hide rope_parameters from transformers 5: then all are.
    if (std::none_of(all.begin(), all.end(), [](const Wanted& w) { return w.differs; })) continue;
    for (const Wanted& wanted : all) {
      const JsonValue* null = holder.object->Find(wanted.key);
      std::string json = TextOf(text, wanted);
      if (null == nullptr) {
        edits.Insert(*holder.object, wanted.key, json);
      } else {
        edits.Replace(*null, std::move(json));
      }
      repairs.push_back({"C1", "WL-C-020",
                         fmt::format("{}{}, as in {}", Of(holder), Said(wanted), Origin(wanted))});
    }
  }
}

std::vector<std::string> UnmendedRotary(std::string_view text, const RepairSituation& situation) {
  std::vector<std::string> notes;
  if (text.find("\"rope_parameters\"") == text.npos || !Any(situation, "<5.0.0")) return notes;
  const auto finite = WithoutNonFinite(text);
  const auto config = ParseJson(AsBytes(finite ? std::string_view(*finite) : text), Limits());
  if (!config || !config->Is(Kind::kObject)) return notes;
  for (const Holder& holder : HoldersOf(*config)) {
    for (const Wanted& wanted : WantedOf(*holder.object, ReleasesOf(situation))) {
      if (wanted.without.empty()) continue;
      notes.push_back(NoteOn(holder, wanted, situation.releases));
    }
  }
  return notes;
}

}  // namespace weighlock

// Explanations for machines.
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/json.h"

namespace weighlock {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(IsUtf8(text) ? text : Escape(text));
}

Json MessagesJson(const std::vector<SaidBy>& messages) {
  Json list = Json::array();
  for (const auto& [releases, text] : messages) {
    list.push_back({{"said_by", TextOrNull(releases)}, {"text", text}});
  }
  return list;
}

Json FailureObject(const FailureText& failure) {
  Json upgrades = Json::array();
  for (const Remedy& remedy : failure.upgrades) {
    upgrades.push_back({{"component", remedy.component},
                        {"version", TextOrNull(remedy.version)},
                        {"also", TextOrNull(remedy.also)}});
  }
  Json rules = Json::array();
  for (const auto& [id, text] : failure.rules) rules.push_back({{"id", id}, {"text", text}});
  return {{"failure", failure.id},
          {"stage", failure.stage},
          {"cause", failure.cause},
          {"fix", failure.fix},
          {"upgrades", upgrades},
          {"adaptations", failure.adaptations},
          {"rules", rules},
          {"messages", MessagesJson(failure.messages)},
          {"confidence", failure.confidence},
          {"source", failure.source}};
}

Json AdaptationObject(const AdaptationPage& page) {
  Json rules = Json::array();
  for (const auto& [id, text] : page.rules) rules.push_back({{"id", id}, {"text", text}});
  return {{"id", page.id}, {"text", page.text}, {"rules", rules}};
}

Json Page(const char* asked) {
  return {{"schema", "weighlock-explanation/1"}, {"asked", asked}};
}

}  // namespace

namespace {

Json ExplanationList(const std::vector<Explanation>& explanations) {
  Json list = Json::array();
  for (const Explanation& explanation : explanations) {
    Json item = FailureObject(explanation.failure);
    Json values = Json::array();
    for (const auto& [name, value] : explanation.values) {
      values.push_back({{"name", name}, {"value", TextOrNull(value)}});
    }
    item["values"] = values;
    item["matched"] = explanation.matched;
    item["of"] = explanation.of;
    item["or_else"] = explanation.or_else;
    item["anybodys"] = explanation.anybodys;
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

std::string ExplainJson(const ExplainReport& report) {
  Json page = Page("message");
  page["explanations"] = ExplanationList(report.found);
  page["guesses"] = ExplanationList(report.guesses);
  page["raised_in"] = TextOrNull(report.raised_in);
  page["notes"] = report.notes;
  return Dump(page);
}

std::string RuleBookJson(const RuleText& rule) {
  Json page = Page("rule");
  page["rule"] = {{"id", rule.id},
                  {"stage", rule.stage},
                  {"verdicts", rule.verdicts},
                  {"text", rule.text},
                  {"messages", MessagesJson(rule.messages)},
                  {"adaptations", rule.adaptations},
                  {"failures", rule.failures},
                  {"confidence", rule.confidence},
                  {"source", rule.source}};
  return Dump(page);
}

std::string FailureBookJson(const FailureText& failure, const std::optional<AdaptationPage>& also) {
  Json page = Page("failure");
  page["failure"] = FailureObject(failure);
  page["failure"]["id"] = failure.id;
  page["failure"].erase("failure");
  if (also) page["adaptation"] = AdaptationObject(*also);
  return Dump(page);
}

std::string AdaptationBookJson(const AdaptationPage& page) {
  Json out = Page("adaptation");
  out["adaptation"] = AdaptationObject(page);
  return Dump(out);
}

}  // namespace weighlock

// The same for machines.
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/json.h"

namespace weighlock {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string ProfilesJson(const std::vector<Profile>& profiles) {
  Json list = Json::array();
  for (const Profile& profile : profiles) {
    Json components = Json::object();
    for (const auto& [name, component] : profile.components) components[name] = component.Text();
    list.push_back({{"name", profile.name},
                    {"title", profile.title},
                    {"components", components},
                    {"notes", profile.notes},
                    {"source", profile.source}});
  }
  return Dump({{"schema", "weighlock-target-list/1"}, {"targets", list}});
}

std::string TargetJson(const GivenTarget& given) {
  Json rows = Json::object();
  for (const auto& [key, value] : TargetRows(given)) rows[key] = value;
  return Dump({{"schema", "weighlock-target/1"},
               {"target", given.target.text},
               {"read_as", TargetSourceName(given.source)},
               {"notes", given.notes},
               {"says", rows}});
}

std::string LintJson(const GivenTarget& given, const std::vector<TargetProblem>& problems) {
  Json list = Json::array();
  for (const TargetProblem& problem : problems) {
    list.push_back({{"severity", problem.error ? "error" : "warning"}, {"text", problem.text}});
  }
  return Dump({{"schema", "weighlock-lint/1"}, {"target", given.target.text}, {"problems", list}});
}

std::string TargetDiffJson(const GivenTarget& a, const GivenTarget& b,
                           const std::vector<TargetDifference>& differences) {
  Json list = Json::array();
  const auto side = [](const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(value);
  };
  for (const TargetDifference& d : differences) {
    list.push_back({{"key", d.key}, {"a", side(d.a)}, {"b", side(d.b)}});
  }
  return Dump({{"schema", "weighlock-target-diff/1"},
               {"a", a.target.text},
               {"b", b.target.text},
               {"differences", list}});
}

}  // namespace weighlock

// The ids of two files, and nothing else of them: src/explain reads the rest.
#include "contract/rule_ids.h"

#include "json/json.h"

namespace weighlock {

// kb/rules.json and kb/check.json, embedded by the build.
extern const std::string_view kBuiltinRuleBook, kBuiltinRules;

Result<std::vector<std::string>> RuleIds() {
  std::vector<std::string> ids;
  for (const std::string_view book : {kBuiltinRuleBook, kBuiltinRules}) {
    WL_TRY(const JsonValue root, ParseJson(AsBytes(book), Limits()));
    const JsonValue* rules = root.Find("rules");
    for (size_t i = 0; rules != nullptr && i < rules->items.size(); ++i) {
      if (const std::string* id = rules->items[i].FindString("id")) ids.push_back(*id);
    }
  }
  return ids;
}

}  // namespace weighlock

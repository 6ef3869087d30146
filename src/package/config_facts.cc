// Four keys of many, and the names of all.
#include "package/config_facts.h"

#include "json/json.h"

namespace weighlock {

std::optional<ConfigFacts> ReadConfigFacts(const ByteSource& source, const Limits& limits) {
  if (source.size() > limits.json_bytes) return std::nullopt;
  const auto text = source.Read(0, source.size());
  if (!text) return std::nullopt;
  const auto json = ParseJson(*text, limits);
  if (!json || !json->Is(JsonValue::Kind::kObject)) return std::nullopt;
  ConfigFacts facts;
  if (const std::string* type = json->FindString("model_type")) facts.model_type = *type;
  if (const JsonValue* names = json->Find("architectures")) {
    for (const JsonValue& name : names->items) {
      if (name.Is(JsonValue::Kind::kString)) facts.architectures.push_back(name.text);
    }
  }
  for (const JsonMember& member : json->members) facts.keys.push_back(member.name);
  const JsonValue* map = json->Find("auto_map");
  facts.brings_code = map != nullptr && map->Find("AutoConfig") != nullptr;
  const JsonValue* pipelines = json->Find("custom_pipelines");
  facts.names_code = (map != nullptr && !map->members.empty()) ||
                     (pipelines != nullptr && !pipelines->members.empty());
  return facts;
}

}  // namespace weighlock

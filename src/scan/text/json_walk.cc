// From a list of what is still to be seen.
#include "scan/text/json_walk.h"

#include <vector>

namespace weighlock::scan {

void ForEachObject(const JsonValue& root, const std::function<void(const JsonValue&)>& see) {
  std::vector<const JsonValue*> waiting = {&root};
  while (!waiting.empty()) {
    const JsonValue& value = *waiting.back();
    waiting.pop_back();
    if (value.Is(JsonValue::Kind::kObject)) see(value);
    for (const JsonValue& item : value.items) waiting.push_back(&item);
    for (const JsonMember& member : value.members) waiting.push_back(&member.value);
  }
}

}  // namespace weighlock::scan

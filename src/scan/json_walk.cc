// From a list of what is still to be seen.
#include "scan/json_walk.h"

#include <vector>

namespace weighlock::scan {

void ForEachObject(const JsonValue& root, const std::function<void(const JsonValue&)>& see) {
  std::vector<const JsonValue*> todo = {&root};
  while (!todo.empty()) {
    const JsonValue& value = *todo.back();
    todo.pop_back();
    if (value.Is(JsonValue::Kind::kObject)) see(value);
    for (const JsonValue& item : value.items) todo.push_back(&item);
    for (const JsonMember& member : value.members) todo.push_back(&member.value);
  }
}

}  // namespace weighlock::scan

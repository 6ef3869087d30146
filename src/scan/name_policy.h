// What a class or function that a pickle names is known to be.
#pragma once
#include <string_view>
namespace weighlock::scan {
enum class Standing : unsigned char { kUnknown, kAllowed, kLibrary, kDangerous, kTampering };
struct NamePolicy {
  Standing standing = Standing::kUnknown;
  std::string_view rule;
};
NamePolicy LookupName(std::string_view module, std::string_view name);
bool IsDunder(std::string_view);
}  // namespace weighlock::scan

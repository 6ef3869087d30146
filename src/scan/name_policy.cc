#include "scan/name_policy.h"
#include <map>
#include <string>
namespace weighlock::scan {
NamePolicy LookupName(std::string_view module, std::string_view name) {
  static const std::map<std::string, NamePolicy, std::less<>> m = {
      {"collections.OrderedDict", {Standing::kAllowed, "container"}},
      {"torch._utils._rebuild_tensor_v2", {Standing::kAllowed, "tensor"}},
      {"torch.FloatStorage", {Standing::kAllowed, "storage"}},
      {"torch.LongStorage", {Standing::kAllowed, "storage"}},
      {"torch.ByteStorage", {Standing::kAllowed, "storage"}},
      {"_codecs.encode", {Standing::kAllowed, "latin1"}},
      {"numpy.core.multiarray._reconstruct", {Standing::kAllowed, "ndarray"}},
      {"numpy.ndarray", {Standing::kAllowed, "data"}},
      {"numpy.dtype", {Standing::kAllowed, "dtype"}}};
  auto f = m.find(std::string(module) + "." + std::string(name));
  if (f != m.end()) return f->second;
  if (module == "os" || module == "posix" || module == "subprocess" ||
      (module == "builtins" && name != "set"))
    return {Standing::kDangerous, ""};
  return {};
}
bool IsDunder(std::string_view t) {
  return t.size() > 4 && t.starts_with("__") && t.ends_with("__");
}
}  // namespace weighlock::scan

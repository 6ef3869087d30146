// Where auto_map leads, and the words of the release for it.
#include "check/untrusted_code.h"

#include <filesystem>
#include <system_error>

namespace weighlock {
namespace {

// "owner/name--module.Class", or of a tokenizer a list of two, of which one may be null.
bool IsElsewhere(const JsonValue* reference) {
  constexpr std::string_view kBefore = "--";
  if (reference == nullptr) return false;
  if (reference->text.find(kBefore) != std::string::npos) return true;
  for (const JsonValue& item : reference->items) {
    if (item.text.find(kBefore) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::string UntrustedCodeMessage(const Situation& s, const JsonFile& file, std::string_view key,
                                 const char* table) {
  const JsonValue* code = file.json ? file.json->Find("auto_map") : nullptr;
  if (s.TransformersIs(">=4.53.0") && code != nullptr && IsElsewhere(code->Find(key))) return {};
  const std::string& package = s.package().path;
  std::error_code failed;
  const std::filesystem::path place = std::filesystem::absolute(package, failed);
  return s.base.knowledge.Message(
      table, s.target,
      {{"{package}", package}, {"{place}", failed ? package : place.lexically_normal().string()}});
}

}  // namespace weighlock

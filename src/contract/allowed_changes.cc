// What a contract lets be changed: of a package by policy.adapt and policy.never_adapt, of the
// runtime by runtime.may_change.
#include "contract/allowed_changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "contract/pip_list.h"
#include "package/name_pattern.h"

namespace weighlock {
namespace {

bool Names(const std::vector<std::string>& patterns, std::string_view adaptation) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return NamePattern(pattern).Fits(adaptation);
  });
}

std::string At(const Contract& contract, std::string_view key) {
  const auto line = contract.lines.find(key);
  return line == contract.lines.end() ? std::string(key)
                                      : fmt::format("{} (line {})", key, line->second);
}

}  // namespace

Result<AllowedChange> ParseAllowedChange(std::string_view text) {
  const size_t end = std::min(text.find_first_of(" =<>!~"), text.size());
  const std::string name(text.substr(0, end));
  const auto bad = [&] {
    return Error(Code::kUsage,
                 fmt::format("wanted a package and its versions, like \"transformers<=4.49\", "
                             "found {}",
                             Quote(text, 60)));
  };
  if (name.empty() || !IsComponentName(name)) return bad();
  AllowedChange change;
  change.component = NormalisedName(name);
  auto versions = ParseComponent(end == text.size() ? "*" : text.substr(end));
  if (!versions || versions->absent) return bad();
  change.versions = *std::move(versions);
  return change;
}

std::string Contract::Forbids(std::string_view adaptation) const {
  if (Names(never_adapt, adaptation)) return At(*this, "policy.never_adapt");
  if (!adapt.empty() && !Names(adapt, adaptation)) return At(*this, "policy.adapt");
  return {};
}

std::string Contract::WhyNotBecome(const std::string& component, const Version& wanted) const {
  if (may_change.empty()) return {};
  std::string named;
  for (const std::string& text : may_change) {
    const auto change = ParseAllowedChange(text);  // was checked when the contract was read
    if (!change || change->component != component) continue;
    const Component& allowed = change->versions;
    if (!allowed.version && !allowed.range) return {};
    if (allowed.version ? allowed.version->Compare(wanted) == 0 : allowed.range->Contains(wanted)) {
      return {};
    }
    named += (named.empty() ? "" : " and ") + Escape(text);
  }
  const std::string key = At(*this, "runtime.may_change");
  if (named.empty()) return fmt::format("{} does not name {}", key, Escape(component));
  return fmt::format("{} allows {} alone", key, named);
}

}  // namespace weighlock

// Targets as people write them on a command line.
#include "weighlock/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace weighlock {
namespace {

constexpr std::string_view kAccepted =
    "wanted a list like transformers==4.11.3,torch==1.9.0,safetensors=absent";
constexpr std::string_view kNameBytes =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
constexpr std::string_view kOperatorBytes = "=<>!~";
// Components of one target; a list of pins has hundreds.
constexpr size_t kMostComponents = 20'000;

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The first component of the list: up to a comma that no operator follows.
std::string_view TakePart(std::string_view& rest) {
  size_t comma = rest.find(',');
  while (comma != std::string_view::npos) {
    const size_t next = rest.find_first_not_of(' ', comma + 1);
    if (next == std::string_view::npos ||
        kOperatorBytes.find(rest[next]) == std::string_view::npos) {
      break;
    }
    comma = rest.find(',', comma + 1);
  }
  const std::string_view part = rest.substr(0, comma);
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  return Trim(part);
}

// Takes platform=NAME, and sagemaker=present or =absent, which are older words for two of them.
// False: `name` is a component's.
Result<bool> TakePlatform(Target& target, const std::string& name, std::string_view value) {
  if (name != "platform" && name != "sagemaker") return false;
  if (target.platform != Platform::kUnknown) return Error(Code::kUsage, "named twice");
  if (name == "sagemaker") {
    target.platform = value == "absent" ? Platform::kPlain : Platform::kSageMakerHf;
    return true;
  }
  WL_TRY(target.platform, ParsePlatform(value));
  return true;
}

}  // namespace

std::string NormalisedName(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_' || c == '.') c = '-';
  }
  return out;
}

const Component* Target::Find(std::string_view name) const {
  const auto found = components.find(name);
  return found == components.end() ? nullptr : &found->second;
}

Result<Component> ParseComponent(std::string_view value) {
  value = Trim(value);
  Component component;
  // "=4.37" and "==4.37" are one version, like "4.37"; "==4.37.*" is a range.
  std::string_view exact = value;
  for (const std::string_view equals : {"===", "==", "="}) {
    if (!exact.starts_with(equals)) continue;
    exact = Trim(exact.substr(equals.size()));
    break;
  }
  if (exact == "absent") {
    component.absent = true;
    return component;
  }
  if (exact == "present" || exact == "*") return component;
  if (exact.empty()) return Error(Code::kUsage, "no version");
  const bool operators = kOperatorBytes.find(exact[0]) != std::string_view::npos;
  const bool more = exact.find(',') != std::string_view::npos;
  if (!operators && !more && !exact.ends_with(".*")) {
    WL_TRY(component.version, Version::Parse(exact));
    return component;
  }
  const std::string spec = value == exact && !operators ? "==" + std::string(value)
                           : value.starts_with("=") && !value.starts_with("==")
                               ? "=" + std::string(value)
                               : std::string(value);
  WL_TRY(component.range, VersionSpec::Parse(spec));
  return component;
}

Result<Target> ParseTarget(std::string_view text) {
  Target target;
  target.text = text;
  const auto bad = [&](std::string_view part, std::string_view what) {
    return Error(Code::kUsage, fmt::format("target {}: {}; {}", Quote(part, 80), what, kAccepted));
  };
  std::string_view rest = text;
  do {
    const std::string_view part = TakePart(rest);
    const size_t end = part.find_first_of(kOperatorBytes);
    const std::string_view name = Trim(part.substr(0, end));
    if (name.empty()) return bad(text, "an empty part");
    if (end == std::string_view::npos) return bad(part, "no version");
    if (name.find_first_not_of(kNameBytes) != std::string_view::npos) {
      return bad(part, "no name of a component");
    }
    const std::string component_name = NormalisedName(name);
    std::string_view value = part.substr(end);
    value.remove_prefix(std::min(value.find_first_not_of("= "), value.size()));
    auto taken = TakePlatform(target, component_name, value);
    if (!taken) return bad(part, taken.error().what());
    if (*taken) continue;
    auto component = ParseComponent(part.substr(end));
    if (!component) return bad(part, component.error().what());
    if (target.components.size() == kMostComponents) return bad(part, "too many components");
    if (!target.components.emplace(component_name, *std::move(component)).second) {
      return bad(part, "named twice");
    }
  } while (!rest.empty());
  if (text.back() == ',') return bad(text, "an empty part");
  return target;
}

}  // namespace weighlock

// Targets as people write them on a command line.
#include "weighlock/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace weighlock {
namespace {

constexpr std::string_view kAccepted =
    "wanted a list like transformers==4.11.3,torch==1.9.0,safetensors=absent";

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string Normalise(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return out;
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

const Component* Target::Find(std::string_view name) const {
  const auto found = components.find(name);
  return found == components.end() ? nullptr : &found->second;
}

Result<Target> ParseTarget(std::string_view text) {
  Target target;
  target.text = text;
  const auto bad = [&](std::string_view part, std::string_view what) {
    return Error(Code::kUsage, fmt::format("target {}: {}; {}", Quote(part, 80), what, kAccepted));
  };
  std::string_view rest = text;
  while (true) {
    const std::string_view part = Trim(rest.substr(0, rest.find(',')));
    const size_t equals = part.find('=');
    const std::string_view name = Trim(part.substr(0, equals));
    if (part.empty() || name.empty()) return bad(text, "an empty part");
    if (equals == std::string_view::npos) return bad(part, "no version");
    if (name.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
        std::string_view::npos) {
      return bad(part, "only exact versions (==) and absent can be said here");
    }
    std::string_view value = part.substr(equals + 1);
    if (value.starts_with('=')) value.remove_prefix(1);
    value = Trim(value);
    auto taken = TakePlatform(target, Normalise(name), value);
    if (!taken) return bad(part, taken.error().what());
    Component component;
    if (*taken) {
      // Not a component.
    } else if (value == "absent") {
      component.absent = true;
    } else if (value != "present") {
      auto version = Version::Parse(value);
      if (!version) return bad(part, version.error().what());
      component.version = *std::move(version);
    }
    if (!*taken && !target.components.emplace(Normalise(name), component).second) {
      return bad(part, "named twice");
    }
    const size_t comma = rest.find(',');
    if (comma == std::string_view::npos) return target;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace weighlock

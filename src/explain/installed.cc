// Names are looked for as words, and what stands behind one is a version or it is not.
#include "explain/installed.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace weighlock {
namespace {

// The components that upgrades speak of.
constexpr std::string_view kComponents[] = {
    "transformers", "torch", "tokenizers", "safetensors", "numpy", "peft", "sentence-transformers"};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsWordByte(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '.';
}

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// What stands between a name and its version; npos: no version follows.
size_t VersionAt(std::string_view rest) {
  size_t at = std::min(rest.find_first_not_of("'\"`*"), rest.size());
  const auto skip = [&](std::string_view bytes) {
    at = std::min(rest.find_first_not_of(bytes, at), rest.size());
  };
  const std::string_view behind = rest.substr(at);
  if (behind.starts_with("==")) {
    at += behind.starts_with("===") ? 3 : 2;
  } else if (behind.starts_with("-") || behind.starts_with("=")) {
    ++at;
  } else {
    skip(" \t(");
    if (rest.substr(at).starts_with("version")) at += 7;
    skip(" \t:=|'\"`(");
  }
  if (at < rest.size() && rest[at] == 'v') ++at;
  return at < rest.size() && IsDigit(rest[at]) ? at : std::string_view::npos;
}

// "4.40.0" of "4.40.0.dist-info"; empty: no version with a point in it.
std::string VersionIn(std::string_view rest) {
  size_t end = 0;
  while (end < rest.size() && (IsDigit(rest[end]) || rest[end] == '.')) ++end;
  // "5.0.0rc1", "4.41.0.dev0".
  for (const std::string_view more : {"rc", "dev", "a", "b", ".dev", ".post"}) {
    if (!rest.substr(end).starts_with(more)) continue;
    size_t last = end + more.size();
    const size_t digits = last;
    while (last < rest.size() && IsDigit(rest[last])) ++last;
    if (last > digits) end = last;
    break;
  }
  std::string_view version = rest.substr(0, end);
  while (version.ends_with('.')) version.remove_suffix(1);
  return version.find('.') == version.npos ? std::string() : std::string(version);
}

// Whether the words around it want the version and do not have it.
bool IsWanted(std::string_view before, std::string_view behind) {
  before.remove_prefix(before.size() - std::min<size_t>(before.size(), 30));
  before = before.substr(before.find_last_of("\n;,") + 1);
  for (const std::string_view word : {"requir", "need", "upgrad", "install", "at least", "want",
                                      "minimum", "newer than", "older than", "since ", "instead"}) {
    if (before.find(word) != before.npos && before.find("installed") == before.npos) return true;
  }
  behind = behind.substr(0, 24);
  for (const std::string_view word : {"+ ", " or later", " and later", " or newer", " or above",
                                      " or higher", " and above", " is required"}) {
    if (behind.starts_with(word)) return true;
  }
  return false;
}

struct Named {
  std::string text;
  bool contradicted = false;
};

// One more mention: the longer of "4.40" and "4.40.2", and nothing of two that differ.
void Add(std::map<std::string, Named>& all, std::string_view component, std::string version) {
  Named& named = all[std::string(component)];
  if (named.text.empty() || version.starts_with(named.text + ".")) {
    named.text = std::move(version);
  } else if (named.text != version && !named.text.starts_with(version + ".")) {
    named.contradicted = true;
  }
}

// "transformers" and ">=4.31.0,<4.40.0" of "transformers >=4.31.0,<4.40.0 with torch >=2.1.0".
std::optional<std::pair<std::string, VersionSpec>> SpecOf(const SaidBy& said) {
  const size_t space = said.releases.find(' ');
  if (space == std::string::npos) return std::nullopt;
  const size_t end = said.releases.find(" with ");
  auto spec = VersionSpec::Parse(said.releases.substr(space + 1, end - space - 1));
  if (!spec || spec->text().empty()) return std::nullopt;
  return std::pair(said.releases.substr(0, space), *std::move(spec));
}

// 4.31.0 of ">=4.31.0,<4.40.0".
std::optional<Version> LowestOf(const VersionSpec& spec) {
  const std::string& text = spec.text();
  const size_t at = text.find(">=");
  if (at == std::string::npos) return std::nullopt;
  auto version = Version::Parse(text.substr(at + 2, text.find(',', at) - at - 2));
  if (!version) return std::nullopt;
  return *std::move(version);
}

}  // namespace

std::map<std::string, Version> NamedVersions(std::string_view text) {
  const std::string lower = LowerCase(text);
  const std::string_view all = lower;
  std::map<std::string, Named> named;
  for (const std::string_view name : kComponents) {
    for (size_t at = all.find(name); at != all.npos; at = all.find(name, at + name.size())) {
      if (at > 0 && IsWordByte(all[at - 1])) continue;
      const std::string_view rest = all.substr(at + name.size());
      const size_t begin = VersionAt(rest.substr(0, 64));
      if (begin == rest.npos) continue;
      std::string version = VersionIn(rest.substr(begin, 40));
      if (version.empty() || !Version::Parse(version)) continue;
      if (IsWanted(all.substr(0, at), rest.substr(begin + version.size()))) continue;
      Add(named, name, std::move(version));
    }
  }
  std::map<std::string, Version> versions;
  for (const auto& [component, one] : named) {
    auto version = Version::Parse(one.text);
    if (version && !one.contradicted) versions.emplace(component, *std::move(version));
  }
  return versions;
}

Installed::Installed(std::string_view text, const Target* target) {
  for (auto& [name, version] : NamedVersions(text)) {
    const std::string says = fmt::format("the text names {}", version.text());
    had_[name] = {Component{version, /*absent=*/false}, says};
  }
  if (target == nullptr) return;
  for (const auto& [name, component] : target->components) {
    if (component.absent || (!component.version && !component.range)) continue;
    had_[name] = {component, fmt::format("the target has {}", component.Text())};
  }
}

std::string Installed::WhatIsAtLeast(const std::string& component, const std::string& version,
                                     const std::vector<SaidBy>& messages) const {
  const auto spec = VersionSpec::Parse(">=" + version);
  if (!spec) return {};
  const auto had = had_.find(component);
  if (had != had_.end()) {
    return had->second.component.Within(*spec) == Overlap::kAll ? had->second.says : std::string();
  }
  std::optional<Version> first;
  for (const SaidBy& said : messages) {
    const auto own = SpecOf(said);
    if (!own || own->first != component || own->second.Within(*spec) != Overlap::kAll) return {};
    const auto lowest = LowestOf(own->second);
    if (!lowest) return {};
    if (!first || lowest->Compare(*first) < 0) first = *lowest;
  }
  return first ? fmt::format("only {} and later say these words", first->text()) : std::string();
}

bool Installed::IsAtLeast(const std::string& component, const std::string& version,
                          const std::vector<SaidBy>& messages) const {
  return !WhatIsAtLeast(component, version, messages).empty();
}

std::vector<Remedy> Installed::StillAhead(const std::vector<Remedy>& upgrades,
                                          const std::vector<SaidBy>& messages) const {
  std::vector<Remedy> ahead;
  std::set<std::string> told;  // one row of a component says it
  for (const Remedy& remedy : upgrades) {
    const std::string says = remedy.version.empty()
                                 ? std::string()
                                 : WhatIsAtLeast(remedy.component, remedy.version, messages);
    if (says.empty()) {
      ahead.push_back(remedy);
    } else if (told.insert(remedy.component).second) {
      ahead.push_back(
          {remedy.component, "",
           fmt::format("{}, and {}{} was enough: an older one is no upgrade", says, remedy.version,
                       remedy.also.empty() ? "" : ", " + remedy.also + ",")});
    }
  }
  return ahead;
}

std::string Installed::Contradiction(const std::vector<SaidBy>& messages) const {
  std::string component, specs, says;
  for (const SaidBy& said : messages) {
    const auto own = SpecOf(said);
    const auto had = own ? had_.find(own->first) : had_.end();
    if (had == had_.end() || had->second.component.Within(own->second) != Overlap::kNone) return {};
    if (specs.find(own->second.text()) != specs.npos) continue;
    component = own->first;
    says = had->second.says;
    specs += (specs.empty() ? "" : " or ") + own->second.text();
  }
  if (specs.empty()) return {};
  return fmt::format("{} of {}, and these words are those of {}: another one runs there", says,
                     component, specs);
}

}  // namespace weighlock

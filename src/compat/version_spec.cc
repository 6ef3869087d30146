// Conditions on versions, and how two sets of them lie to each other.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "weighlock/target.h"

namespace weighlock {
namespace {

// More conditions than any release states; each costs a comparison per question.
constexpr size_t kMostConditions = 64;

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "4.37" as "4.38": the last release number raised. Nothing where `text` is more than numbers.
std::optional<std::string> NextPrefix(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) {
    return std::nullopt;
  }
  const size_t dot = text.rfind('.');
  const size_t from = dot == std::string_view::npos ? 0 : dot + 1;
  uint64_t last = 0;
  for (const char c : text.substr(from)) {
    if (last > UINT64_MAX / 20) return std::nullopt;
    last = last * 10 + static_cast<uint64_t>(c - '0');
  }
  return std::string(text.substr(0, from)) + std::to_string(last + 1);
}

}  // namespace

Result<VersionSpec::Condition> VersionSpec::ParseCondition(std::string_view part) {
  struct Spelled {
    std::string_view text;
    Op op;
  };
  // "~=" is the other form of "==4.37.*".
  static constexpr Spelled kOps[] = {{"===", Op::kEqual}, {"~=", Op::kEqual}, {">=", Op::kAtLeast},
                                     {"<=", Op::kAtMost}, {"==", Op::kEqual}, {"!=", Op::kUnequal},
                                     {">", Op::kMore},    {"<", Op::kLess}};
  const auto op = std::find_if(std::begin(kOps), std::end(kOps),
                               [&](const Spelled& o) { return part.starts_with(o.text); });
  if (op == std::end(kOps)) {
    return Error(Code::kUsage, fmt::format("{}: wanted >=, <=, ==, !=, ~=, > or < and a version",
                                           Quote(part, 60)));
  }
  const std::string_view text = Trim(part.substr(op->text.size()));
  const bool starred = text.ends_with(".*");
  if (!starred && op->text != "~=") {
    WL_TRY(Version version, Version::Parse(text));
    return Condition{op->op, std::move(version)};
  }
  std::string_view prefix = starred ? text.substr(0, text.size() - 2) : text;
  if (!starred) {
    const size_t dot = text.rfind('.');
    prefix = text.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  const auto next = NextPrefix(prefix);
  const bool is_prefix = (op->op == Op::kEqual && op->text != "~=") || op->op == Op::kUnequal;
  if (!next || (starred && !is_prefix)) {
    return Error(Code::kUsage, fmt::format("{}: wanted a range like ~=4.36.1, ==4.37.* or !=4.37.*",
                                           Quote(part, 60)));
  }
  // What comes before 4.38 in the order of versions includes the first trials of it.
  WL_TRY(Version end, Version::Parse(*next + ".dev0"));
  WL_TRY(Version from, Version::Parse(starred ? std::string(prefix) + ".dev0" : std::string(text)));
  return Condition{op->op, std::move(from), std::move(end)};
}

Result<VersionSpec> VersionSpec::Parse(std::string_view text) {
  VersionSpec spec;
  spec.text_ = text;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (spec.conditions_.size() == kMostConditions) {
      return Error(Code::kUsage, fmt::format("{}: more than {} conditions", Quote(spec.text_, 60),
                                             kMostConditions));
    }
    WL_TRY(Condition condition, ParseCondition(Trim(part)));
    spec.conditions_.push_back(std::move(condition));
  }
  return spec;
}

int VersionSpec::Place::Compare(const Version& other) const {
  if (version == nullptr) return -1;
  const int order = version->Compare(other);
  return behind && order == 0 ? 1 : order;
}

bool VersionSpec::ContainsPlace(const Place& place) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& c) {
    const int order = place.Compare(c.version);
    if (c.end) return (order >= 0 && place.Compare(*c.end) < 0) == (c.op == Op::kEqual);
    switch (c.op) {
      case Op::kEqual:
        return order == 0;
      case Op::kUnequal:
        return order != 0;
      case Op::kLess:
        return order < 0;
      case Op::kAtMost:
        return order <= 0;
      case Op::kMore:
        return order > 0;
      case Op::kAtLeast:
        return order >= 0;
    }
    return false;
  });
}

bool VersionSpec::Contains(const Version& version) const {
  return ContainsPlace({&version, /*behind=*/false});
}

// Between two bounds in a row nothing changes, so that one place in each gap speaks for all of it.
Overlap VersionSpec::Within(const VersionSpec& other) const {
  bool inside = false, outside = false;
  const auto ask = [&](const Place& place) {
    if (!ContainsPlace(place)) return;
    (other.ContainsPlace(place) ? inside : outside) = true;
  };
  ask({nullptr, /*behind=*/false});
  for (const VersionSpec* spec : {this, &other}) {
    for (const Condition& condition : spec->conditions_) {
      for (const Version* bound : {&condition.version, condition.end ? &*condition.end : nullptr}) {
        if (bound == nullptr) continue;
        ask({bound, /*behind=*/false});
        ask({bound, /*behind=*/true});
      }
    }
  }
  if (!inside) return Overlap::kNone;
  return outside ? Overlap::kSome : Overlap::kAll;
}

bool VersionSpec::ReachesBeyond(const Version& version) const {
  if (ContainsPlace({&version, /*behind=*/true})) return true;
  return std::any_of(conditions_.begin(), conditions_.end(), [&](const Condition& c) {
    for (const Version* bound : {&c.version, c.end ? &*c.end : nullptr}) {
      if (bound == nullptr || bound->Compare(version) < 0) continue;
      const bool at = bound->Compare(version) > 0 && ContainsPlace({bound, /*behind=*/false});
      if (at || ContainsPlace({bound, /*behind=*/true})) return true;
    }
    return false;
  });
}

Overlap Component::Within(const VersionSpec& spec) const {
  if (absent) return Overlap::kNone;
  if (version) return spec.Contains(*version) ? Overlap::kAll : Overlap::kNone;
  return range ? range->Within(spec) : Overlap::kSome;
}

std::string Component::Text() const {
  if (absent) return "absent";
  if (version) return version->text();
  return range ? range->text() : "present";
}

}  // namespace weighlock

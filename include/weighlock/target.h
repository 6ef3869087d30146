// Versions, and the runtime that a package must load in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weighlock/platform.h"
#include "weighlock/result.h"

namespace weighlock {

// A version as PEP 440 orders them: release numbers, then dev < a < b < rc < final < post. Local
// parts ("+cu121") are read and ignored.
class Version {
 public:
  static Result<Version> Parse(std::string_view text);
  // Less, equal or greater: -1, 0, 1. Missing release numbers count as 0.
  int Compare(const Version& other) const {
    if (leading_ != other.leading_) return leading_ < other.leading_ ? -1 : 1;
    return CompareWhole(other);
  }
  const std::string& text() const WL_LIFETIME_BOUND { return text_; }

 private:
  int CompareWhole(const Version& other) const;

  std::string text_;
  // The first four release numbers, 16 bits each: two versions of which these differ lie as these
  // do. A number that needs more, and what is behind it, is all ones.
  uint64_t leading_ = 0;
  std::vector<uint64_t> release_;
  int phase_ = 4;  // dev 0, a 1, b 2, rc 3, final 4, post 5
  uint64_t phase_number_ = 0;
};

// How a spec lies to another one.
enum class Overlap : uint8_t { kNone, kSome, kAll };

// A comma-separated list of conditions, all of which hold: ">=4.23.0,<4.30.0,!=4.25.1". Operators
// of PEP 440: >=, <=, ==, !=, >, <, ~= ("~=4.36.1": from 4.36.1 on, below 4.37), and "==4.37.*",
// "!=4.37.*". Spaces around operators and commas are passed over; an empty text holds for all.
class VersionSpec {
 public:
  static Result<VersionSpec> Parse(std::string_view text);
  bool Contains(const Version& version) const;
  // How much of this spec's versions `other` contains: kSome where it splits them. Decided by the
  // bounds alone, released or not: a split between two releases in a row is kSome too. A spec that
  // no version meets gives kNone. O(conditions^2).
  Overlap Within(const VersionSpec& other) const;
  // Whether it contains versions newer than `version`, released or not.
  bool ReachesBeyond(const Version& version) const;
  const std::string& text() const WL_LIFETIME_BOUND { return text_; }

 private:
  enum class Op : uint8_t { kEqual, kUnequal, kLess, kAtMost, kMore, kAtLeast };
  struct Condition {
    Op op;
    Version version;
    // "==4.37.*" and "!=4.37.*" lie between two versions: this is the first one behind.
    std::optional<Version> end = std::nullopt;
  };
  // A place on the line of versions: a version, or the gap just behind it; nothing: the gap before
  // all of them.
  struct Place {
    const Version* version;
    bool behind;
    int Compare(const Version& other) const;
  };
  static Result<Condition> ParseCondition(std::string_view part);
  bool ContainsPlace(const Place& place) const;

  std::string text_;
  std::vector<Condition> conditions_;
};

// What is known of one component of a runtime.
struct Component {
  std::optional<Version> version;  // empty: present, version unknown, or absent
  bool absent = false;
  std::optional<VersionSpec> range = std::nullopt;  // of the version, where that is not known

  // Whether the version meets `spec`: kAll yes, kNone no, kSome: it cannot be told. kNone where the
  // component is absent.
  Overlap Within(const VersionSpec& spec) const;
  std::string Text() const;  // "4.11.3", ">=4.36,<4.40", "absent", "present"
};

// A runtime: component names ("transformers", "torch", "python") in lower case, "_" as "-". A
// component that is not named is unknown, which is not the same as absent.
struct Target {
  std::string text;  // as given
  Platform platform = Platform::kUnknown;
  std::map<std::string, Component, std::less<>> components;

  const Component* Find(std::string_view name) const WL_LIFETIME_BOUND;
};

// "Torch_Sparse" as "torch-sparse".
std::string NormalisedName(std::string_view name);

// What may stand behind a component's name: "==4.11.3", "4.11.3", ">=4.36,<4.40", "==4.37.*", "*",
// "absent", "present". kUsage.
Result<Component> ParseComponent(std::string_view value);

// "transformers==4.11.3,torch==1.9.0,python==3.8,safetensors=absent,platform=tgi"; ranges too
// ("transformers>=4.36,<4.40,torch>=2.1": a comma before an operator goes on with the range). Also
// read: sagemaker=present and =absent, for the platforms sagemaker-hf and plain.
// kUsage says what is wrong with which part, and what is accepted.
Result<Target> ParseTarget(std::string_view text);

}  // namespace weighlock

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
  int Compare(const Version& other) const;
  const std::string& text() const WL_LIFETIME_BOUND { return text_; }

 private:
  std::string text_;
  std::vector<uint64_t> release_;
  int phase_ = 4;  // dev 0, a 1, b 2, rc 3, final 4, post 5
  uint64_t phase_number_ = 0;
};

// A comma-separated list of conditions, all of which hold: ">=4.23.0,<4.30.0,!=4.25.1".
class VersionSpec {
 public:
  static Result<VersionSpec> Parse(std::string_view text);
  bool Contains(const Version& version) const;
  const std::string& text() const WL_LIFETIME_BOUND { return text_; }

 private:
  struct Condition {
    std::string op;
    Version version;
  };
  std::string text_;
  std::vector<Condition> conditions_;
};

// What is known of one component of a runtime.
struct Component {
  std::optional<Version> version;  // empty: present, version unknown, or absent
  bool absent = false;
};

// A runtime: component names ("transformers", "torch", "python") in lower case, "_" as "-". A
// component that is not named is unknown, which is not the same as absent.
struct Target {
  std::string text;  // as given
  Platform platform = Platform::kUnknown;
  std::map<std::string, Component, std::less<>> components;

  const Component* Find(std::string_view name) const WL_LIFETIME_BOUND;
};

// "transformers==4.11.3,torch==1.9.0,python==3.8,safetensors=absent,platform=tgi". Also read:
// sagemaker=present and =absent, for the platforms sagemaker-hf and plain. kUsage says what is
// wrong with which part, and what is accepted.
Result<Target> ParseTarget(std::string_view text);

}  // namespace weighlock

// Which releases know a name that fills a slot of a message.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "compat/peft_releases.h"
#include "compat/releases.h"

namespace weighlock {

struct KnownRange {
  std::string first;
  std::string until;  // the first release that knows it no more; empty: it still does
  std::string last;   // the last that does
};

class FirstKnownReleases {
 public:
  static Result<FirstKnownReleases> Builtin();

  // The releases that know `name`, of a table: "model_type", "activation", "tokenizer_class",
  // "quantization", "peft_type". Nothing: none of them does.
  std::optional<KnownRange> Of(std::string_view table, std::string_view name) const;
  // The newest release that the table speaks of.
  std::string Through(std::string_view table) const;

 private:
  FirstKnownReleases(Releases releases, PeftReleases peft)
      : releases_(std::move(releases)), peft_(std::move(peft)) {}

  Releases releases_;
  PeftReleases peft_;
};

}  // namespace weighlock

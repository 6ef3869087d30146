// Whether words that anybody says were said of a model that is loaded.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "explain/canonical.h"
#include "explain/catalogue.h"
#include "explain/message_search.h"
#include "explain/surroundings.h"

namespace weighlock {

enum class Standing : uint8_t {
  kSure,     // nobody else says so, or it was said where a model is loaded
  kLikely,   // the words are Python's own, and nothing around them says where they come from
  kGuess,    // the same, and others say them as often
  kForeign,  // they were said where no model is loaded
};

// What the search knows of a match besides its place.
struct MatchTraits {
  bool vague = false;          // nothing but an exception's type
  bool known = false;          // what fills its slot is a name that a release knows
  bool words = true;           // it begins with words of its own, and not with a hole
  bool whole = true;           // all of it was found
  std::string_view exception;  // the type in front of a short message: "exception"; else empty
};

class StandingJudge {
 public:
  // Keeps references to all three.
  StandingJudge(const Catalogue& catalogue, const Canonical& canonical, std::string_view text)
      : catalogue_(catalogue), canonical_(canonical), text_(text) {}

  Standing Of(const CatalogueMessage& message, const MessageMatch& match, MatchTraits traits);
  // The file in which its exception was raised; empty: no traceback says it.
  std::string PlaceOf(const MessageMatch& match);

 private:
  bool IsInsideAWord(size_t letter, bool points) const;
  bool IsOfAnotherType(const MessageMatch& match, std::string_view exception) const;
  bool EndsInsideAWord(const MessageMatch& match) const;
  bool IsBroken(const MessageMatch& match) const;
  const Surroundings& Around(size_t at);

  const Catalogue& catalogue_;
  const Canonical& canonical_;
  std::string_view text_;
  std::map<size_t, Surroundings> around_;  // by where the message begins
};

}  // namespace weighlock

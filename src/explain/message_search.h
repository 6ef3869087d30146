// Which messages of the catalogue stand in a text, and where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/canonical.h"
#include "explain/literal_search.h"
#include "explain/message_form.h"

namespace weighlock {

// A message of which enough was found, in its order.
struct MessageMatch {
  size_t message = 0;         // its number
  size_t letters = 0;         // of its pieces that were found
  size_t core = 0;            // the same without the exception's type
  size_t begin = 0, end = 0;  // in the canonical text
  size_t core_begin = 0;      // where its own words begin, behind the exception's type
  bool from_start = false;    // with the first of its words
  bool cut = false;           // the text ends where its next words would go on
  size_t missing = 0;         // letters of its pieces between these that were not found
};

class MessageSearch {
 public:
  explicit MessageSearch(std::vector<MessageForm> forms);

  // The best match of each message that stands in the text; of equals the last.
  std::vector<MessageMatch> Run(const Canonical& text) const;

  // What fills the holes of a match, by name, as far as their neighbours were found.
  std::vector<std::pair<std::string, std::string>> Values(const MessageMatch& match,
                                                          const Canonical& canonical,
                                                          std::string_view text) const;

  const MessageForm& form(size_t message) const { return forms_[message]; }

 private:
  struct Place {
    size_t message, piece;
  };
  static LiteralSearch SearchOf(const std::vector<MessageForm>& forms,
                                std::vector<std::vector<Place>>& places);
  bool IsEnough(const MessageMatch& match) const;

  std::vector<MessageForm> forms_;
  std::vector<std::vector<Place>> places_;  // of each literal of the search
  LiteralSearch search_;
};

}  // namespace weighlock

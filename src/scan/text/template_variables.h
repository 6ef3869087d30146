// What the variables and macros of a template stand for, as far as that is not in its tags; and its
// blocks.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "scan/text/jinja_view.h"

namespace weighlock::scan {

class TemplateVariables : JinjaView {
 public:
  explicit TemplateVariables(const std::vector<JinjaToken>& tokens) : JinjaView(tokens) {}

  // The statement whose word is the token at `i`. What is wrong with its block, as the end of a
  // sentence; empty where nothing is.
  std::string Statement(size_t i);

  bool HasOpenBlocks() const { return !open_.empty(); }
  // Variables and macros whose text was put together, or stands between tags.
  bool IsBuilt(const std::string& name) const { return built_.count(name) > 0; }
  // Variables that hold what was looked up by a name that is not in the template.
  bool IsLookedUp(const std::string& name) const { return looked_up_.count(name) > 0; }

 private:
  std::string Block(size_t i);
  bool IsBlockSet(size_t i) const;
  void Assignment(size_t i, bool is_macro);

  std::vector<std::string> open_;
  std::set<std::string> built_, looked_up_;
};

}  // namespace weighlock::scan

// What the variables and macros of a template stand for, as far as that is not in its tags; and its
// blocks.
#pragma once

#include <cstdint>
#include <map>
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

  // Call once all statements were seen: follows what was built through variables, loops, lists and
  // macros. False where that does not come to an end soon.
  bool Follow();

  bool HasOpenBlocks() const { return !open_.empty(); }
  // Variables and macros whose text was put together, or stands between tags.
  bool IsBuilt(const std::string& name) const { return built_.count(name) > 0; }
  // Variables that hold what was looked up by a name that is not in the template.
  bool IsLookedUp(const std::string& name) const { return looked_up_.count(name) > 0; }
  // Whether what stands in [begin, end) has to do with anything that was put together. After
  // Follow().
  bool IsDerived(size_t begin, size_t end) const {
    return begin < end && end < marked_.size() && marked_[end] > marked_[begin];
  }
  // Whether the template gives this name a meaning of its own.
  bool IsBound(const std::string& name) const { return bound_.count(name) > 0; }

 private:
  // Names that get what stands in [begin, end): these, or the parameters of a macro.
  struct Binding {
    std::vector<std::string> names;
    size_t begin, end;
    std::string macro;
  };

  std::string Block(size_t i);
  bool IsBlockSet(size_t i) const;
  void Assignment(size_t i, bool is_macro);
  void Bind(size_t i);
  void BindItems(const std::string& name, size_t begin, size_t end);
  void BindParameters(size_t i);
  size_t StatementEnd(size_t i) const;
  bool IsDerivedName(const std::string& name) const;
  bool IsDerivedAt(size_t i) const;
  void Mark(bool with_building);

  std::vector<std::string> open_;
  std::set<std::string> built_, looked_up_, derived_, bound_;
  std::vector<Binding> bindings_;
  std::vector<uint32_t> marked_;  // how many tokens before this one are derived
  std::map<std::string, std::vector<std::string>> parameters_;  // of macros, and of call blocks
};

}  // namespace weighlock::scan

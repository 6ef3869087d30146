// Names to names: prefixes that are added or taken away, old spellings, ties, buffers.
#include "check/parameter_match.h"

#include <algorithm>
#include <map>
#include <set>

#include "check/stacked_experts.h"

namespace weighlock {
namespace {

const JsonValue kNoConfig;

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

class Matcher {
 public:
  Matcher(const Package& package, const ExpectedModel& model, const WeightSet& set,
          const Matching& matching)
      : package_(package), model_(model), set_(set), matching_(matching), experts_(model) {
    for (const ExpectedParameter& parameter : model.parameters) {
      expected_.emplace(parameter.name, &parameter);
    }
  }

  ParameterMatch Run() {
    // Any name that begins so counts, with a dot behind it or not.
    bool has_prefix = false;
    Each([&](size_t, const Tensor& tensor) {
      has_prefix |= tensor.name.starts_with(model_.prefix);
    });
    lacks_prefix_ = !has_prefix && !model_.is_bare;
    has_extra_prefix_ = has_prefix && model_.is_bare;
    Each([&](size_t file, const Tensor& tensor) { Place(file, tensor); });
    PlaceStacks();
    for (const ExpectedParameter& parameter : model_.parameters) {
      if (parameter.is_buffer || parameter.is_alias) continue;
      if (!IsThere(parameter.name)) match_.missing.push_back(&parameter);
    }
    Order();
    return std::move(match_);
  }

 private:
  template <typename Visit>
  void Each(Visit visit) const {
    for (const size_t file : set_.files) {
      const Model& model = *package_.artefacts[file].model;
      for (const Tensor& tensor : model.tensors) {
        if (!IsWithin(tensor.name, model.whole.containers)) visit(file, tensor);
      }
    }
  }

  // Whether a tensor lies deeper in a pickle than names of weights lead: in a dict of a dict.
  static bool IsWithin(std::string_view name, const std::vector<std::string>& containers) {
    return std::any_of(containers.begin(), containers.end(), [&](std::string_view container) {
      container = container.substr(0, container.rfind(": "));
      return name.size() > container.size() && name[container.size()] == '.' &&
             name.starts_with(container);
    });
  }

  // The name as the target reads it: gamma and beta are TensorFlow's words.
  std::string Spelled(std::string name) const {
    for (const auto& [from, to] : model_.renamed) ReplaceAll(name, from, to);
    if (matching_.tensorflow_words) {
      if (name.find("beta") != std::string::npos) {
        ReplaceAll(name, "beta", "bias");
      } else {
        ReplaceAll(name, "gamma", "weight");
      }
    } else if (name.ends_with("LayerNorm.gamma")) {
      name.replace(name.size() - 5, 5, "weight");
    } else if (name.ends_with("LayerNorm.beta")) {
      name.replace(name.size() - 4, 4, "bias");
    }
    return name;
  }

  void Place(size_t file, const Tensor& tensor) {
    std::string name = Spelled(tensor.name);
    if (matching_.name_by_name) {
      name = InFive(std::move(name));
    } else if (lacks_prefix_) {
      if (matching_.refuses_mixtures && IsOfHead(name)) match_.is_corrupted = true;
      name = model_.prefix + "." + name;
    } else if (has_extra_prefix_ && name.starts_with(model_.prefix + ".")) {
      name.erase(0, model_.prefix.size() + 1);
    }
    if (experts_.Take(name, file, tensor)) return;
    Compare(std::move(name), file, tensor, {tensor.shape.begin(), tensor.shape.end()});
  }

  // From 5.0 on each name is asked on its own whether a prefix more or less makes it one that is
  // wanted: "model.model.norm.weight" is "model.norm.weight".
  std::string InFive(std::string name) const {
    const std::string begin = model_.prefix + ".";
    if (model_.prefix.empty()) return name;
    if (name.starts_with(begin) && expected_.contains(name.substr(begin.size()))) {
      return name.substr(begin.size());
    }
    return expected_.contains(begin + name) ? begin + name : name;
  }

  void Compare(std::string name, size_t file, const Tensor& tensor, std::vector<uint64_t> shape) {
    const auto found = expected_.find(name);
    if (found == expected_.end()) {
      if (!IsKnown(name)) match_.unexpected.push_back(&tensor);
    } else if (shape != found->second->shape) {
      match_.mismatched.push_back({file, &tensor, found->second, std::move(shape)});
    }
    there_.insert(std::move(name));
  }

  void PlaceStacks() {
    for (auto& [name, stack] : experts_.Stacks()) {
      if (stack.shape) {
        Compare(name, stack.file, *stack.tensor, *std::move(stack.shape));
      } else if (match_.unstackable == nullptr) {
        match_.unstackable = stack.tensor;
      }
    }
  }

  // A name of the model with a head that does not begin with the bare model's.
  bool IsOfHead(const std::string& name) const { return expected_.contains(name); }

  // A name that is no parameter, and no surprise either.
  bool IsKnown(std::string_view name) const {
    return std::any_of(model_.tied.begin(), model_.tied.end(),
                       [&](const auto& pair) { return pair.first == name; }) ||
           std::any_of(model_.buffers.begin(), model_.buffers.end(), [&](const std::string& end) {
             return name.ends_with(end) &&
                    (name.size() == end.size() || name[name.size() - end.size() - 1] == '.');
           });
  }

  bool IsThere(const std::string& name) const {
    return there_.contains(name) ||
           std::any_of(model_.tied.begin(), model_.tied.end(), [&](const auto& pair) {
             if (pair.second != name || !there_.contains(pair.first)) return false;
             const auto other = expected_.find(pair.first);
             return other == expected_.end() || other->second->is_alias;
           });
  }

  void Order() {
    if (!matching_.in_model_order) return;
    std::map<const ExpectedParameter*, size_t> order;
    for (size_t i = 0; i < model_.parameters.size(); ++i) order[&model_.parameters[i]] = i;
    std::map<size_t, size_t> files;
    for (size_t i = 0; i < set_.files.size(); ++i) files.emplace(set_.files[i], i);
    std::stable_sort(match_.mismatched.begin(), match_.mismatched.end(),
                     [&](const ShapeMismatch& a, const ShapeMismatch& b) {
                       return std::pair(files[a.file], order[a.parameter]) <
                              std::pair(files[b.file], order[b.parameter]);
                     });
  }

  const Package& package_;
  const ExpectedModel& model_;
  const WeightSet& set_;
  const Matching& matching_;
  std::map<std::string_view, const ExpectedParameter*> expected_;
  std::set<std::string, std::less<>> there_;
  bool lacks_prefix_ = false, has_extra_prefix_ = false;
  StackedExperts experts_;
  ParameterMatch match_;
};

}  // namespace

Matching Matching::Of(const Situation& situation) {
  return {.tensorflow_words = situation.TransformersIs("<4.49.0"),
          .refuses_mixtures = situation.TransformersIs(">=4.10.0"),
          .in_model_order = situation.TransformersIs("<4.51.0"),
          .name_by_name = situation.TransformersIs(">=5.0.0")};
}

ParameterMatch Match(const Package& package, const ExpectedModel& model, const WeightSet& set,
                     const Matching& matching) {
  return Matcher(package, model, set, matching).Run();
}

ModelMatches::ModelMatches(const Package& package, const Families& families,
                           const JsonValue* config)
    : package_(package), models_(families, config == nullptr ? kNoConfig : *config) {}

const ParameterMatch& ModelMatches::Of(const Situation& situation, const ExpectedModel& model,
                                       const WeightSet& set) {
  const Matching matching = Matching::Of(situation);
  Key key(&model, set.files, matching);
  auto found = matches_.find(key);
  if (found == matches_.end()) {
    found = matches_.emplace(std::move(key), Match(package_, model, set, matching)).first;
  }
  return found->second;
}

}  // namespace weighlock

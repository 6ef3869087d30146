// By the first component behind the library's name, and by how the name is spelt: what a module
// only imports for itself is not among its names of such a kind.
#include "scan/model/keras_names.h"

#include <algorithm>
#include <array>

namespace weighlock::scan {
namespace {

// Whose classes are layers and their like, also below keras.src; those of keras_hub.
constexpr std::array<std::string_view, 21> kClasses = {
    "layers",     "models",   "initializers", "regularizers", "constraints",
    "optimizers", "losses",   "metrics",      "activations",  "dtype_policies",
    "engine",     "backend",  "distribution", "quantizers",   "ops",
    "random",     "samplers", "tokenizers",   "legacy",       "legacy_tf_layers",
    "wrappers"};
// Whose functions compute numbers from numbers.
constexpr std::array<std::string_view, 8> kFunctions = {
    "activations", "initializers", "losses",      "metrics",
    "ops",         "regularizers", "constraints", "random"};

// "layers" of "keras.src.layers.core.dense"; "" of "keras"; nothing of other libraries.
std::string_view PartOf(std::string_view module, bool& is_keras) {
  for (const std::string_view library :
       {"tf_keras", "keras_nlp", "keras_hub", "keras_cv", "keras"}) {
    if (!module.starts_with(library)) continue;
    std::string_view rest = module.substr(library.size());
    if (!rest.empty() && rest[0] != '.') continue;
    if (rest == ".src" || rest.starts_with(".src.")) rest.remove_prefix(4);
    if (rest.starts_with(".api.")) rest.remove_prefix(4);
    is_keras = true;
    rest.remove_prefix(rest.empty() ? 0 : 1);
    return rest.substr(0, rest.find('.'));
  }
  is_keras = false;
  return {};
}

bool IsIdentifier(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

}  // namespace

bool IsKerasClass(std::string_view module, std::string_view name) {
  bool is_keras = false;
  const std::string_view part = PartOf(module, is_keras);
  if (!is_keras || !IsIdentifier(name)) return false;
  const bool is_class = (name[0] >= 'A' && name[0] <= 'Z') || name.starts_with("__");
  if (!is_class) return IsKerasFunction(module, name);
  return part.empty() || std::find(kClasses.begin(), kClasses.end(), part) != kClasses.end();
}

bool IsKerasFunction(std::string_view module, std::string_view name) {
  constexpr std::array<std::string_view, 5> kNone = {"get", "serialize", "deserialize",
                                                     "keras_export", "deserialize_keras_object"};
  bool is_keras = false;
  const std::string_view part = PartOf(module, is_keras);
  return is_keras && IsIdentifier(name) && name[0] >= 'a' && name[0] <= 'z' &&
         std::find(kFunctions.begin(), kFunctions.end(), part) != kFunctions.end() &&
         std::find(kNone.begin(), kNone.end(), name) == kNone.end();
}

}  // namespace weighlock::scan

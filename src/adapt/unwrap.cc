// Names are taken off tensor by tensor: one that is known within the wrapper and outside keeps the
// names within, one that is only outside is left out and told of.
#include "adapt/unwrap.h"

#include <fmt/format.h>

#include <array>
#include <set>

#include "base/escape.h"

namespace weighlock {
namespace {

constexpr size_t kMostNamed = 8;

// What trainers put around a state dict, and what DataParallel and torch.compile put before names.
constexpr std::array<std::string_view, 7> kWrappers = {
    "state_dict", "model_state_dict", "module", "_orig_mod",
    "params_ema", "net_state_dict",   "weights"};

std::set<std::string> FirstParts(const TensorList& list) {
  std::set<std::string> parts;
  for (const Tensor& tensor : list.tensors)
    parts.insert(tensor.name.substr(0, tensor.name.find('.')));
  for (const TensorAlias& alias : list.aliases)
    parts.insert(alias.name.substr(0, alias.name.find('.')));
  return parts;
}

Error NoSuch(const std::string& prefix, const TensorList& list) {
  const std::set<std::string> parts = FirstParts(list);
  std::string names;
  size_t named = 0;
  for (const std::string& part : parts) {
    if (++named > kMostNamed) break;
    names += (names.empty() ? "" : ", ") + Quote(part);
  }
  return Error(Code::kNotFound,
               fmt::format("no tensor is below {}; their names begin with {}{}", Quote(prefix),
                           names, parts.size() > kMostNamed ? ", ..." : ""));
}

}  // namespace

Status Unwrap(const std::string& prefix, TensorList& list) {
  const std::string begin = prefix + ".";
  // All names of each tensor that stay; the first is to be its own.
  std::vector<std::vector<std::string>> names(list.tensors.size());
  size_t left_out = 0;
  const auto look = [&](const std::string& name, size_t tensor) {
    if (name.starts_with(begin) && name.size() > begin.size()) {
      names[tensor].push_back(name.substr(begin.size()));
    } else {
      ++left_out;
    }
  };
  for (size_t i = 0; i < list.tensors.size(); ++i) look(list.tensors[i].name, i);
  for (const TensorAlias& alias : list.aliases) look(alias.name, alias.tensor);

  TensorList kept;
  std::vector<std::optional<size_t>> moved(list.tensors.size());
  for (size_t i = 0; i < list.tensors.size(); ++i) {
    if (names[i].empty()) continue;
    moved[i] = kept.tensors.size();
    for (size_t n = 1; n < names[i].size(); ++n) {
      kept.aliases.push_back({std::move(names[i][n]), kept.tensors.size()});
    }
    kept.tensors.push_back(std::move(list.tensors[i]));
    kept.tensors.back().name = std::move(names[i][0]);
    kept.files.push_back(std::move(list.files[i]));
  }
  if (kept.tensors.empty()) return NoSuch(prefix, list);
  kept.checksums = std::move(list.checksums);
  for (StoredChecksum& checksum : kept.checksums) {
    if (checksum.tensor) checksum.tensor = moved[*checksum.tensor];
  }
  kept.metadata = std::move(list.metadata);
  kept.notes = std::move(list.notes);
  if (left_out > 0) {
    kept.notes.push_back(
        fmt::format("left out: {} tensors that are not below {}", left_out, Quote(prefix)));
  }
  list = std::move(kept);
  return {};
}

Status MendTensors(const std::string& prefix, TensorList& list) {
  list.metadata.erase("format");
  return prefix.empty() ? Status() : Unwrap(prefix, list);
}

std::string WrapperHint(const TensorList& list) {
  const std::set<std::string> parts = FirstParts(list);
  for (const std::string_view wrapper : kWrappers) {
    if (!parts.contains(std::string(wrapper))) continue;
    if (parts.size() == 1) {
      return fmt::format("all names begin with {0}: --unwrap {0} takes that off", wrapper);
    }
    return fmt::format("the weights may be those below {0}: --unwrap {0} takes these alone",
                       wrapper);
  }
  return {};
}

}  // namespace weighlock

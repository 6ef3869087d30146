// Values repeat names, so each name is looked up in the tables once.
#include "scan/pickle/pickle_names.h"

#include <fmt/format.h>

#include <utility>

#include "scan/pickle/partial_new.h"

namespace weighlock::scan {
namespace {

using pickle::ValueId;
using pickle::ValueKind;

std::string_view StandingWord(Standing standing) {
  switch (standing) {
    case Standing::kAllowed:
      return "allowed";
    case Standing::kLibrary:
      return "library";
    case Standing::kDangerous:
    case Standing::kTampering:
      return "dangerous";
    default:
      return "unknown";
  }
}

}  // namespace

bool IsScriptOfPackage(const NamedCallee& named) {
  return named.module == "torch.jit._script" && named.name == "unpackage_script_module";
}

PickleNames::PickleNames(const pickle::Pickle& pickle, PickleHome home)
    : pickle_(pickle), graph_(pickle.graph), home_(home) {
  FindPartialNews();
}

std::string PickleNames::KeyOf(ValueId global) const {
  if (graph_.kind(global) != ValueKind::kGlobal || graph_.global(global).computed) return {};
  return fmt::format("{}\n{}", graph_.global(global).module, graph_.global(global).name);
}

// The class of ("module", class, file, source), by which old files name modules with their source.
ValueId PickleNames::ModuleClass(ValueId id) const {
  if (home_ != PickleHome::kTorchLegacy || graph_.kind(id) != ValueKind::kPersistentId) return id;
  const ValueId pid = graph_.persistent_id(id);
  if (graph_.kind(pid) != ValueKind::kTuple) return id;
  const auto parts = graph_.items(pid);
  const bool is_module =
      parts.size() == 4 && graph_.is_string(parts[0]) && graph_.text(parts[0]) == "module";
  return is_module ? parts[1] : id;
}

const NamedCallee* PickleNames::LookUp(ValueId id) {
  const ValueId global = ModuleClass(id);
  if (graph_.kind(global) == ValueKind::kCall) return LookUpAttribute(global);
  if (graph_.kind(global) != ValueKind::kGlobal || graph_.global(global).computed) return nullptr;
  if (const auto known = by_value_.find(global); known != by_value_.end()) return known->second;
  auto [entry, is_new] = names_.try_emplace(KeyOf(global));
  if (is_new) {
    entry->second = *CalleeOf(pickle_, global);
    if (home_ == PickleHome::kTorchScript && entry->second.module.starts_with("__torch__")) {
      entry->second.policy = {Standing::kAllowed, "script"};
    }
    // Called by torch.package itself, for a graph of TorchScript that lies in the archive.
    if (home_ == PickleHome::kTorchPackage && IsScriptOfPackage(entry->second)) {
      entry->second.policy = {Standing::kAllowed, "value"};
    }
  }
  const NamedCallee& named = entry->second;
  by_value_.emplace(global, &named);
  GlobalUse& use = uses_.try_emplace(entry->first).first->second;
  if (use.count++ == 0) {
    use.module = named.module;
    use.name = named.name;
    use.standing = StandingWord(named.policy.standing);
  }
  return &named;
}

void PickleNames::FindPartialNews() {
  graph_.ForEachOf({ValueKind::kCall}, [this](ValueId id) {
    auto partial = PartialNewOf(pickle_, id);
    if (!partial) return;
    is_new_.insert(partial->getattr);
    made_by_new_.emplace(id, std::move(partial->made));
  });
}

const NamedCallee* PickleNames::LookUpAttribute(ValueId id) {
  if (const auto made = made_by_new_.find(id); made != made_by_new_.end()) return &made->second;
  auto named = CalleeOf(pickle_, id);
  if (!named) return nullptr;
  const std::string key = fmt::format("{}\n{}", named->module, named->name);
  return &names_.try_emplace(key, *std::move(named)).first->second;
}

std::vector<GlobalUse> PickleNames::TakeUses() {
  std::vector<GlobalUse> uses;
  for (auto& [name, use] : uses_) uses.push_back(std::move(use));
  return uses;
}

}  // namespace weighlock::scan

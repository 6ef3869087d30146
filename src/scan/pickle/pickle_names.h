// The names that a pickle imports, and what the policy says of each: asked once, and counted.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "pickle/pickle.h"
#include "scan/pickle/named_callee.h"
#include "scan/pickle/pickle_judge.h"
#include "weighlock/scan.h"

namespace weighlock::scan {

// The one function that ids of torch.package may name: it takes a TorchScript graph out of the
// archive.
bool IsScriptOfPackage(const NamedCallee& named);

class PickleNames {
 public:
  PickleNames(const pickle::Pickle& pickle, PickleHome home);

  // What a value names for import or for a call: a global, an attribute of one that the tables
  // allow, a class by which an old file names a module. Null: nothing that is known by name. Valid
  // as long as this.
  const NamedCallee* LookUp(pickle::ValueId id);

  // The same of a call that stands for a name: getattr(C, "name"), functools.partial(C.__new__, C).
  const NamedCallee* LookUpAttribute(pickle::ValueId id);

  // Objects that are made by functools.partial(C.__new__, class, ...)() are of that class.
  bool IsNew(pickle::ValueId id) const { return is_new_.contains(id); }  // getattr(C, "__new__")
  bool IsMadeByNew(pickle::ValueId id) const { return made_by_new_.contains(id); }  // the partial

  // By module and name. Call last.
  std::vector<GlobalUse> TakeUses();

 private:
  void FindPartialNews();
  std::string KeyOf(pickle::ValueId global) const;
  pickle::ValueId ModuleClass(pickle::ValueId id) const;

  const pickle::Pickle& pickle_;
  const pickle::PickleGraph& graph_;
  PickleHome home_;
  std::map<std::string, NamedCallee> names_;  // by name as written
  std::unordered_map<pickle::ValueId, const NamedCallee*> by_value_;
  std::unordered_map<pickle::ValueId, NamedCallee> made_by_new_;  // by partial, what it makes
  std::set<pickle::ValueId> is_new_;
  std::map<std::string, GlobalUse> uses_;
};

}  // namespace weighlock::scan

// A target by name, from a file, or as a contract: what the receiving side runs, and what it asks
// of a package besides (docs/contract.md).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weighlock/date.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/package.h"
#include "weighlock/result.h"
#include "weighlock/target.h"
#include "weighlock/verdict.h"

namespace weighlock {

// How a target was given.
enum class TargetSource : uint8_t {
  kInline,
  kProfile,
  kPipFreeze,
  kRequirements,
  kConda,
  kContract,
};
// "inline", "profile", "pip-freeze", "requirements", "conda", "contract".
std::string_view TargetSourceName(TargetSource source);

// A finding that is accepted until a day.
struct Waiver {
  std::string rule;    // "WL-H-010"
  std::string path;    // a shell pattern of the finding's path; empty: any
  std::string reason;  // never empty
  std::string by;
  Date until;         // the last day on which it holds
  uint64_t line = 0;  // of the contract
};

// What a manifest or a signature is asked for.
enum class Demand : uint8_t { kOff, kOptional, kRequired };

struct ContractLimits {
  std::optional<uint64_t> total, file, header, memory;  // bytes
  std::optional<uint64_t> files, path, depth, ratio;    // counts; path in bytes
};

// The file handover.toml. Empty lists and values ask for nothing.
struct Contract {
  std::string file;  // its path, as given
  // Of each key that stands in it, and of the entries of lists ("require.files.0").
  std::map<std::string, uint64_t, std::less<>> lines;
  std::string sha256;  // of its bytes, in hexadecimal
  std::string id, version, owner, extends;
  std::string kind;                // of the platform: "sagemaker-hf"
  std::vector<std::string> forms;  // "dir", "tar.gz", ...
  std::string loader, device, accelerator;
  std::optional<bool> trust_remote_code, offline;
  std::vector<std::string> may_change;

  std::vector<std::string> formats, weights, architectures, model_types, licenses;
  std::vector<DType> dtypes, runtime_dtypes;

  std::vector<std::string> required_files;
  bool complete_index = false, card = false, labels = false;

  std::vector<std::string> forbidden_classes, forbidden_files;
  bool forbid_remote_code = false;
  // Paths that are not forbidden, whatever else says so; true: it must be there.
  std::map<std::string, bool> extra_files;
  std::string name_pattern;      // of the package's own name; empty: any
  std::string allow_pickle;      // "state-dict-only", "none", "any"; empty: not said
  std::optional<bool> symlinks;  // false: no file is a link

  std::string root, names, mode;  // of [layout]
  ContractLimits limits;
  std::string task;
  std::vector<std::string> adapt, never_adapt;
  Demand manifest = Demand::kOff, signature = Demand::kOff;
  std::string signature_scheme;
  std::vector<std::string> keys, roots;
  std::string signed_at;  // "now", "signing": when a certificate must have held

  // Which verdicts fail the gate.
  std::array<bool, 4> fails = {false, false, false, true};  // by Verdict
  std::vector<Waiver> waivers;

  bool Fails(Verdict verdict) const { return fails[static_cast<size_t>(verdict)]; }
  // The key that keeps an adaptation ("T1") from being done to a package: "policy.never_adapt
  // (line 9)", or policy.adapt, where that names others only. Empty: it may be done.
  std::string Forbids(std::string_view adaptation) const;
  // Why a package of the runtime may not become `wanted`: "runtime.may_change (line 8) allows
  // transformers<=4.49 alone". Empty: it may, or the contract says nothing of it.
  std::string WhyNotBecome(const std::string& component, const Version& wanted) const;
};

struct GivenTarget {
  Target target;
  TargetSource source = TargetSource::kInline;
  std::string read_as;             // in words: "pip freeze, 34 packages; ..."; empty: inline
  std::vector<std::string> notes;  // what of a file was passed over, and why
  std::optional<Contract> contract;
};

// A list of components, the name of a built-in target, or the path of a file: a contract (.toml),
// an environment.yml of conda (.yml, .yaml), or a list as of pip freeze or requirements.txt.
// kUsage: none of them, with the nearest name; or what is wrong with the file, and in which line.
Result<GivenTarget> ReadTarget(const std::string& given, const Limits& limits = {});

// A built-in target.
struct Profile {
  std::string name;   // "sagemaker-hf/4.11.0"
  std::string title;  // one line
  Platform platform = Platform::kUnknown;
  std::vector<std::pair<std::string, Component>> components;
  std::vector<std::string> notes;
  std::string source;
};
// In the order of kb/targets.json.
Result<std::vector<Profile>> Profiles();

// What is wrong with a target in itself.
struct TargetProblem {
  bool error = true;  // else a warning
  std::string text;   // one sentence; names are escaped
};
// Whether what is pinned can be installed together, by what the known releases of transformers
// want; whether what a contract asks for contradicts itself; whether waivers have ended by `today`.
// Errors first.
Result<std::vector<TargetProblem>> LintTarget(const GivenTarget& given, const Date& today);

// The text of a contract that the package itself meets. Errors as of Inspect.
Result<std::string> InitContract(const std::string& package, const Limits& limits = {});

// What a target says, as keys and values of docs/contract.md: components first, by name.
std::vector<std::pair<std::string, std::string>> TargetRows(const GivenTarget& given);

struct TargetDifference {
  std::string key, a, b;  // empty: not said there
};
// By key. Linear.
std::vector<TargetDifference> DiffTargets(const GivenTarget& a, const GivenTarget& b);

}  // namespace weighlock

// A package made fit for a target: what would happen, what to do instead, and the doing of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weighlock/convert.h"
#include "weighlock/package.h"
#include "weighlock/progress.h"
#include "weighlock/target.h"
#include "weighlock/verdict.h"

namespace weighlock {

struct Contract;

// What the target makes of the package's weights as they are.
struct Diagnosis {
  Verdict verdict = Verdict::kOk;
  std::string rule;                   // "WL-W-001"; empty for OK
  std::string text;                   // one sentence
  std::string message;                // what the target would say, literally; may be empty
  std::vector<std::string> upgrades;  // "transformers 4.30.0 reads these weights as they are"
};

// kRewrite: a small JSON file with a few values that the target wants otherwise, all else of it as
// it was. kUnpickle: an object of a pickle becomes JSON (the step's output) and, where it has
// tensors, a .safetensors file of the same name beside it.
enum class Action : uint8_t { kKeep, kRewrite, kConvert, kUnpickle, kDrop };
std::string_view ActionName(Action action);  // "keep", "rewrite", "convert", "unpickle", ...

struct Step {
  Action action;
  std::vector<std::string> inputs;  // artefacts' paths
  std::string output;               // path in the result; empty for kDrop
  std::string reason;
  std::string adaptation;  // "W1", "T1 T2": which of the named repairs; empty for none
  WeightsForm form = WeightsForm::kTorchZip;  // of what is converted
  std::string unwrap = {};                    // and what is taken off its names: "module"; or empty

  bool operator==(const Step&) const = default;
};

// A value: the same package and target give the same plan.
struct Plan {
  Diagnosis diagnosis;
  std::vector<Step> steps;  // in the order of their first inputs
  // Whether adapting can make the target load it. Where not, there are no steps.
  bool possible = true;
  // Why nothing may be written: secrets, links out of the package, what is no file. As pack's.
  std::vector<Finding> refusals;
  std::vector<std::string> notes;
};

struct AdaptOptions {
  bool keep_training_state = false;
  // Nothing in the result is a pickle: weights are safetensors, training state (which is kept) and
  // other pickles become JSON and safetensors.
  bool no_pickle = false;
  // Nothing in the result can run code: as no_pickle; what only calls that are not allowed could
  // make is left out, artefacts that scan does not clear are too, and the result is scanned before
  // it gets its name (docs/scanning.md). The output is a new folder.
  bool disarm = false;
  bool keep_secrets = false;  // write tokens and passwords into that JSON too
  // What is refused unless told, as by pack: links out of the package (those into a hub cache's
  // blobs are of it), and files that hold secrets.
  bool follow_links = false;
  bool allow_secrets = false;
  // Small JSON files get the values that the target takes (Action::kRewrite).
  bool rewrite = true;
  std::vector<std::string> keep;       // shell patterns of artefacts to keep whatever their role
  std::vector<std::string> drop;       // ... and to leave out; stronger than keep
  const Contract* contract = nullptr;  // borrowed; what it forbids is not done
  std::string knowledge;         // path of a knowledge base to use in place of the built-in one
  unsigned threads = 0;          // 0: as many as the machine has, at most 8
  Progress* progress = nullptr;  // borrowed
  Limits limits = {};
};

// What Adapt would do, from headers alone, with the errors that it would end with, but those of
// reading and writing tensors. kUnsupported: no way is known to make these weights readable for the
// target, or the contract does not let it be done. An `output` that is empty is not looked at.
Result<Plan> PlanAdapt(const std::string& input, const Target& target, const AdaptOptions& options,
                       const std::string& output = {});

struct FileProof {
  std::string path;  // in the result
  uint64_t bytes;
  std::string sha256;  // equal on both sides
};

// A value of a pickle that could only be had by running code.
struct DisarmedValue {
  std::string file;  // the artefact
  std::string path;  // in its object; empty: the object itself
  std::string what;  // "os.system"; escaped
};

struct AdaptReport {
  Plan plan;
  std::vector<DisarmedValue> disarmed;  // with AdaptOptions::disarm
  std::vector<TensorProof> tensors;     // of what was converted, digests equal on both sides
  std::vector<FileProof> files;         // of what was kept
  uint64_t input_bytes = 0;             // of all artefacts, unpacked
  uint64_t output_bytes = 0;            // of the folder's files, or of the archive
  std::vector<Finding> findings;        // about the input
};

// Plans and does it. Where the plan refuses something, nothing is written, and the report has the
// plan alone. kUnsupported also where Plan::possible is false. `output` is a new folder, or
// by its name a new .tar, .tar.gz or .tgz. Every byte written is read back (from an archive:
// unpacked) and compared with its source. kConflict: `output` exists. Nothing appears at `output`
// unless all went well.
Result<AdaptReport> Adapt(const std::string& input, const std::string& output, const Target& target,
                          const AdaptOptions& options);

}  // namespace weighlock

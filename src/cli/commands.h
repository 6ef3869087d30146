// The verbs, one function each: options in, text out, exit code back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weighlock/convert.h"
#include "weighlock/diff.h"
#include "weighlock/pack.h"
#include "weighlock/result.h"
#include "weighlock/verdict.h"

namespace weighlock {

// docs/design.md, "Exit codes".
enum ExitCode {
  kExitOk = 0,
  kExitFindings = 1,
  kExitUnfinished = 2,
  kExitNothing = 3,
  kExitUsage = 64,
  kExitConflict = 73,
  kExitTemporary = 75,
};

enum class OutputFormat { kText, kJson };

struct InspectArguments {
  std::string package;
  OutputFormat format = OutputFormat::kText;
  bool all = false;
};

struct ConvertArguments {
  std::string input, output;
  OutputFormat format = OutputFormat::kText;
  bool all = false;
  ConvertOptions options;
};

struct AdaptArguments {
  std::string package, output, target;
  OutputFormat format = OutputFormat::kText;
  bool all = false;
  bool dry_run = false;
  bool keep_training_state = false;
  bool no_pickle = false;
  bool disarm = false;
  bool keep_secrets = false;
  bool follow_links = false;
  bool allow_secrets = false;
  std::vector<std::string> keep, drop;
  std::string knowledge;
  unsigned threads = 0;
};

struct CheckArguments {
  std::string package, target;
  OutputFormat format = OutputFormat::kText;
  std::optional<Verdict> fail_on;  // empty: kFail, or what the contract says
  std::string knowledge;
};

struct DiffArguments {
  std::string a, b;
  OutputFormat format = OutputFormat::kText;
  bool all = false;
  DiffOptions options;
};

struct PackArguments {
  std::string folder, output;
  OutputFormat format = OutputFormat::kText;
  bool dry_run = false;
  PackOptions options;
};

struct UnpackArguments {
  std::string archive, folder;
  OutputFormat format = OutputFormat::kText;
  bool into = false;
  bool strip_top = false;
  bool dry_run = false;
};

int RunInspect(const InspectArguments& arguments);
int RunConvert(const ConvertArguments& arguments);
int RunAdapt(const AdaptArguments& arguments);  // kExitFindings where something is refused
int RunCheck(const CheckArguments& arguments);  // kExitFindings at or above fail_on
int RunDiff(const DiffArguments& arguments);    // kExitFindings where the two differ

int RunPack(const PackArguments& arguments);      // kExitFindings where something is refused
int RunUnpack(const UnpackArguments& arguments);  // kExitConflict where names are taken

// Writes a file that was not there; kConflict where it was.
Status WriteNew(const std::string& path, const std::string& text);

// Prints to standard output; `code` unless that fails.
int Print(const std::string& text, int code);

// Prints the error on standard error, and gives the exit code that its kind has.
int Fail(const Error& error);

}  // namespace weighlock

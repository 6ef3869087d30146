// weighlock: the command line. Arguments in, one call, exit code out.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <map>
#include <new>
#include <optional>

#include "base/escape.h"
#include "cli/commands.h"
#include "cli/explain_verb.h"
#include "cli/inherited.h"
#include "cli/options.h"
#include "cli/scan_verb.h"
#include "cli/target_verb.h"
#include "weighlock/version.h"

namespace weighlock {
namespace {

// "5GB", "200MB", "1GiB" or plain bytes, as transformers reads them; nothing for 0 or other text.
std::optional<uint64_t> ByteCount(const std::string& text) {
  constexpr std::pair<std::string_view, uint64_t> kUnits[] = {{"TB", 1'000'000'000'000},
                                                              {"TIB", uint64_t{1} << 40},
                                                              {"GB", 1'000'000'000},
                                                              {"GIB", uint64_t{1} << 30},
                                                              {"MB", 1'000'000},
                                                              {"MIB", uint64_t{1} << 20},
                                                              {"KB", 1'000},
                                                              {"KIB", uint64_t{1} << 10},
                                                              {"B", 1},
                                                              {"", 1}};
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number == 0) return std::nullopt;
  std::string unit(end, static_cast<size_t>(text.data() + text.size() - end));
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const auto& [name, bytes] : kUnits) {
    if (name == unit && number <= UINT64_MAX / bytes) return number * bytes;
  }
  return std::nullopt;
}

void AddFormat(CLI::App& verb, OutputFormat& format, bool& all) {
  AddFormat(verb, format);
  verb.add_flag("--all", all, "List every tensor, however many there are");
}

void AddInspect(CLI::App& app, int& code) {
  static InspectArguments arguments;
  CLI::App* verb = app.add_subcommand("inspect", "Say what is in a package");
  verb->add_option("package", arguments.package,
                   "A folder, a .tar, .tar.gz or .zip, or one weights file")
      ->required()
      ->check(NoStandardInput());
  AddFormat(*verb, arguments.format, arguments.all);
  verb->footer(
      "Examples:\n  weighlock inspect model.tar.gz\n"
      "  weighlock inspect --format json checkpoint-500/ | jq .weights");
  verb->callback([&code] { code = RunInspect(arguments); });
}

void AddMetadata(CLI::App& verb, std::vector<std::pair<std::string, std::string>>& metadata) {
  verb.add_option_function<std::vector<std::string>>(
          "--set-metadata",
          [&metadata](const std::vector<std::string>& pairs) {
            for (const std::string& pair : pairs) {
              const size_t equals = pair.find('=');
              metadata.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
            }
          },
          "Metadata of the new safetensors file; without OUTPUT, of INPUT itself: its header is\n"
          "replaced, its tensors are not rewritten")
      ->check(CLI::Validator(
          [](const std::string& pair) {
            const bool fits = pair.find('=') != pair.npos && pair[0] != '=';
            return fits ? std::string() : "wanted KEY=VALUE, found " + pair;
          },
          ""))
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

void AddConvert(CLI::App& app, int& code) {
  static ConvertArguments arguments;
  CLI::App* verb = app.add_subcommand("convert", "Write weights in another format, bit for bit");
  verb->add_option(
          "input", arguments.input,
          "A weights file, the index of a sharded set, or a folder or archive with one set")
      ->required()
      ->check(NoStandardInput());
  verb->add_option(
      "output", arguments.output,
      "The new file: .safetensors, .bin, or .json for training state; nothing is ever\n"
      "overwritten");
  AddChoice(*verb, "--container", arguments.options.container,
            {{"zip", TorchContainer::kZip}, {"legacy", TorchContainer::kLegacy}},
            "zip (default; torch 1.6 and later) or legacy (torch 0.4 to 1.5, and later)");
  verb->add_option_function<std::string>(
          "--max-shard-size",
          [](const std::string& text) {
            arguments.options.max_shard_bytes = ByteCount(text).value_or(0);
          },
          "Write shards of at most this size (5GB, 200MB) and their index; OUTPUT is then\n"
          "FOLDER/model.safetensors or FOLDER/pytorch_model.bin, and FOLDER is made new")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return ByteCount(text) ? std::string()
                                   : "wanted a size such as 5GB, 200MB or 1000000, found " + text;
          },
          ""))
      ->type_name("SIZE");
  verb->add_option("--unwrap", arguments.options.unwrap,
                   "Take only what is below this name, without it: state_dict, model, module")
      ->allow_extra_args(false)
      ->type_name("NAME");
  AddMetadata(*verb, arguments.options.metadata);
  verb->add_flag("--prove", arguments.options.digests, "Print the SHA-256 of every tensor");
  verb->add_flag("--keep-secrets", arguments.options.keep_secrets,
                 "Write tokens and passwords into the JSON too");
  verb->add_flag("--sync", arguments.options.sync, "Wait until the output is on the disk");
  verb->add_option("--threads", arguments.options.threads, "How many threads work");
  AddFormat(*verb, arguments.format, arguments.all);
  verb->footer(
      "Examples:\n  weighlock convert model.safetensors pytorch_model.bin\n"
      "  weighlock convert model.safetensors.index.json pytorch_model.bin --prove\n"
      "  weighlock convert pytorch_model.bin sharded/model.safetensors --max-shard-size 5GB\n"
      "  weighlock convert training_args.bin training_args.json");
  verb->callback([&code] { code = RunConvert(arguments); });
}

constexpr const char* kTargetHelp =
    "The runtime: transformers==4.11.3,torch>=1.9,<2; a built-in name (target list), or one\n"
    "with pins behind it; pip freeze, requirements.txt, environment.yml; or a contract,\n"
    "handover.toml";

void AddAdapt(CLI::App& app, int& code) {
  static AdaptArguments arguments;
  CLI::App* verb = app.add_subcommand("adapt", "Make a package fit for a target");
  verb->add_option("package", arguments.package,
                   "A folder, a .tar, .tar.gz or .zip, or one weights file")
      ->required()
      ->check(NoStandardInput());
  verb->add_option("--target", arguments.target, kTargetHelp);
  verb->add_option("-o,--output", arguments.output,
                   "A new folder, or a new archive by its name (.tar.gz, .tgz, .tar, .zip)");
  verb->add_flag("--dry-run", arguments.dry_run, "Print the plan and write nothing");
  verb->add_flag("--keep-training-state", arguments.keep_training_state,
                 "Keep what only training needs");
  verb->add_flag(
      "--no-pickle", arguments.no_pickle,
      "Leave no pickle in the result: weights as safetensors, training state as JSON and\n"
      "safetensors in training_state/; packed files, which may hold one, are left out");
  verb->add_flag(
      "--disarm", arguments.disarm,
      "Leave nothing in the result that could run: tensors and plain data are rebuilt, the\n"
      "rest is left out and listed; the result, a new folder, is scanned. Without --target,\n"
      "files of configuration and tokenizer stay as they are");
  verb->add_flag("--keep-secrets", arguments.keep_secrets,
                 "Write tokens and passwords into that JSON too");
  verb->add_flag("--follow-links", arguments.follow_links,
                 "Take what symbolic links point to, outside of the package too");
  verb->add_flag("--allow-secrets", arguments.allow_secrets, "Keep files that hold secrets");
  verb->add_option("--keep", arguments.keep, "Keep artefacts that match this pattern")
      ->allow_extra_args(false)
      ->type_name("PATTERN");
  verb->add_option("--drop", arguments.drop, "Leave out artefacts that match this pattern")
      ->allow_extra_args(false)
      ->type_name("PATTERN");
  verb->add_option("--kb", arguments.knowledge, "A knowledge base in place of the built-in one");
  verb->add_option("--threads", arguments.threads, "How many threads work");
  AddFormat(*verb, arguments.format, arguments.all);
  verb->footer(
      "Exit code 1: a secret, a link out of the package or what is no file is refused, and "
      "nothing\n"
      "was written; 2: nothing that is done to the package helps.\n"
      "Examples:\n"
      "  weighlock adapt model.tar.gz --target transformers==4.11.3 -o adapted.tar.gz\n"
      "  weighlock adapt model/ --target transformers==4.11.3 -o adapted --dry-run\n"
      "  weighlock adapt checkpoint.pt --disarm -o safe");
  verb->callback([&code] { code = RunAdapt(arguments); });
}

void AddCheck(CLI::App& app, int& code) {
  static CheckArguments arguments;
  CLI::App* verb = app.add_subcommand(
      "check", "Say whether a target will load a package, why not, and what to do");
  verb->add_option("package", arguments.package,
                   "A folder, a .tar, .tar.gz or .zip, or one weights file")
      ->required()
      ->check(NoStandardInput());
  verb->add_option("--target", arguments.target, kTargetHelp)->required();
  AddChoice<std::optional<Verdict>>(
      *verb, "--fail-on", arguments.fail_on,
      {{"fail", Verdict::kFail}, {"differs", Verdict::kDiffers}, {"risk", Verdict::kRisk}},
      "Exit with 1 at this verdict and at worse ones (default: fail, or as the contract says)");
  verb->add_option("--kb", arguments.knowledge, "A knowledge base in place of the built-in one");
  AddFormat(*verb, arguments.format);
  verb->footer(
      "Exit code 0: below --fail-on; 1: at or above it.\n"
      "Examples:\n  weighlock check model/ --target transformers==4.11.3,torch==1.9.0\n"
      "  weighlock check model.tar.gz --target transformers==4.37.2,platform=sagemaker-hf\n"
      "  weighlock check model.tar.gz --target transformers==4.30.2 --format json | jq .verdict\n"
      "  weighlock check model.tar.gz --target handover.toml");
  verb->callback([&code] { code = RunCheck(arguments); });
}

void AddDiff(CLI::App& app, int& code) {
  static DiffArguments arguments;
  CLI::App* verb = app.add_subcommand("diff", "Compare two packages or weights files, by values");
  verb->add_option("a", arguments.a,
                   "A folder, a .tar, .tar.gz or .zip, an index, or one weights file")
      ->required()
      ->check(NoStandardInput());
  verb->add_option("b", arguments.b, "What to compare it with, of any format")
      ->required()
      ->check(NoStandardInput());
  verb->add_option("--threads", arguments.options.threads, "How many threads work");
  AddFormat(*verb, arguments.format, arguments.all);
  verb->footer(
      "Exit code 0: the same; 1: they differ.\n"
      "Examples:\n  weighlock diff model.safetensors pytorch_model.bin\n"
      "  weighlock diff model.tar.gz adapted/ --format json");
  verb->callback([&code] { code = RunDiff(arguments); });
}

void AddPack(CLI::App& app, int& code) {
  static PackArguments arguments;
  PackOptions& options = arguments.options;
  CLI::App* verb =
      app.add_subcommand("pack", "Pack a folder for hand-over, the same bytes every time");
  verb->add_option("folder", arguments.folder, "The package")->required()->check(NoStandardInput());
  verb->add_option("output", arguments.output,
                   "A new archive by its name (.tar.gz, .tgz, .tar, .zip), or a new folder")
      ->required();
  AddChoice(*verb, "--layout", options.layout,
            {{"flat", PackLayout::kFlat},
             {"one-folder", PackLayout::kOneFolder},
             {"sagemaker", PackLayout::kSageMaker}},
            "flat (default), one-folder (all below a folder of this name), or sagemaker (the\n"
            "model at the top, what runs in code/)");
  verb->add_flag("--exclude-training-state", options.exclude_training_state,
                 "Leave out what only training needs");
  verb->add_flag("--manifest", options.manifest, "Put SHA256SUMS and weighlock.json in");
  verb->add_option("--keep", options.keep,
                   "Pack files that match this pattern, whatever they are (may be given again)")
      ->allow_extra_args(false)
      ->type_name("PATTERN");
  verb->add_option("--drop", options.drop,
                   "Leave out files that match this pattern (may be given again)")
      ->allow_extra_args(false)
      ->type_name("PATTERN");
  verb->add_flag("--follow-links", options.follow_links, "Pack what symbolic links point to");
  verb->add_flag("--allow-pointers", options.allow_pointers, "Pack git-lfs pointers as they are");
  verb->add_flag("--allow-secrets", options.allow_secrets, "Pack files that hold secrets");
  verb->add_flag("--allow-broken", options.allow_broken, "Pack weights that cannot be read");
  verb->add_flag("--dry-run", arguments.dry_run, "Say what would be packed and write nothing");
  verb->add_option("--threads", options.threads, "How many threads work");
  AddFormat(*verb, arguments.format);
  verb->footer(
      "Times in the archive are SOURCE_DATE_EPOCH (seconds since 1970), or 1970.\n"
      "Exit code 1: something in it is refused, and nothing was written.\n"
      "Examples:\n  weighlock pack model/ model.tar.gz --layout sagemaker "
      "--exclude-training-state\n"
      "  weighlock pack model/ model.tar.gz --manifest --dry-run");
  verb->callback([&code] { code = RunPack(arguments); });
}

void AddUnpack(CLI::App& app, int& code) {
  static UnpackArguments arguments;
  CLI::App* verb = app.add_subcommand("unpack", "Unpack an archive, and never over anything");
  verb->add_option("archive", arguments.archive, "A .tar.gz, a .tar or a .zip")
      ->required()
      ->check(NoStandardInput());
  verb->add_option("folder", arguments.folder, "A new folder; with --into one that is there")
      ->required();
  verb->add_flag("--into", arguments.into,
                 "Put the files into a folder that is there: all of them, or none where a name is\n"
                 "taken");
  verb->add_flag("--strip-top", arguments.strip_top,
                 "Leave away the name of the one folder that everything is below");
  verb->add_flag("--dry-run", arguments.dry_run, "Say what would land where and write nothing");
  AddFormat(*verb, arguments.format);
  verb->footer(
      "Exit code 73: a name is taken, and nothing was written.\n"
      "Examples:\n  weighlock unpack model.tar.gz served/\n"
      "  weighlock unpack model.tar.gz /opt/ml/model --into --dry-run");
  verb->callback([&code] { code = RunUnpack(arguments); });
}

bool HasVerb(const CLI::App& app, const std::string& name) {
  const auto verbs = app.get_subcommands([&](const CLI::App* v) { return v->get_name() == name; });
  return !verbs.empty();
}

int FailUnknownVerb(const std::string& verb) {
  std::fprintf(stderr, "weighlock: there is no verb \"%s\"; weighlock --help lists them\n",
               Escape(verb).c_str());
  return kExitUsage;
}

int Main(int argc, char** argv) {
  HandleSignals();
  if (const Status reserved = ReserveStandardStreams(); !reserved) return Fail(reserved.error());
  int code = kExitOk;
  CLI::App app("Takes a trained model from where it was made to where it must run.", "weighlock");
  app.set_version_flag("--version", kVersionText);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 findings, 2 could not finish, 3 nothing recognised,\n"
      "            64 usage, 73 would overwrite, 75 interrupted");
  AddInspect(app, code);
  AddConvert(app, code);
  AddAdapt(app, code);
  AddCheck(app, code);
  AddDiff(app, code);
  AddPack(app, code);
  AddUnpack(app, code);
  AddScan(app, code);
  AddAllow(app, code);
  AddTarget(app, code);
  AddExplain(app, code);
  if (argc > 1 && argv[1][0] != '-' && !HasVerb(app, argv[1])) return FailUnknownVerb(argv[1]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return code;
}

}  // namespace
}  // namespace weighlock

int main(int argc, char** argv) {
  try {
    return weighlock::Main(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("weighlock: out of memory\n", stderr);
    return weighlock::kExitUnfinished;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "weighlock: a bug, please report it: %s\n", error.what());
    return weighlock::kExitUnfinished;
  }
}

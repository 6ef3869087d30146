// The tables are those of pickles (name_policy.h). What differs: an attribute of any module is
// reached by its path ("nemo.core.os.system"), and a class of a library of models is what such
// configurations are for.
#include "scan/text/called_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/escape.h"
#include "scan/pickle/name_policy.h"

namespace weighlock::scan {
namespace {

enum class Kind : uint8_t { kHarmless, kKnownClass, kKnownFunction, kUnknown, kHidden, kDangerous };

template <size_t N>
bool StartsWithAny(std::string_view text, const std::array<std::string_view, N>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

template <size_t N>
bool IsAmong(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Libraries whose classes a configuration may make.
bool IsOfKnownLibrary(std::string_view target) {
  constexpr std::array<std::string_view, 54> kPrefixes = {"accelerate.",
                                                          "albumentations.",
                                                          "asteroid.",
                                                          "bitsandbytes.",
                                                          "cldm.",
                                                          "datasets.",
                                                          "deepspeed.",
                                                          "diffusers.",
                                                          "einops.",
                                                          "fairseq2.",
                                                          "haystack.",
                                                          "haystack_integrations.",
                                                          "hydra.",
                                                          "k_diffusion.",
                                                          "kornia.",
                                                          "ldm.",
                                                          "lightning.",
                                                          "megatron.",
                                                          "mmcls.",
                                                          "mmcv.",
                                                          "mmdet.",
                                                          "mmengine.",
                                                          "mmpretrain.",
                                                          "mmseg.",
                                                          "monai.",
                                                          "nemo.",
                                                          "numpy.",
                                                          "omegaconf.",
                                                          "open_clip.",
                                                          "peft.",
                                                          "pyannote.",
                                                          "pytorch_lightning.",
                                                          "random.",
                                                          "sentence_transformers.",
                                                          "sgm.",
                                                          "sklearn.",
                                                          "speechbrain.",
                                                          "taming.",
                                                          "timm.",
                                                          "tokenizers.",
                                                          "torch.cuda.",
                                                          "torch.distributions.",
                                                          "torch.nn.",
                                                          "torch.optim.",
                                                          "torch.utils.",
                                                          "torch_geometric.",
                                                          "torchaudio.",
                                                          "torchmetrics.",
                                                          "torchtune.",
                                                          "torchvision.",
                                                          "transformers.",
                                                          "ultralytics.",
                                                          "vector_quantize_pytorch.",
                                                          "xformers."};
  return StartsWithAny(target, kPrefixes) || target == "torch.manual_seed" ||
         target == "torch.device" || target == "torch.Generator";
}

// Of which the tables for pickles say nothing but that they are no data.
bool IsOfConfiguredLibrary(std::string_view target) {
  constexpr std::array<std::string_view, 4> kPrefixes = {"diffusers.", "torch.utils.data.",
                                                         "datasets.", "transformers.pipelines."};
  return StartsWithAny(target, kPrefixes);
}

bool IsIdentifier(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
  });
}

bool IsDottedName(std::string_view text) {
  if (text.find('.') == text.npos) return false;
  while (true) {
    const size_t dot = text.find('.');
    if (!IsIdentifier(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsClassName(std::string_view name) {
  return !name.empty() && std::isupper(static_cast<unsigned char>(name[0])) != 0;
}

Standing StandingOf(std::string_view target) {
  const size_t dot = target.rfind('.');
  return dot == target.npos ? LookupName("builtins", target).standing
                            : LookupName(target.substr(0, dot), target.substr(dot + 1)).standing;
}

// "nemo.core.os.system", "enum.bltns.eval": what a module has imported is an attribute of it.
bool ReachesThrough(std::string_view target) {
  constexpr std::array<std::string_view, 24> kModules = {
      "os",        "posix",           "nt",       "sys",     "subprocess", "builtins",
      "bltns",     "importlib",       "shutil",   "runpy",   "pty",        "ctypes",
      "socket",    "pickle",          "marshal",  "pathlib", "urllib",     "requests",
      "threading", "multiprocessing", "tempfile", "inspect", "pydoc",      "webbrowser"};
  constexpr std::array<std::string_view, 5> kRuns = {"eval", "exec", "execfile", "__import__",
                                                     "__builtins__"};
  size_t begin = target.find('.');
  while (begin != target.npos) {
    const std::string_view rest = target.substr(begin + 1);
    const size_t dot = rest.find('.');
    if (dot == rest.npos) return IsAmong(rest, kRuns);
    if (IsAmong(rest.substr(0, dot), kModules)) return true;
    if (rest.substr(0, dot) == "__builtins__") return true;
    begin = dot + begin + 1;
  }
  return false;
}

// Modules of Python that have no modules in them, under names that others give their folders:
// "code.models.Net" is none of Python's.
bool IsFolderOfOthers(std::string_view target) {
  constexpr std::array<std::string_view, 9> kNames = {
      "code.", "test.", "new.", "site.", "trace.", "profile.", "cmd.", "commands.", "distributed."};
  return StartsWithAny(target, kNames) && std::count(target.begin(), target.end(), '.') > 1;
}

Kind KindOf(std::string_view target) {
  // Written by OmegaConf only when it is read, or no name at all.
  if (target.find("${") != target.npos || target.find("__") != target.npos) {
    return IsBad(StandingOf(target)) ? Kind::kDangerous : Kind::kHidden;
  }
  const std::string_view last = target.substr(target.rfind('.') + 1);
  if (ReachesThrough(target)) return Kind::kDangerous;
  // "Compose": MONAI's short names. What Python has built in, and runs code, is no class.
  if (last.size() == target.size() && IsClassName(last)) return Kind::kKnownFunction;
  const Standing standing = StandingOf(target);
  if (standing == Standing::kAllowed || standing == Standing::kLibrary) return Kind::kHarmless;
  const bool is_pretrained = last == "from_pretrained" || last == "from_config";
  if (IsBad(standing) && !IsFolderOfOthers(target)) {
    if (!IsOfConfiguredLibrary(target)) return Kind::kDangerous;
    return IsClassName(last) ? Kind::kKnownClass
           : is_pretrained   ? Kind::kKnownFunction
                             : Kind::kDangerous;
  }
  if (!IsOfKnownLibrary(target)) return Kind::kUnknown;
  return IsClassName(last) ? Kind::kKnownClass : Kind::kKnownFunction;
}

// "test.json", "cmd.exe", "code.org": words that modules of Python are called, too, before what is
// nothing of theirs that runs code. Under a key that anything stands under, they are only words.
bool IsOnlyWords(std::string_view target) {
  constexpr std::array<std::string_view, 21> kModules = {
      "test",  "code",   "site",  "new",    "select",   "queue",  "platform",
      "io",    "string", "trace", "cmd",    "profile",  "signal", "token",
      "email", "this",   "sched", "turtle", "resource", "stat",   "distributed"};
  constexpr std::array<std::string_view, 16> kRuns = {"interact",
                                                      "InteractiveConsole",
                                                      "InteractiveInterpreter",
                                                      "compile_command",
                                                      "open",
                                                      "open_code",
                                                      "FileIO",
                                                      "OpenWrapper",
                                                      "Formatter",
                                                      "Trace",
                                                      "run",
                                                      "runctx",
                                                      "popen",
                                                      "Cmd",
                                                      "main",
                                                      "Profile"};
  const size_t dot = target.find('.');
  return dot != target.npos && target.find('.', dot + 1) == target.npos &&
         IsAmong(target.substr(0, dot), kModules) && !IsAmong(target.substr(dot + 1), kRuns);
}

// "pickle.PickleDataset" of a catalog: Kedro looks such names up in packages of its own.
bool IsKedroDataset(std::string_view target) {
  if (target.starts_with("kedro_datasets.")) target.remove_prefix(15);
  if (target.starts_with("kedro.io.")) target.remove_prefix(9);
  const size_t dot = target.find('.');
  const std::string_view name = dot == target.npos ? target : target.substr(dot + 1);
  return name.find('.') == name.npos && IsClassName(name) &&
         (name.ends_with("Dataset") || name.ends_with("DataSet"));
}

void AddCall(Kind kind, std::string_view target, std::string_view key, uint64_t at, bool is_sure,
             const FileScan& scan) {
  if (kind == Kind::kHarmless) return;
  ScanFinding& finding = scan.Add(
      "WL-S-371", at,
      key == "_target_" ? fmt::format("whoever instantiates it calls {}", Quote(target, 80))
                        : fmt::format("whoever loads it calls {}, by its key {}", Quote(target, 80),
                                      Quote(key, 40)));
  if (kind == Kind::kDangerous) finding.level = Level::kCritical;
  if (kind == Kind::kKnownClass) finding.level = Level::kLow;
  if (kind == Kind::kKnownFunction) finding.level = Level::kMedium;
  if (kind == Kind::kUnknown && !is_sure) finding.level = Level::kMedium;
  if (finding.level != Level::kCritical && finding.level != Level::kHigh) {
    finding.verdict = ScanVerdict::kReview;
  }
}

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

// Whether each call in `text` is one of a layer ("nn.SiLU(", "torch.nn.LeakyReLU(").
bool CallsLayersOnly(std::string_view text) {
  for (size_t at = 0; (at = text.find('(', at)) != text.npos; ++at) {
    size_t begin = at;
    while (begin > 0 && IsWordByte(text[begin - 1])) --begin;
    std::string_view called = text.substr(begin, at - begin);
    if (called.empty()) {  // a tuple, unless what stands before it is called
      const size_t before = begin == 0 ? text.npos : text.find_last_not_of(" \t\n", begin - 1);
      if (before != text.npos && text.find_first_of("([{,=", before) != before) return false;
      continue;
    }
    if (called.starts_with("torch.")) called.remove_prefix(6);
    if (!called.starts_with("nn.") || !IsClassName(called.substr(3)) ||
        called.substr(3).find('.') != called.npos) {
      return false;
    }
  }
  return true;
}

}  // namespace

void JudgeTarget(std::string_view target, uint64_t at, const FileScan& scan) {
  AddCall(KindOf(target), target, "_target_", at, true, scan);
}

void JudgeNamed(std::string_view target, std::string_view key, uint64_t at, const FileScan& scan) {
  if (target.find("${") == target.npos && !IsDottedName(target)) return;
  // What a configuration of Python's logging makes, and that writes no files.
  constexpr std::array<std::string_view, 4> kLogs = {
      "logging.Formatter", "logging.Filter", "logging.StreamHandler", "logging.NullHandler"};
  const bool is_of_server = target.starts_with("uvicorn.logging.") && target.ends_with("Formatter");
  if (key == "()" && (is_of_server || IsAmong(target, kLogs))) return;
  if (key == "type" && IsKedroDataset(target)) {
    return AddCall(Kind::kKnownClass, target, key, at, false, scan);
  }
  constexpr std::array<std::string_view, 4> kLoose = {"target", "cls", "name", "type"};
  const bool is_word = IsAmong(key, kLoose) && IsOnlyWords(target);
  AddCall(is_word ? Kind::kUnknown : KindOf(target), target, key, at, false, scan);
}

bool IsDangerousTarget(std::string_view target) {
  return IsDottedName(target) && !IsOnlyWords(target) && KindOf(target) == Kind::kDangerous;
}

bool IsBundleExpression(std::string_view text) {
  const std::string_view rest = text.substr(std::min<size_t>(1, text.size()));
  if (!text.starts_with('$') || rest.empty()) return false;
  const auto first = static_cast<unsigned char>(rest[0]);
  return (std::isalpha(first) != 0 || std::string_view("_@([{").find(rest[0]) != rest.npos) &&
         (rest.find_first_of("(.@") != rest.npos || rest.starts_with("import "));
}

bool IsDangerousExpression(std::string_view text) {
  constexpr std::array<std::string_view, 16> kRuns = {
      "__",       "eval(",   "exec(",    "compile(",  "subprocess", "os.system",
      "os.popen", "os.exec", "os.spawn", "importlib", "ctypes",     "pickle",
      "marshal",  "socket",  "urllib",   "pty."};
  return IsBundleExpression(text) &&
         std::any_of(kRuns.begin(), kRuns.end(),
                     [&](std::string_view word) { return text.find(word) != text.npos; });
}

void JudgeExpression(std::string_view text, uint64_t at, const FileScan& scan) {
  const bool has_internals = text.find("__") != text.npos;
  if (!has_internals && CallsLayersOnly(text)) return;
  constexpr std::array<std::string_view, 6> kRuns = {"eval", "exec", "import",
                                                     "os.",  "sys.", "subprocess"};
  const bool runs = std::any_of(kRuns.begin(), kRuns.end(), [&](std::string_view word) {
    return text.find(word) != text.npos;
  });
  ScanFinding& finding =
      scan.Add("WL-S-371", at,
               fmt::format("YOLO makes its layers by evaluating {} as Python", Quote(text, 80)));
  if (has_internals || runs) finding.level = Level::kCritical;
}

}  // namespace weighlock::scan

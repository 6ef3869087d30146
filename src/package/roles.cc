// The first row that matches decides, capital letters or not. Patterns without "/" are for a path's
// last component, those with "/" for the whole path.
#include "package/roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "base/escape.h"
#include "package/name_pattern.h"

namespace weighlock {
namespace {

struct Row {
  const char* pattern;
  Role role;
};

constexpr Row kRows[] = {
    // What a Trainer, DeepSpeed, FSDP or Accelerate need to go on training.
    {"optimizer*.pt", Role::kTrainingState},
    {"optimizer*.bin", Role::kTrainingState},
    {"*optim_states.pt", Role::kTrainingState},
    {"*.distcp", Role::kTrainingState},
    {".metadata", Role::kTrainingState},
    {"scheduler*.pt", Role::kTrainingState},
    {"scheduler*.bin", Role::kTrainingState},
    {"scaler.pt", Role::kTrainingState},
    {"rng_state*.pth", Role::kTrainingState},
    {"random_states*.pkl", Role::kTrainingState},
    {"training_args.bin", Role::kTrainingState},
    {"trainer_state.json", Role::kTrainingState},
    {"trainer_log.jsonl", Role::kTrainingState},
    {"*_results.json", Role::kTrainingState},
    {"zero_to_fp32.py", Role::kTrainingState},
    {"latest", Role::kTrainingState},
    {"checkpoint-[0-9]*/*", Role::kTrainingState},
    {"*/checkpoint-[0-9]*/*", Role::kTrainingState},
    {"global_step[0-9]*/*", Role::kTrainingState},
    {"optimizer_[0-9]*/*", Role::kTrainingState},
    // What adapt --no-pickle makes of it (src/adapt/plan.cc).
    {"training_state/*", Role::kTrainingState},
    {"*/training_state/*", Role::kTrainingState},
    // Logs, caches, version control, editors, and what a killed run of ours left.
    {".*.weighlock-[0-9a-f]*", Role::kJunk},
    {".*.weighlock-[0-9a-f]*/*", Role::kJunk},
    {"*/.*.weighlock-[0-9a-f]*/*", Role::kJunk},
    {".git/*", Role::kJunk},
    {".no_exist/*", Role::kJunk},
    {"*/.no_exist/*", Role::kJunk},
    {".cache/*", Role::kJunk},
    {"*/.cache/*", Role::kJunk},
    {".github/*", Role::kJunk},
    {"runs/*", Role::kJunk},
    {"wandb/*", Role::kJunk},
    {"mlruns/*", Role::kJunk},
    {"lightning_logs/*", Role::kJunk},
    {"__pycache__/*", Role::kJunk},
    {"*/__pycache__/*", Role::kJunk},
    {".ipynb_checkpoints/*", Role::kJunk},
    {"*/.ipynb_checkpoints/*", Role::kJunk},
    {"__MACOSX/*", Role::kJunk},
    {"events.out.tfevents.*", Role::kJunk},
    {".gitattributes", Role::kJunk},
    {".gitignore", Role::kJunk},
    {".DS_Store", Role::kJunk},
    {"Thumbs.db", Role::kJunk},
    {"._*", Role::kJunk},
    {"*.pyc", Role::kJunk},
    {"*.lock", Role::kJunk},
    {"*.log", Role::kJunk},
    {"nohup.out", Role::kJunk},
    // Tokenizers and chat templates.
    {"tokenizer.*", Role::kTokenizer},
    {"tokenizer_config.json", Role::kTokenizer},
    {"special_tokens_map.json", Role::kTokenizer},
    {"added_tokens.json", Role::kTokenizer},
    {"vocab.*", Role::kTokenizer},
    {"*-vocab.json", Role::kTokenizer},
    {"merges.txt", Role::kTokenizer},
    {"spiece.model", Role::kTokenizer},
    {"sentencepiece*.model", Role::kTokenizer},
    {"*.spm", Role::kTokenizer},
    {"bpe.codes", Role::kTokenizer},
    {"chat_template.*", Role::kTokenizer},
    {"additional_chat_templates/*", Role::kTokenizer},
    // Weights and the indexes of their shards.
    {"*.safetensors.index*.json", Role::kWeights},
    {"*.bin.index*.json", Role::kWeights},
    {"*.safetensors", Role::kWeights},
    {"*.bin", Role::kWeights},
    {"*.pt", Role::kWeights},
    {"*.pth", Role::kWeights},
    {"*.ckpt", Role::kWeights},
    {"*.h5", Role::kWeights},
    {"*.msgpack", Role::kWeights},
    {"*.gguf", Role::kWeights},
    {"*.onnx", Role::kWeights},
    {"*.ot", Role::kWeights},
    {"model.ckpt.*", Role::kWeights},
    // Configuration.
    {"*config*.json", Role::kConfig},
    {"modules.json", Role::kConfig},
    {"model_index.json", Role::kConfig},
    {"params.json", Role::kConfig},
    // Code, and what makes code run.
    {"*.py", Role::kCode},
    {"*.so", Role::kCode},
    {"*.sh", Role::kCode},
    {"requirements*.txt", Role::kCode},
    {"code/*", Role::kCode},
    {"*.md", Role::kDoc},
    {"README*", Role::kDoc},
    {"LICENSE*", Role::kDoc},
    {"LICENCE*", Role::kDoc},
    {"NOTICE*", Role::kDoc},
    {"*.txt", Role::kDoc},
    {"*.png", Role::kDoc},
    {"*.jpg", Role::kDoc},
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

// What must not travel with a model, wherever it lies.
constexpr const char* kSecretFiles[] = {".env",
                                        ".env.*",
                                        "*.pem",
                                        "*.key",
                                        "*.p12",
                                        "*.pfx",
                                        "*.jks",
                                        "*.ppk",
                                        "id_rsa*",
                                        "id_dsa*",
                                        "id_ecdsa*",
                                        "id_ed25519*",
                                        "credentials",
                                        "credentials.*",
                                        ".netrc",
                                        "_netrc",
                                        ".pypirc",
                                        ".npmrc",
                                        ".pgpass",
                                        ".git-credentials",
                                        ".dockercfg",
                                        ".htpasswd",
                                        ".aws/*",
                                        "*/.aws/*",
                                        ".ssh/*",
                                        "*/.ssh/*",
                                        ".kube/*",
                                        "*/.kube/*",
                                        ".docker/config.json",
                                        "stored_tokens",
                                        "service-account*.json",
                                        "service_account*.json"};

}  // namespace

std::string_view CheckpointOf(std::string_view path) {
  constexpr std::string_view kName = "checkpoint-";
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = path.find('/', begin);
    if (end == path.npos) break;
    const std::string_view folder = path.substr(begin, end - begin);
    const std::string_view number = folder.substr(std::min(folder.size(), kName.size()));
    if (folder.starts_with(kName) && !number.empty() &&
        number.find_first_not_of("0123456789") == number.npos) {
      return path.substr(0, end);
    }
    begin = end + 1;
  }
  return {};
}

Role RoleOutsideCheckpoint(std::string_view path) {
  const std::string_view checkpoint = CheckpointOf(path);
  return RoleOf(checkpoint.empty() ? path : path.substr(checkpoint.size() + 1));
}

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return NamePattern(pattern).Matches(path);
  });
}

void AddIdlePatterns(std::string_view option, const std::vector<std::string>& patterns,
                     const std::vector<std::string_view>& paths, std::vector<std::string>& notes) {
  for (const std::string& text : patterns) {
    const NamePattern pattern(text);
    if (std::none_of(paths.begin(), paths.end(),
                     [&](std::string_view path) { return pattern.Matches(path); })) {
      notes.push_back(fmt::format("{} {} matches nothing in the package", option, Quote(text, 80)));
    }
  }
}

bool IsSecretFile(std::string_view path) {
  static const std::vector<NamePattern> patterns(std::begin(kSecretFiles), std::end(kSecretFiles));
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const NamePattern& pattern) { return pattern.Matches(path); });
}

Role RoleOf(std::string_view given) {
  struct Read {
    NamePattern pattern;
    Role role;
  };
  static const std::vector<Read> rows = [] {
    std::vector<Read> read;
    for (const Row& row : kRows) read.push_back({NamePattern(Lower(row.pattern)), row.role});
    return read;
  }();
  const std::string lower = Lower(given);
  const std::string_view path = lower, name = path.substr(path.rfind('/') + 1);
  for (const auto& [pattern, role] : rows) {
    if (pattern.Fits(pattern.has_slash() ? path : name)) return role;
  }
  return Role::kOther;
}

}  // namespace weighlock

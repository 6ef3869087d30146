// The table, and the one walk that holds a file against it.
#include "contract/contract_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/escape.h"
#include "contract/nearest.h"
#include "contract/pip_list.h"
#include "contract/text_file.h"
#include "weighlock/target.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

// Those that explain has a page of (report/adaptations.cc), and the families of them.
constexpr std::string_view kAdaptations =
    "W1 W2 W3 W4 W5 W6 W* C1 C3 C4 C* T1 T2 T3 T4 T5 T* A1 A2 A3 A* P1 P2 P3 P4 P5 P* S1 S*";

constexpr std::string_view kForms = "dir tar.gz tar zip file mar s3-prefix oci-layout";
constexpr std::string_view kRoots = "flat one-folder triton mar any";

constexpr ContractKey kKeys[] = {
    {"contract", KeyKind::kCount, "", "version of this form: 1"},
    {"schema", KeyKind::kWord, "weighlock-target/1", "the same"},
    {"id", KeyKind::kText, "", "who asks for it"},
    {"name", KeyKind::kText, "", "the same"},
    {"version", KeyKind::kText, "", "version of the contract"},
    {"owner", KeyKind::kText, "", "whom to ask"},
    {"extends", KeyKind::kText, "", "a built-in target whose runtime this one takes over"},
    {"target", KeyKind::kTable, "", ""},
    {"target.kind", KeyKind::kWord,
     "sagemaker-hf sagemaker-pytorch sagemaker-lmi tf-serving torchserve triton mlflow kserve "
     "modelcar vllm tgi tei hf-repo vertex azureml plain",
     "the platform"},
    {"target.form", KeyKind::kWords, kForms, "how the package is handed over"},
    {"runtime", KeyKind::kTable, "", ""},
    {"runtime.python", KeyKind::kSpec, "", ""},
    {"runtime.transformers", KeyKind::kSpec, "", ""},
    {"runtime.torch", KeyKind::kSpec, "", ""},
    {"runtime.tokenizers", KeyKind::kSpec, "", ""},
    {"runtime.safetensors", KeyKind::kSpec, "", ""},
    {"runtime.packages", KeyKind::kSpecs, "", "any other package"},
    {"runtime.loader", KeyKind::kWord,
     "transformers-auto pipeline torch-state-dict-strict sentence-transformers peft tgi vllm tei "
     "torchserve",
     "what loads the package"},
    {"runtime.trust_remote_code", KeyKind::kBool, "", "whether code of the package is run"},
    {"runtime.offline", KeyKind::kBool, "", "whether nothing can be fetched"},
    {"runtime.device", KeyKind::kWord, "cpu cuda rocm mps xpu neuron", ""},
    {"runtime.dtypes_ok", KeyKind::kTexts, "", "of weights, that the device computes with"},
    {"runtime.accelerator", KeyKind::kTable, "", ""},
    {"runtime.accelerator.kind", KeyKind::kWord, "cuda rocm mps xpu neuron", ""},
    {"runtime.accelerator.memory", KeyKind::kSize, "", "all weights must fit in it"},
    {"runtime.may_change", KeyKind::kTexts, "", "upgrades that the team can make"},
    {"accept", KeyKind::kTable, "", ""},
    {"accept.formats", KeyKind::kWords,
     "safetensors torch-zip torch-legacy torch-tar pickle gguf hdf5 numpy onnx npz keras "
     "savedmodel tflite pytorch-zip pytorch-legacy h5",
     "of weights"},
    {"accept.weights", KeyKind::kTexts, "", "names of weights files, as patterns"},
    {"accept.dtypes", KeyKind::kTexts, "", "of weights: BF16 or bfloat16"},
    {"accept.architectures", KeyKind::kTexts, "", ""},
    {"accept.model_types", KeyKind::kTexts, "", ""},
    {"accept.licenses", KeyKind::kTexts, "", "as README.md names them"},
    {"require", KeyKind::kTable, "", ""},
    {"require.files", KeyKind::kTexts, "", "\"a | b\": one of them; \"a?\": none is needed"},
    {"require.index", KeyKind::kWord, "complete", "every shard is there"},
    {"require.card", KeyKind::kBool, "", "a README.md"},
    {"forbid", KeyKind::kTable, "", ""},
    {"forbid.classes", KeyKind::kWords,
     "training-state pickle python-code native-code code link vcs cache junk secret lfs-pointer "
     "nested-archive executable",
     ""},
    {"forbid.files", KeyKind::kTexts, "", "patterns"},
    {"forbid.remote_code", KeyKind::kBool, "", "a configuration that names code of the package"},
    {"layout", KeyKind::kTable, "", ""},
    {"layout.root", KeyKind::kWord, kRoots, ""},
    {"layout.names", KeyKind::kWord, "ascii portable any", ""},
    {"layout.mode", KeyKind::kWord, "normalised any", "normalised: no file is executable"},
    {"package", KeyKind::kTable, "", ""},
    {"package.container", KeyKind::kWords, kForms, "target.form"},
    {"package.root", KeyKind::kWord, kRoots, "layout.root"},
    {"package.name_pattern", KeyKind::kText, "", "of the name of the package itself"},
    {"package.require", KeyKind::kTexts, "", "require.files"},
    {"package.weights", KeyKind::kTexts, "", "accept.weights"},
    {"package.forbid", KeyKind::kTexts, "", "forbid.files"},
    {"package.allow_pickle", KeyKind::kWord, "state-dict-only any none",
     "what pickles may be there"},
    {"package.max_bytes", KeyKind::kSize, "", "limits.total"},
    {"package.max_file_bytes", KeyKind::kSize, "", "limits.file"},
    {"package.extra_files", KeyKind::kFiles, "optional required",
     "files that may be there whatever forbids them"},
    {"package.manifest", KeyKind::kWord, "sha256 off", "integrity.manifest"},
    {"package.symlinks", KeyKind::kBool, "", "false: no file is a link"},
    {"limits", KeyKind::kTable, "", ""},
    {"limits.total", KeyKind::kSize, "", "all files, unpacked"},
    {"limits.file", KeyKind::kSize, "", "each file"},
    {"limits.files", KeyKind::kCount, "", "how many"},
    {"limits.path", KeyKind::kCount, "", "bytes of a path"},
    {"limits.depth", KeyKind::kCount, "", "folders above a file"},
    {"limits.header", KeyKind::kSize, "", "of a safetensors file"},
    {"limits.ratio", KeyKind::kCount, "", "unpacked to packed bytes"},
    {"task", KeyKind::kTable, "", ""},
    {"task.name", KeyKind::kWord,
     "text-classification token-classification question-answering fill-mask text-generation "
     "text2text-generation feature-extraction multiple-choice image-classification",
     ""},
    {"task.labels_required", KeyKind::kBool, "", "config.json has id2label"},
    {"policy", KeyKind::kTable, "", ""},
    {"policy.on_differs", KeyKind::kWord, "fail warn", ""},
    {"policy.on_risk", KeyKind::kWord, "fail warn", ""},
    {"policy.adapt", KeyKind::kWords, kAdaptations, "what may be done to a package"},
    {"policy.never_adapt", KeyKind::kWords, kAdaptations, ""},
    {"integrity", KeyKind::kTable, "", ""},
    {"integrity.manifest", KeyKind::kWord, "off optional required", "SHA256SUMS"},
    {"integrity.signature", KeyKind::kWord, "off optional required", "model.sig"},
    {"integrity.scheme", KeyKind::kWord, "oms", ""},
    {"integrity.keys", KeyKind::kTexts, "", ""},
    {"integrity.roots", KeyKind::kTexts, "", ""},
    {"integrity.at", KeyKind::kWord, "now signing", ""},
    {"gate", KeyKind::kTable, "", ""},
    {"gate.fail_on", KeyKind::kWord, "fail differs risk error warning",
     "the verdict that refuses a package"},
    {"waiver", KeyKind::kTables, "", ""},
    {"waiver.rule", KeyKind::kText, "", "of the finding that is accepted"},
    {"waiver.path", KeyKind::kText, "", "of its file, as a pattern; all where there is none"},
    {"waiver.reason", KeyKind::kText, "", ""},
    {"waiver.by", KeyKind::kText, "", ""},
    {"waiver.until", KeyKind::kDate, "", "the last day"},
};

const ContractKey* FindKey(std::string_view path) {
  const auto found = std::find_if(std::begin(kKeys), std::end(kKeys),
                                  [&](const ContractKey& key) { return key.path == path; });
  return found == std::end(kKeys) ? nullptr : &*found;
}

std::vector<std::string_view> Split(std::string_view words) {
  std::vector<std::string_view> list;
  while (!words.empty()) {
    const size_t space = std::min(words.find(' '), words.size());
    list.push_back(words.substr(0, space));
    words.remove_prefix(std::min(space + 1, words.size()));
  }
  return list;
}

// The word that differs in capitals alone, or the nearest.
std::string_view Meant(std::string_view given, const std::vector<std::string_view>& words) {
  const auto same = [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  };
  for (const std::string_view word : words) {
    if (std::equal(word.begin(), word.end(), given.begin(), given.end(), same)) return word;
  }
  return Nearest(given, words);
}

// What is wrong with a word or a list of them; empty: nothing.
std::string WordFault(const ContractKey& key, const JsonValue& value) {
  const auto words = Split(key.words);
  const auto is_word = [&](const JsonValue& v) {
    return v.Is(Kind::kString) && std::find(words.begin(), words.end(), v.text) != words.end();
  };
  const bool list = key.kind == KeyKind::kWords && value.Is(Kind::kArray);
  for (const JsonValue* v = list ? value.items.data() : &value;
       v != (list ? value.items.data() + value.items.size() : &value + 1); ++v) {
    if (is_word(*v)) continue;
    const std::string found =
        v->Is(Kind::kString) ? Quote(v->text, 60) : std::string(KindName(v->kind));
    // Of many words the one that was meant is hard to find.
    constexpr size_t kFew = 8;
    const std::string_view near =
        words.size() > kFew && v->Is(Kind::kString) ? Meant(v->text, words) : std::string_view();
    return fmt::format("wanted {}{}, found {}{}{}", list ? "of " : "",
                       fmt::join(words.begin(), words.end(), ", "), found,
                       near.empty() ? "" : "; the nearest is ", near);
  }
  return "";
}

bool IsTexts(const JsonValue& value) {
  if (value.Is(Kind::kString)) return true;
  return value.Is(Kind::kArray) &&
         std::all_of(value.items.begin(), value.items.end(),
                     [](const JsonValue& v) { return v.Is(Kind::kString) && !v.text.empty(); });
}

std::string SpecFault(const JsonValue& value) {
  if (!value.Is(Kind::kString)) return "wanted versions as text, like \">=4.44,<4.50\"";
  const auto component = ParseComponent(value.text);
  return component ? "" : component.error().what();
}

std::string Fault(const ContractKey& key, const JsonValue& value) {
  switch (key.kind) {
    case KeyKind::kTable:
    case KeyKind::kSpecs:
    case KeyKind::kFiles:
      return value.Is(Kind::kObject) ? "" : "wanted a table";
    case KeyKind::kTables:
      return value.Is(Kind::kArray) &&
                     std::all_of(value.items.begin(), value.items.end(),
                                 [](const JsonValue& v) { return v.Is(Kind::kObject); })
                 ? ""
                 : fmt::format("wanted [[{}]]", key.path);
    case KeyKind::kText:
      return value.Is(Kind::kString) && !value.text.empty() ? "" : "wanted a text";
    case KeyKind::kWord:
    case KeyKind::kWords:
      return WordFault(key, value);
    case KeyKind::kTexts:
      return IsTexts(value) ? "" : "wanted a list of texts";
    case KeyKind::kBool:
      return value.Is(Kind::kBool) ? "" : "wanted true or false";
    case KeyKind::kCount:
      return value.AsUint() ? "" : "wanted a whole number";
    case KeyKind::kSize:
      return value.AsUint() || (value.Is(Kind::kString) && ByteCount(value.text))
                 ? ""
                 : "wanted a size such as \"10 GiB\", \"25 MB\" or 1000000";
    case KeyKind::kSpec:
      return SpecFault(value);
    case KeyKind::kDate:
      return value.Is(Kind::kString) && value.text.size() == 10 && value.text[4] == '-'
                 ? ""
                 : "wanted a date, without quotes: 2027-01-31";
  }
  return "";
}

class Walk {
 public:
  explicit Walk(const std::string& path) : path_(path) {}

  // Recursion as deep as the table above.
  Status Check(const JsonValue& table, const std::string& prefix) const {
    for (const JsonMember& member : table.members) {
      const std::string full = prefix + member.name;
      const JsonValue& value = member.value;
      const ContractKey* key = FindKey(full);
      if (key == nullptr) return Unknown(member, prefix);
      if (const std::string fault = Fault(*key, value); !fault.empty()) {
        return LineError(path_, value.offset, fmt::format("{}: {}", full, fault));
      }
      if (key->kind == KeyKind::kTable) WL_CHECKED(Check(value, full + "."));
      if (key->kind == KeyKind::kTables) {
        for (const JsonValue& item : value.items) WL_CHECKED(Check(item, full + "."));
      }
      if (key->kind == KeyKind::kFiles) WL_CHECKED(CheckFiles(*key, value));
      if (key->kind != KeyKind::kSpecs) continue;
      for (const JsonMember& spec : value.members) {
        if (!IsComponentName(spec.name)) {
          return LineError(
              path_, spec.value.offset,
              fmt::format("{}: {} is no name of a package", full, Quote(spec.name, 60)));
        }
        const std::string fault = SpecFault(spec.value);
        if (fault.empty()) continue;
        return LineError(path_, spec.value.offset,
                         fmt::format("{}.{}: {}", full, Escape(spec.name), fault));
      }
    }
    return {};
  }

 private:
  Status CheckFiles(const ContractKey& key, const JsonValue& files) const {
    const ContractKey demand{"", KeyKind::kWord, key.words, ""};
    for (const JsonMember& file : files.members) {
      const std::string fault =
          file.name.empty() ? "wanted the path of a file" : WordFault(demand, file.value);
      if (fault.empty()) continue;
      return LineError(path_, file.value.offset,
                       fmt::format("{}.{}: {}", key.path, Quote(file.name, 60), fault));
    }
    return {};
  }

  // Keys of the same table are looked at, and where none is near, all of them.
  Error Unknown(const JsonMember& member, const std::string& prefix) const {
    std::vector<std::string_view> here, all;
    for (const ContractKey& key : kKeys) {
      const size_t dot = key.path.rfind('.');
      const std::string_view name = dot == key.path.npos ? key.path : key.path.substr(dot + 1);
      const bool same = key.path.substr(0, key.path.size() - name.size()) == prefix;
      (same ? here : all).push_back(name);
    }
    std::string hint;
    if (const auto near = Nearest(member.name, here); !near.empty()) {
      hint = fmt::format("; the nearest is {}{}", prefix, near);
    } else if (const auto far = Nearest(member.name, all); !far.empty()) {
      for (const ContractKey& key : kKeys) {
        if (key.path == far || key.path.ends_with(fmt::format(".{}", far))) {
          hint = fmt::format("; the nearest is {}", key.path);
          break;
        }
      }
    }
    return LineError(path_, member.value.offset,
                     fmt::format("unknown key {}{}", Quote(prefix + member.name, 80), hint));
  }

  const std::string& path_;
};

}  // namespace

std::span<const ContractKey> ContractKeys() {
  return kKeys;
}

Status CheckContractKeys(const std::string& path, const JsonValue& root) {
  return Walk(path).Check(root, "");
}

std::optional<uint64_t> ByteCount(std::string_view text) {
  constexpr std::pair<std::string_view, uint64_t> kUnits[] = {{"TB", 1'000'000'000'000},
                                                              {"TiB", uint64_t{1} << 40},
                                                              {"GB", 1'000'000'000},
                                                              {"GiB", uint64_t{1} << 30},
                                                              {"MB", 1'000'000},
                                                              {"MiB", uint64_t{1} << 20},
                                                              {"KB", 1'000},
                                                              {"kB", 1'000},
                                                              {"KiB", uint64_t{1} << 10},
                                                              {"B", 1},
                                                              {"", 1}};
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& [name, bytes] : kUnits) {
    if (name == unit && number <= UINT64_MAX / bytes) return number * bytes;
  }
  return std::nullopt;
}

}  // namespace weighlock

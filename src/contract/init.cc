// A contract from a package that somebody is content with: what it has is accepted, and what it
// does not have is forbidden.
#include <fmt/format.h>

#include <set>

#include "base/escape.h"
#include "contract/contract_findings.h"
#include "contract/file_classes.h"
#include "contract/judge_contract.h"
#include "json/json.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

// A basic string of TOML.
std::string TomlText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += fmt::format("\\{}", c);
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string TomlList(const std::set<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + TomlText(word);
  return "[" + out + "]";
}

// A size that leaves room: the next power of two of a unit.
std::string RoundedUp(uint64_t bytes) {
  uint64_t size = uint64_t{1} << 20;
  while (size < bytes && size < uint64_t{1} << 50) size *= 2;
  if (size >= uint64_t{1} << 30) return fmt::format("{} GiB", size >> 30);
  return fmt::format("{} MiB", size >> 20);
}

// What config.json says that it was written with, where that is a version.
std::string SavedWith(const OpenedPackage& opened, const Limits& limits) {
  const ConfigFacts* facts = ModelConfig(opened.package);
  for (size_t i = 0; i < opened.sources.size(); ++i) {
    const auto& config = opened.package.artefacts[i].config;
    if (!config || &*config != facts) continue;
    const auto bytes = opened.sources[i].Read(0, opened.sources[i].size());
    const auto json = bytes ? ParseJson(*bytes, limits) : Result<JsonValue>(JsonValue());
    const std::string* version = json ? json->FindString("transformers_version") : nullptr;
    if (version != nullptr && Version::Parse(*version)) return *version;
  }
  return "";
}

class Writer {
 public:
  Writer(const OpenedPackage& opened, const Limits& limits) : opened_(opened), limits_(limits) {}

  std::string Text() {
    out_ =
        "# What the receiving side asks of a package, made from one that it is content with.\n"
        "# Every key: docs/contract.md. To check a package: weighlock check PACKAGE --target "
        "handover.toml\n"
        "contract = 1\n"
        "id = \"team/service\"  # name it\n"
        "version = \"1\"\n\n";
    out_ += fmt::format("[target]\nform = [\"{}\"]\n\n", package().kind == PackageKind::kFolder
                                                             ? "dir"
                                                             : PackageKindName(package().kind));
    Runtime();
    Accept();
    Require();
    Forbid();
    Layout();
    out_ += "[gate]\nfail_on = \"fail\"  # or \"differs\": loads, and may answer otherwise\n";
    return std::move(out_);
  }

 private:
  const Package& package() const { return opened_.package; }

  bool Meets(const Contract& contract) const {
    return JudgeContract(contract, opened_, limits_).empty();
  }

  void Runtime() {
    out_ += "[runtime]  # what production runs; a component that is not named is unknown\n";
    const std::string version = SavedWith(opened_, limits_);
    if (version.empty()) {
      out_ += "# transformers = \"==4.37.2\"\n";
    } else {
      out_ += fmt::format("transformers = {}  # config.json was written with it\n",
                          TomlText("==" + version));
    }
    out_ += "# torch = \">=2.1,<2.4\"\n# safetensors = \"absent\"\n\n";
  }

  void Accept() {
    std::set<std::string> formats, dtypes, architectures;
    for (const Artefact& artefact : package().artefacts) {
      const std::string_view format = WeightsFormat(artefact);
      if (!format.empty()) formats.emplace(format);
      if (!ContractFindings::IsWeights(artefact)) continue;
      for (const Tensor& tensor : artefact.model->tensors) {
        const DTypeInfo& info = Info(tensor.dtype);
        const auto name = info.safetensors.empty() ? info.torch : info.safetensors;
        if (!name.empty()) dtypes.insert(std::string(name));
      }
    }
    if (const ConfigFacts* config = ModelConfig(package())) {
      architectures.insert(config->architectures.begin(), config->architectures.end());
      architectures.erase("");
    }
    out_ += "[accept]\n";
    const bool all_known = std::all_of(formats.begin(), formats.end(), IsFormatWord);
    if (!formats.empty() && all_known) out_ += "formats = " + TomlList(formats) + "\n";
    if (!dtypes.empty()) out_ += "dtypes = " + TomlList(dtypes) + "\n";
    if (!architectures.empty()) out_ += "architectures = " + TomlList(architectures) + "\n";
    out_ += "# licenses = [\"apache-2.0\", \"mit\"]  # as README.md names them\n\n";
  }

  void Require() {
    std::set<std::string> files;
    Contract contract;
    for (const char* wanted : {"config.json", "one-of:weights", "one-of:tokenizer"}) {
      contract.required_files = {wanted};
      if (Meets(contract)) files.insert(wanted);
    }
    out_ += "[require]\n";
    if (!files.empty()) out_ += "files = " + TomlList(files) + "\n";
    contract = {};
    contract.complete_index = true;
    if (Meets(contract)) out_ += "index = \"complete\"  # every shard is there\n";
    contract = {};
    contract.card = true;
    out_ += Meets(contract) ? "card = true\n\n" : "# card = true  # a README.md\n\n";
  }

  void Forbid() {
    std::set<std::string> allowed, forbidden;
    for (const char* word :
         {"training-state", "pickle", "python-code", "native-code", "link", "vcs", "cache",
          "secret", "lfs-pointer", "nested-archive", "executable"}) {
      Contract contract;
      contract.forbidden_classes = {word};
      (Meets(contract) ? forbidden : allowed).insert(word);
    }
    out_ += "[forbid]\nclasses = " + TomlList(forbidden) + "\n";
    if (!allowed.empty()) out_ += "# the package has: " + TomlList(allowed) + "\n";
    Contract contract;
    contract.forbid_remote_code = true;
    if (Meets(contract)) out_ += "remote_code = true  # no configuration names code of its own\n";
    out_ += "\n";
  }

  void Layout() {
    Contract contract;
    contract.root = "flat";
    out_ += fmt::format("[layout]\nroot = \"{}\"\n", Meets(contract) ? "flat" : "any");
    contract = {};
    contract.names = "portable";
    if (Meets(contract)) out_ += "names = \"portable\"\n";
    uint64_t total = 0, largest = 0;
    for (const Artefact& artefact : package().artefacts) {
      total += std::min(artefact.size, UINT64_MAX - total);
      largest = std::max(largest, artefact.size);
    }
    out_ +=
        fmt::format("\n[limits]\ntotal = \"{}\"\nfile = \"{}\"\nfiles = {}\n\n", RoundedUp(total),
                    RoundedUp(largest), std::max<size_t>(100, 2 * package().artefacts.size()));
  }

  const OpenedPackage& opened_;
  const Limits& limits_;
  std::string out_;
};

}  // namespace

Result<std::string> InitContract(const std::string& package, const Limits& limits) {
  WL_TRY(const OpenedPackage opened,
         OpenPackage(package, limits, /*progress=*/nullptr, Hold::kDescriptions));
  if (!HasModelParts(opened.package)) {
    return Error(Code::kUnrecognised, "nothing in it is known as part of a model", kNoOffset,
                 package);
  }
  return Writer(opened, limits).Text();
}

}  // namespace weighlock

// Which weights TGI, vLLM and TEI take from the top of a folder, and in what order.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/escape.h"
#include "check/packaging.h"

namespace weighlock {
namespace {

using Files = std::vector<const Artefact*>;

// Files beside the model's config.json whose names end so; hidden ones too.
Files Ending(const Situation& s, std::string_view ending) {
  Files found;
  for (const Artefact& artefact : s.package().artefacts) {
    const size_t slash = artefact.path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : artefact.path.substr(0, slash + 1);
    if (folder == s.files.folder_of_model && artefact.path.ends_with(ending))
      found.push_back(&artefact);
  }
  return found;
}

std::string NameOf(const Artefact& artefact) {
  return artefact.path.substr(artefact.path.rfind('/') + 1);
}

void Remove(Files& files, const std::vector<std::string_view>& parts) {
  std::erase_if(files, [&](const Artefact* file) {
    const std::string name = NameOf(*file);
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return name.find(part) != std::string::npos; });
  });
}

// A tensor that two of the files hold, or empty.
std::string HeldTwice(const Files& files) {
  std::set<std::string_view> seen;
  for (const Artefact* file : files) {
    if (!file->model) continue;
    for (const Tensor& tensor : file->model->tensors) {
      if (!seen.insert(tensor.name).second) return tensor.name;
    }
  }
  return {};
}

void JudgeTgi(const Situation& s, PackagingFindings& out) {
  const char* source = "text-generation-inference server/utils/hub.py, weights.py; issue 1334";
  Files files = Ending(s, ".safetensors");
  const size_t all = files.size();
  Remove(files, {"arguments", "args", "adapter", "training"});
  if (files.empty()) {
    Files pickled = Ending(s, ".bin");
    Remove(pickled, {"arguments", "args", "adapter", "training"});
    if (pickled.empty()) {
      out.Add(Verdict::kFail, "WL-P-060",
              all == 0 ? "the server finds no .safetensors and no .bin at the top"
                       : "the server passes over every .safetensors at the top for its name (args, "
                         "arguments, adapter, training)")
          .source = source;
      return;
    }
    CheckFinding& finding =
        out.Add(Verdict::kRisk, "WL-P-060",
                "the server makes safetensors of the .bin when it starts, beside it: that takes "
                "time, and a folder that can be written to",
                pickled[0]->path);
    finding.adaptations = {"W3"};
    finding.source = source;
    return;
  }
  const std::string twice = HeldTwice(files);
  if (twice.empty()) return;
  // Which file comes first is the file system's choice, so its words are not known whole.
  CheckFinding& finding =
      out.Add(Verdict::kFail, "WL-P-060",
              fmt::format("the server reads every .safetensors at the top, and two of them hold {}",
                          Quote(twice)),
              files[0]->path);
  finding.source = source;
}

void JudgeVllm(const Situation& s, PackagingFindings& out) {
  const char* source = "vllm model_executor/model_loader/default_loader.py; issue 3329";
  const auto visible = [](Files files) {
    std::erase_if(files, [](const Artefact* file) { return NameOf(*file).starts_with('.'); });
    return files;
  };
  const Files safetensors = visible(Ending(s, ".safetensors"));
  Files pickled = visible(Ending(s, ".bin"));
  Remove(pickled, {"training_args.bin", "optimizer.bin"});
  Files old = visible(Ending(s, ".pt"));
  Remove(old, {"optimizer.pt", "scheduler.pt", "scaler.pt"});
  if (safetensors.empty() && pickled.empty() && old.empty()) {
    CheckFinding& finding =
        out.Add(Verdict::kFail, "WL-P-062", "the server finds no weights at the top");
    finding.message =
        fmt::format("RuntimeError: Cannot find any model weights with `{}`", s.package().path);
    finding.source = source;
    return;
  }
  const auto consolidated =
      std::find_if(safetensors.begin(), safetensors.end(),
                   [](const Artefact* file) { return NameOf(*file).starts_with("consolidated"); });
  if (consolidated == safetensors.end()) return;
  const auto others = std::count_if(
      safetensors.begin(), safetensors.end(),
      [](const Artefact* file) { return !NameOf(*file).starts_with("consolidated"); });
  if (others == 0) return;
  CheckFinding& finding = out.Add(
      Verdict::kRisk, "WL-P-062",
      fmt::format("the server takes consolidated*.safetensors, in Mistral's own form, and passes "
                  "over {} other file{}; with --load-format safetensors it is the other way round",
                  others, others == 1 ? "" : "s"),
      (*consolidated)->path);
  finding.source = source;
}

// The router makes its tokenizer of tokenizer.json alone.
void JudgeTeiTokenizer(const Situation& s, PackagingFindings& out) {
  if (s.package().kind == PackageKind::kFile || s.files.names.contains("tokenizer.json")) return;
  CheckFinding& finding =
      out.Add(Verdict::kFail, "WL-P-063",
              "the server makes its tokenizer of tokenizer.json, which is not at the top");
  finding.message =
      "tokenizer.json not found. text-embeddings-inference only supports fast tokenizers";
  finding.source = "text-embeddings-inference router/src/lib.rs";
}

void JudgeTei(const Situation& s, PackagingFindings& out) {
  JudgeTeiTokenizer(s, out);
  const char* source = "text-embeddings-inference backends/candle/src/lib.rs";
  const auto there = [&](const char* name) { return s.files.names.contains(name); };
  if (there("model.safetensors")) return;
  if (there("pytorch_model.bin")) {
    const auto file = std::find_if(
        s.package().artefacts.begin(), s.package().artefacts.end(),
        [&](const Artefact& a) { return a.path == s.files.folder_of_model + "pytorch_model.bin"; });
    if (file->format == Format::kTorchZip) return;
    CheckFinding& finding =
        out.Add(Verdict::kFail, "WL-P-061",
                fmt::format("the server reads a .bin of torch 1.6 or later only, and this one is "
                            "{}",
                            FormatName(file->format)),
                file->path);
    finding.adaptations = {"W3"};
    finding.source = source;
    return;
  }
  if (there("model.safetensors.index.json")) return;
  CheckFinding& finding =
      out.Add(Verdict::kFail, "WL-P-061",
              "the server looks for model.safetensors, pytorch_model.bin and "
              "model.safetensors.index.json, in this order, and finds none of them");
  finding.message = "Could not start backend: No such file or directory (os error 2)";
  if (!s.package().weights.empty()) finding.adaptations = {"W3"};
  finding.source = source;
}

}  // namespace

void JudgeServerWeights(const Situation& s, PackagingFindings& out) {
  if (s.target.platform == Platform::kTgi) JudgeTgi(s, out);
  if (s.target.platform == Platform::kVllm) JudgeVllm(s, out);
  if (s.target.platform == Platform::kTei) JudgeTei(s, out);
}

}  // namespace weighlock

// WL-H-020 to WL-H-029: where files lie, how they are called, and how large they are.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "base/file.h"
#include "contract/contract_findings.h"
#include "contract/layout_names.h"

namespace weighlock {
namespace {

// Every name that Windows, macOS and Linux take: "portable" of POSIX, with a few more marks.
bool IsPortable(std::string_view path) {
  if (path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "._-/+=@, ()[]") != path.npos) {
    return false;
  }
  return path.find(" /") == path.npos && path.find("./") == path.npos && !path.ends_with(' ') &&
         !path.ends_with('.');
}

bool IsAscii(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

bool IsNameOf(std::string_view word, std::string_view path) {
  return word == "portable" ? IsPortable(path) : word != "ascii" || IsAscii(path);
}

namespace {

bool IsVersionOfTriton(std::string_view folder) {
  return !folder.empty() && folder[0] != '0' &&
         folder.find_first_not_of("0123456789") == std::string_view::npos;
}

// REPOSITORY/MODEL/config.pbtxt, REPOSITORY/MODEL/1/FILE: of a model each folder, and nothing else.
void JudgeRepository(ContractFindings& out) {
  std::map<std::string, bool, std::less<>> models;  // whether they have a version
  const Package& package = out.package();
  const auto place = [&](std::string_view path, bool is_folder) {
    const size_t slash = path.find('/');
    if (slash == std::string_view::npos) return;
    bool& versioned = models.try_emplace(std::string(path.substr(0, slash)), false).first->second;
    const std::string_view rest = path.substr(slash + 1);
    const size_t end = is_folder ? std::min(rest.find('/'), rest.size()) : rest.find('/');
    if (end != std::string_view::npos) versioned |= IsVersionOfTriton(rest.substr(0, end));
  };
  for (const Artefact& artefact : package.artefacts) place(artefact.path, false);
  for (const std::string& folder : package.empty_folders) place(folder, true);
  for (const Artefact& artefact : package.artefacts) {
    if (artefact.path.find('/') != std::string::npos) continue;
    out.Fail("WL-H-020",
             fmt::format("{} lies at the top, where a repository of Triton has folders of models "
                         "only: MODEL/config.pbtxt, MODEL/1/FILE",
                         Escape(artefact.path)),
             artefact.path);
  }
  for (const auto& [model, versioned] : models) {
    if (versioned) continue;
    out.Fail("WL-H-020",
             fmt::format("{} has no folder of a version, {}/1/, which a repository of Triton wants",
                         Quote(model + "/", 80), Escape(model)),
             model + "/");
  }
}

void JudgeModelArchive(ContractFindings& out) {
  // The server takes the first folder of a tgz away, which the archiver puts around all.
  const bool tgz = out.package().kind == PackageKind::kTarGz;
  const auto& artefacts = out.package().artefacts;
  const bool there = std::any_of(artefacts.begin(), artefacts.end(), [&](const Artefact& a) {
    const std::string_view path = a.path;
    const size_t slash = path.find('/');
    const size_t from = tgz && slash != path.npos ? slash + 1 : 0;
    return path.substr(from) == "MAR-INF/MANIFEST.json" && (from > 0) == tgz;
  });
  if (there) return;
  out.Fail("WL-H-020",
           fmt::format("there is no MAR-INF/MANIFEST.json{}, which an archive of TorchServe wants: "
                       "torch-model-archiver makes one",
                       tgz ? " below the one folder of the tar.gz" : ""));
}

void JudgeRoot(ContractFindings& out) {
  const std::string& root = out.contract.root;
  if (root == "triton") return JudgeRepository(out);
  if (root == "mar") return JudgeModelArchive(out);
  if (root == "flat" && !out.top().empty()) {
    out.Fail(
        "WL-H-020",
        fmt::format("all files lie below {}, and not at the top: pack them with weighlock pack "
                    "--layout flat",
                    Quote(out.top(), 80)),
        out.top());
  }
  if (root == "one-folder" && out.top().empty()) {
    out.Fail("WL-H-020",
             "the files do not lie below one folder: pack them with weighlock pack --layout "
             "one-folder");
  }
}

void JudgeFile(ContractFindings& out, const Artefact& artefact) {
  const Contract& contract = out.contract;
  const ContractLimits& most = contract.limits;
  const std::string& path = artefact.path;
  if (!IsNameOf(contract.names, path)) {
    out.Fail("WL-H-021", fmt::format("the name {} is not {}", Quote(path, 120), contract.names),
             path);
  }
  if (contract.mode == "normalised" && artefact.executable) {
    out.Fail("WL-H-022", fmt::format("{} is executable", Escape(path)), path);
  }
  if (most.file && artefact.size > *most.file) {
    out.Fail("WL-H-024",
             fmt::format("{} has {} bytes; the contract takes {}", Escape(path), artefact.size,
                         *most.file),
             path);
  }
  if (most.path && path.size() > *most.path) {
    out.Fail("WL-H-026",
             fmt::format("a path of {} bytes; the contract takes {}", path.size(), *most.path),
             path);
  }
  const auto depth = static_cast<uint64_t>(std::count(path.begin(), path.end(), '/'));
  if (most.depth && depth > *most.depth) {
    out.Fail("WL-H-027",
             fmt::format("{} folders above a file; the contract takes {}", depth, *most.depth),
             path);
  }
  if (most.header && artefact.format == Format::kSafetensors && artefact.model) {
    uint64_t header = artefact.size;  // the data stands right behind it
    for (const Tensor& tensor : artefact.model->tensors) {
      header = std::min(header, tensor.data.offset);
    }
    if (header > *most.header) {
      out.Fail("WL-H-028",
               fmt::format("a header of {} bytes; the contract takes {}", header, *most.header),
               path);
    }
  }
}

void JudgeSums(ContractFindings& out, uint64_t total) {
  const ContractLimits& most = out.contract.limits;
  const uint64_t count = out.package().artefacts.size();
  if (most.total && total > *most.total) {
    out.Fail("WL-H-023", fmt::format("{} bytes in all; the contract takes {}", total, *most.total));
  }
  if (most.files && count > *most.files) {
    out.Fail("WL-H-025", fmt::format("{} files; the contract takes {}", count, *most.files));
  }
  if (!most.ratio || out.package().kind == PackageKind::kFolder) return;
  const auto file = OpenForReading(out.package().path);
  const auto packed = file ? FileSize(*file) : Result<uint64_t>(uint64_t{0});
  if (!packed || *packed == 0 || total / *most.ratio <= *packed) return;
  out.Fail("WL-H-029", fmt::format("{} bytes were packed into {}; the contract takes a ratio of {}",
                                   total, *packed, *most.ratio));
}

}  // namespace

void JudgeLayoutRules(ContractFindings& out) {
  JudgeRoot(out);
  uint64_t total = 0;
  for (const Artefact& artefact : out.package().artefacts) {
    JudgeFile(out, artefact);
    total = artefact.size > UINT64_MAX - total ? UINT64_MAX : total + artefact.size;
  }
  JudgeSums(out, total);
}

}  // namespace weighlock

// WL-H-020 to WL-H-029: where files lie, how they are called, and how large they are.
#include <fmt/format.h>

#include <algorithm>

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

void JudgeRoot(ContractFindings& out) {
  const std::string& root = out.contract.root;
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

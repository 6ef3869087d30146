// A file that must be there and must not be, or cannot be as the rest of the contract wants files.
#include <algorithm>

#include "base/escape.h"
#include "contract/contract_problems.h"
#include "contract/file_classes.h"
#include "contract/layout_names.h"
#include "contract/text_file.h"
#include "package/name_pattern.h"

namespace weighlock {
namespace {

// "a", "b" of "a | b?".
std::vector<std::string> Alternatives(std::string_view entry) {
  std::vector<std::string> names;
  while (!entry.empty()) {
    const size_t bar = std::min(entry.find('|'), entry.size());
    std::string_view one = TrimSpace(entry.substr(0, bar));
    if (one.ends_with('?')) one.remove_suffix(1);
    if (!one.empty()) names.emplace_back(one);
    entry.remove_prefix(std::min(bar + 1, entry.size()));
  }
  return names;
}

// A name that a pattern stands for: "model-x.safetensors" of "model-*.safetensors".
std::string NameFor(std::string pattern) {
  std::replace(pattern.begin(), pattern.end(), '*', 'x');
  return pattern;
}

std::string Joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& one : list) out += (out.empty() ? "" : ", ") + Escape(one);
  return out;
}

bool IsCodeOfModels(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.ends_with(".py") &&
         (name.starts_with("modeling") || name.starts_with("configuration") ||
          name.starts_with("tokenization"));
}

class Obstacles {
 public:
  explicit Obstacles(const ContractProblems& out) : out_(out), contract_(out.contract) {}

  // What stands in the way of a file, as the end of a sentence; empty: nothing does.
  std::string Of(const std::string& wanted) const {
    if (wanted.starts_with("one-of:") || wanted.find('[') != std::string::npos) return {};
    const std::string name = NameFor(wanted);
    for (const auto& judge :
         {&Obstacles::Forbidden, &Obstacles::NotAccepted, &Obstacles::Misplaced}) {
      std::string found = (this->*judge)(name);
      if (!found.empty()) return found;
    }
    return {};
  }
  // The same of a file that package.extra_files lets in, so that nothing forbids it.
  std::string OfExtra(const std::string& wanted) const {
    if (wanted.find('[') != std::string::npos) return {};
    const std::string name = NameFor(wanted);
    const std::string found = NotAccepted(name);
    return found.empty() ? Misplaced(name) : found;
  }

 private:
  std::string Forbidden(const std::string& name) const {
    for (size_t i = 0; i < contract_.forbidden_files.size(); ++i) {
      if (!NamePattern(contract_.forbidden_files[i]).Matches(name)) continue;
      return fmt::format("{} forbids as {}", out_.At("forbid.files", i),
                         Quote(contract_.forbidden_files[i], 80));
    }
    const Artefact artefact = ArtefactOfName(name);
    for (size_t i = 0; i < contract_.forbidden_classes.size(); ++i) {
      const std::string& word = contract_.forbidden_classes[i];
      if (!IsOfClass(word, artefact)) continue;
      return fmt::format("{} forbids as {}", out_.At("forbid.classes", i), word);
    }
    if (contract_.forbid_remote_code && IsCodeOfModels(name)) {
      return fmt::format("{} forbids as code of the package's own", out_.At("forbid.remote_code"));
    }
    return {};
  }

  std::string NotAccepted(const std::string& name) const {
    const Artefact artefact = ArtefactOfName(name);
    const std::vector<std::string_view> formats = FormatsOfName(name);
    const bool weights = artefact.role == Role::kWeights || !WeightsFormat(artefact).empty();
    if (!weights || formats.empty()) return {};
    const bool taken = std::any_of(formats.begin(), formats.end(), [&](std::string_view format) {
      return std::find(contract_.formats.begin(), contract_.formats.end(), format) !=
             contract_.formats.end();
    });
    if (!contract_.formats.empty() && !taken) {
      return fmt::format("{} does not take: {}", out_.At("accept.formats"),
                         Joined(contract_.formats));
    }
    const bool named =
        std::any_of(contract_.weights.begin(), contract_.weights.end(),
                    [&](const std::string& pattern) { return NamePattern(pattern).Matches(name); });
    if (contract_.weights.empty() || named) return {};
    return fmt::format("{} does not take: {}", out_.At("accept.weights"),
                       Joined(contract_.weights));
  }

  std::string Misplaced(const std::string& name) const {
    if (!IsNameOf(contract_.names, name)) {
      return fmt::format("{} does not take: it is not {}", out_.At("layout.names"),
                         contract_.names);
    }
    const auto& limits = contract_.limits;
    if (limits.path && name.size() > *limits.path) {
      return fmt::format("is longer than {} takes: {}", out_.At("limits.path"), *limits.path);
    }
    const auto folders = static_cast<uint64_t>(std::count(name.begin(), name.end(), '/'));
    if (limits.depth && folders > *limits.depth) {
      return fmt::format("lies deeper than {} takes: {}", out_.At("limits.depth"), *limits.depth);
    }
    return {};
  }

  const ContractProblems& out_;
  const Contract& contract_;
};

// A file that another key than require.files asks for.
void LintNamed(ContractProblems& out, const char* key, const char* name) {
  const std::string obstacle = Obstacles(out).Of(name);
  if (obstacle.empty()) return;
  out.Fail(fmt::format("{} wants {}, which {}", out.At(key), name, obstacle));
}

}  // namespace

void LintFiles(ContractProblems& out) {
  const Contract& contract = out.contract;
  const Obstacles obstacles(out);
  for (size_t i = 0; i < contract.required_files.size(); ++i) {
    const std::string& entry = contract.required_files[i];
    std::string ways;
    bool all = true;
    for (const std::string& name : Alternatives(entry)) {
      const std::string obstacle = obstacles.Of(name);
      all = all && !obstacle.empty();
      ways += fmt::format("{}{}, which {}", ways.empty() ? "" : "; or ", Escape(name), obstacle);
    }
    if (!all || ways.empty()) continue;
    const std::string where = out.At("require.files", i);
    if (entry.ends_with('?')) {
      out.Warn(fmt::format("{} lets in {}", where, ways));
    } else {
      out.Fail(fmt::format("{} wants {}", where, ways));
    }
  }
  for (const auto& [name, required] : contract.extra_files) {
    const std::string obstacle = obstacles.OfExtra(name);
    if (obstacle.empty()) continue;
    const std::string where = out.At("package.extra_files." + name);
    if (required) {
      out.Fail(fmt::format("{} wants {}, which {}", where, Escape(name), obstacle));
    } else {
      out.Warn(fmt::format("{} lets in {}, which {}", where, Escape(name), obstacle));
    }
  }
  if (contract.card) LintNamed(out, "require.card", "README.md");
  if (!contract.licenses.empty()) LintNamed(out, "accept.licenses", "README.md");
  if (contract.manifest == Demand::kRequired) LintNamed(out, "integrity.manifest", "SHA256SUMS");
  if (contract.signature == Demand::kRequired) LintNamed(out, "integrity.signature", "model.sig");
}

}  // namespace weighlock

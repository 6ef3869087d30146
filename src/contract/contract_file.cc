// From a table whose keys are known to a Contract and its Target.
#include "contract/contract_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/escape.h"
#include "codec/sha256.h"
#include "contract/allowed_changes.h"
#include "contract/contract_keys.h"
#include "contract/nearest.h"
#include "contract/other_names.h"
#include "contract/rule_ids.h"
#include "contract/text_file.h"
#include "contract/toml_file.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

class Reader {
 public:
  Reader(const std::string& path, const JsonValue& root) : path_(path), root_(root) {}

  Result<GivenTarget> Read(const ProfileTable& table) {
    const JsonValue* form = root_.Find("contract");
    if (form == nullptr ? root_.Find("schema") == nullptr : form->AsUint() != 1) {
      return LineError(path_, form == nullptr ? 1 : form->offset,
                       "wanted contract = 1, the version of this form");
    }
    for (const char* key : {"id", "version"}) {
      if (At(key) == nullptr) return LineError(path_, 1, fmt::format("wanted {} = \"...\"", key));
    }
    given_.source = TargetSource::kContract;
    given_.target.text = path_;
    NoteLines(root_, "");
    WL_CHECKED(RefuseTwins(path_, contract_.lines));
    contract_.id = Text("id");
    contract_.version = Text("version");
    contract_.owner = Text("owner");
    contract_.extends = Text("extends");
    WL_CHECKED(Extend(table));
    WL_CHECKED(Runtime(table));
    Rules();
    WL_CHECKED(Numbers());
    WL_CHECKED(DTypes());
    WL_CHECKED(Gate());
    WL_CHECKED(Waivers());
    given_.contract = std::move(contract_);
    return std::move(given_);
  }

 private:
  // Recursion as deep as the reader of TOML lets it be.
  void NoteLines(const JsonValue& value, const std::string& path) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const JsonMember& member : value.members) {
      contract_.lines.emplace(prefix + member.name, member.value.offset);
      NoteLines(member.value, prefix + member.name);
    }
    for (size_t i = 0; i < value.items.size(); ++i) {
      contract_.lines.emplace(fmt::format("{}{}", prefix, i), value.items[i].offset);
    }
  }

  // The value at "limits.total" or at its other name, or null.
  const JsonValue* At(std::string_view path) const {
    const JsonValue* value = Under(path);
    for (const OtherName& other : OtherNames()) {
      if (value == nullptr && other.means == path) value = Under(other.key);
    }
    return value;
  }
  const JsonValue* Under(std::string_view path) const {
    const JsonValue* value = &root_;
    while (value != nullptr && !path.empty()) {
      const std::string_view key = path.substr(0, path.find('.'));
      value = value->Find(key);
      path.remove_prefix(std::min(path.size(), key.size() + 1));
    }
    return value;
  }
  std::string Text(std::string_view path) const {
    const JsonValue* value = At(path);
    return value == nullptr ? "" : value->text;
  }
  std::vector<std::string> Texts(std::string_view path) const {
    const JsonValue* value = At(path);
    std::vector<std::string> texts;
    if (value == nullptr) return texts;
    if (value->Is(Kind::kString)) texts.push_back(value->text);
    for (const JsonValue& item : value->items) texts.push_back(item.text);
    return texts;
  }
  std::optional<bool> Bool(std::string_view path) const {
    const JsonValue* value = At(path);
    return value == nullptr ? std::nullopt : std::optional(value->boolean);
  }
  std::optional<uint64_t> Number(std::string_view path) const {
    const JsonValue* value = At(path);
    if (value == nullptr) return std::nullopt;
    return value->Is(Kind::kString) ? ByteCount(value->text) : value->AsUint();
  }

  Status Extend(const ProfileTable& table) {
    if (contract_.extends.empty()) return {};
    // The built-in targets have one issue each.
    constexpr std::string_view kBuiltin = "builtin:", kFirst = "@1";
    std::string_view name = contract_.extends;
    if (name.starts_with(kBuiltin)) name.remove_prefix(kBuiltin.size());
    if (name.ends_with(kFirst)) name.remove_suffix(kFirst.size());
    const Profile* profile = table.Find(name);
    if (profile == nullptr) {
      return LineError(path_, At("extends")->offset,
                       fmt::format("extends: {} is no built-in target{}", Quote(name, 80),
                                   table.NearestHint(name)));
    }
    const Target base = TargetOf(*profile);
    given_.target.components = base.components;
    given_.target.platform = base.platform;
    given_.notes = profile->notes;
    return {};
  }

  Status Runtime(const ProfileTable& table) {
    std::map<std::string, uint64_t> lines;  // of what is named
    for (const char* name : {"python", "transformers", "torch", "tokenizers", "safetensors"}) {
      const JsonValue* value = At(std::string("runtime.") + name);
      if (value == nullptr) continue;
      lines.emplace(name, value->offset);
      Component(name, value->text);
    }
    if (const JsonValue* packages = At("runtime.packages")) {
      for (const JsonMember& member : packages->members) {
        const std::string name = NormalisedName(member.name);
        const std::string_view meant = table.ComponentMeantBy(name);
        if (!meant.empty()) {
          return LineError(path_, member.value.offset,
                           fmt::format("runtime.packages: {} is no component that is known; the "
                                       "nearest is {}",
                                       Quote(name, 60), meant));
        }
        const auto [other, is_new] = lines.emplace(name, member.value.offset);
        if (!is_new) {
          return LineError(path_, member.value.offset,
                           fmt::format("runtime.packages: {} is named twice, in line {} too",
                                       Quote(member.name, 60), other->second));
        }
        Component(name, member.value.text);
      }
    }
    contract_.kind = Text("target.kind");
    contract_.forms = Texts("target.form");
    contract_.loader = Text("runtime.loader");
    contract_.device = Text("runtime.device");
    contract_.accelerator = Text("runtime.accelerator.kind");
    contract_.trust_remote_code = Bool("runtime.trust_remote_code");
    contract_.offline = Bool("runtime.offline");
    // Of a server that loads the package the rules are its own.
    const bool by_loader = contract_.kind.empty() && given_.target.platform == Platform::kUnknown;
    if (const auto platform = ParsePlatform(by_loader ? contract_.loader : contract_.kind)) {
      given_.target.platform = *platform;
    } else if (!contract_.kind.empty()) {
      given_.target.platform = Platform::kUnknown;  // not that of extends
      given_.notes.push_back(
          fmt::format("target.kind is {}: what that platform wants of a package's form and layout "
                      "is not known here, and is judged by nothing",
                      contract_.kind));
    }
    return MayChange(table);
  }
  Status MayChange(const ProfileTable& table) {
    contract_.may_change = Texts("runtime.may_change");
    for (size_t i = 0; i < contract_.may_change.size(); ++i) {
      const JsonValue* value = At("runtime.may_change");
      const uint64_t line = value->items.empty() ? value->offset : value->items[i].offset;
      const auto change = ParseAllowedChange(contract_.may_change[i]);
      if (!change) {
        return LineError(path_, line, fmt::format("runtime.may_change: {}", change.error().what()));
      }
      const std::string_view meant = table.ComponentMeantBy(change->component);
      if (meant.empty()) continue;
      return LineError(path_, line,
                       fmt::format("runtime.may_change: {} is no component that is known; the "
                                   "nearest is {}",
                                   Quote(change->component, 60), meant));
    }
    return {};
  }
  void Component(const std::string& name, const std::string& text) {
    auto component = ParseComponent(text);  // was checked with the keys
    if (component) given_.target.components.insert_or_assign(name, *std::move(component));
  }

  void Rules() {
    for (const std::string& word : Texts("accept.formats")) {
      contract_.formats.push_back(FormatAsInspected(word));
    }
    for (const std::string& word : Texts("accept.weights")) {
      contract_.weights.push_back(FormatAsInspected(word));
    }
    contract_.architectures = Texts("accept.architectures");
    contract_.model_types = Texts("accept.model_types");
    contract_.licenses = Texts("accept.licenses");
    contract_.required_files = Texts("require.files");
    contract_.complete_index = !Text("require.index").empty();
    contract_.card = Bool("require.card").value_or(false);
    contract_.forbidden_classes = Texts("forbid.classes");
    contract_.forbidden_files = Texts("forbid.files");
    contract_.name_pattern = Text("package.name_pattern");
    contract_.allow_pickle = Text("package.allow_pickle");
    contract_.symlinks = Bool("package.symlinks");
    if (const JsonValue* files = At("package.extra_files")) {
      for (const JsonMember& file : files->members) {
        contract_.extra_files[file.name] = file.value.text == "required";
      }
    }
    contract_.forbid_remote_code = Bool("forbid.remote_code").value_or(false);
    contract_.root = Text("layout.root");
    contract_.names = Text("layout.names");
    contract_.mode = Text("layout.mode");
    contract_.task = Text("task.name");
    contract_.labels = Bool("task.labels_required").value_or(false);
    contract_.adapt = Texts("policy.adapt");
    contract_.never_adapt = Texts("policy.never_adapt");
    contract_.manifest = Demanded("integrity.manifest");
    contract_.signature = Demanded("integrity.signature");
    contract_.signature_scheme = Text("integrity.scheme");
    contract_.keys = Texts("integrity.keys");
    contract_.roots = Texts("integrity.roots");
    contract_.signed_at = Text("integrity.at");
  }
  Demand Demanded(std::string_view path) const {
    const std::string word = Text(path);
    if (word == "required" || word == "sha256") return Demand::kRequired;
    return word == "optional" ? Demand::kOptional : Demand::kOff;
  }

  Status Numbers() {
    ContractLimits& limits = contract_.limits;
    const std::pair<const char*, std::optional<uint64_t>*> fields[] = {
        {"limits.total", &limits.total},   {"limits.file", &limits.file},
        {"limits.header", &limits.header}, {"runtime.accelerator.memory", &limits.memory},
        {"limits.files", &limits.files},   {"limits.path", &limits.path},
        {"limits.depth", &limits.depth},   {"limits.ratio", &limits.ratio}};
    for (const auto& [key, field] : fields) *field = Number(key);
    if (limits.ratio == uint64_t{0})
      return LineError(path_, At("limits.ratio")->offset, "limits.ratio: wanted at least 1");
    return {};
  }

  Status DTypes() {
    WL_CHECKED(DTypes("accept.dtypes", contract_.dtypes));
    return DTypes("runtime.dtypes_ok", contract_.runtime_dtypes);
  }
  Status DTypes(const char* key, std::vector<DType>& into) const {
    const JsonValue* value = At(key);
    for (const std::string& name : Texts(key)) {
      auto dtype = DTypeFromSafetensors(name);
      if (!dtype) dtype = DTypeFromTorchName(name);
      if (!dtype) {
        return LineError(path_, value->offset,
                         fmt::format("{}: {} is no dtype; wanted names such as BF16 or bfloat16",
                                     key, Quote(name, 60)));
      }
      into.push_back(*dtype);
    }
    return {};
  }

  // gate.fail_on names the mildest verdict that fails; the policies say it of one verdict each.
  Status Gate() {
    const std::string gate = Text("gate.fail_on");
    auto& fails = contract_.fails;
    const bool all = gate == "risk" || gate == "warning";
    fails[static_cast<size_t>(Verdict::kDiffers)] = gate == "differs" || all;
    fails[static_cast<size_t>(Verdict::kRisk)] = all;
    const std::pair<const char*, Verdict> policies[] = {{"policy.on_differs", Verdict::kDiffers},
                                                        {"policy.on_risk", Verdict::kRisk}};
    for (const auto& [key, verdict] : policies) {
      const std::string word = Text(key);
      if (word.empty()) continue;
      bool& fail = fails[static_cast<size_t>(verdict)];
      if (fail && word == "warn") {
        return LineError(path_, At(key)->offset,
                         fmt::format("{}: warn, but gate.fail_on is {}", key, gate));
      }
      fail = fail || word == "fail";
    }
    return {};
  }

  Status Waivers() {
    const JsonValue* waivers = root_.Find("waiver");
    if (waivers == nullptr) return {};
    WL_TRY(const std::vector<std::string> ids, RuleIds());
    for (size_t i = 0; i < waivers->items.size(); ++i) {
      const JsonValue& row = waivers->items[i];
      for (const char* key : {"rule", "reason", "until"}) {
        if (row.Find(key) == nullptr) {
          return LineError(path_, row.offset, fmt::format("a waiver wants {}", key));
        }
      }
      const auto text = [&](const char* key) {
        const std::string* found = row.FindString(key);
        return found == nullptr ? std::string() : *found;
      };
      Waiver waiver;
      waiver.rule = text("rule");
      if (std::find(ids.begin(), ids.end(), waiver.rule) == ids.end()) {
        std::string rule = waiver.rule;
        std::transform(rule.begin(), rule.end(), rule.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        const std::string_view near = Nearest(rule, {ids.begin(), ids.end()});
        return LineError(
            path_, row.Find("rule")->offset,
            fmt::format("waiver.rule: {} is no rule of check{}{}", Quote(waiver.rule, 60),
                        near.empty() ? "" : "; the nearest is ", near));
      }
      waiver.path = text("path");
      waiver.reason = text("reason");
      waiver.by = text("by");
      waiver.line = row.offset;
      const auto until = Date::Read(text("until"));
      if (!until) {
        return LineError(path_, row.Find("until")->offset,
                         "waiver.until: wanted a date, without quotes: 2027-01-31");
      }
      waiver.until = *until;
      contract_.waivers.push_back(std::move(waiver));
    }
    return {};
  }

  const std::string& path_;
  const JsonValue& root_;
  GivenTarget given_;
  Contract contract_;
};

}  // namespace

Result<GivenTarget> ReadContractTarget(const std::string& path, const ProfileTable& table,
                                       const Limits& limits) {
  WL_TRY(const std::string text, ReadTextFile(path, limits.contract_bytes));
  WL_TRY(const JsonValue root, ReadToml(path, text));
  WL_CHECKED(CheckContractKeys(path, root));
  WL_TRY(GivenTarget given, Reader(path, root).Read(table));
  Sha256 digest;
  digest.Update(AsBytes(text));
  Contract& contract = *given.contract;
  contract.file = path;
  contract.sha256 = Hex(digest.Finish());
  given.read_as =
      fmt::format("contract {} {}, sha256 {}", contract.id, contract.version, contract.sha256);
  return given;
}

}  // namespace weighlock

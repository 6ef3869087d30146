// The user's allow-list: [[allow]] tables of names, each with a reason and a last day.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/escape.h"
#include "contract/nearest.h"
#include "contract/text_file.h"
#include "contract/toml_file.h"
#include "scan/pickle/argument_rules.h"
#include "scan/pickle/name_policy.h"
#include "weighlock/acceptance.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

constexpr uint64_t kMostBytes = 1u << 20;
constexpr std::array<std::string_view, 7> kKeys = {"module", "name",   "forms", "rule",
                                                   "sha256", "reason", "until"};
constexpr std::array<std::string_view, 5> kForms = {"REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST"};

class AllowReader {
 public:
  explicit AllowReader(const std::string& path) : path_(path) {}

  Result<AllowEntry> Read(const JsonValue& row) const {
    WL_CHECKED(CheckKeys(row));
    AllowEntry entry;
    entry.line = row.offset;
    WL_TRY(entry.module, Text(row, "module"));
    WL_TRY(entry.name, Text(row, "name"));
    WL_TRY(entry.reason, Text(row, "reason"));
    WL_TRY(const std::string until, Text(row, "until"));
    const auto date = Date::Read(until);
    if (!date) return Wrong(row, "until", "wanted a date, without quotes: 2027-01-31");
    entry.until = *date;
    WL_CHECKED(CheckName(row, entry));
    WL_CHECKED(ReadForms(row, entry));
    WL_CHECKED(ReadRule(row, entry));
    WL_CHECKED(ReadDigest(row, entry));
    return entry;
  }

 private:
  Error Wrong(const JsonValue& row, std::string_view key, std::string_view what) const {
    const JsonValue* value = row.Find(key);
    return LineError(path_, value == nullptr ? row.offset : value->offset,
                     fmt::format("allow.{}: {}", key, what));
  }

  Status CheckKeys(const JsonValue& row) const {
    for (const JsonMember& member : row.members) {
      if (std::find(kKeys.begin(), kKeys.end(), member.name) != kKeys.end()) continue;
      const std::string_view nearest = Nearest(member.name, {kKeys.begin(), kKeys.end()});
      return LineError(path_, member.value.offset,
                       fmt::format("there is no key allow.{}{}{}", Escape(member.name),
                                   nearest.empty() ? "" : "; the nearest is ", nearest));
    }
    return {};
  }

  Result<std::string> Text(const JsonValue& row, std::string_view key) const {
    const std::string* text = row.FindString(key);
    if (text == nullptr || text->empty()) return Wrong(row, key, "wanted a text");
    return *text;
  }

  Status CheckName(const JsonValue& row, const AllowEntry& entry) const {
    const scan::NamePolicy policy = scan::LookupName(entry.module, entry.name);
    if (policy.standing == scan::Standing::kDangerous ||
        policy.standing == scan::Standing::kTampering) {
      return Wrong(row, "name",
                   fmt::format("{}.{} is known to be dangerous: nobody can allow it",
                               Escape(entry.module), Escape(entry.name)));
    }
    if (entry.name == "*" || entry.module == "*") {
      return Wrong(row, "name", "wanted one exact name: there are no patterns here");
    }
    if (entry.name.find('.') != std::string::npos || scan::IsDunder(entry.name)) {
      return Wrong(row, "name", "an attribute behind a name, which nobody can allow");
    }
    return {};
  }

  Status ReadForms(const JsonValue& row, AllowEntry& entry) const {
    const JsonValue* forms = row.Find("forms");
    if (forms == nullptr) return {};
    if (!forms->Is(JsonValue::Kind::kArray) || forms->items.empty()) {
      return Wrong(row, "forms", "wanted a list of REDUCE, NEWOBJ, NEWOBJ_EX, OBJ, INST");
    }
    for (const JsonValue& form : forms->items) {
      if (std::find(kForms.begin(), kForms.end(), form.text) == kForms.end()) {
        return Wrong(row, "forms", "wanted REDUCE, NEWOBJ, NEWOBJ_EX, OBJ or INST");
      }
      entry.forms.push_back(form.text);
    }
    return {};
  }

  Status ReadRule(const JsonValue& row, AllowEntry& entry) const {
    if (row.Find("rule") == nullptr) return {};
    WL_TRY(entry.rule, Text(row, "rule"));
    if (!scan::IsArgumentRule(entry.rule)) {
      return Wrong(row, "rule", "no such rule for arguments; data, object or container");
    }
    return {};
  }

  Status ReadDigest(const JsonValue& row, AllowEntry& entry) const {
    if (row.Find("sha256") == nullptr) return {};
    WL_TRY(entry.sha256, Text(row, "sha256"));
    if (entry.sha256.size() != 64 ||
        entry.sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
      return Wrong(row, "sha256", "wanted 64 digits of hexadecimal, in lower case");
    }
    return {};
  }

  const std::string& path_;
};

// TOML's basic string.
std::string TomlText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Whether a name can stand in such a file at all: what needs escapes is none that people allow.
bool IsPlainName(const GlobalUse& use) {
  return Escape(use.module) == use.module && Escape(use.name) == use.name &&
         use.name.find('.') == std::string::npos && !scan::IsDunder(use.name) && !use.name.empty();
}

}  // namespace

Result<std::vector<AllowEntry>> ReadAllowList(const std::string& path) {
  WL_TRY(const std::string text, ReadTextFile(path, kMostBytes));
  WL_TRY(const JsonValue root, ReadToml(path, text));
  std::vector<AllowEntry> entries;
  for (const JsonMember& member : root.members) {
    if (member.name != "allow" || !member.value.Is(JsonValue::Kind::kArray)) {
      return LineError(path, member.value.offset,
                       fmt::format("{}: wanted [[allow]] tables only", Quote(member.name, 40)));
    }
    for (const JsonValue& row : member.value.items) {
      WL_TRY(AllowEntry entry, AllowReader(path).Read(row));
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

std::string ProposeAllowList(const ScanReport& report, const Date& until) {
  struct Proposal {
    uint64_t count = 0;
    std::set<std::string> forms;
  };
  std::map<std::pair<std::string, std::string>, Proposal> proposals;
  for (const ScannedFile& file : report.files) {
    for (const GlobalUse& use : file.globals) {
      if (use.standing != "unknown" || !IsPlainName(use)) continue;
      proposals[{use.module, use.name}].count += use.count;
    }
  }
  for (const ScanFinding& finding : report.findings) {
    if (!finding.pickle || finding.pickle->form.empty()) continue;
    const size_t dot = finding.pickle->resolved.rfind('.');
    if (dot == std::string::npos) continue;
    const auto found = proposals.find(
        {finding.pickle->resolved.substr(0, dot), finding.pickle->resolved.substr(dot + 1)});
    if (found != proposals.end()) found->second.forms.insert(finding.pickle->form);
  }
  std::string out;
  for (const auto& [name, proposal] : proposals) {
    out += fmt::format("{}[[allow]]\nmodule = {}\nname = {}\n", out.empty() ? "" : "\n",
                       TomlText(name.first), TomlText(name.second));
    if (!proposal.forms.empty()) {
      out += "forms = [";
      for (const std::string& form : proposal.forms) {
        out += fmt::format("{}\"{}\"", form == *proposal.forms.begin() ? "" : ", ", form);
      }
      out += "]\n";
    }
    out += fmt::format(
        "reason = \"\"  # who looked at the class, and what loading it does\n"
        "until = {}\n",
        until.Text());
  }
  return out;
}

}  // namespace weighlock

// Allow-lists: what they say, what they may not say, and what is proposed for one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "weighlock/acceptance.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

const std::string kEntry =
    "[[allow]]\nmodule = \"acme\"\nname = \"Thing\"\nreason = \"ours\"\nuntil = 2027-01-31\n";

// What is wrong with a file of this text, without its folder; empty: nothing.
std::string Fault(const std::string& text) {
  const TemporaryFolder folder;
  WriteFile(folder / "allow.toml", text);
  const auto entries = ReadAllowList(folder / "allow.toml");
  if (entries) return "";
  const std::string message = entries.error().Message();
  return message.substr(message.find("allow.toml"));
}

TEST(AllowFile, SaysExactlyOneNameEach) {
  const TemporaryFolder folder;
  WriteFile(folder / "allow.toml",
            kEntry + "forms = [\"NEWOBJ\", \"REDUCE\"]\nrule = \"object\"\n");
  const auto entries = ReadAllowList(folder / "allow.toml");
  ASSERT_TRUE(entries) << entries.error().Message();
  ASSERT_EQ(entries->size(), 1u);
  const AllowEntry& entry = entries->front();
  EXPECT_EQ(entry.module + "/" + entry.name, "acme/Thing");
  EXPECT_EQ(entry.forms, (std::vector<std::string>{"NEWOBJ", "REDUCE"}));
  EXPECT_EQ(entry.rule, "object");
  EXPECT_EQ(entry.reason, "ours");
  EXPECT_EQ(entry.until.Text(), "2027-01-31");
}

TEST(AllowFile, SaysWhatIsWrongAndWhere) {
  struct Row {
    std::string text, fault;
  };
  const auto with = [](std::string_view from, std::string_view to) {
    std::string text = kEntry;
    return text.replace(text.find(from), from.size(), to);
  };
  const Row rows[] = {
      {"", ""},
      {kEntry, ""},
      {"allow = 3\n", "allow.toml:1: usage: \"allow\": wanted [[allow]] tables only"},
      {"[[deny]]\n", "allow.toml:1: usage: \"deny\": wanted [[allow]] tables only"},
      {with("reason = \"ours\"\n", ""), "allow.toml:1: usage: allow.reason: wanted a text"},
      {with("\"ours\"", "\"\""), "allow.toml:4: usage: allow.reason: wanted a text"},
      {with("until = 2027-01-31\n", ""), "allow.toml:1: usage: allow.until: wanted a text"},
      {with("2027-01-31", "\"soon\""),
       "allow.toml:5: usage: allow.until: wanted a date, without quotes: 2027-01-31"},
      {kEntry + "resaon = \"\"\n",
       "allow.toml:6: usage: there is no key allow.resaon; the nearest is reason"},
      {with("acme", "os"), ""},  // os.Thing is dangerous: below
      {with("\"Thing\"", "\"*\""),
       "allow.toml:3: usage: allow.name: wanted one exact name: there are no patterns here"},
      {with("\"Thing\"", "\"Thing.run\""),
       "allow.toml:3: usage: allow.name: an attribute behind a name, which nobody can allow"},
      {with("\"Thing\"", "\"__class__\""),
       "allow.toml:3: usage: allow.name: an attribute behind a name, which nobody can allow"},
      {kEntry + "forms = [\"CALL\"]\n",
       "allow.toml:6: usage: allow.forms: wanted REDUCE, NEWOBJ, NEWOBJ_EX, OBJ or INST"},
      {kEntry + "rule = \"any\"\n",
       "allow.toml:6: usage: allow.rule: no such rule for arguments; data, object or container"},
      {kEntry + "sha256 = \"ab\"\n",
       "allow.toml:6: usage: allow.sha256: wanted 64 digits of hexadecimal, in lower case"},
  };
  for (const Row& row : rows) {
    if (row.text.find("\"os\"") != std::string::npos) {
      EXPECT_NE(Fault(row.text).find("os.Thing is known to be dangerous"), std::string::npos);
      continue;
    }
    EXPECT_EQ(Fault(row.text), row.fault) << row.text;
  }
}

TEST(AllowFile, ProposesUnknownNamesAndNoOthers) {
  ScanReport report;
  report.files.push_back({});
  report.files[0].globals = {{"os", "system", 1, "dangerous"},
                             {"torch", "Size", 1, "allowed"},
                             {"acme", "Thing", 2, "unknown"},
                             {"acme", "Thing.run", 1, "unknown"},
                             {"ac\nme", "Thing", 1, "unknown"}};
  ScanFinding finding;
  finding.pickle = PickleEvidence();
  finding.pickle->resolved = "acme.Thing";
  finding.pickle->form = "NEWOBJ";
  report.findings = {finding};
  EXPECT_EQ(ProposeAllowList(report, {2027, 1, 31}),
            "[[allow]]\nmodule = \"acme\"\nname = \"Thing\"\nforms = [\"NEWOBJ\"]\n"
            "reason = \"\"  # who looked at the class, and what loading it does\n"
            "until = 2027-01-31\n");
  EXPECT_EQ(ProposeAllowList({}, {2027, 1, 31}), "");
}

}  // namespace
}  // namespace weighlock

// What the allow-list and the baseline accept counts for nothing; what they may not accept, or no
// longer do, counts as before.
#include "scan/acceptance.h"

#include <gtest/gtest.h>

#include "scan/scanner.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

using std::string_literals::operator""s;

const std::string kUnknown =
    "\x80\x02"
    "cacme\nThing\n)\x81."s;
const std::string kDangerous =
    "\x80\x02"
    "cos\nsystem\nX\x04\0\0\0true\x85R."s;
constexpr Date kToday{2026, 6, 1};

ScanReport ScanOf(const std::string& bytes, ScanOptions options) {
  options.today = kToday;
  scan::Scanner scanner{options};
  const ByteSource source =
      ByteSource::FromMemory(ByteVector(AsBytes(bytes).begin(), AsBytes(bytes).end()), "x.pkl");
  scanner.SetOutermost(source);
  scanner.ScanBytes(source, {{"x.pkl"}, 0});
  return std::move(scanner).Finish();
}

AllowEntry Thing() {
  return {"acme", "Thing", {}, "", "", "ours", {2027, 1, 31}, 1};
}

// "high", or "none"; "+" and the number of notes, where there are any.
std::string Outcome(const ScanReport& report) {
  std::string out(report.level ? LevelName(*report.level) : "none");
  if (!report.notes.empty()) out += "+" + std::to_string(report.notes.size());
  return out;
}

TEST(AllowList, AcceptsTheNameInTheFormOfTheFile) {
  const auto with = [](auto change) {
    AllowEntry entry = Thing();
    change(entry);
    return entry;
  };
  struct Row {
    const char* what;
    AllowEntry entry;
    const char* outcome;
  };
  const Row rows[] = {
      {"as it is", Thing(), "none"},
      {"another name", with([](AllowEntry& e) { e.name = "Thin"; }), "high+1"},
      {"this form", with([](AllowEntry& e) {
         e.forms = {"REDUCE", "NEWOBJ"};
       }),
       "none"},
      {"another form", with([](AllowEntry& e) { e.forms = {"REDUCE"}; }), "high+1"},
      {"its last day", with([](AllowEntry& e) { e.until = kToday; }), "none"},
      {"the day after", with([](AllowEntry& e) {
         e.until = {2026, 5, 31};
       }),
       "high+1"},
      {"a rule that is kept", with([](AllowEntry& e) { e.rule = "data"; }), "none"},
      {"a rule that is broken", with([](AllowEntry& e) { e.rule = "value"; }), "high"},
      {"another file", with([](AllowEntry& e) { e.sha256 = std::string(64, '0'); }), "high+1"},
  };
  for (const Row& row : rows) {
    ScanOptions options;
    options.allow = {row.entry};
    EXPECT_EQ(Outcome(ScanOf(kUnknown, options)), row.outcome) << row.what;
  }
}

TEST(AllowList, SaysWhyInTheFindingAndNeverAcceptsDanger) {
  ScanOptions options;
  AllowEntry dangerous = Thing();
  dangerous.module = "os";
  dangerous.name = "system";
  options.allow = {Thing(), dangerous};
  const ScanReport accepted = ScanOf(kUnknown, options);
  ASSERT_EQ(accepted.findings.size(), 1u);
  EXPECT_EQ(accepted.findings[0].accepted, "ours");
  EXPECT_EQ(accepted.verdict, ScanVerdict::kDataOnly);
  EXPECT_EQ(ScanOf(kDangerous, options).level, Level::kCritical);
}

TEST(Baseline, AcceptsWhatItNamesUntilItsDay) {
  const ScanReport before = ScanOf(kUnknown, {});
  ASSERT_EQ(before.findings.size(), 1u);
  const BaselineEntry entry{
      before.findings[0].fingerprint, "WL-S-109", "x.pkl", "seen", "me", std::nullopt};
  ScanOptions options;
  options.baseline = {entry};
  EXPECT_EQ(Outcome(ScanOf(kUnknown, options)), "none");
  options.baseline[0].until = kToday;
  EXPECT_EQ(Outcome(ScanOf(kUnknown, options)), "none");
  options.baseline[0].until = Date{2026, 5, 31};
  EXPECT_EQ(Outcome(ScanOf(kUnknown, options)), "high+1");
  options.baseline[0].until.reset();
  EXPECT_EQ(Outcome(ScanOf("\x80\x02"
                           "cacme\nThing\nK\x01\x85\x81."s,
                           options)),
            "high+1")
      << "other arguments are another finding";
}

TEST(Baseline, NeverAcceptsWhatIsCritical) {
  const ScanReport before = ScanOf(kDangerous, {});
  ASSERT_EQ(before.findings.size(), 1u);
  ScanOptions options;
  options.baseline = {{before.findings[0].fingerprint, "WL-S-101", "x", "seen", "", std::nullopt}};
  EXPECT_EQ(Outcome(ScanOf(kDangerous, options)), "critical+1");
}

TEST(Baseline, IsReadStrictly) {
  const TemporaryFolder folder;
  const auto fault = [&](const std::string& text) {
    WriteFile(folder / "b.json", text);
    const auto entries = ReadBaseline(folder / "b.json");
    return entries ? std::string() : entries.error().what();
  };
  const std::string head = R"({"schema":"weighlock-baseline/1","entries":[)";
  EXPECT_EQ(fault(head + "]}"), "");
  EXPECT_EQ(fault(head + R"({"fingerprint":"a","reason":"b","until":null}]})"), "");
  EXPECT_EQ(fault(head + R"({"fingerprint":"a","reason":"b","until":"2027-01-31"}]})"), "");
  EXPECT_EQ(fault(head + R"({"fingerprint":"a","reason":"b","until":"2027-02-31"}]})"),
            "entries[0]: until: wanted a date such as 2027-01-31, or null");
  EXPECT_EQ(fault(head + R"({"fingerprint":"a"}]})"), "entries[0]: wanted a reason");
  EXPECT_EQ(fault(head + R"({"reason":"a"}]})"), "entries[0]: wanted a fingerprint");
  EXPECT_NE(fault("{}").find("no baseline"), std::string::npos);
  EXPECT_NE(fault("x").find("no JSON"), std::string::npos);
}

}  // namespace
}  // namespace weighlock

// https://docs.oasis-open.org/sarif/sarif/v2.1.0/: one run, its rules, its results.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/scan_report.h"
#include "weighlock/version.h"

namespace weighlock {
namespace {

using Json = nlohmann::ordered_json;

// "error", "warning", "note": what SARIF has of levels.
const char* SarifLevel(Level level) {
  if (level >= Level::kHigh) return "error";
  return level == Level::kMedium || level == Level::kInconclusive ? "warning" : "note";
}

// GitHub's scale, 0 to 10.
const char* SecuritySeverity(Level level) {
  switch (level) {
    case Level::kCritical:
      return "9.8";
    case Level::kHigh:
      return "8.0";
    case Level::kMedium:
      return "5.5";
    case Level::kLow:
      return "3.0";
    case Level::kInconclusive:
      return "4.0";
    default:
      return "0.0";
  }
}

// What GitHub takes of a run; findings are sorted, so that the worst are in it.
constexpr size_t kMostResults = 25'000;

// Relative to where the scan was started, as code scanning wants it; else with its scheme.
// RFC 3986: what is no unreserved character or slash is written in hexadecimal.
std::string Uri(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  std::string out(path.starts_with('/') ? "file://" : "");
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Json RuleJson(const ScanRule& rule) {
  Json tags = {"security", "machine-learning"};
  if (!rule.cwe.empty()) {
    std::string number = rule.cwe.substr(rule.cwe.find('-') + 1);
    number.insert(0, number.size() < 3 ? 3 - number.size() : 0, '0');
    tags.push_back("external/cwe/cwe-" + number);
  }
  return {{"id", rule.id},
          {"shortDescription", {{"text", rule.title}}},
          {"fullDescription", {{"text", rule.why}}},
          {"help",
           {{"text", rule.why + " " + rule.instead},
            {"markdown", fmt::format("{}\n\n**Instead:** {}", rule.why, rule.instead)}}},
          {"defaultConfiguration", {{"level", SarifLevel(rule.level)}}},
          {"properties", {{"security-severity", SecuritySeverity(rule.level)}, {"tags", tags}}}};
}

// The outermost file is what there is to show; the chain of members is said beside it.
Json LocationJson(const ScanFinding& finding) {
  const std::string file = finding.path.substr(0, finding.path.find('!'));
  const uint64_t offset =
      finding.path.find('!') == std::string::npos ? finding.offset : finding.outer_offset;
  Json region = {{"startLine", 1}};  // code scanning shows nothing without a line
  if (offset != kNoOffset) {
    region["byteOffset"] = offset;
    region["byteLength"] = 1;
  }
  Json location = {
      {"physicalLocation", {{"artifactLocation", {{"uri", Uri(file)}}}, {"region", region}}}};
  location["logicalLocations"] =
      Json::array({{{"fullyQualifiedName", Escape(finding.path)}, {"kind", "member"}}});
  return location;
}

Json MessageJson(const ScanFinding& finding) {
  std::string text = fmt::format("{}: {}", Escape(finding.path), finding.text);
  if (finding.pickle && !finding.pickle->object_path.empty()) {
    text += fmt::format(" (at {})", finding.pickle->object_path);
  }
  return {{"text", text}};
}

Json ResultJson(const ScanFinding& finding, size_t rule_index) {
  Json result = {{"ruleId", finding.rule},
                 {"ruleIndex", rule_index},
                 {"level", SarifLevel(finding.level)},
                 {"message", MessageJson(finding)},
                 {"locations", Json::array({LocationJson(finding)})},
                 {"partialFingerprints", {{"weighlock/1", finding.fingerprint}}}};
  if (!finding.accepted.empty()) {
    result["suppressions"] =
        Json::array({{{"kind", "external"}, {"justification", Escape(finding.accepted)}}});
  }
  return result;
}

// What was not judged is no result of the analysis alone, but a failure of the tool to make one.
Json NotificationJson(const ScanFinding& finding, size_t rule_index) {
  return {{"level", "warning"},
          {"message", MessageJson(finding)},
          {"locations", Json::array({LocationJson(finding)})},
          {"associatedRule", {{"id", finding.rule}, {"index", rule_index}}}};
}

}  // namespace

std::string ScanSarif(const ScanReport& report) {
  const std::vector<ScanRule>& all = ScanRules();
  Json rules = Json::array(), results = Json::array();
  for (const ScanRule& rule : all) rules.push_back(RuleJson(rule));
  Json notifications = Json::array();
  for (const ScanFinding& finding : report.findings) {
    if (results.size() == kMostResults) break;
    const auto index = static_cast<size_t>(FindScanRule(finding.rule) - all.data());
    results.push_back(ResultJson(finding, index));
    if (finding.level == Level::kInconclusive && finding.accepted.empty()) {
      notifications.push_back(NotificationJson(finding, index));
    }
  }
  if (results.size() < report.findings.size()) {
    notifications.push_back({{"level", "warning"},
                             {"message",
                              {{"text", fmt::format("{} findings, of which the worst {} are listed",
                                                    report.findings.size(), results.size())}}}});
  }
  for (const std::string& note : report.notes) {
    notifications.push_back({{"level", "note"}, {"message", {{"text", note}}}});
  }
  const Json run = {
      {"tool", {{"driver", {{"name", "weighlock"}, {"version", kVersionText}, {"rules", rules}}}}},
      {"invocations", Json::array({{{"executionSuccessful", report.coverage == Coverage::kComplete},
                                    {"toolExecutionNotifications", notifications}}})},
      {"columnKind", "utf16CodeUnits"},
      {"results", results}};
  const Json json = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                     {"version", "2.1.0"},
                     {"runs", Json::array({run})}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace weighlock

// weighlock-scan/1.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/scan_report.h"

namespace weighlock {
namespace {

using Json = nlohmann::ordered_json;

std::string Name(const std::string& name) {
  return IsUtf8(name) ? name : Escape(name);
}

Json Offset(uint64_t offset) {
  return offset == kNoOffset ? Json(nullptr) : Json(offset);
}

std::string_view LevelOf(const std::optional<Level>& level) {
  return level ? LevelName(*level) : "none";
}

Json FileJson(const ScannedFile& file) {
  Json globals = Json::array();
  for (const GlobalUse& use : file.globals) {
    globals.push_back({{"module", Name(use.module)},
                       {"name", Name(use.name)},
                       {"count", use.count},
                       {"standing", use.standing}});
  }
  Json loaders = Json::array();
  for (const LoaderAnswer& loader : file.loaders) {
    loaders.push_back({{"loader", loader.loader},
                       {"answer", loader.answer},
                       {"why", loader.why},
                       {"needs", loader.needs}});
  }
  return {{"path", Name(file.path)},
          {"format", file.format},
          {"bytes", file.bytes},
          {"coverage", CoverageName(file.coverage)},
          {"verdict", ScanVerdictName(file.verdict)},
          {"level", LevelOf(file.level)},
          {"globals", globals},
          {"loaders", loaders}};
}

Json PickleJson(const PickleEvidence& evidence) {
  return {{"stream", evidence.stream},       {"opcode_index", evidence.opcode_index},
          {"opcode", evidence.opcode},       {"bytes", evidence.bytes},
          {"import", evidence.import},       {"resolved", evidence.resolved},
          {"operands", evidence.operands},   {"form", evidence.form},
          {"arguments", evidence.arguments}, {"object_path", evidence.object_path}};
}

Json FindingJson(const ScanFinding& finding) {
  const ScanRule* rule = FindScanRule(finding.rule);
  return {{"rule", finding.rule},
          {"level", LevelName(finding.level)},
          {"verdict", ScanVerdictName(finding.verdict)},
          {"path", Name(finding.path)},
          {"offset", Offset(finding.offset)},
          {"outer_offset", Offset(finding.outer_offset)},
          {"text", finding.text},
          {"title", rule->title},
          {"why", rule->why},
          {"instead", rule->instead},
          {"cwe", rule->cwe.empty() ? Json(nullptr) : Json(rule->cwe)},
          {"pickle", finding.pickle ? PickleJson(*finding.pickle) : Json(nullptr)},
          {"fingerprint", finding.fingerprint},
          {"accepted", finding.accepted.empty() ? Json(nullptr) : Json(finding.accepted)}};
}

}  // namespace

bool IsForBaseline(const ScanFinding& finding) {
  return finding.accepted.empty() && finding.level != Level::kCritical &&
         finding.level != Level::kInfo;
}

std::string ScanJson(const ScanReport& report) {
  Json files = Json::array(), findings = Json::array();
  for (const ScannedFile& file : report.files) files.push_back(FileJson(file));
  for (const ScanFinding& finding : report.findings) findings.push_back(FindingJson(finding));
  const Json json = {{"schema", "weighlock-scan/1"},
                     {"coverage", CoverageName(report.coverage)},
                     {"verdict", ScanVerdictName(report.verdict)},
                     {"level", LevelOf(report.level)},
                     {"bytes", report.bytes},
                     {"notes", report.notes},
                     {"files", files},
                     {"findings", findings}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string ScanRuleJson(const ScanRule& rule) {
  const Json json = {{"schema", "weighlock-scan-rule/1"},
                     {"rule", rule.id},
                     {"title", rule.title},
                     {"level", LevelName(rule.level)},
                     {"verdict", ScanVerdictName(rule.verdict)},
                     {"why", rule.why},
                     {"instead", rule.instead},
                     {"cwe", rule.cwe.empty() ? Json(nullptr) : Json(rule.cwe)}};
  return json.dump(2) + "\n";
}

std::string PickleWindowJson(const PickleWindow& window) {
  Json rows = Json::array();
  for (const PickleWindow::Row& row : window.rows) {
    rows.push_back({{"index", row.index},
                    {"offset", row.offset},
                    {"opcode", row.opcode},
                    {"argument", row.argument},
                    {"note", row.note},
                    {"findings", row.findings}});
  }
  const Json json = {{"schema", "weighlock-pickle-window/1"},
                     {"path", Name(window.path)},
                     {"stream", window.stream},
                     {"marked", window.marked},
                     {"rows", rows}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string BaselineJson(const ScanReport& report, const Date& until) {
  Json entries = Json::array();
  for (const ScanFinding& finding : report.findings) {
    if (!IsForBaseline(finding)) continue;
    entries.push_back(
        {{"fingerprint", finding.fingerprint},
         {"rule", finding.rule},
         {"path", Name(finding.path)},
         {"reason", fmt::format("there when the baseline was written: {}", finding.text)},
         {"by", ""},
         {"until", until.Text()}});
  }
  const Json json = {{"schema", "weighlock-baseline/1"}, {"entries", entries}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace weighlock

// What every scan must hold to: rules have pages, coverage and verdict sum up.
#include "weighlock/scan.h"

#include <gtest/gtest.h>

#include "scan/scanner.h"
#include "support/scan_of.h"

namespace weighlock {
namespace {

TEST(Scan, EveryRuleHasAPage) {
  ASSERT_FALSE(ScanRules().empty());
  for (const ScanRule& rule : ScanRules()) {
    EXPECT_TRUE(rule.id.starts_with("WL-S-")) << rule.id;
    EXPECT_FALSE(rule.title.empty()) << rule.id;
    EXPECT_FALSE(rule.why.empty()) << rule.id;
    EXPECT_FALSE(rule.instead.empty()) << rule.id;
    EXPECT_EQ(FindScanRule(rule.id), &rule);
  }
  EXPECT_EQ(FindScanRule("WL-S-999"), nullptr);
}

TEST(Scan, TextIsClean) {
  const ScanReport report = ScanOf("vocab.txt", "[PAD]\n[UNK]\n");
  EXPECT_TRUE(report.clean());
  ASSERT_EQ(report.files.size(), 1u);
  EXPECT_EQ(report.files[0].format, "text");
}

TEST(Scan, WhatNobodyKnowsIsNotClean) {
  const ScanReport report = ScanOf("x", std::string_view("\x01\x02\x03\0\xff", 5));
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(report.coverage, Coverage::kPartial);
  EXPECT_EQ(report.level, Level::kInconclusive);
}

}  // namespace
}  // namespace weighlock

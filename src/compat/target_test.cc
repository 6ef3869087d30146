// Ranges: what they hold, how two of them lie to each other, and how they are written in a target.
#include <gtest/gtest.h>

#include "weighlock/target.h"

namespace weighlock {
namespace {

TEST(VersionSpec, RangesOfPep440) {
  struct Case {
    const char* spec;
    const char* version;
    bool inside;
  };
  const Case table[] = {
      {"~=4.36.1", "4.36.1", true},     {"~=4.36.1", "4.36.9", true},
      {"~=4.36.1", "4.37.0", false},    {"~=4.36.1", "4.36.0", false},
      {"~=4.36", "4.99", true},         {"~=4.36", "5.0.0", false},
      {"==4.37.*", "4.37.2", true},     {"==4.37.*", "4.37", true},
      {"==4.37.*", "4.38.0", false},    {"==4.37.*", "4.3.7", false},
      {"==4.37.*", "4.38.0rc1", false}, {"!=4.37.*", "4.37.0", false},
      {"!=4.37.*", "4.38.0", true},     {">= 4.36 , < 4.40", "4.39.3", true},
      {"===4.37.2", "4.37.2", true},    {"==9.*", "10.0", false},
  };
  for (const Case& c : table) {
    const auto spec = VersionSpec::Parse(c.spec);
    ASSERT_TRUE(spec) << c.spec << ": " << spec.error().Message();
    EXPECT_EQ(spec->Contains(*Version::Parse(c.version)), c.inside) << c.spec << " " << c.version;
  }
}

TEST(VersionSpec, RefusedRanges) {
  const std::pair<const char*, const char*> table[] = {
      {"~=4", "usage: \"~=4\": wanted a range like ~=4.36.1, ==4.37.* or !=4.37.*"},
      {">=4.*", "usage: \">=4.*\": wanted a range like ~=4.36.1, ==4.37.* or !=4.37.*"},
      {"==4.rc1.*", "usage: \"==4.rc1.*\": wanted a range like ~=4.36.1, ==4.37.* or !=4.37.*"},
      {"==99999999999999999999.*",
       "usage: \"==99999999999999999999.*\": wanted a range like ~=4.36.1, ==4.37.* or !=4.37.*"},
      {">=4.36,", ""},
      {">=4,,<5", "usage: \"\": wanted >=, <=, ==, !=, ~=, > or < and a version"},
  };
  for (const auto& [text, message] : table) {
    const auto spec = VersionSpec::Parse(text);
    EXPECT_EQ(spec ? "" : spec.error().Message(), message) << text;
  }
  std::string many = ">=1";
  for (int i = 0; i < 64; ++i) many += ",!=1." + std::to_string(i);
  EXPECT_FALSE(VersionSpec::Parse(many));
}

// How much of the first the second contains: a(ll), s(ome), n(one).
TEST(VersionSpec, Within) {
  struct Case {
    const char* range;
    const char* other;
    char answer;
  };
  const Case table[] = {
      {">=2.4,<2.7", ">=2.6.0", 's'},
      {">=2.4,<2.6", ">=2.6.0", 'n'},
      {">=2.4,<2.6", "<2.6.0", 'a'},
      {"==2.1.*", ">=2.1", 's'},
      {"==2.1.*", ">=2.0", 'a'},
      {"==2.1.*", "!=2.1.1", 's'},
      {"~=2.1.1", "<2.2", 'a'},
      {">=4.23.0", ">=4.23.0,<4.30.0", 's'},
      {"!=4.25.1", "==4.25.1", 'n'},
      {">5,<4", ">=1", 'n'},
      {"<=1.6", ">=1.6.0", 's'},
      {"<1.6", ">=1.6.0", 'n'},
      {"", ">=0", 's'},
      {">=0.4.0", "", 'a'},
      {"==1.9.0", "==1.9", 'a'},
      {"!=2.1.*", "==2.1.5", 'n'},
  };
  for (const Case& c : table) {
    const Overlap answer = VersionSpec::Parse(c.range)->Within(*VersionSpec::Parse(c.other));
    const char word = answer == Overlap::kAll ? 'a' : answer == Overlap::kSome ? 's' : 'n';
    EXPECT_EQ(word, c.answer) << c.range << " in " << c.other;
  }
}

TEST(VersionSpec, ReachesBeyond) {
  const Version newest = *Version::Parse("5.23.0");
  const std::pair<const char*, bool> table[] = {
      {">=4.36", true},       {">=4.36,<5.0", false}, {"<6", true},        {"<=5.23.0", false},
      {"==5.24.0", true},     {"==5.23.*", true},     {"==5.22.*", false}, {">=4,<5.23.0", false},
      {">=6,<7,!=6.5", true}, {"!=4.0", true},        {"~=5.1", true},
  };
  for (const auto& [spec, answer] : table) {
    EXPECT_EQ(VersionSpec::Parse(spec)->ReachesBeyond(newest), answer) << spec;
  }
}

TEST(Target, Ranges) {
  struct Case {
    const char* text;
    const char* name;
    const char* component;
  };
  const Case table[] = {
      {"transformers>=4.36,<4.40", "transformers", ">=4.36,<4.40"},
      {"transformers>=4.36,<4.40,torch==2.1", "torch", "2.1"},
      {"torch==2.1,transformers>=4.36, <4.40", "transformers", ">=4.36, <4.40"},
      {"transformers~=4.36.1", "transformers", "~=4.36.1"},
      {"transformers==4.37.*,torch=absent", "transformers", "==4.37.*"},
      {"transformers=4.37.*", "transformers", "==4.37.*"},
      {"transformers==4.37.*,!=4.37.1", "transformers", "==4.37.*,!=4.37.1"},
      {"transformers!=4.37.1", "transformers", "!=4.37.1"},
      {"torch=1.9", "torch", "1.9"},
      {"torch=*", "torch", "present"},
      {"zope.interface==1", "zope-interface", "1"},
  };
  for (const Case& c : table) {
    const auto target = ParseTarget(c.text);
    ASSERT_TRUE(target) << c.text << ": " << target.error().Message();
    ASSERT_NE(target->Find(c.name), nullptr) << c.text;
    EXPECT_EQ(target->Find(c.name)->Text(), c.component) << c.text;
  }
}

}  // namespace
}  // namespace weighlock

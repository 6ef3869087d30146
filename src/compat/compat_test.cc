// Versions, targets, and what the built-in base answers, case by case.
#include <gtest/gtest.h>

#include "compat/knowledge.h"
#include "compat/releases.h"
#include "compat/rules.h"

namespace weighlock {

extern const std::string_view kBuiltinRules;

namespace {

// A run parses of them what it needs: that all of it is sound is known from here.
TEST(Rules, ThoseThatAreBuiltInAreSound) {
  auto rules = Rules::Parse(AsBytes(kBuiltinRules));
  EXPECT_TRUE(rules) << rules.error().Message();
}

TEST(Version, OrderedAsPep440Does) {
  // Each is less than the next.
  const char* ordered[] = {"3.0.2",  "4.9.0",       "4.11.3",  "4.37.0.dev0", "4.37.0",
                           "4.37.2", "5.0.0a1",     "5.0.0b2", "5.0.0rc1",    "5.0.0rc2",
                           "5.0.0",  "5.0.0.post1", "5.0.1",   "5.10.0"};
  for (size_t i = 0; i < std::size(ordered); ++i) {
    for (size_t j = 0; j < std::size(ordered); ++j) {
      const int order = Version::Parse(ordered[i])->Compare(*Version::Parse(ordered[j]));
      EXPECT_EQ(order, i < j ? -1 : i > j ? 1 : 0) << ordered[i] << " " << ordered[j];
    }
  }
}

TEST(Version, SpellingsOfOneVersion) {
  for (const char* same : {"2.1", "2.1.0", "v2.1.0", "2.1.0+cu121", "2.1.0.0"}) {
    EXPECT_EQ(Version::Parse(same)->Compare(*Version::Parse("2.1.0")), 0) << same;
  }
}

TEST(Version, Refused) {
  for (const char* bad :
       {"", "x", "4.", "4.x", "4.37.2z", "==4.1", "-1", "4..1", "99999999999999999999"}) {
    auto version = Version::Parse(bad);
    EXPECT_FALSE(version) << bad;
  }
  EXPECT_EQ(Version::Parse("latest").error().Message(),
            "usage: \"latest\" is no version; wanted one like 4.37.2 or 5.0.0rc1");
}

TEST(VersionSpec, Table) {
  struct Case {
    const char* spec;
    const char* version;
    bool inside;
  };
  const Case table[] = {
      {">=4.23.0", "4.23.0", true},
      {">=4.23.0", "4.22.2", false},
      {">=0.11.1,!=0.11.3,<0.13", "0.12.1", true},
      {">=0.11.1,!=0.11.3,<0.13", "0.11.3", false},
      {"==4.11.3", "4.11.3", true},
      {"<=2.5", "2.5.1", false},
      {"<4.52.0", "4.52.0rc1", true},
      {">1", "1.0.1", true},
      {"", "1", true},
  };
  for (const Case& c : table) {
    EXPECT_EQ(VersionSpec::Parse(c.spec)->Contains(*Version::Parse(c.version)), c.inside)
        << c.spec << " " << c.version;
  }
  EXPECT_EQ(VersionSpec::Parse("~1.0").error().Message(),
            "usage: \"~1.0\": wanted >=, <=, ==, !=, ~=, > or < and a version");
}

TEST(Target, Parsed) {
  auto target = ParseTarget(
      "Transformers==4.11.3, "
      "torch==1.9.0+cu102,huggingface_hub==0.0.19,safetensors=absent,peft=present");
  ASSERT_TRUE(target) << target.error().Message();
  EXPECT_EQ(target->Find("transformers")->version->text(), "4.11.3");
  EXPECT_EQ(target->Find("torch")->version->text(), "1.9.0+cu102");
  EXPECT_NE(target->Find("huggingface-hub"), nullptr);
  EXPECT_TRUE(target->Find("safetensors")->absent);
  EXPECT_FALSE(target->Find("peft")->version);
  EXPECT_EQ(target->Find("numpy"), nullptr);
}

TEST(Target, Refused) {
  const char* wanted = "; wanted a list like transformers==4.11.3,torch==1.9.0,safetensors=absent";
  const std::pair<const char*, const char*> table[] = {
      {"", "usage: target \"\": an empty part"},
      {"transformers==4.11.3,", "usage: target \"transformers==4.11.3,\": an empty part"},
      {"transformers", "usage: target \"transformers\": no version"},
      {"transformers>=",
       "usage: target \"transformers>=\": \"\" is no version; wanted one like 4.37.2 or "
       "5.0.0rc1"},
      {"trans formers==4.0", "usage: target \"trans formers==4.0\": no name of a component"},
      {"torch==new",
       "usage: target \"torch==new\": \"new\" is no version; wanted one like 4.37.2 or 5.0.0rc1"},
      {"torch==1.9,torch==2.0", "usage: target \"torch==2.0\": named twice"},
  };
  for (const auto& [text, message] : table) {
    auto target = ParseTarget(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().Message(), std::string(message) + wanted);
  }
}

// Who reads what: Y, N or ? for safetensors, one .bin, and a sharded .bin.
TEST(Knowledge, WeightsTable) {
  struct Case {
    const char* target;
    const char* answers;
  };
  const Case table[] = {
      {"transformers==3.0.2", "NYN"},
      {"transformers==4.11.3", "NYN"},
      {"transformers==4.17.0", "NYN"},
      {"transformers==4.18.0", "NYY"},
      {"transformers==4.22.2,safetensors==0.7.0", "NYY"},
      {"transformers==4.23.1", "?YY"},
      {"transformers==4.23.1,safetensors==0.3.1", "YYY"},
      {"transformers==4.29.2,safetensors=absent", "NYY"},
      {"transformers==4.30.0", "YYY"},
      {"transformers==4.37.2,torch==2.1.2", "YYY"},
      {"transformers==4.51.3,torch==2.5.1", "YYY"},
      {"transformers==4.52.0,torch==2.5", "YNN"},
      {"transformers==4.52.0", "Y??"},
      {"transformers==5.23.0,torch==2.15.0", "YYY"},
      {"torch==1.9.0", "???"},
  };
  auto knowledge = Knowledge::Builtin();
  ASSERT_TRUE(knowledge) << knowledge.error().Message();
  for (const Case& c : table) {
    const Target target = *ParseTarget(c.target);
    std::string answers;
    for (const auto& [format, stem, sharded] : {std::tuple(Format::kSafetensors, "model", false),
                                                {Format::kTorchZip, "pytorch_model", false},
                                                {Format::kTorchLegacy, "pytorch_model", true}}) {
      answers +=
          "N?Y"[static_cast<int>(knowledge->JudgeWeights(format, stem, sharded, target).readable)];
    }
    EXPECT_EQ(answers, c.answers) << c.target;
  }
}

TEST(Knowledge, UpgradesAreTheLowestAndNotThoseReached) {
  auto knowledge = Knowledge::Builtin();
  const auto upgrades = [&](const char* target, Format format) {
    std::string out;
    const char* stem = format == Format::kSafetensors ? "model" : "pytorch_model";
    for (const Upgrade& u :
         knowledge->JudgeWeights(format, stem, false, *ParseTarget(target)).upgrades) {
      out += u.component + " " + u.to.text() + (u.also.empty() ? "" : " with " + u.also) + ";";
    }
    return out;
  };
  EXPECT_EQ(upgrades("transformers==4.11.3", Format::kSafetensors),
            "transformers 4.30.0;transformers 4.23.0 with the safetensors package installed;");
  EXPECT_EQ(upgrades("transformers==4.25.1,safetensors=absent", Format::kSafetensors),
            "transformers 4.30.0;");
  EXPECT_EQ(upgrades("transformers==4.52.0,torch==2.5.0", Format::kTorchZip), "torch 2.6.0;");
}

TEST(Knowledge, Containers) {
  auto knowledge = Knowledge::Builtin();
  const auto reads = [&](const char* container, const char* target) {
    return knowledge->ReadsContainer(container, *ParseTarget(target));
  };
  EXPECT_EQ(reads("zip", "torch==1.9.0"), Tri::kYes);
  EXPECT_EQ(reads("zip", "torch==1.5.1"), Tri::kNo);
  EXPECT_EQ(reads("legacy", "torch==1.5.1"), Tri::kYes);
  EXPECT_EQ(reads("zip", "transformers==4.11.3"), Tri::kUnknown);
}

TEST(Knowledge, MessagesAreTheRuntimesOwn) {
  auto knowledge = Knowledge::Builtin();
  const auto message = [&](const char* version) {
    return knowledge->MissingWeightsMessage(*ParseTarget(std::string("transformers==") + version),
                                            "bert");
  };
  EXPECT_EQ(message("3.0.2"),
            "OSError: Error no file named ['pytorch_model.bin', 'tf_model.h5', 'model.ckpt.index'] "
            "found in directory bert or `from_tf` set to False");
  EXPECT_EQ(message("4.11.3"),
            "OSError: Error no file named ['pytorch_model.bin', 'tf_model.h5', 'model.ckpt.index', "
            "'flax_model.msgpack'] found in directory bert or `from_tf` and `from_flax` set to "
            "False.");
  EXPECT_EQ(message("4.17.0"),
            "OSError: Error no file named pytorch_model.bin found in directory bert but there is a "
            "file for Flax weights. Use `from_flax=True` to load this model from those weights.");
  EXPECT_EQ(message("4.22.2"),
            "OSError: Error no file named pytorch_model.bin, tf_model.h5, model.ckpt.index or "
            "flax_model.msgpack found in directory bert.");
}

// Of a release that nobody has read no floor is known; of the newest that was read one is.
TEST(Knowledge, FloorsOfTorchEndWithTheReleasesThatWereRead) {
  const auto knowledge = Knowledge::Builtin();
  const auto releases = Releases::Builtin();
  ASSERT_TRUE(knowledge && releases);
  const auto floor = [&](const std::string& version) {
    return knowledge->Message("torch_floors", *ParseTarget("transformers==" + version), {});
  };
  EXPECT_EQ(floor("4.51.3"), "");
  EXPECT_EQ(floor("4.57.1"), "2.1.0");
  EXPECT_EQ(floor("5.20.0"), "2.6.0");
  EXPECT_EQ(floor(releases->through().text()), "2.6.0");
  EXPECT_EQ(floor("5.25.0"), "");
}

TEST(Knowledge, RefusesABaseThatIsNone) {
  const std::pair<const char*, const char*> table[] = {
      {"[]", "+0x0: unsupported: wanted schema \"weighlock-kb/1\", found \"\""},
      {"{\"schema\":\"weighlock-kb/2\"}",
       "+0x0: unsupported: wanted schema \"weighlock-kb/1\", found \"weighlock-kb/2\""},
      {"{\"schema\":\"weighlock-kb/1\"}", "+0x0: malformed: no list implied"},
      {"{\"schema\":\"weighlock-kb/1\",\"implied\":[{}]}",
       "+0x26: malformed: implied: an entry without when"},
      {"{\"schema\":\"weighlock-kb/1\",\"implied\":[{\"when\":{}}]}",
       "+0x2e: malformed: a predicate without target, any or all"},
      // It would ask itself for ever.
      {"{\"schema\":\"weighlock-kb/1\",\"implied\":[{\"component\":\"a\",\"when\":"
       "{\"target\":\"a\",\"present\":true}}]}",
       "+0x3e: malformed: what implies a component may only look at versions"},
  };
  for (const auto& [text, message] : table) {
    auto knowledge = Knowledge::Parse(AsBytes(text));
    ASSERT_FALSE(knowledge) << text;
    EXPECT_EQ(knowledge.error().Message(), message);
  }
}

}  // namespace
}  // namespace weighlock

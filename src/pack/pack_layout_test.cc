// Where things go in an archive, and what the manifest's own files meet there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/packed_folder.h"
#include "weighlock/unpack.h"

namespace weighlock {
namespace {

struct Laid {
  PackLayout layout;
  std::vector<std::string> files;
  std::string placed;
  std::string note;  // the first, or empty
};

TEST(Pack, Layouts) {
  const Laid cases[] = {
      {PackLayout::kFlat, {"config.json", "code/x.py"}, "code/x.py config.json ", ""},
      {PackLayout::kOneFolder, {"config.json", "code/x.py"}, "in/code/x.py in/config.json ", ""},
      {PackLayout::kSageMaker, {"config.json", "vocab.txt"}, "config.json vocab.txt ", ""},
      {PackLayout::kSageMaker,
       {"config.json", "inference.py", "requirements.txt", "modeling_x.py"},
       "code/inference.py code/requirements.txt config.json modeling_x.py ",
       "inference.py goes to code/, where the containers look for it"},
      {PackLayout::kSageMaker,
       {"model/config.json", "model/vocab.txt", "code/inference.py"},
       "code/inference.py config.json vocab.txt ",
       "model/ holds the model: what is in it goes to the top"},
      {PackLayout::kSageMaker,
       {"out/model/config.json", "out/model/onnx/config.json", "out/inference.py", "out/code/x.py"},
       "code/inference.py code/x.py config.json onnx/config.json ",
       "out/model/ holds the model: what is in it goes to the top"},
      {PackLayout::kSageMaker,
       {"m/unet/config.json", "m/vae/config.json", "README.md"},
       "README.md unet/config.json vae/config.json ",
       "m/ holds the model: what is in it goes to the top"},
      {PackLayout::kSageMaker,
       {"a/config.json", "b/vocab.txt"},
       "a/config.json b/vocab.txt ",
       "no config.json at the top: the Hugging Face container will ask for HF_TASK"},
  };
  for (const Laid& c : cases) {
    TemporaryFolder folder;
    for (const std::string& path : c.files) WriteFile(folder / ("in/" + path), "{}");
    PackOptions options;
    options.layout = c.layout;
    auto plan = PlanPack(folder / "in", folder / "out.tar.gz", options);
    ASSERT_TRUE(plan) << plan.error().Message();
    EXPECT_EQ(Paths(*plan), c.placed);
    EXPECT_EQ(plan->notes.empty() ? "" : plan->notes[0], c.note);
    EXPECT_EQ(folder.Count(), 1u);
  }
}

// Code that a configuration names imports what lies beside it, by whatever name.
TEST(Pack, CodeStaysBesideTheConfigurationThatNamesIt) {
  const std::string map = R"({"auto_map": {"AutoModel": "modeling_qwen.Q"}})";
  const std::string pipelines = R"({"custom_pipelines": {"pair": {"impl": "pair.Pair"}}})";
  const Files code = {{"m/vocab.txt", ""},    {"m/qwen_cfg.py", ""},      {"m/qwen_utils.py", ""},
                      {"m/inference.py", ""}, {"m/requirements.txt", ""}, {"m/code/x.py", ""},
                      {"other.py", ""}};
  const std::string stays =
      "code/inference.py code/other.py code/requirements.txt code/x.py NAME qwen_cfg.py "
      "qwen_utils.py vocab.txt ";
  const std::string goes =
      "code/inference.py code/other.py code/qwen_cfg.py code/qwen_utils.py code/requirements.txt "
      "code/x.py NAME vocab.txt ";
  const struct {
    std::string name, text, placed;
  } cases[] = {
      {"config.json", map, stays},
      {"config.json", pipelines, stays},
      {"preprocessor_config.json", map, stays},
      {"processor_config.json", map, stays},
      {"config.json", "{}", goes},
      {"config.json", R"({"auto_map": {}})", goes},
      {"onnx/config.json", map, goes},
  };
  for (const auto& c : cases) {
    TemporaryFolder folder;
    Files files = code;
    files["m/" + c.name] = c.text;
    WriteFolder(folder / "in", files);
    PackOptions options;
    options.layout = PackLayout::kSageMaker;
    const auto plan = PlanPack(folder / "in", folder / "out.tar.gz", options);
    ASSERT_TRUE(plan) << plan.error().Message();
    std::string placed = Paths(*plan);
    ASSERT_NE(placed.find(c.name), std::string::npos) << placed;
    EXPECT_EQ(placed.replace(placed.find(c.name), c.name.size(), "NAME"), c.placed) << c.text;
    const std::string note = fmt::format(
        "qwen_cfg.py and 1 more *.py stay beside {}, which names code: what inference.py imports "
        "belongs into code/",
        c.name);
    EXPECT_EQ(std::count(plan->notes.begin(), plan->notes.end(), note), c.placed == stays ? 1 : 0);
  }
}

// What a layout moves may meet what is there, or only nearly.
TEST(Pack, WhatALayoutBringsTogetherIsRefused) {
  const struct {
    std::vector<std::string> files;
    std::string refused;
  } cases[] = {
      {{"config.json", "inference.py", "Code/x.py"},
       "inference.py: the layout puts it at \"code/inference.py\", and \"Code\" and \"code\" "
       "differ "
       "only in case"},
      {{"config.json", "inference.py", "code/inference.py"},
       "inference.py: the layout puts it at \"code/inference.py\", where something else is"},
      {{"a/config.json", "a/notes.txt", "notes.txt"},
       "notes.txt: the layout puts something else at \"notes.txt\""},
      {{"config.json", "inference.py", "code"},
       "inference.py: the layout puts it at \"code/inference.py\", and \"code\" is a file, "
       "\"code/inference.py\" lies inside it"},
  };
  for (const auto& c : cases) {
    TemporaryFolder folder;
    for (const std::string& path : c.files) WriteFile(folder / ("in/" + path), "{}");
    PackOptions options;
    options.layout = PackLayout::kSageMaker;
    const auto packed = Pack(folder / "in", folder / "out.tar.gz", options);
    ASSERT_TRUE(packed && packed->refusals.size() == 1) << c.refused;
    EXPECT_EQ(packed->refusals[0].path + ": " + packed->refusals[0].text,
              c.refused + ": rename it (--drop leaves it out)");
  }
}

TEST(Pack, AManifestVouchesForEveryFile) {
  TemporaryFolder folder;
  WriteFolder(folder / "in", ModelFiles());
  WriteFile(folder / "in/SHA256SUMS", "of another day");
  PackOptions options;
  options.manifest = true;
  auto packed = Pack(folder / "in", folder / "out.tar.gz", options);
  ASSERT_TRUE(packed) << packed.error().Message();
  EXPECT_EQ(Paths(*packed), "SHA256SUMS config.json model.safetensors vocab.txt weighlock.json ");
  EXPECT_EQ(packed->left_out[0].why, "a new one is made");
  auto unpacked = Unpack(folder / "out.tar.gz", folder / "back");
  ASSERT_TRUE(unpacked) << unpacked.error().Message();
  EXPECT_EQ(unpacked->verified, 4u);
  EXPECT_EQ(ReadFile(folder / "back/SHA256SUMS").substr(0, 78),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  config.json\n");
}

TEST(Pack, AManifestGoesWithTheOneFolder) {
  TemporaryFolder folder;
  WriteFolder(folder / "bert", ModelFiles());
  PackOptions options;
  options.manifest = true;
  options.layout = PackLayout::kOneFolder;
  auto packed = Pack(folder / "bert", folder / "out.tar.gz", options);
  ASSERT_TRUE(packed) << packed.error().Message();
  EXPECT_EQ(Paths(*packed),
            "bert/SHA256SUMS bert/config.json bert/model.safetensors bert/vocab.txt "
            "bert/weighlock.json ");
  UnpackOptions strip;
  for (const bool strip_top : {false, true}) {
    strip.strip_top = strip_top;
    auto unpacked = Unpack(folder / "out.tar.gz", folder / (strip_top ? "2" : "1"), strip);
    ASSERT_TRUE(unpacked) << unpacked.error().Message();
    EXPECT_EQ(unpacked->verified, 4u);
  }
  EXPECT_EQ(ReadFolder(folder / "1/bert"), ReadFolder(folder / "2"));
}

// An archive with a manifest, unpacked and packed again: the old manifest gives way wherever the
// layout takes it from.
TEST(Pack, AManifestIsMadeAnewInEveryLayout) {
  for (const PackLayout first :
       {PackLayout::kFlat, PackLayout::kOneFolder, PackLayout::kSageMaker}) {
    for (const PackLayout second :
         {PackLayout::kFlat, PackLayout::kOneFolder, PackLayout::kSageMaker}) {
      TemporaryFolder folder;
      WriteFolder(folder / "m", ModelFiles());
      PackOptions options;
      options.manifest = true;
      options.layout = first;
      ASSERT_TRUE(Pack(folder / "m", folder / "1.tar.gz", options));
      ASSERT_TRUE(Unpack(folder / "1.tar.gz", folder / "u"));
      options.layout = second;
      const auto packed = Pack(folder / "u", folder / "2.tar.gz", options);
      ASSERT_TRUE(packed) << packed.error().Message();
      ASSERT_TRUE(packed->refusals.empty()) << packed->refusals[0].text;
      // Below the folder u/ or at the top; one that stays in m/ is a file like others.
      const bool stays = first == PackLayout::kOneFolder && second != PackLayout::kSageMaker;
      EXPECT_EQ(packed->left_out.size(), stays ? 0u : 2u);
      for (const LeftOutFile& file : packed->left_out) EXPECT_EQ(file.why, "a new one is made");
      const auto unpacked = Unpack(folder / "2.tar.gz", folder / "back");
      ASSERT_TRUE(unpacked) << unpacked.error().Message();
      EXPECT_EQ(unpacked->verified, packed->files.size() - 1);
    }
  }
}

// The manifest's names are names like others.
TEST(Pack, WhatStandsInTheManifestsPlaceIsRefused) {
  const struct {
    std::string path, refused;
    bool is_folder;
  } cases[] = {
      {"sha256sums",
       "\"SHA256SUMS\" and \"sha256sums\" differ only in case, and --manifest writes the first",
       false},
      {"Weighlock.json",
       "\"weighlock.json\" and \"Weighlock.json\" differ only in case, and --manifest writes the "
       "first",
       false},
      {"SHA256SUMS/x",
       "\"SHA256SUMS\" is a file, \"SHA256SUMS/x\" lies inside it, and --manifest writes the first",
       false},
      {"weighlock.JSON/x",
       "\"weighlock.json\" and \"weighlock.JSON\" differ only in case, and --manifest writes the "
       "first",
       false},
      {"SHA256SUMS", "--manifest writes a file \"SHA256SUMS\"", true},
  };
  for (const auto& c : cases) {
    TemporaryFolder folder;
    WriteFolder(folder / "in", ModelFiles());
    if (c.is_folder) {
      fs::create_directories(folder / ("in/" + c.path));
    } else {
      WriteFile(folder / ("in/" + c.path), "x");
    }
    PackOptions options;
    options.manifest = true;
    const auto refused = Pack(folder / "in", folder / "o.tar", options);
    ASSERT_TRUE(refused) << refused.error().Message();
    ASSERT_EQ(refused->refusals.size(), 1u) << c.path;
    EXPECT_EQ(refused->refusals[0].path, c.path);
    EXPECT_EQ(refused->refusals[0].text, c.refused + ": rename it (--drop leaves it out)");
    options.drop = {c.path};
    const auto dropped = Pack(folder / "in", folder / "o.tar", options);
    ASSERT_TRUE(dropped && dropped->refusals.empty()) << c.path;
    EXPECT_EQ(dropped->notes, std::vector<std::string>());
    ASSERT_TRUE(Unpack(folder / "o.tar", folder / "back")) << c.path;
  }
}

TEST(Pack, AnOldListOfSumsMustFit) {
  const std::string digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
  const struct {
    std::string sums, refusal;
  } cases[] = {
      {digest + "  a\n", ""},
      {std::string(64, '0') + "  a\n", "it was made of another \"a\""},
      {digest + "  b\n", "it lists \"b\", which is not packed under that name"},
      {digest + "  a\n" + digest + "  a\n", ""},
      {digest + "  a\n" + std::string(64, '0') + "  a\n", "it has two digests of \"a\""},
      {"hello\n", "wanted a digest of 64 digits, two spaces and a path, found \"hello\""},
  };
  for (const auto& c : cases) {
    TemporaryFolder folder;
    WriteFolder(folder / "in", {{"a", "x"}, {"SHA256SUMS", c.sums}});
    const auto packed = Pack(folder / "in", folder / "o.tar");
    ASSERT_TRUE(packed) << packed.error().Message();
    EXPECT_EQ(
        packed->refusals.empty() ? "" : packed->refusals[0].text,
        c.refusal.empty() ? "" : c.refusal + " (--manifest makes a new one, --drop leaves it out)");
    PackOptions anew;
    anew.manifest = true;
    const auto other = Pack(folder / "in", folder / "m.tar", anew);
    ASSERT_TRUE(other && other->refusals.empty());
  }
}

// What a layout moves, the old list does not find.
TEST(Pack, AnOldListOfSumsIsHeldAgainstTheLayout) {
  const std::string digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
  TemporaryFolder folder;
  WriteFolder(
      folder / "in",
      {{"config.json", "{}"}, {"inference.py", "x"}, {"SHA256SUMS", digest + "  inference.py\n"}});
  for (const auto& [layout, refused] :
       {std::pair(PackLayout::kSageMaker, true), std::pair(PackLayout::kOneFolder, false),
        std::pair(PackLayout::kFlat, false)}) {
    PackOptions options;
    options.layout = layout;
    const std::string output = folder / fmt::format("{}.tar.gz", static_cast<int>(layout));
    const auto packed = Pack(folder / "in", output, options);
    ASSERT_TRUE(packed) << packed.error().Message();
    EXPECT_EQ(!packed->refusals.empty(), refused);
    if (refused) continue;
    const auto unpacked = Unpack(output, output + ".out");
    ASSERT_TRUE(unpacked) << unpacked.error().Message();
    EXPECT_EQ(unpacked->verified, 1u);
  }
}

}  // namespace
}  // namespace weighlock

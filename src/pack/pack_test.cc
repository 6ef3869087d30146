// Packing: what is refused, where things go, and that the same files give the same bytes.
#include "weighlock/pack.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/unpack.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;

std::string Weights() {
  return SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}});
}

Files Model() {
  return {{"config.json", "{}"}, {"model.safetensors", Weights()}, {"vocab.txt", "a\n"}};
}

void WriteFolder(const std::string& root, const Files& files) {
  fs::create_directories(root);
  for (const auto& [path, content] : files) WriteFile((fs::path(root) / path).string(), content);
}

Files ReadFolder(const std::string& root) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_directory()) continue;
    files[entry.path().lexically_relative(root).string()] = ReadFile(entry.path().string());
  }
  return files;
}

std::string Paths(const PackReport& report) {
  std::string out;
  for (const PackedFile& file : report.files) out += file.path + " ";
  for (const std::string& folder : report.folders) out += folder + "/ ";
  return out;
}

TEST(Pack, EveryKindComesBackAsItWas) {
  for (const std::string name : {"out.tar.gz", "out.tgz", "out.tar", "out.zip"}) {
    TemporaryFolder folder;
    Files files = Model();
    files["code/run.sh"] = "#!/bin/sh\n";
    files[std::string(120, 'd') + "/" + std::string(200, 'f')] = "long";
    WriteFolder(folder / "in", files);
    ::chmod((folder / "in/code/run.sh").c_str(), 0755);
    fs::create_directories(folder / "in/1/empty");
    auto packed = Pack(folder / "in", folder / name);
    ASSERT_TRUE(packed) << packed.error().Message();
    EXPECT_EQ(packed->output_bytes, fs::file_size(folder / name)) << name;
    auto unpacked = Unpack(folder / name, folder / "back");
    ASSERT_TRUE(unpacked) << unpacked.error().Message();
    EXPECT_EQ(ReadFolder(folder / "back"), files) << name;
    EXPECT_TRUE(fs::is_directory(folder / "back/1/empty")) << name;
    EXPECT_EQ(::access((folder / "back/code/run.sh").c_str(), X_OK), 0) << name;
    struct stat st;
    ASSERT_EQ(::stat((folder / "back/config.json").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0111, 0u) << name;
  }
}

TEST(Pack, TheSameBytesWhateverTimesModesAndThreads) {
  for (const std::string name : {"tar.gz", "tar", "zip"}) {
    TemporaryFolder folder;
    WriteFolder(folder / "a", Model());
    fs::create_directories(folder / "b");
    for (const char* file : {"vocab.txt", "model.safetensors", "config.json"}) {
      fs::copy_file(folder / (std::string("a/") + file), folder / (std::string("b/") + file));
    }
    ::chmod((folder / "b/config.json").c_str(), 0600);
    PackOptions one, many;
    one.threads = 1;
    many.threads = 5;
    one.manifest = many.manifest = true;
    ASSERT_TRUE(Pack(folder / "a", folder / ("one." + name), one));
    ASSERT_TRUE(Pack(folder / "b", folder / ("many." + name), many));
    EXPECT_EQ(ReadFile(folder / ("one." + name)), ReadFile(folder / ("many." + name))) << name;
  }
}

TEST(Pack, TheTimeIsThatOfTheSource) {
  TemporaryFolder folder;
  WriteFolder(folder / "in", Model());
  ::setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  auto tar = Pack(folder / "in", folder / "t.tar");
  auto zip = Pack(folder / "in", folder / "t.zip");
  ::unsetenv("SOURCE_DATE_EPOCH");
  ASSERT_TRUE(tar && zip);
  EXPECT_EQ(ReadFile(folder / "t.tar").substr(136, 11), "14524770400");
  // 2023-11-14 22:13:20 as DOS has it.
  EXPECT_EQ(ReadFile(folder / "t.zip").substr(10, 4), "\xAA\xB1\x6E\x57");
}

struct Refused {
  const char* what;
  Files files;
  std::string text;  // of the first refusal, with its path
  PackOptions told;  // what packs it all the same
};

PackOptions Told(bool PackOptions::*option) {
  PackOptions options;
  options.*option = true;
  return options;
}

TEST(Pack, WhatIsRefusedUnlessTold) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:"
      "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
  const Refused cases[] = {
      {"a pointer",
       {{"model.safetensors", pointer}},
       "model.safetensors: a git-lfs pointer, not the file: git lfs pull fetches it "
       "(--allow-pointers packs it)",
       Told(&PackOptions::allow_pointers)},
      {"a pointer that is no weights",
       {{"tokenizer.json", pointer}},
       "tokenizer.json: a git-lfs pointer, not the file: git lfs pull fetches it "
       "(--allow-pointers packs it)",
       Told(&PackOptions::allow_pointers)},
      {"a key",
       {{"code/server.pem", "-----BEGIN"}},
       "code/server.pem: by its name it holds a password, a token or a private key "
       "(--allow-secrets packs it)",
       Told(&PackOptions::allow_secrets)},
      {"an environment",
       {{".env", "TOKEN=1"}},
       ".env: by its name it holds a password, a token or a private key (--allow-secrets packs it)",
       Told(&PackOptions::allow_secrets)},
      {"a token",
       {{"code/inference.py", "login(\"hf_0123456789abcdefghijABCDEFGHIJ4567\")\n"}},
       "code/inference.py: hf_01234... in it is a secret (--allow-secrets packs it)",
       Told(&PackOptions::allow_secrets)},
      {"a private key",
       {{"notes.txt", "-----BEGIN RSA PRIVATE KEY-----\n"}},
       "notes.txt: a private key is in it (--allow-secrets packs it)",
       Told(&PackOptions::allow_secrets)},
      {"weights that are cut off",
       {{"other.safetensors", Weights().substr(0, 60)}},
       "other.safetensors: ",
       Told(&PackOptions::allow_broken)},
  };
  for (const Refused& c : cases) {
    TemporaryFolder folder;
    Files files = Model();
    for (const auto& [path, content] : c.files) files[path] = content;
    WriteFolder(folder / "in", files);
    auto refused = Pack(folder / "in", folder / "out.tar.gz");
    ASSERT_TRUE(refused) << refused.error().Message();
    ASSERT_EQ(refused->refusals.size(), 1u) << c.what;
    const Finding& finding = refused->refusals[0];
    EXPECT_EQ((finding.path + ": " + finding.text).substr(0, c.text.size()), c.text) << c.what;
    EXPECT_EQ(folder.Count(), 1u) << c.what;
    auto told = Pack(folder / "in", folder / "out.tar.gz", c.told);
    ASSERT_TRUE(told) << told.error().Message();
    EXPECT_TRUE(told->refusals.empty()) << c.what;
    EXPECT_EQ(folder.Count(), 2u) << c.what;
  }
}

TEST(Pack, LinksAreRefusedOrFollowed) {
  TemporaryFolder folder;
  WriteFolder(folder / "blobs", {{"1", Weights()}});
  WriteFolder(folder / "in", {{"config.json", "{}"}});
  fs::create_symlink("../blobs/1", folder / "in/model.safetensors");
  auto refused = Pack(folder / "in", folder / "out.tar.gz");
  ASSERT_TRUE(refused && refused->refusals.size() == 1);
  EXPECT_EQ(refused->refusals[0].text,
            "a symbolic link; unpackers refuse links, or follow them anywhere (--follow-links "
            "packs it)");
  ASSERT_TRUE(Pack(folder / "in", folder / "out.tar.gz", Told(&PackOptions::follow_links)));
  ASSERT_TRUE(Unpack(folder / "out.tar.gz", folder / "back"));
  EXPECT_FALSE(fs::is_symlink(folder / "back/model.safetensors"));
  EXPECT_EQ(ReadFile(folder / "back/model.safetensors"), Weights());
  // What is no file and cannot be followed to one is refused whatever is told, but can be dropped.
  fs::create_directory_symlink("../blobs", folder / "in/more");
  ASSERT_EQ(::mkfifo((folder / "in/pipe").c_str(), 0600), 0);
  auto others = Pack(folder / "in", folder / "2.tar", Told(&PackOptions::follow_links));
  ASSERT_TRUE(others && others->refusals.size() == 2);
  EXPECT_EQ(others->refusals[0].text,
            "a link to no file: it is not part of the package (--drop leaves it out)");
  PackOptions drop = Told(&PackOptions::follow_links);
  drop.drop = {"more", "pipe"};
  auto dropped = Pack(folder / "in", folder / "2.tar", drop);
  ASSERT_TRUE(dropped && dropped->refusals.empty());
  EXPECT_EQ(dropped->left_out.size(), 2u);
}

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

TEST(Pack, WhatCannotBe) {
  TemporaryFolder folder;
  WriteFolder(folder / "in",
              {{"inference.py", "1"}, {"code/inference.py", "2"}, {"config.json", "{}"}});
  WriteFolder(folder / "none", {{".DS_Store", "x"}});
  WriteFile(folder / "file", "x");
  WriteFile(folder / "taken.tar", "mine");
  PackOptions sagemaker;
  sagemaker.layout = PackLayout::kSageMaker;
  const auto message = [&](const char* in, const char* out, const PackOptions& options) {
    auto packed = Pack(folder / in, folder / out, options);
    return packed ? "done"
                  : fmt::format("{}: {}", CodeWord(packed.error().code()), packed.error().what());
  };
  const auto twice = Pack(folder / "in", folder / "out.tar.gz", sagemaker);
  ASSERT_TRUE(twice && twice->refusals.size() == 1);
  EXPECT_EQ(twice->refusals[0].path, "inference.py");
  EXPECT_EQ(
      twice->refusals[0].text,
      "the layout puts it at \"code/inference.py\", where something else is: rename it (--drop "
      "leaves it out)");
  EXPECT_EQ(message("in", "out.tar", sagemaker),
            "usage: SageMaker unpacks .tar.gz archives only: name the output model.tar.gz");
  EXPECT_EQ(message("none", "out.tar", {}), "nothing recognised: there is nothing in it to pack");
  EXPECT_EQ(message("file", "out.tar", {}), "usage: wanted a folder to pack");
  EXPECT_EQ(message("in", "taken.tar", {}),
            "exists already: there is something of this name, and nothing is ever overwritten");
  EXPECT_EQ(ReadFile(folder / "taken.tar"), "mine");
  EXPECT_EQ(folder.Count(), 4u);
}

TEST(Pack, AManifestVouchesForEveryFile) {
  TemporaryFolder folder;
  WriteFolder(folder / "in", Model());
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
  WriteFolder(folder / "bert", Model());
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

TEST(Pack, TheOutputMayLieInTheFolder) {
  for (const std::string name : {"out.tar.gz", "out.zip", "out"}) {
    TemporaryFolder folder;
    WriteFolder(folder / "in", Model());
    WriteFile(folder / "in/.old.tar.weighlock-0123abcd/tree/x", "left by a killed run");
    auto packed = Pack(folder / "in", folder / ("in/" + name));
    ASSERT_TRUE(packed) << packed.error().Message();
    EXPECT_EQ(Paths(*packed), "config.json model.safetensors vocab.txt ");
  }
}

// What stays behind cannot stop what goes: names that no file system could keep apart, links.
TEST(Pack, JunkIsLeftWhereItIs) {
  TemporaryFolder folder;
  Files files = Model();
  for (const char* name : {".git/refs/heads/Fix", ".git/refs/heads/fix", ".git/a\\b", "wandb/x"}) {
    files[name] = "x";
  }
  WriteFolder(folder / "in", files);
  fs::create_symlink("x", folder / "in/wandb/latest-run");
  fs::create_symlink("nowhere", folder / "in/wandb/broken");
  const auto packed = Pack(folder / "in", folder / "o.tar");
  ASSERT_TRUE(packed) << packed.error().Message();
  EXPECT_TRUE(packed->refusals.empty());
  EXPECT_EQ(Paths(*packed), "config.json model.safetensors vocab.txt ");
  PackOptions keep;
  keep.keep = {".git/*"};
  const auto kept = Pack(folder / "in", folder / "k.tar", keep);
  ASSERT_TRUE(kept) << kept.error().Message();
  EXPECT_EQ(kept->refusals.size(), 2u);
}

// All of them at once, for whoever renames them.
TEST(Pack, NamesThatCannotTravelAreListed) {
  TemporaryFolder folder;
  Files files = Model();
  for (const char* name : {"a\\b.txt", "line\nbreak", "caf\xe9", "Notes.md", "notes.md"}) {
    files[name] = "x";
  }
  WriteFolder(folder / "in", files);
  fs::create_directories(folder / "in/empty\t");
  auto packed = Pack(folder / "in", folder / "o.tar");
  ASSERT_TRUE(packed) << packed.error().Message();
  std::string refused;
  for (const Finding& finding : packed->refusals) refused += finding.text + "\n";
  EXPECT_EQ(refused,
            "the name \"a\\\\b.txt\" has a backslash (--drop leaves it out)\n"
            "the name \"caf\\xe9\" is not UTF-8: rename it (--drop leaves it out)\n"
            "the name \"empty\\x09\" has the control byte 0x09 at 5 (--drop leaves it out)\n"
            "the name \"line\\x0abreak\" has the control byte 0x0a at 4 (--drop leaves it out)\n"
            "\"Notes.md\" and \"notes.md\" differ only in case (--drop leaves it out)\n");
  EXPECT_EQ(folder.Count(), 1u);
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

TEST(Pack, ATimeThatIsNoNumberIsRefused) {
  TemporaryFolder folder;
  WriteFolder(folder / "in", Model());
  for (const char* time : {"abc", "1.5", " 5", "-1", "2024-01-01", "", "8589934592"}) {
    ::setenv("SOURCE_DATE_EPOCH", time, 1);
    const auto packed = Pack(folder / "in", folder / "o.tar");
    ::unsetenv("SOURCE_DATE_EPOCH");
    ASSERT_FALSE(packed) << time;
    EXPECT_EQ(packed.error().code(), Code::kUsage) << time;
  }
  EXPECT_EQ(folder.Count(), 1u);
}

TEST(Pack, RolesAndPatternsLeaveOut) {
  TemporaryFolder folder;
  Files files = Model();
  files["OPTIMIZER.PT"] = "x";
  files[".DS_Store"] = "x";
  WriteFolder(folder / "in", files);
  PackOptions options;
  auto plan = PlanPack(folder / "in", folder / "o.tar", options);
  ASSERT_TRUE(plan);
  EXPECT_EQ(Paths(*plan), "OPTIMIZER.PT config.json model.safetensors vocab.txt ");
  options.exclude_training_state = true;
  options.keep = {".DS_Store"};
  options.drop = {"vocab.*"};
  plan = PlanPack(folder / "in", folder / "o.tar", options);
  ASSERT_TRUE(plan);
  EXPECT_EQ(Paths(*plan), ".DS_Store config.json model.safetensors ");
}

}  // namespace
}  // namespace weighlock

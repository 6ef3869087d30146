// Packing: what is refused, and that the same files give the same bytes.
#include "weighlock/pack.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "support/packed_folder.h"
#include "weighlock/unpack.h"

namespace weighlock {
namespace {

using namespace std::chrono_literals;

TEST(Pack, EveryKindComesBackAsItWas) {
  for (const std::string name : {"out.tar.gz", "out.tgz", "out.tar", "out.zip"}) {
    TemporaryFolder folder;
    Files files = ModelFiles();
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
    WriteFolder(folder / "a", ModelFiles());
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
  WriteFolder(folder / "in", ModelFiles());
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
    Files files = ModelFiles();
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

TEST(Pack, EmptyFoldersGoByTheSameRules) {
  TemporaryFolder folder;
  WriteFolder(folder / "in", ModelFiles());
  for (const char* name : {".git/refs/tags", ".cache", "logs", "keep"}) {
    fs::create_directories(folder / (std::string("in/") + name));
  }
  PackOptions options;
  options.drop = {"logs"};
  options.keep = {".cache"};
  const auto plan = PlanPack(folder / "in", folder / "o.tar", options);
  ASSERT_TRUE(plan) << plan.error().Message();
  EXPECT_EQ(Paths(*plan), "config.json model.safetensors vocab.txt .cache/ keep/ ");
  std::string left_out;
  for (const LeftOutFile& file : plan->left_out) left_out += file.path + ": " + file.why + "\n";
  EXPECT_EQ(left_out, ".git/refs/tags: junk: no runtime reads it\nlogs: as asked\n");
  EXPECT_EQ(plan->notes, std::vector<std::string>());
}

TEST(Pack, TheOutputMayLieInTheFolder) {
  for (const std::string name : {"out.tar.gz", "out.zip", "out"}) {
    TemporaryFolder folder;
    WriteFolder(folder / "in", ModelFiles());
    WriteFile(folder / "in/.old.tar.weighlock-0123abcd/tree/x", "left by a killed run");
    auto packed = Pack(folder / "in", folder / ("in/" + name));
    ASSERT_TRUE(packed) << packed.error().Message();
    EXPECT_EQ(Paths(*packed), "config.json model.safetensors vocab.txt ");
  }
}

// Of the same size, and in place, so that the open file has it too.
TEST(Pack, AFileThatIsWrittenMeanwhileIsRefused) {
  for (const std::string name : {"o.tar.gz", "o.tar", "o.zip", "o"}) {
    TemporaryFolder folder;
    WriteFolder(folder / "in", {{"a.txt", "before"}, {"z.txt", std::string(48 << 20, 'z')}});
    fs::last_write_time(folder / "in/a.txt", fs::file_time_type::clock::now() - 1h);
    Progress progress;
    std::atomic<bool> is_packed{false};
    std::jthread writer([&] {
      while (progress.done() == 0 && !is_packed) std::this_thread::yield();
      std::fstream file(folder / "in/a.txt", std::ios::in | std::ios::out);
      file << "behind";
    });
    PackOptions options;
    options.progress = &progress;
    const auto packed = Pack(folder / "in", folder / name, options);
    is_packed = true;
    writer.join();
    ASSERT_FALSE(packed) << name;
    EXPECT_EQ(packed.error().Message(), "a.txt: mismatch: it changed while it was packed");
    EXPECT_EQ(folder.Count(), 1u);
  }
}

// What stays behind cannot stop what goes: names that no file system could keep apart, links.
TEST(Pack, JunkIsLeftWhereItIs) {
  TemporaryFolder folder;
  Files files = ModelFiles();
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
  Files files = ModelFiles();
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

TEST(Pack, ATimeThatIsNoNumberIsRefused) {
  TemporaryFolder folder;
  WriteFolder(folder / "in", ModelFiles());
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
  Files files = ModelFiles();
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

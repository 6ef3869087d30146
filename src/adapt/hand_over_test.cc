// What adapt does not hand over unseen: links out of the package, secrets, what is no file.
#include <gtest/gtest.h>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/adapt.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

const std::string kKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nnone\n";

void WriteModel(const std::string& root) {
  WriteFile(root + "/config.json", "{\"model_type\": \"bert\"}");
  WriteFile(root + "/model.safetensors",
            SafetensorsFile({{"w", "F32", "[16, 8]", Floats(128, 1)}}));
}

std::string Refused(const std::string& input, const std::string& output,
                    const AdaptOptions& options = {}) {
  const Target target = *ParseTarget("transformers==4.11.3,torch==1.9.0");
  const auto plan = PlanAdapt(input, target, options, output);
  const auto report = Adapt(input, output, target, options);
  if (!plan || !report) {
    EXPECT_TRUE(!plan && !report);
    return report ? "the plan alone fails" : report.error().Message() + "\n";
  }
  std::string said, planned;
  for (const Finding& finding : report->plan.refusals) {
    said += finding.path + ": " + finding.text + "\n";
  }
  for (const Finding& finding : plan->refusals) {
    planned += finding.path + ": " + finding.text + "\n";
  }
  EXPECT_EQ(said, planned) << "a dry run says what the run says";
  EXPECT_EQ(said.empty(), fs::exists(output));
  return said;
}

TEST(HandOver, ALinkOutOfThePackageIsRefused) {
  TemporaryFolder folder;
  WriteModel(folder / "in");
  WriteFile(folder / "elsewhere.txt", "not of the package");
  fs::create_symlink("../elsewhere.txt", folder / "in/notes.txt");
  fs::create_symlink("config.json", folder / "in/inside.json");
  AdaptOptions options;
  EXPECT_EQ(Refused(folder / "in", folder / "o.tar.gz"),
            "notes.txt: a symbolic link out of the package; what it points to is not of it "
            "(--follow-links keeps it)\n");
  options.drop = {"notes.txt"};
  EXPECT_EQ(Refused(folder / "in", folder / "dropped", options), "");
  options.drop = {};
  options.follow_links = true;
  EXPECT_EQ(Refused(folder / "in", folder / "followed", options), "");
  EXPECT_EQ(ReadFile(folder / "followed/notes.txt"), "not of the package");
}

TEST(HandOver, ASnapshotOfAHubCacheIsAPackage) {
  TemporaryFolder folder;
  WriteModel(folder / "hub/models--x/blobs");
  fs::create_directories(folder / "hub/models--x/snapshots/0123");
  for (const std::string name : {"config.json", "model.safetensors"}) {
    fs::create_symlink("../../blobs/" + name, folder / ("hub/models--x/snapshots/0123/" + name));
  }
  EXPECT_EQ(Refused(folder / "hub/models--x/snapshots/0123", folder / "o"), "");
  EXPECT_TRUE(fs::exists(folder / "o/pytorch_model.bin"));
}

TEST(HandOver, SecretsAreRefusedInWordsOfPack) {
  TemporaryFolder folder;
  WriteModel(folder / "in");
  WriteFile(folder / "in/.env", "A=1");
  WriteFile(folder / "in/.ssh/id_rsa", "x");
  WriteFile(folder / "in/notes.txt", kKey);
  const std::string archive = folder / "in.tar.gz";
  ASSERT_EQ(std::system(("tar czf " + archive + " -C " + (folder / "in") +
                         " config.json model.safetensors .env .ssh/id_rsa notes.txt")
                            .c_str()),
            0);
  const std::string all =
      ".env: by its name it holds a password, a token or a private key (--allow-secrets keeps "
      "it)\n"
      ".ssh/id_rsa: by its name it holds a password, a token or a private key (--allow-secrets "
      "keeps it)\n"
      "notes.txt: a private key is in it (--allow-secrets keeps it)\n";
  for (const std::string& input : {folder / "in", archive}) {
    EXPECT_EQ(Refused(input, folder / "o"), all);
    EXPECT_EQ(Refused(input, folder / "o.tar.gz"), all);
  }
  AdaptOptions options;
  options.allow_secrets = true;
  EXPECT_EQ(Refused(folder / "in", folder / "allowed", options), "");
  EXPECT_EQ(ReadFile(folder / "allowed/notes.txt"), kKey);
  EXPECT_EQ(Refused(archive, folder / "allowed.tar.gz", options), "");
}

TEST(HandOver, ALinkToNowhereCanBeDropped) {
  TemporaryFolder folder;
  WriteModel(folder / "in");
  fs::create_symlink("gone", folder / "in/dangling.txt");
  EXPECT_EQ(Refused(folder / "in", folder / "o"),
            "dangling.txt: not found: a link that leads nowhere (--drop leaves it out)\n");
  AdaptOptions options;
  options.drop = {"dangling.txt"};
  EXPECT_EQ(Refused(folder / "in", folder / "o", options), "");
}

TEST(HandOver, ALinkToAFolderIsNotLeftOutUnseen) {
  TemporaryFolder folder;
  WriteModel(folder / "in");
  WriteFile(folder / "more/x.txt", "x");
  fs::create_directory_symlink("../more", folder / "in/more");
  EXPECT_EQ(Refused(folder / "in", folder / "o"),
            "more: a link to no file: it is not part of the package (--drop leaves it out)\n");
  AdaptOptions options;
  options.drop = {"more"};
  EXPECT_EQ(Refused(folder / "in", folder / "o", options), "");
}

TEST(HandOver, EmptyFoldersAreToldOf) {
  TemporaryFolder folder;
  WriteModel(folder / "in");
  fs::create_directories(folder / "in/logs/old");
  fs::create_directories(folder / "in/.git/refs");
  const auto report =
      Adapt(folder / "in", folder / "o", *ParseTarget("transformers==4.11.3,torch==1.9.0"), {});
  ASSERT_TRUE(report) << report.error().Message();
  ASSERT_EQ(report->plan.notes.size(), 1u);
  EXPECT_EQ(report->plan.notes[0], "left out, being empty: logs/old/");
}

}  // namespace
}  // namespace weighlock

// What a plan writes can be read again: as a folder, as any archive, and on any file system.
#include "adapt/output_paths.h"

#include <gtest/gtest.h>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

Step Keep(const std::string& path) {
  return {Action::kKeep, {path}, path, "", ""};
}

Step Unpickle(const std::string& path, const std::string& output) {
  return {Action::kUnpickle, {path}, output, "", "S1"};
}

Step ConvertTo(const std::string& output) {
  return {Action::kConvert, {"model.safetensors"}, output, "", "W1"};
}

struct Case {
  std::vector<Step> steps;
  const char* message;  // empty: they can stand
};

TEST(OutputPaths, Table) {
  const Case cases[] = {
      {{Keep("a"), Keep("b/c"), ConvertTo("pytorch_model.bin")}, ""},
      {{Keep("PyTorch_model.bin"), ConvertTo("pytorch_model.bin")},
       "pytorch_model.bin: unsupported: \"PyTorch_model.bin\" and \"pytorch_model.bin\" differ "
       "only "
       "in case: rename it (--drop leaves it out)"},
      {{Keep("pytorch_model.bin/a.txt"), ConvertTo("pytorch_model.bin")},
       "pytorch_model.bin: unsupported: \"pytorch_model.bin\" is a file, "
       "\"pytorch_model.bin/a.txt\" lies inside it: rename it (--drop leaves it out)"},
      {{ConvertTo("pytorch_model.bin"), Keep("pytorch_model.bin/a.txt")},
       "pytorch_model.bin/a.txt: unsupported: \"pytorch_model.bin\" is a file, "
       "\"pytorch_model.bin/a.txt\" lies inside it: rename it (--drop leaves it out)"},
      {{ConvertTo("model.safetensors"), Keep("model.safetensors")},
       "model.safetensors: usage: --keep asks for it as it is, and what the conversion makes has "
       "its name"},
      {{Keep("a\\b")},
       "a\\b: unsupported: the name \"a\\\\b\" has a backslash: rename it (--drop leaves it out)"},
  };
  for (const Case& c : cases) {
    const Status checked = CheckOutputs(c.steps, {});
    EXPECT_EQ(checked ? "" : checked.error().Message(), c.message);
  }
}

TEST(OutputPaths, PicklesThatDifferByTheirEndingsStayApart) {
  std::vector<Step> steps = {Unpickle("scheduler.bin", "training_state/scheduler.json"),
                             Unpickle("scheduler.pt", "training_state/scheduler.json"),
                             Unpickle("x.pkl", "x.json"), Keep("y.json"),
                             Unpickle("y.pkl", "y.json")};
  KeepUnpickledApart(steps);
  EXPECT_EQ(steps[0].output, "training_state/scheduler.bin.json");
  EXPECT_EQ(steps[1].output, "training_state/scheduler.pt.json");
  EXPECT_EQ(steps[2].output, "x.json");
  EXPECT_EQ(steps[4].output, "y.pkl.json");
  EXPECT_TRUE(CheckOutputs(steps, {}));
}

TEST(OutputPaths, NoArchiveIsWrittenThatWouldBeRefused) {
  TemporaryFolder folder;
  WriteFile(folder / "in/config.json", "{\"model_type\": \"bert\"}");
  WriteFile(folder / "in/model.safetensors",
            SafetensorsFile({{"w", "F32", "[16, 8]", Floats(128, 1)}}));
  WriteFile(folder / "in/PyTorch_model.bin", "text");
  const auto report = Adapt(folder / "in", folder / "o.tar.gz",
                            *ParseTarget("transformers==4.11.3,torch==1.9.0"), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::kUnsupported);
  EXPECT_FALSE(std::filesystem::exists(folder / "o.tar.gz"));
}

}  // namespace
}  // namespace weighlock

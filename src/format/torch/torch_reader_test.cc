// The reader against torch itself, on files that torch writes while the test runs, on files that
// real training runs left, and on damaged ones.
#include "format/torch/torch_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace weighlock {
namespace {

namespace fs = std::filesystem;

std::string ReadText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

ByteSource Memory(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  return ByteSource::FromMemory({bytes.begin(), bytes.end()}, "test");
}

// The tensor's elements in row-major order, gathered through its strides.
ByteVector Elements(const ByteSource& source, const Tensor& tensor) {
  auto span = source.Read(tensor.data.offset, tensor.data.size);
  EXPECT_TRUE(span);
  if (!tensor.strides) return *span;
  const size_t item = Info(tensor.dtype).bits / 8;
  ByteVector out;
  const uint64_t count = *ElementCount(tensor.shape);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t rest = i;
    uint64_t at = 0;
    for (size_t d = tensor.shape.size(); d-- > 0;) {
      at += rest % tensor.shape[d] * static_cast<uint64_t>((*tensor.strides)[d]);
      rest /= tensor.shape[d];
    }
    Append(out, Bytes(*span).subspan(at * item, item));
  }
  return out;
}

// The lines of a .expect file (tests/torch/make_samples.py), made from what we read.
std::string Lines(const ByteSource& source, const Model& model) {
  std::string out;
  for (const Tensor& tensor : model.tensors) {
    if (tensor.is_held) continue;  // an array of numpy: torch lists its own tensors only
    const ByteVector bytes = Elements(source, tensor);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    const std::string text(AsText(bytes));
    SHA256(std::vector<unsigned char>(text.begin(), text.end()).data(), text.size(), digest);
    out += fmt::format("{}\t{}\t[{}]\t{:02x}\n", tensor.name, Info(tensor.dtype).torch,
                       fmt::join(tensor.shape, ","), fmt::join(digest, ""));
  }
  return out;
}

class TempFolder {
 public:
  TempFolder() : path_(fs::path(testing::TempDir()) / fmt::format("torch_{}", getpid())) {
    fs::create_directories(path_);
  }
  ~TempFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Runs make_samples.py; false where torch is not installed.
bool MakeSamples(const fs::path& folder, const std::vector<fs::path>& files) {
  std::string command = fmt::format("/usr/bin/python3 {}/tests/torch/make_samples.py {}",
                                    WL_SOURCE_DIR, folder.string());
  for (const fs::path& file : files) command += fmt::format(" '{}'", file.string());
  const int status = system(command.c_str());
  if (WEXITSTATUS(status) == 77) return false;
  EXPECT_EQ(status, 0) << command;
  return true;
}

void ExpectSame(const fs::path& file, const fs::path& expect) {
  auto source = ByteSource::OpenFile(file.string(), file.filename().string());
  ASSERT_TRUE(source);
  auto model = ReadTorch(*source, Limits());
  ASSERT_TRUE(model) << file << ": " << model.error().Message();
  const std::string lines = Lines(*source, *model);
  if (!fs::exists(expect)) return;  // torch itself could not load it here
  EXPECT_EQ(lines, ReadText(expect)) << file;
}

TEST(TorchReader, AgreesWithTorchOnWhatItWrites) {
  TempFolder folder;
  ASSERT_TRUE(MakeSamples(folder.path(), {})) << "no python3-torch: make setup";
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().extension() == ".expect") continue;
    ++files;
    ExpectSame(entry.path(), entry.path().string() + ".expect");
  }
  EXPECT_GT(files, 40);
}

std::vector<fs::path> RealFiles() {
  std::vector<fs::path> files;
  // More files of real runs can be named by WL_MORE_TORCH_FILES, a folder.
  std::vector<fs::path> folders = {fs::path(WL_TEST_DATA) / "torch"};
  if (const char* more = getenv("WL_MORE_TORCH_FILES")) folders.push_back(more);
  for (const fs::path& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string extension = entry.path().extension().string();
      const bool is_torch = extension == ".bin" || extension == ".pt" || extension == ".pth";
      if (entry.is_regular_file() && is_torch) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(TorchReader, AgreesWithTorchOnRealFiles) {
  const std::vector<fs::path> files = RealFiles();
  ASSERT_GE(files.size(), 10u);
  TempFolder folder;
  ASSERT_TRUE(MakeSamples(folder.path(), files)) << "no python3-torch: make setup";
  for (size_t i = 0; i < files.size(); ++i) {
    ExpectSame(files[i], folder.path() / fmt::format("{}.expect", i));
  }
}

Model ReadFile(const std::string& name) {
  const fs::path path = fs::path(WL_TEST_DATA) / "torch" / name;
  auto source = ByteSource::OpenFile(path.string(), name);
  EXPECT_TRUE(source);
  auto model = ReadTorch(*source, Limits());
  EXPECT_TRUE(model) << model.error().Message();
  return model ? *std::move(model) : Model();
}

TEST(TorchReader, SaysWhatIsNoTensor) {
  const Model args = ReadFile("training_args.transformers-4.37.2.bin");
  EXPECT_EQ(args.format, "torch-zip");
  EXPECT_TRUE(args.tensors.empty());
  EXPECT_EQ(args.extras,
            std::vector<std::string>{"the whole object: object "
                                     "transformers.training_args.TrainingArguments with 122 "
                                     "attributes"});
  EXPECT_TRUE(std::count(args.globals.begin(), args.globals.end(),
                         "transformers.training_args TrainingArguments"));

  const Model rng = ReadFile("rng_state.transformers-4.37.2.pth");
  ASSERT_EQ(rng.tensors.size(), 2u);
  EXPECT_EQ(rng.tensors[0].name, "numpy.1");
  EXPECT_TRUE(rng.tensors[0].is_held && rng.held && rng.held->size() == 4u * 624);
  EXPECT_EQ(rng.tensors[1].name, "cpu");
  EXPECT_EQ(rng.extras, std::vector<std::string>{"python: tuple of 3"});

  const Model scheduler = ReadFile("scheduler.transformers-4.11.3.pt");
  EXPECT_TRUE(scheduler.tensors.empty());
  EXPECT_TRUE(std::count(scheduler.extras.begin(), scheduler.extras.end(), "last_epoch: int 2"))
      << fmt::format("{}", fmt::join(scheduler.extras, "\n"));
}

TEST(TorchReader, Sniffs) {
  const std::string legacy =
      ReadText(fs::path(WL_TEST_DATA) / "torch/pytorch_model.transformers-3.0.2.bin");
  const std::string zip =
      ReadText(fs::path(WL_TEST_DATA) / "torch/scheduler.transformers-4.11.3.pt");
  const auto head = [](const std::string& text) { return AsBytes(text).first(256); };
  EXPECT_TRUE(LooksLikeTorchLegacy(head(legacy)));
  EXPECT_FALSE(LooksLikeTorchZip(head(legacy)));
  EXPECT_TRUE(LooksLikeTorchZip(head(zip)));
  EXPECT_FALSE(LooksLikeTorchLegacy(head(zip)));
  for (const std::string_view text : {"", "P", "\x80", "PK\x03\x04", "{\"a\": 1}"}) {
    EXPECT_FALSE(LooksLikeTorchZip(AsBytes(text)));
    EXPECT_FALSE(LooksLikeTorchLegacy(AsBytes(text)));
    EXPECT_FALSE(ReadTorch(Memory(text), Limits()));
  }
}

// Reading must end in a result or in an error that lies inside the file, and all tensors too.
void Survive(std::string_view text) {
  auto model = ReadTorch(Memory(text), Limits());
  if (!model) {
    const uint64_t offset = model.error().offset();
    EXPECT_TRUE(offset == kNoOffset || offset <= text.size()) << model.error().Message();
    return;
  }
  for (const Tensor& tensor : model->tensors) {
    EXPECT_TRUE(tensor.data.offset <= text.size() &&
                tensor.data.size <= text.size() - tensor.data.offset)
        << tensor.name;
  }
}

TEST(TorchReader, TruncatedAtEveryLength) {
  for (const char* name :
       {"scheduler.transformers-4.11.3.pt", "training_args.transformers-5.23.0.bin"}) {
    const std::string text = ReadText(fs::path(WL_TEST_DATA) / "torch" / name);
    for (size_t length = 0; length < text.size(); ++length) {
      EXPECT_FALSE(ReadTorch(Memory(std::string_view(text).substr(0, length)), Limits()))
          << name << " " << length;
    }
  }
  const std::string legacy =
      ReadText(fs::path(WL_TEST_DATA) / "torch/pytorch_model.transformers-3.0.2.bin");
  for (size_t length = 0; length < legacy.size(); length += length < 12'000 ? 1 : 997) {
    EXPECT_FALSE(ReadTorch(Memory(std::string_view(legacy).substr(0, length)), Limits()));
  }
}

TEST(TorchReader, EveryBitFlipped) {
  for (const char* name : {"scheduler.transformers-4.11.3.pt",
                           "pytorch_model-00005-of-00005.transformers-4.37.2.bin"}) {
    std::string text = ReadText(fs::path(WL_TEST_DATA) / "torch" / name);
    // Of the payloads nothing is read: the pickle in front and the directory behind are enough.
    for (size_t at = 0; at < text.size();
         at == 1500 ? at = std::max(at + 1, text.size() - 1500) : ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        text[at] = static_cast<char>(text[at] ^ (1 << bit));
        Survive(text);
        text[at] = static_cast<char>(text[at] ^ (1 << bit));
      }
    }
  }
  std::string legacy =
      ReadText(fs::path(WL_TEST_DATA) / "torch/pytorch_model.transformers-3.0.2.bin");
  for (size_t at = 0; at < 1200; at += 7) {
    for (int bit = 0; bit < 8; ++bit) {
      legacy[at] = static_cast<char>(legacy[at] ^ (1 << bit));
      Survive(legacy);
      legacy[at] = static_cast<char>(legacy[at] ^ (1 << bit));
    }
  }
}

}  // namespace
}  // namespace weighlock

// A small model's folder, for tests of packing.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/pack.h"

namespace weighlock {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;

inline std::string Weights() {
  return SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}});
}

inline Files ModelFiles() {
  return {{"config.json", "{}"}, {"model.safetensors", Weights()}, {"vocab.txt", "a\n"}};
}

inline void WriteFolder(const std::string& root, const Files& files) {
  fs::create_directories(root);
  for (const auto& [path, content] : files) WriteFile((fs::path(root) / path).string(), content);
}

inline Files ReadFolder(const std::string& root) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_directory()) continue;
    files[entry.path().lexically_relative(root).string()] = ReadFile(entry.path().string());
  }
  return files;
}

inline std::string Paths(const PackReport& report) {
  std::string out;
  for (const PackedFile& file : report.files) out += file.path + " ";
  for (const std::string& folder : report.folders) out += folder + "/ ";
  return out;
}

}  // namespace weighlock

// The package as a runtime sees it: the folder that holds the model, its small files read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "check/platform_files.h"
#include "check/tokenizer_json.h"
#include "json/json.h"
#include "package/package_reader.h"
#include "weighlock/package.h"

namespace weighlock {

// A file of JSON that may be missing, or broken.
struct JsonFile {
  bool present = false;
  std::optional<JsonValue> json;  // where it could be read
  std::string path;               // in the package
  std::string broken;             // what is wrong with it, where it could not
  std::string python_error;       // what Python raises where it reads it; empty: it reads it
  // What it is to Python where it is JSON, and no object: "list", "NoneType", ...
  std::string_view python_class;

  const JsonValue* get() const { return json ? &*json : nullptr; }
};

struct ModelFiles {
  // "" or "model/": the folder nearest to the top that has a config.json, or else an
  // adapter_config.json, or else weights.
  std::string folder_of_model;
  std::string root;  // the folder that the target loads: that one, or "", where it looks no further
  std::set<std::string, std::less<>> names;  // of the files in it, without the folder
  JsonFile config, tokenizer_config, adapter_config, special_tokens_map, added_tokens;
  JsonFile generation_config;
  bool has_tokenizer_json = false;
  std::vector<TokenizerFeature> features;                          // of tokenizer.json
  std::string tokenizer_broken;                                    // what is wrong with that one
  std::string tokenizer_python_error, tokenizer_serde_error;       // and what its readers raise
  std::map<std::string, std::string, std::less<>> broken_indexes;  // name, and what is raised
  std::set<std::string, std::less<>> empty_indexes;                // whose weight_map lists nothing
  // Name of an index that can be read, and the first shard that a loader opens for it.
  std::map<std::string, std::string, std::less<>> first_shards;
  PlatformFiles platform;

  // The text at a key of config.json or tokenizer_config.json; empty: none.
  std::string ConfigText(std::string_view key) const;
  std::string TokenizerText(std::string_view key) const;
};

ModelFiles ReadModelFiles(const OpenedPackage& opened, const Limits& limits);

// The whole of a small file beside config.json; nothing: it is not there, or not held.
std::optional<ByteVector> ContentOf(const OpenedPackage& opened, const ModelFiles& files,
                                    std::string_view name);

}  // namespace weighlock

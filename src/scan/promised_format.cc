// Loaders go by the name or by the bytes, and a reviewer by the name: where both disagree, somebody
// sees another file than was meant.
#include "scan/promised_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"

namespace weighlock::scan {
namespace {

struct Promise {
  std::string_view ending;
  std::string_view format;  // what the bytes must be, as ScannedFile::format begins
};

constexpr std::array kPromises = {
    Promise{".safetensors", "safetensors"},
    Promise{".gguf", "gguf"},
    Promise{".npy", "npy"},
    Promise{".npz", "zip"},
    Promise{".json", "json"},
    Promise{".jsonl", "text"},
    Promise{".txt", "text"},
    Promise{".md", "text"},
    Promise{".jinja", "jinja"},
    Promise{".csv", "text"},
    Promise{".yaml", "text"},
    Promise{".yml", "text"},
    Promise{".png", "png"},
    Promise{".jpg", "jpeg"},
    Promise{".jpeg", "jpeg"},
    Promise{".gif", "gif"},
    Promise{".html", "html"},
    Promise{".onnx", "onnx"},
    Promise{".h5", "hdf5"},
    Promise{".hdf5", "hdf5"},
    Promise{".keras", "keras"},
    Promise{".skops", "skops"},
    Promise{".spm", "sentencepiece"},
    Promise{".parquet", "parquet"},
};

// Formats that hold or run something, and that nobody expects under the names above.
constexpr std::array<std::string_view, 21> kLoaded = {
    "pickle", "torch-zip",   "torch-legacy", "torch-tar", "torchscript", "zip",   "tar",
    "hdf5",   "safetensors", "gguf",         "npy",       "gzip",        "xz",    "zstd",
    "bzip2",  "lzma",        "zlib",         "lz4",       "native",      "keras", "skops"};

// Names of files that hold weights: what is text, a picture or nothing under them is no such file.
constexpr std::array<std::string_view, 27> kWeights = {
    ".safetensors", ".gguf", ".npy",    ".npz",     ".zip",  ".pt",     ".pth",
    ".bin",         ".ckpt", ".onnx",   ".h5",      ".hdf5", ".keras",  ".joblib",
    ".msgpack",     ".pb",   ".tflite", ".mlmodel", ".pkl",  ".pickle", ".skops",
    ".pt2",         ".ptl",  ".th",     ".ubj",     ".cbm",  ".weights"};

// Archives and packed files: cut short after a few bytes, they are text.
constexpr std::array<std::string_view, 14> kArchives = {".gz",  ".bz2", ".xz",  ".lzma", ".zst",
                                                        ".lz4", ".tar", ".tgz", ".tbz2", ".txz",
                                                        ".7z",  ".rar", ".mar", ".nemo"};

// Forms that hold no weights, and how to call them.
struct Other {
  std::string_view format, called;
};
constexpr std::array kOthers = {
    Other{"text", "text"},      Other{"json", "JSON"},       Other{"empty", "empty"},
    Other{"html", "a page"},    Other{"pdf", "a PDF"},       Other{"png", "a picture"},
    Other{"jpeg", "a picture"}, Other{"gif", "a picture"},   Other{"webp", "a picture"},
    Other{"svg", "a picture"},  Other{"wav", "a recording"},
};

void JudgeWeightsName(const Subject& subject, const FileScan& scan) {
  const std::string format = scan.file().format;
  const auto other = std::find_if(kOthers.begin(), kOthers.end(),
                                  [&](const Other& row) { return row.format == format; });
  const bool is_none = other != kOthers.end();
  const auto has_one_of = [&](const auto& endings) {
    return std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return subject.name.ends_with(ending); });
  };
  const bool is_archive = has_one_of(kArchives), is_weights = has_one_of(kWeights) || is_archive;
  const bool is_lost_page = format == "html" && subject.name.ends_with(".json");
  if (!is_lost_page && (!is_none || !is_weights)) return;
  scan.Unjudged("WL-S-422", kNoOffset,
                format == "html"
                    ? std::string("a web page stands in place of the file")
                    : fmt::format("its name promises {}, and it is {}",
                                  is_archive ? "an archive" : "weights", other->called));
}

bool RunsPickle(std::string_view format) {
  return format.starts_with("pickle") || format.starts_with("torch");
}

}  // namespace

void JudgePromise(const Subject& subject, const FileScan& scan) {
  JudgeWeightsName(subject, scan);
  const std::string format = scan.file().format;
  const auto promise = std::find_if(kPromises.begin(), kPromises.end(), [&](const Promise& row) {
    return subject.name.ends_with(row.ending);
  });
  if (promise == kPromises.end() || format.starts_with(promise->format)) return;
  const bool is_loaded = std::any_of(kLoaded.begin(), kLoaded.end(), [&](std::string_view loaded) {
    return format.starts_with(loaded);
  });
  if (!is_loaded) return;
  ScanFinding& finding = scan.Add("WL-S-300", kNoOffset,
                                  fmt::format("{} promises {}, its bytes are {}",
                                              Quote(subject.name, 100), promise->format, format));
  if (!RunsPickle(format)) finding.level = Level::kLow;
}

}  // namespace weighlock::scan

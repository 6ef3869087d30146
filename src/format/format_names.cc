// How formats are called in tables and JSON.
#include "weighlock/package.h"

namespace weighlock {

bool IsPickled(Format format) {
  return format == Format::kTorchZip || format == Format::kTorchLegacy ||
         format == Format::kTorchTar || format == Format::kPickle;
}

std::string_view FormatName(Format format) {
  switch (format) {
    case Format::kSafetensors:
      return "safetensors";
    case Format::kTorchZip:
      return "torch-zip";
    case Format::kTorchTar:
      return "torch-tar";
    case Format::kTorchLegacy:
      return "torch-legacy";
    case Format::kPickle:
      return "pickle";
    case Format::kJson:
      return "json";
    case Format::kText:
      return "text";
    case Format::kZip:
      return "zip";
    case Format::kGzip:
      return "gzip";
    case Format::kTar:
      return "tar";
    case Format::kGguf:
      return "gguf";
    case Format::kHdf5:
      return "hdf5";
    case Format::kNumpy:
      return "numpy";
    case Format::kNativeCode:
      return "native-code";
    case Format::kGitLfsPointer:
      return "git-lfs-pointer";
    case Format::kHtml:
      return "html";
    case Format::kEmpty:
      return "empty";
    case Format::kUnknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace weighlock

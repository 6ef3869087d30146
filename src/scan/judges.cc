// One row a format (ARCHITECTURE.md, "Where do I add").
#include "scan/judges.h"

#include "scan/archive/tar_judge.h"
#include "scan/archive/zip_judge.h"
#include "scan/hdf5/hdf5_judge.h"
#include "scan/model/gguf_judge.h"
#include "scan/model/image_judge.h"
#include "scan/model/inert_formats.h"
#include "scan/model/native_judge.h"
#include "scan/model/onnx_judge.h"
#include "scan/model/protobuf_text_judge.h"
#include "scan/model/safetensors_judge.h"
#include "scan/model/tensor_bundle_judge.h"
#include "scan/model/tensorflow_judge.h"
#include "scan/pickle/numpy_judge.h"
#include "scan/pickle/pickle_judge.h"
#include "scan/pickle/torch_legacy_judge.h"
#include "scan/text/code_judge.h"
#include "scan/text/document_judge.h"
#include "scan/text/encoded_text.h"
#include "scan/text/json_judge.h"
#include "scan/text/plain_text.h"
#include "scan/text/recipe_judge.h"
#include "scan/text/requirements_judge.h"
#include "scan/text/template_judge.h"
#include "scan/text/yaml_judge.h"

namespace weighlock::scan {
namespace {

bool IsAnything(const Subject&) {
  return true;
}

constexpr Judge kJudges[] = {
    {"empty", IsEmpty, JudgeEmpty},
    {"native code", IsNativeCode, JudgeNativeCode},
    {"pickle", IsDisguisedPickle, JudgePickle},
    {"safetensors", IsSafetensors, JudgeSafetensors},
    {"gguf", IsGguf, JudgeGguf},
    {"zip", IsZip, JudgeZip},
    {"torch-tar", IsTorchTar, JudgeTorchTar},
    {"tar", IsTar, JudgeTar},
    {"packed", IsPacked, JudgePacked},
    {"npy", IsNumpy, JudgeNumpy},
    {"hdf5", IsHdf5, JudgeHdf5},
    {"torch-legacy", IsTorchLegacy, JudgeTorchLegacy},
    {"image", IsImage, JudgeImage},
    {"msgpack", IsMsgpack, JudgeMsgpack},
    {"pickle", IsPickle, JudgePickle},
    {"msgpack", IsBareMsgpack, JudgeMsgpack},
    {"ubjson", IsUbjson, JudgeUbjson},
    {"catboost", IsCatBoost, JudgeCatBoost},
    {"matlab", IsMatlab, JudgeMatlab},
    {"arrow", IsArrow, JudgeArrow},
    {"parquet", IsParquet, JudgeParquet},
    {"tensorflow checkpoint", IsTensorBundle, JudgeTensorBundle},
    {"sentencepiece", IsSentencePiece, JudgeSentencePiece},
    {"onnx", IsOnnx, JudgeOnnx},
    {"tensorflow graph", IsTensorFlowGraph, JudgeTensorFlowGraph},
    {"protobuf text", IsProtobufText, JudgeProtobufText},
    {"python", IsPython, JudgePython},
    {"yaml", IsYaml, JudgeYaml},
    {"script", IsScript, JudgeScript},
    {"requirements", IsRequirements, JudgeRequirements},
    {"site file", IsSiteFile, JudgeSiteFile},
    {"git-lfs pointer", IsLfsPointer, JudgeLfsPointer},
    {"pdf", IsPdf, JudgePdf},
    {"jinja", IsTemplateFile, JudgeTemplateFile},
    {"recipe", IsRecipe, JudgeRecipe},
    {"properties", IsProperties, JudgeProperties},
    {"json", IsJsonText, JudgeJson},
    {"html", IsMarkup, JudgeMarkup},
    {"known magic", IsKnownMagic, JudgeKnownMagic},
    {"tfrecord", IsTfRecord, JudgeTfRecord},
    {"text", IsPlainText, JudgeText},
    {"text", IsEncodedText, JudgeEncodedText},
    {"unknown", IsAnything, JudgeUnknown},
};

}  // namespace

std::span<const Judge> Judges() {
  return kJudges;
}

}  // namespace weighlock::scan

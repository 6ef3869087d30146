// One row a format (ARCHITECTURE.md, "Where do I add").
#include "scan/judges.h"

#include "scan/code_judge.h"
#include "scan/document_judge.h"
#include "scan/encoded_text.h"
#include "scan/gguf_judge.h"
#include "scan/hdf5_judge.h"
#include "scan/image_judge.h"
#include "scan/inert_formats.h"
#include "scan/json_judge.h"
#include "scan/native_judge.h"
#include "scan/numpy_judge.h"
#include "scan/onnx_judge.h"
#include "scan/pickle_judge.h"
#include "scan/plain_text.h"
#include "scan/safetensors_judge.h"
#include "scan/tar_judge.h"
#include "scan/template_judge.h"
#include "scan/torch_legacy_judge.h"
#include "scan/yaml_judge.h"
#include "scan/zip_judge.h"

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
    {"sentencepiece", IsSentencePiece, JudgeSentencePiece},
    {"onnx", IsOnnx, JudgeOnnx},
    {"tensorflow graph", IsTensorFlowGraph, JudgeTensorFlowGraph},
    {"python", IsPython, JudgePython},
    {"script", IsScript, JudgeScript},
    {"requirements", IsRequirements, JudgeRequirements},
    {"yaml", IsYaml, JudgeYaml},
    {"site file", IsSiteFile, JudgeSiteFile},
    {"git-lfs pointer", IsLfsPointer, JudgeLfsPointer},
    {"pdf", IsPdf, JudgePdf},
    {"jinja", IsTemplateFile, JudgeTemplateFile},
    {"json", IsJsonText, JudgeJson},
    {"html", IsMarkup, JudgeMarkup},
    {"known magic", IsKnownMagic, JudgeKnownMagic},
    {"tfrecord", IsTfRecord, JudgeTfRecord},
    {"text", IsPlainText, JudgePlainText},
    {"text", IsEncodedText, JudgeEncodedText},
    {"unknown", IsAnything, JudgeUnknown},
};

}  // namespace

std::span<const Judge> Judges() {
  return kJudges;
}

}  // namespace weighlock::scan

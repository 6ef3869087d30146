// Operators of TensorFlow 1.15 to 2.21 that are no arithmetic: by their definitions they read or
// write files, talk to other machines, call Python, or load code, engines and graphs that lie
// elsewhere or are packed in their arguments. Not among them are those that every SavedModel has to
// save and restore itself (SaveV2, RestoreV2, ShardedFilename, MergeV2Checkpoints and their
// forerunners), and tables of an asset (InitializeTableFromTextFile).
#include <algorithm>
#include <array>
#include <string>

#include "scan/model/tensorflow_judge.h"
#include "scan/sorted_lines.h"

namespace weighlock {

// kb/scan/tensorflow_ops.tsv, embedded by the build.
extern const std::string_view kBuiltinTensorFlowOps;

namespace scan {
namespace {

// In the order of their letters.
constexpr std::array<std::string_view, 87> kReaching = {
    "BigQueryReader",
    "BigtableClient",
    "CSVDataset",
    "CSVDatasetV2",
    "CacheDataset",
    "CacheDatasetV2",
    "CalibrationStatisticsSaver",
    "CreateSummaryDbWriter",
    "CreateSummaryFileWriter",
    "CreateTRTResourceHandle",
    "DataServiceDataset",
    "DataServiceDatasetV2",
    "DataServiceDatasetV3",
    "DataServiceDatasetV4",
    "DatasetFromGraph",
    "DatasetToTFRecord",
    "DebugIdentity",
    "DebugIdentityV2",
    "DebugIdentityV3",
    "DebugNanCount",
    "DebugNumericSummary",
    "DebugNumericSummaryV2",
    "DecodeProtoV2",
    "DistributedSave",
    "DumpTensor",
    "EagerPyFunc",
    "EncodeProto",
    "ExperimentalCSVDataset",
    "ExperimentalDatasetToTFRecord",
    "ExperimentalLMDBDataset",
    "ExperimentalMatchingFilesDataset",
    "ExperimentalSqlDataset",
    "FileSystemSetConfiguration",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "GcsConfigureBlockCache",
    "GcsConfigureCredentials",
    "GeneratorDataset",
    "ImmutableConst",
    "InitializeTRTResource",
    "KafkaDataset",
    "LMDBDataset",
    "LMDBReader",
    "ListSnapshotChunksDataset",
    "LoadAndRemapMatrix",
    "LoadDataset",
    "LoadDatasetV2",
    "LoadLibrary",
    "MatchingFiles",
    "MatchingFilesDataset",
    "PyFunc",
    "PyFuncStateless",
    "ReadFile",
    "RegisterDataset",
    "RegisterDatasetV2",
    "RemoteCall",
    "Rpc",
    "RpcCall",
    "RpcClient",
    "RpcServer",
    "RunGraph",
    "SaveDataset",
    "SaveDatasetV2",
    "SerializeTRTResource",
    "Skipgram",
    "SnapshotChunkDataset",
    "SnapshotDataset",
    "SnapshotDatasetReader",
    "SnapshotDatasetV2",
    "SnapshotNestedDatasetReader",
    "SqlDataset",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "TFRecordReader",
    "TFRecordReaderV2",
    "TRTEngineOp",
    "TextLineDataset",
    "TextLineReader",
    "TextLineReaderV2",
    "TryRpc",
    "WholeFileReader",
    "WholeFileReaderV2",
    "WriteFile",
    "XlaCustomCall",
    "XlaCustomCallV2",
};

}  // namespace

bool IsStandardOp(std::string_view op) {
  std::string key(op);
  if (key.find_first_of("\t\n") != key.npos) return false;
  key += '\t';
  return !FindLine(kBuiltinTensorFlowOps, key).empty();
}

bool IsReachingOp(std::string_view op) {
  return std::binary_search(kReaching.begin(), kReaching.end(), op);
}

}  // namespace scan
}  // namespace weighlock

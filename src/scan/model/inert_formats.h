// Binary files that packages carry beside weights, and that no loader runs: walked strictly, so
// that they can be vouched for.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// SentencePiece models: a ModelProto (sentencepiece_model.proto).
bool IsSentencePiece(const Subject& subject);
void JudgeSentencePiece(const Subject& subject, const FileScan& scan);

// Event files of TensorBoard, and other TFRecords: each record with its checksums.
bool IsTfRecord(const Subject& subject);
void JudgeTfRecord(const Subject& subject, const FileScan& scan);

// MessagePack, as Flax writes its weights.
bool IsMsgpack(const Subject& subject);
bool IsBareMsgpack(const Subject& subject);  // under any name
void JudgeMsgpack(const Subject& subject, const FileScan& scan);

// UBJSON, as XGBoost writes its models.
bool IsUbjson(const Subject& subject);
void JudgeUbjson(const Subject& subject, const FileScan& scan);

// Models of CatBoost: a FlatBuffers table of trees.
bool IsCatBoost(const Subject& subject);
void JudgeCatBoost(const Subject& subject, const FileScan& scan);

// Files of columns: Arrow's (Feather among them), and Parquet.
bool IsArrow(const Subject& subject);
void JudgeArrow(const Subject& subject, const FileScan& scan);
bool IsParquet(const Subject& subject);
void JudgeParquet(const Subject& subject, const FileScan& scan);

// Arrays of MATLAB.
bool IsMatlab(const Subject& subject);
void JudgeMatlab(const Subject& subject, const FileScan& scan);

// Known by their first bytes, and not read here: SQLite, 7z, ...
bool IsKnownMagic(const Subject& subject);
void JudgeKnownMagic(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan

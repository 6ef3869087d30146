// TensorFlow: graphs whose operators may reach files, and objects that Keras makes anew.
#pragma once

#include <string_view>

#include "json/json.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// A SavedModel, a frozen graph, the .meta of a checkpoint; what Keras 2 keeps beside a SavedModel.
bool IsTensorFlowGraph(const Subject& subject);
void JudgeTensorFlowGraph(const Subject& subject, const FileScan& scan);

// Whether an operator reads or writes files, loads libraries, or calls Python.
bool IsReachingOp(std::string_view op);

// Whether TensorFlow has the operator, or had it since 1.15 (tools/harvest/tensorflow_ops.py): all
// others need a library to be loaded first.
bool IsStandardOp(std::string_view op);

// The text of an object's metadata, which begins at byte `at`: Keras makes the layer that it names.
void JudgeObjectMetadata(Bytes text, uint64_t at, const FileScan& scan);

}  // namespace weighlock::scan

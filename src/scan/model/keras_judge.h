// Keras: a configuration that names classes and functions, and loads what it names.
#pragma once

#include <string_view>

#include "json/json.h"
#include "scan/archive/zip_view.h"

namespace weighlock::scan {

// The .keras of Keras 3. Rows of ZipFormats().
bool IsKeras(const ZipView& zip);
void JudgeKeras(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained);

// The configuration itself, whose text begins at byte `at` of the file: layers that are code, names
// of other libraries.
void JudgeKerasConfig(const JsonValue& config, uint64_t at, const FileScan& scan);

// The same for JSON that may be anything: names of foreign classes are worse in what Keras wrote.
void JudgeKerasParts(const JsonValue& root, const FileScan& scan);

// skops: types by name, and how to make them.
bool IsSkops(const ZipView& zip);
void JudgeSkops(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained);

// A model archive of TorchServe.
bool IsTorchServe(const ZipView& zip);
void JudgeTorchServe(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained);

}  // namespace weighlock::scan

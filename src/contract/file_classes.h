// The classes of files that forbid.classes of a contract names.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "weighlock/package.h"

namespace weighlock {

// Whether an artefact is of a class: "training-state", "pickle", ... (contract_keys.cc has all).
bool IsOfClass(std::string_view word, const Artefact& artefact);

// The formats of weights that a file of this name may have, as accept.formats names them; empty:
// the name does not say it.
std::vector<std::string_view> FormatsOfName(std::string_view name);

// The format of weights that an artefact has, as accept.formats names it; empty: it is no weights.
// onnx, npz, keras, savedmodel and tflite are told by their names, the others by their bytes.
std::string_view WeightsFormat(const Artefact& artefact);

// The formats of weights by their names, as accept.formats and accept.weights may have them.
std::span<const std::string_view> FormatWords();
bool IsFormatWord(std::string_view word);

// What is known of a file by its name alone.
Artefact ArtefactOfName(std::string_view name);

}  // namespace weighlock

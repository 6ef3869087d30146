// What a pickle says of a numpy dtype: numpy.dtype(code, ...) and the state that BUILD sets on it.
#pragma once

#include <cstdint>
#include <optional>

#include "pickle/pickle.h"

namespace weighlock::scan {

struct PickledDType {
  static constexpr uint64_t kUnknown = UINT64_MAX;
  bool has_objects = false;   // elements, or parts of them, are addresses of Python objects
  uint64_t bytes = kUnknown;  // of an element; kUnknown where neither code nor state says
};

// As numpy's __reduce__ writes dtypes; nothing for all else, and where code and state do not agree:
// what numpy makes of it then is not told by either. Fields are followed 8 levels deep.
std::optional<PickledDType> DTypeOf(const pickle::PickleGraph& graph, pickle::ValueId dtype);

// The bytes of an array or scalar: whether `data` may stand for elements of `dtype`. Objects come
// as a list; bytes in their place would be taken for addresses.
bool MayHoldElements(const pickle::PickleGraph& graph, pickle::ValueId dtype, pickle::ValueId data);

}  // namespace weighlock::scan

// What Python says of bytes that are no UTF-8 (Objects/unicodeobject.c, unicode_decode_utf8).
#pragma once

#include <string>

#include "base/bytes.h"

namespace weighlock {

// "'utf-8' codec can't decode byte 0xe9 in position 206: invalid continuation byte"; empty where
// they are. O(bytes).
std::string PythonDecodeError(Bytes bytes);

}  // namespace weighlock

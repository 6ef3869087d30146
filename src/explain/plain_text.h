// A text as it was before a terminal, a JSON logger or a web page spelled it in its own way.
#pragma once

#include <string>
#include <string_view>

namespace weighlock {

// Leaves out colours, as bytes and as texts spell them (\x1b[31m, ^[[31m, and [31m, where the
// escape got lost); reads \u0027, \x27, and the entities &quot;, &#39; and &#x27; as what they
// stand for, within one another too; and makes typeset quotes ' and ". In lines of JSON a spelled
// \n is the end of a line; elsewhere it may be a folder of Windows. No longer than `text`. O(text).
std::string PlainText(std::string_view text);

}  // namespace weighlock

// The strict JSON reader on any bytes, beside nlohmann's own document parser.
//
// Promised: no crash; an error lies inside the text; what we take, nlohmann takes; what nlohmann
// takes and we refuse is refused for what we are stricter about: duplicate keys, depth, a
// byte-order mark, a NUL behind the value.
#include <nlohmann/json.hpp>
#include <span>

#include "fuzz_target.h"
#include "json/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes text = std::as_bytes(std::span(data, size));
  const auto ours = ParseJson(text, 20);
  const std::string_view view = AsText(text);
  const bool theirs = nlohmann::json::accept(view.begin(), view.end());
  if (ours) {
    WL_FUZZ_CHECK(theirs);
    return 0;
  }
  const Error& error = ours.error();
  WL_FUZZ_CHECK(error.offset() <= size);
  if (!theirs) return 0;
  const std::string& what = error.what();
  WL_FUZZ_CHECK(error.code() == Code::kLimit || what.find("stands twice") != std::string::npos ||
                what.find("byte-order mark") != std::string::npos ||
                what.find("bytes follow the value") != std::string::npos);
  return 0;
}

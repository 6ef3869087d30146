// The error that somebody pastes is any bytes.
//
// Promised: no crash; what is told was found; the values that are told stand in the text.
#include <string_view>

#include "fuzz_target.h"
#include "weighlock/explain.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto report = weighlock::ExplainMessage(text);
  WL_FUZZ_CHECK(report.has_value());
  WL_FUZZ_CHECK(report->found.empty() || report->guesses.empty());
  for (const auto* list : {&report->found, &report->guesses}) {
    for (const weighlock::Explanation& e : *list) {
      WL_FUZZ_CHECK(e.matched > 0 && e.matched <= e.of);
      for (const auto& [name, value] : e.values) {
        WL_FUZZ_CHECK(!value.empty() && text.find(value) != std::string_view::npos);
      }
    }
  }
  return 0;
}

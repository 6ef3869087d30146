// A program of somebody else's, over the installed library.
#include <weighlock/adapt.h>
#include <weighlock/convert.h>
#include <weighlock/package.h>
#include <weighlock/target.h>
#include <weighlock/version.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto package = weighlock::Inspect(argv[1]);
  if (!package) {
    std::puts(package.error().Message().c_str());
    return 1;
  }
  const auto target = weighlock::ParseTarget("transformers==4.11.3");
  const auto plan = weighlock::PlanAdapt(argv[1], *target, {});
  if (!plan) return 1;
  std::printf("%s: %zu artefacts, verdict %s\n", weighlock::kVersionText, package->artefacts.size(),
              std::string(weighlock::VerdictName(plan->diagnosis.verdict)).c_str());
  return 0;
}

// Plan, write, prove: the three steps that every file of weights goes through, whatever its format.
#include "adapt/write_weights.h"

#include "adapt/layout_proof.h"
#include "adapt/layout_writer.h"
#include "adapt/output_layout.h"
#include "base/threads.h"

namespace weighlock {

Result<std::vector<uint32_t>> WriteWeights(TensorList& list, WeightsForm form,
                                           const FileHandle& out, const std::string& input,
                                           const std::string& output, const ConvertOptions& options,
                                           ConvertReport& report) {
  auto planned = PlanOutput(list, form);
  if (!planned) return std::move(planned).error().In(input);
  const Layout layout = *std::move(planned);
  const LayoutWriteOptions write{ThreadCount(options.threads), options.digests, options.progress};
  auto written = WriteLayout(layout, list, out, write);
  if (!written) return std::move(written).error().OrIn(output);
  Status proven = ProveLayout(layout, list, written->crcs, options.limits);
  if (!proven) return std::move(proven).error().In(output);
  report.output_bytes += layout.size;
  AddProofs(list, written->digests, report.tensors);
  return std::move(written->crcs);
}

}  // namespace weighlock

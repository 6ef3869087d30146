// A file of bare numbers has no form of its own: that its bytes are only data follows from a model
// whose tensors are all that it holds.
#include "scan/model/external_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/escape.h"

namespace weighlock::scan {
namespace {

// Writers begin a tensor at a page, or where Windows can map it.
constexpr uint64_t kMostPadding = 64u << 10;

// The folder or archive that a file lies in, with the separator: what its neighbours' paths begin
// with.
std::string_view Surroundings(std::string_view path) {
  const size_t last = path.find_last_of("/!");
  return last == path.npos ? std::string_view() : path.substr(0, last + 1);
}

using Tensors = std::vector<const ExternalTensor*>;  // of one file, by where they begin

// Says what lies outside of the file. Returns the bytes of it that no tensor has, padding aside.
uint64_t Uncovered(const Tensors& tensors, size_t index, Scanner& scanner) {
  constexpr int kMostFindings = 10;
  const uint64_t size = scanner.report().files[index].bytes;
  uint64_t uncovered = 0, end = 0;
  int outside = 0;
  const auto count_up_to = [&](uint64_t begin) {
    if (begin > end && begin - end >= kMostPadding) uncovered += begin - end;
  };
  for (const ExternalTensor* tensor : tensors) {
    const auto [offset, claimed] = tensor->bytes;
    const bool to_end = claimed == ExternalTensor::kToEnd;
    if (offset > size || (!to_end && claimed > size - offset)) {
      if (outside++ == kMostFindings) break;
      scanner.FileAt(index).Add(
          "WL-S-113", kNoOffset,
          fmt::format("{} has a tensor in it that ends behind its {} bytes (said at 0x{:x})",
                      Escape(tensor->model), size, tensor->said_at));
      continue;
    }
    count_up_to(offset);
    end = std::max(end, offset + (to_end ? size - offset : claimed));
  }
  count_up_to(size);
  return uncovered;
}

std::map<std::string, Tensors> ByFile(const std::vector<ExternalTensor>& tensors) {
  std::map<std::string, Tensors> by_file;
  for (const ExternalTensor& tensor : tensors) {
    by_file[std::string(Surroundings(tensor.model)) + tensor.location].push_back(&tensor);
  }
  for (auto& [path, of_file] : by_file) {
    std::stable_sort(of_file.begin(), of_file.end(), [](const auto* a, const auto* b) {
      return a->bytes.offset < b->bytes.offset;
    });
  }
  return by_file;
}

}  // namespace

void MatchExternalData(Scanner& scanner) {
  if (scanner.external().empty()) return;
  const auto by_file = ByFile(scanner.external());
  std::vector<ScannedFile>& files = scanner.report().files;
  std::map<std::string, int> standing;  // an archive may hold a name twice
  for (const ScannedFile& file : files) ++standing[file.path];

  std::set<std::string, std::less<>> explained;
  for (size_t i = 0; i < files.size(); ++i) {
    const auto found = by_file.find(files[i].path);
    if (found == by_file.end() || files[i].format != "unknown" || standing[files[i].path] > 1) {
      continue;
    }
    const uint64_t uncovered = Uncovered(found->second, i, scanner);
    if (uncovered > 0) {
      scanner.FileAt(i).Add("WL-S-118", kNoOffset,
                            fmt::format("{} bytes of it are no tensor of {}", uncovered,
                                        Escape(found->second.front()->model)));
      continue;  // what those are is not known
    }
    files[i].format = "tensor data";
    files[i].coverage = Coverage::kComplete;
    explained.insert(files[i].path);
  }
  std::erase_if(scanner.report().findings, [&](const ScanFinding& finding) {
    return finding.rule == "WL-S-001" && explained.contains(finding.path);
  });
}

}  // namespace weighlock::scan

// A range of the row-major order is cut into boxes; each box is read in the order of the source, so
// that neighbours there are read together, and scattered to where they go.
#include "package/gathered.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/checked.h"
#include "base/escape.h"

namespace weighlock {
namespace {

constexpr size_t kMostDimensions = 64;             // torch's own bound
constexpr uint64_t kScratch = uint64_t{64} << 10;  // bytes of one read that skips
constexpr uint64_t kWorthSkipping = 16;            // elements between two that are read over
constexpr uint64_t kModest = uint64_t{1} << 30;    // bytes that any view may have

// Bytes that change places as one: a complex number is two.
size_t SwapUnit(DType dtype) {
  const bool is_complex = dtype == DType::kC32 || dtype == DType::kC64 || dtype == DType::kC128;
  return Info(dtype).bits / 8 / (is_complex ? 2 : 1);
}

// One dimension of a box: how many, and how far apart in the source and in the output (elements).
struct Axis {
  uint64_t count, from, to;
};

class Gather {
 public:
  Gather(const Tensor& tensor, ByteSource file)
      : file_(std::move(file)),
        start_(tensor.data.offset),
        item_(Info(tensor.dtype).bits / 8),
        swap_(tensor.big_endian ? SwapUnit(tensor.dtype) : 1),
        shape_(tensor.shape),
        inner_(tensor.shape.size() + 1, 1) {
    for (size_t i = shape_.size(); i-- > 0;) inner_[i] = inner_[i + 1] * shape_[i];
    for (size_t i = 0; i < shape_.size(); ++i) {
      strides_.push_back(tensor.strides ? static_cast<uint64_t>((*tensor.strides)[i])
                                        : inner_[i + 1]);
    }
  }

  // Bytes [offset, offset + out.size()) of the gathered tensor.
  Status ReadAt(uint64_t offset, MutableBytes out) const {
    if (offset % item_ == 0 && out.size() % item_ == 0) return ReadWhole(offset / item_, out);
    const uint64_t first = offset / item_;
    const uint64_t last = (offset + out.size() + item_ - 1) / item_;
    ByteVector whole((last - first) * item_);
    WL_CHECKED(ReadWhole(first, whole));
    std::copy_n(whole.begin() + static_cast<ptrdiff_t>(offset - first * item_), out.size(),
                out.begin());
    return {};
  }

 private:
  // Elements from `first` on, as many as `out` holds.
  Status ReadWhole(uint64_t first, MutableBytes out) const {
    const MutableBytes all = out;
    while (!out.empty()) {
      const uint64_t left = out.size() / item_;
      // The outermost dimension that steps in whole units here; all inside it are taken in full.
      size_t d = shape_.size();
      while (d > 0 && first % inner_[d - 1] == 0 && inner_[d - 1] <= left) --d;
      uint64_t count = 1;
      if (d > 0) {
        const uint64_t index = first / inner_[d] % shape_[d - 1];
        count = std::min(left / inner_[d], shape_[d - 1] - index);
      }
      const size_t bytes = static_cast<size_t>(count * inner_[d]) * item_;
      WL_CHECKED(ReadBox(SourceIndex(first), d, count, out.first(bytes)));
      first += count * inner_[d];
      out = out.subspan(bytes);
    }
    if (swap_ > 1) {
      for (size_t i = 0; i < all.size(); i += swap_) {
        std::reverse(all.begin() + static_cast<ptrdiff_t>(i),
                     all.begin() + static_cast<ptrdiff_t>(i + swap_));
      }
    }
    return {};
  }

  // Where the element of this row-major index lies in the source, in elements from its start.
  uint64_t SourceIndex(uint64_t index) const {
    uint64_t at = 0;
    for (size_t i = 0; i < shape_.size(); ++i) {
      at += index / inner_[i + 1] % shape_[i] * strides_[i];
    }
    return at;
  }

  // `count` steps of dimension `d` - 1 and all of the dimensions inside it, from source element
  // `at`.
  Status ReadBox(uint64_t at, size_t d, uint64_t count, MutableBytes out) const {
    std::vector<Axis> axes;
    if (d > 0 && count > 1) axes.push_back({count, strides_[d - 1], inner_[d]});
    for (size_t i = d; i < shape_.size(); ++i) {
      if (shape_[i] > 1) axes.push_back({shape_[i], strides_[i], inner_[i + 1]});
    }
    std::stable_sort(axes.begin(), axes.end(),
                     [](const Axis& a, const Axis& b) { return a.from > b.from; });
    Axis run{1, 1, 1};
    if (!axes.empty()) {
      run = axes.back();
      axes.pop_back();
    }
    std::vector<uint64_t> index(axes.size(), 0);
    ByteVector scratch;
    uint64_t to = 0;
    while (true) {
      WL_CHECKED(ReadRun(at, run, to, out, scratch));
      size_t i = axes.size();
      for (; i > 0; --i) {
        const Axis& axis = axes[i - 1];
        at += axis.from;
        to += axis.to;
        if (++index[i - 1] < axis.count) break;
        at -= axis.count * axis.from;
        to -= axis.count * axis.to;
        index[i - 1] = 0;
      }
      if (i == 0) return {};
    }
  }

  Status ReadRun(uint64_t at, const Axis& run, uint64_t to, MutableBytes out,
                 ByteVector& scratch) const {
    if (run.from == 1 && run.to == 1) {
      return file_.ReadAt(start_ + at * item_, out.subspan(to * item_, run.count * item_));
    }
    // Those that lie close are read with what is between them.
    const uint64_t step = std::max<uint64_t>(run.from, 1);
    const uint64_t together =
        run.from == 0 ? run.count : (step > kWorthSkipping ? 1 : (kScratch / item_ - 1) / step + 1);
    for (uint64_t done = 0; done < run.count;) {
      const uint64_t count = std::min(together, run.count - done);
      scratch.resize(static_cast<size_t>(((count - 1) * run.from + 1) * item_));
      WL_CHECKED(file_.ReadAt(start_ + (at + done * run.from) * item_, scratch));
      for (uint64_t i = 0; i < count; ++i) {
        std::copy_n(scratch.begin() + static_cast<ptrdiff_t>(i * run.from * item_), item_,
                    out.begin() + static_cast<ptrdiff_t>((to + (done + i) * run.to) * item_));
      }
      done += count;
    }
    return {};
  }

  ByteSource file_;
  uint64_t start_;  // of the source's first element, in bytes of the file
  size_t item_;     // bytes of an element
  size_t swap_;     // bytes that are turned around; 1: none
  Shape shape_;
  std::vector<uint64_t> inner_;  // inner_[i]: elements of dimensions i and inwards
  std::vector<uint64_t> strides_;
};

}  // namespace

bool NeedsGathering(const Tensor& tensor) {
  return tensor.strides.has_value() || (tensor.big_endian && Info(tensor.dtype).bits > 8);
}

Result<ByteSource> Gathered(const Tensor& tensor, const ByteSource& file, const Limits& limits) {
  const auto elements = ElementCount(tensor.shape);
  const auto size = elements ? CheckedMul(*elements, Info(tensor.dtype).bits / 8u) : std::nullopt;
  if (!size || *size > limits.unpacked_bytes ||
      (*size > kModest && *size / limits.unpacked_ratio > tensor.data.size)) {
    return Error(Code::kLimit,
                 fmt::format("tensor {}: its shape {} repeats {} bytes too often",
                             Quote(tensor.name), ShapeText(tensor.shape), tensor.data.size));
  }
  if (tensor.shape.size() > kMostDimensions) {
    return Error(Code::kLimit,
                 fmt::format("tensor {} has {} dimensions, {} are allowed", Quote(tensor.name),
                             tensor.shape.size(), kMostDimensions));
  }
  const auto gather = std::make_shared<const Gather>(tensor, file);
  return ByteSource::FromReader(
      *size, [gather](uint64_t offset, MutableBytes out) { return gather->ReadAt(offset, out); },
      file.name());
}

}  // namespace weighlock

// What every weights format is read into: named tensors with dtype, shape and the bytes they own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weighlock/result.h"

namespace weighlock {

// Element types of safetensors and torch. Order: that of the safetensors enumeration, which its
// writer sorts by; types that only torch has follow.
enum class DType : uint8_t {
  kBool,
  kF4,
  kF6E2M3,
  kF6E3M2,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kF8E8M0,
  kF8E4M3Fnuz,
  kF8E5M2Fnuz,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kC64,
  kF64,
  kI64,
  kU64,
  kC32,
  kC128,
  kQInt8,
  kQUInt8,
  kQInt32,
  kQUInt4x2,
  kQUInt2x4,
  kBits8,
  kBits16,
  kBits1x8,
  kBits2x4,
  kBits4x2,
};
inline constexpr size_t kDTypeCount = static_cast<size_t>(DType::kBits4x2) + 1;

// One row of the dtype table. Empty names: the format has no such type.
struct DTypeInfo {
  DType dtype;
  std::string_view name;         // how we print it: "F32"
  uint16_t bits;                 // bits of one element as the shape counts them
  std::string_view safetensors;  // "F32"
  std::string_view torch;        // attribute of torch: "float32"
  std::string_view storage;      // torch storage class for _rebuild_tensor_v2: "FloatStorage";
                                 // empty with a torch name: UntypedStorage and _rebuild_tensor_v3
  std::string_view torch_since;  // first torch release that loads it: "1.6"
};

const DTypeInfo& Info(DType dtype);
std::optional<DType> DTypeFromSafetensors(std::string_view name);
std::optional<DType> DTypeFromTorchName(std::string_view name);     // "float32"
std::optional<DType> DTypeFromTorchStorage(std::string_view name);  // "FloatStorage"

// Sizes in elements, outermost dimension first; empty for a scalar of one element.
using Shape = std::vector<uint64_t>;
std::string ShapeText(const Shape& shape);  // "[30522, 768]"

// Product of the sizes (1 for a scalar), or nothing where it exceeds 64 bits.
std::optional<uint64_t> ElementCount(const Shape& shape);

// Where a run of bytes lies: `offset` from the start of the file or member, both in bytes.
struct Extent {
  uint64_t offset = 0;
  uint64_t size = 0;
};

struct Tensor {
  std::string name;
  DType dtype;
  Shape shape;
  // The bytes the tensor views: contiguous, row-major, little-endian unless `strides` is set.
  Extent data;
  // Identity of the bytes: equal in two tensors exactly where they share one storage (tied
  // weights). Formats without sharing number their tensors 0, 1, 2, ...
  uint64_t storage = 0;
  // Set where the elements are not laid out contiguously in `data`: distance between neighbours
  // along each dimension, in elements, as torch counts them. `data` is then the whole span that
  // the view touches.
  std::optional<std::vector<int64_t>> strides;
  bool big_endian = false;
  // Whether `data` counts in Model::held instead of the file, which has the bytes only escaped.
  bool is_held = false;
};

// The CRC-32 that a file gives for a run of its bytes. Whether it is right was not looked at.
struct Checksum {
  std::string name;  // of the record
  Extent data;
  uint32_t crc32;
};

// What the object of a pickle is as a whole, by what Python calls its classes. A loader asks that
// of it before it looks for any tensor.
struct PickledWhole {
  std::string type;     // "dict", "list", "Tensor"; empty: no pickle, or a class of its own
  std::string odd_key;  // class of a mapping's first key that is no text: "int", "NoneType"
  // Of a list, a tuple or a tensor the first element that is no pair: its place, and how many it
  // holds; nothing where it is nothing that could hold any.
  std::optional<uint64_t> no_pair;
  std::optional<uint64_t> no_pair_size;
  // Names of a mapping whose values are containers, and of which class: "bias: dict". The first
  // few.
  std::vector<std::string> containers;
};

// A weights file, read: tensors in the order of the file, and string metadata.
struct Model {
  std::string format;  // id of the format table: "safetensors", "torch-zip", "torch-legacy"
  std::vector<Tensor> tensors;
  std::vector<std::pair<std::string, std::string>> metadata;  // in file order
  bool has_metadata = false;        // safetensors: __metadata__ is there, if empty
  std::vector<Checksum> checksums;  // of storages that tensors view
  // Bytes of tensors that stand in no one place of the file: arrays inside a pickle.
  std::shared_ptr<std::vector<std::byte>> held;
  std::vector<std::string> notes;    // oddities that real readers accept, in words
  std::vector<std::string> globals;  // pickle formats: every class or function named, sorted
  // Tensors that their bytes alone do not describe (sparse, quantised, views that negate), with the
  // reason: they are not, or not wholly, in `tensors`. Weights that must not vanish unseen.
  std::vector<std::string> left_out;
  // Keys of a pickle whose values open doors (hub_token, api_key): the keys, not the values.
  std::vector<std::string> secrets;
  // What the file holds beside tensors at the top level, one line each ("epoch: int 3").
  std::vector<std::string> extras;
  PickledWhole whole;
};

}  // namespace weighlock

// The dtype table: one row per element type, and look-ups into it.
#include <array>

#include "weighlock/model.h"

namespace weighlock {
namespace {

using D = DType;

// Sources: docs/formats/safetensors.md (names and bits), docs/formats/torch-zip.md (storages and
// the first torch release that loads each).
constexpr std::array<DTypeInfo, kDTypeCount> kTable = {{
    {D::kBool, "BOOL", 8, "BOOL", "bool", "BoolStorage", "1.2"},
    {D::kF4, "F4", 4, "F4", "float4_e2m1fn_x2", "", "2.8"},
    {D::kF6E2M3, "F6_E2M3", 6, "F6_E2M3", "", "", ""},
    {D::kF6E3M2, "F6_E3M2", 6, "F6_E3M2", "", "", ""},
    {D::kU8, "U8", 8, "U8", "uint8", "ByteStorage", "0.4"},
    {D::kI8, "I8", 8, "I8", "int8", "CharStorage", "0.4"},
    {D::kF8E5M2, "F8_E5M2", 8, "F8_E5M2", "float8_e5m2", "", "2.2"},
    {D::kF8E4M3, "F8_E4M3", 8, "F8_E4M3", "float8_e4m3fn", "", "2.2"},
    {D::kF8E8M0, "F8_E8M0", 8, "F8_E8M0", "float8_e8m0fnu", "", "2.7"},
    {D::kF8E4M3Fnuz, "F8_E4M3FNUZ", 8, "F8_E4M3FNUZ", "float8_e4m3fnuz", "", "2.2"},
    {D::kF8E5M2Fnuz, "F8_E5M2FNUZ", 8, "F8_E5M2FNUZ", "float8_e5m2fnuz", "", "2.2"},
    {D::kI16, "I16", 16, "I16", "int16", "ShortStorage", "0.4"},
    {D::kU16, "U16", 16, "U16", "uint16", "", "2.6"},
    {D::kF16, "F16", 16, "F16", "float16", "HalfStorage", "0.4"},
    {D::kBF16, "BF16", 16, "BF16", "bfloat16", "BFloat16Storage", "1.3"},
    {D::kI32, "I32", 32, "I32", "int32", "IntStorage", "0.4"},
    {D::kU32, "U32", 32, "U32", "uint32", "", "2.6"},
    {D::kF32, "F32", 32, "F32", "float32", "FloatStorage", "0.4"},
    {D::kC64, "C64", 64, "C64", "complex64", "ComplexFloatStorage", "1.6"},
    {D::kF64, "F64", 64, "F64", "float64", "DoubleStorage", "0.4"},
    {D::kI64, "I64", 64, "I64", "int64", "LongStorage", "0.4"},
    {D::kU64, "U64", 64, "U64", "uint64", "", "2.6"},
    {D::kC32, "C32", 32, "", "complex32", "", "2.3"},
    {D::kC128, "C128", 128, "", "complex128", "ComplexDoubleStorage", "1.6"},
    {D::kQInt8, "QINT8", 8, "", "qint8", "QInt8Storage", "1.3"},
    {D::kQUInt8, "QUINT8", 8, "", "quint8", "QUInt8Storage", "1.3"},
    {D::kQInt32, "QINT32", 32, "", "qint32", "QInt32Storage", "1.3"},
    {D::kQUInt4x2, "QUINT4X2", 4, "", "quint4x2", "QUInt4x2Storage", "1.9"},
    {D::kQUInt2x4, "QUINT2X4", 2, "", "quint2x4", "QUInt2x4Storage", "1.11"},
    {D::kBits8, "BITS8", 8, "", "bits8", "", "2.1"},
    {D::kBits16, "BITS16", 16, "", "bits16", "", "2.1"},
    {D::kBits1x8, "BITS1X8", 8, "", "bits1x8", "", "2.1"},
    {D::kBits2x4, "BITS2X4", 8, "", "bits2x4", "", "2.1"},
    {D::kBits4x2, "BITS4X2", 8, "", "bits4x2", "", "2.1"},
}};

constexpr bool RowsMatchEnum() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].dtype) != i) return false;
  }
  return true;
}
static_assert(RowsMatchEnum(), "one row per DType, in the order of the enumeration");

std::optional<DType> Find(std::string_view DTypeInfo::*column, std::string_view name) {
  if (name.empty()) return std::nullopt;
  for (const DTypeInfo& row : kTable) {
    if (row.*column == name) return row.dtype;
  }
  return std::nullopt;
}

}  // namespace

const DTypeInfo& Info(DType dtype) {
  return kTable[static_cast<size_t>(dtype)];
}

std::optional<DType> DTypeFromSafetensors(std::string_view name) {
  return Find(&DTypeInfo::safetensors, name);
}

std::optional<DType> DTypeFromTorchName(std::string_view name) {
  return Find(&DTypeInfo::torch, name);
}

std::optional<DType> DTypeFromTorchStorage(std::string_view name) {
  return Find(&DTypeInfo::storage, name);
}

}  // namespace weighlock

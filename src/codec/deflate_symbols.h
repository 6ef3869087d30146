// What the symbols of deflate mean, and the bits that follow them (RFC 1951, 3.2.5 and 3.2.7).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/prefix_code.h"

namespace weighlock {

constexpr unsigned kLiterals = 256, kEndOfBlock = 256;

// A literal's value is its byte and this bit, a length's is the length, the end of block's is 0.
// Symbols 286, 287 and distances 30, 31 stand in no table: they mean nothing.
constexpr uint16_t kLiteral = 0x8000;
constexpr std::array<PrefixCode::Meaning, 29> kLengths = {
    {{3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1}, {13, 1},
     {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3}, {59, 3},
     {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};
constexpr std::array<PrefixCode::Meaning, 286> kLiteralsAndLengths = [] {
  std::array<PrefixCode::Meaning, 286> all{};
  for (uint16_t byte = 0; byte < kLiterals; ++byte) {
    all[byte].value = static_cast<uint16_t>(kLiteral | byte);
  }
  std::copy(kLengths.begin(), kLengths.end(), all.begin() + kEndOfBlock + 1);
  return all;
}();
constexpr std::array<PrefixCode::Meaning, 30> kDistances = {
    {{1, 0},     {2, 0},     {3, 0},     {4, 0},      {5, 1},      {7, 1},
     {9, 2},     {13, 2},    {17, 3},    {25, 3},     {33, 4},     {49, 4},
     {65, 5},    {97, 5},    {129, 6},   {193, 6},    {257, 7},    {385, 7},
     {513, 8},   {769, 8},   {1025, 9},  {1537, 9},   {2049, 10},  {3073, 10},
     {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}}};
constexpr std::array<PrefixCode::Meaning, 19> kCodeLengths = [] {
  std::array<PrefixCode::Meaning, 19> all{};
  for (uint16_t symbol = 0; symbol < 19; ++symbol) all[symbol].value = symbol;
  all[16].extra_bits = 2;
  all[17].extra_bits = 3;
  all[18].extra_bits = 7;
  return all;
}();

constexpr std::array<uint8_t, 19> kCodeLengthOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                      11, 4,  12, 3, 13, 2, 14, 1, 15};

}  // namespace weighlock

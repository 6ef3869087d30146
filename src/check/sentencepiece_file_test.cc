// Files that are no message of protocol buffers, as sentencepiece finds out too.
#include "check/sentencepiece_file.h"

#include <gtest/gtest.h>

namespace weighlock {
namespace {

using namespace std::string_view_literals;

TEST(SentencePieceFile, WhatParses) {
  const struct {
    std::string_view bytes;
    SentencePieceFile is;
  } kCases[] = {
      {"", SentencePieceFile::kEmpty},
      {"\x0a\x03\x0a\x01\x61"sv, SentencePieceFile::kReadable},
      {"\x0a\x00\x12\x00"sv, SentencePieceFile::kReadable},
      {"\x08\x80\x01"sv, SentencePieceFile::kReadable},            // a number
      {"\x0d\1\2\3\4"sv, SentencePieceFile::kReadable},            // four bytes
      {"\x09\1\2\3\4\5\6\7\x08"sv, SentencePieceFile::kReadable},  // eight
      {"\x0a\x04\x0a\x01\x61"sv, SentencePieceFile::kGarbage},     // cut off in a value
      {"\x0a"sv, SentencePieceFile::kGarbage},                     // behind a tag
      {"\x0a\xff"sv, SentencePieceFile::kGarbage},                 // in a length
      {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, SentencePieceFile::kGarbage},
      {"\x00\x00"sv, SentencePieceFile::kGarbage},  // field 0
      {"version https://git-lfs"sv, SentencePieceFile::kGarbage},
      {"garbage"sv, SentencePieceFile::kGarbage},
      {"<html>"sv, SentencePieceFile::kGarbage},
  };
  for (const auto& c : kCases) EXPECT_EQ(JudgeSentencePieceFile(AsBytes(c.bytes)), c.is) << c.bytes;
}

}  // namespace
}  // namespace weighlock

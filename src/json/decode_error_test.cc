// The words of CPython's decoder, case by case: written by Python 3.11.
#include "json/decode_error.h"

#include <gtest/gtest.h>

namespace weighlock {
namespace {

struct Case {
  std::string_view bytes;
  const char* error;
};

TEST(DecodeError, WhatPythonSays) {
  const Case cases[] = {
      {"", ""},
      {"plain", ""},
      {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", ""},
      {"a\xff", "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"},
      {"\x80", "'utf-8' codec can't decode byte 0x80 in position 0: invalid start byte"},
      {"\xc0\x80", "'utf-8' codec can't decode byte 0xc0 in position 0: invalid start byte"},
      {"\xe9"
       "\"",
       "'utf-8' codec can't decode byte 0xe9 in position 0: invalid continuation byte"},
      {"\xc3", "'utf-8' codec can't decode byte 0xc3 in position 0: unexpected end of data"},
      {"a\xe2\x82", "'utf-8' codec can't decode bytes in position 1-2: unexpected end of data"},
      {"\xe2\x82"
       "A",
       "'utf-8' codec can't decode bytes in position 0-1: invalid continuation byte"},
      {"\xe0\x80\x80",
       "'utf-8' codec can't decode byte 0xe0 in position 0: invalid continuation byte"},
      {"\xed\xa0\x80",
       "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte"},
      {"\xf0\x9f\x98", "'utf-8' codec can't decode bytes in position 0-2: unexpected end of data"},
      {"\xf0\x9f"
       "A\x80",
       "'utf-8' codec can't decode bytes in position 0-1: invalid continuation byte"},
      {"\xf4\x90\x80\x80",
       "'utf-8' codec can't decode byte 0xf4 in position 0: invalid continuation byte"},
      {"\xf5\x80", "'utf-8' codec can't decode byte 0xf5 in position 0: invalid start byte"},
      {"\xf0\x9f\x98"
       "A",
       "'utf-8' codec can't decode bytes in position 0-2: invalid continuation byte"},
  };
  for (const Case& c : cases) EXPECT_EQ(PythonDecodeError(AsBytes(c.bytes)), c.error) << c.bytes;
}

}  // namespace
}  // namespace weighlock

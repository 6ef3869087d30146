// Archives that a careful reader refuses, assembled field by field: for tests, for the seeds of the
// fuzzer, and to see what other tools make of them (docs/formats/tar.md). Not part of the library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weighlock/result.h"

namespace weighlock::tar_test {

// A header block by its fields, as honest as nothing is said otherwise.
struct Header {
  std::string name = "a";
  char type = '0';
  std::string content = {};
  std::string size = {};  // the field, if it is not to be the size of the content
  std::string mode = "0000644";
  std::string uid = "0000000";
  std::string mtime = "00000000000";
  std::string checksum = {};  // the field, if it is to be wrong
  std::string link = {};
  std::string magic = std::string("ustar\00000", 8);
  std::string prefix = {};  // and the bytes behind it
  char padding = '\0';
};

// A header, its content and padding.
std::string Member(const Header& header);

std::string File(const std::string& name, const std::string& content);
std::string Directory(const std::string& name);

// An 'x' header; "LENGTH key=value\n" by its key and value.
std::string Pax(const std::string& data, char type = 'x');
std::string PaxRecord(const std::string& key, const std::string& value);

// A GNU 'L' or 'K' header.
std::string LongName(const std::string& name, char type = 'L');

std::string Zeros(size_t count);
std::string End();  // two zero blocks

struct Hazard {
  const char* name;
  std::string archive;
  Code code;
  uint64_t offset;
  std::string what;
};

// Every archive that Limits{} refuses, one for each rule.
std::vector<Hazard> Hazards();

}  // namespace weighlock::tar_test

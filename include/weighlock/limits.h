// Every budget of the library: its name, its default, and the attack it stops. All sizes in bytes.
#pragma once

#include <cstdint>

namespace weighlock {

struct Limits {
  // safetensors: a length field that claims gigabytes of header. The reference's own cap.
  uint64_t safetensors_header = 100'000'000;
  // config.json, index files, tokenizer files: JSON that is read whole.
  uint64_t json_bytes = 64u << 20;
  // JSON nesting; deeper input is refused, never recursed into.
  uint32_t json_depth = 64;
  // Values of one JSON text: "0," costs two bytes of text and a hundred of memory.
  uint64_t json_values = 4'000'000;
  // A file that describes a target (pins, environment.yml), and a contract: theirs are small, and
  // their parsers are not ours.
  uint64_t target_bytes = 1u << 20;
  uint64_t contract_bytes = 64u << 10;
  // Entries of an archive or folder: a directory bomb.
  uint64_t members = 100'000;
  // One path inside a package, and one component of it.
  uint32_t path_bytes = 4096;
  uint32_t path_component_bytes = 255;
  // Unpacked bytes of one archive, and its ratio to the packed ones: a decompression bomb.
  uint64_t unpacked_bytes = uint64_t{4} << 40;
  uint32_t unpacked_ratio = 200;
  // Pickle machine: opcodes executed, values built, bytes of one pickle.
  uint64_t pickle_opcodes = 200'000'000;
  uint64_t pickle_nodes = 20'000'000;
  uint64_t pickle_bytes = uint64_t{1} << 30;
  uint32_t pickle_depth = 1000;
};

}  // namespace weighlock

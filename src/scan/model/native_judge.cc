// By the first bytes, whatever the name says.
#include "scan/model/native_judge.h"

#include <fmt/format.h>

#include <array>

#include "base/checked.h"

namespace weighlock::scan {
namespace {

using std::string_view_literals::operator""sv;

struct Kind {
  std::string_view magic;
  std::string_view what;
};
constexpr std::array kKinds = {
    Kind{"\x7f"
         "ELF"sv,
         "a program or library of Linux, or code of a GPU (ELF)"},
    Kind{"\xfe\xed\xfa\xce"sv, "a program or library of macOS (Mach-O)"},
    Kind{"\xfe\xed\xfa\xcf"sv, "a program or library of macOS (Mach-O)"},
    Kind{"\xce\xfa\xed\xfe"sv, "a program or library of macOS (Mach-O)"},
    Kind{"\xcf\xfa\xed\xfe"sv, "a program or library of macOS (Mach-O)"},
    Kind{"\xca\xfe\xba\xbe"sv, "a class of Java, or a program of macOS"},
    Kind{"\0asm"sv, "WebAssembly"},
    Kind{"\x50\xed\x55\xba"sv, "code of a GPU (fatbin)"},
    Kind{"BC\xc0\xde"sv, "bitcode of LLVM"},
    Kind{"dex\n"sv, "a program of Android"},
};

// A program of Windows: "MZ", and a PE header where it says.
bool IsWindows(const Subject& subject) {
  const Bytes head(subject.head);
  if (!AsText(head).starts_with("MZ") || head.size() < 64) return false;
  const uint32_t at = LoadLe<uint32_t>(head.subspan(60));
  return at > head.size() - 4 || AsText(head.subspan(at)).starts_with("PE\0\0"sv);
}

// Compiled Python: a magic number that ends in "\r\n", then flags of at most 3.
bool IsPyc(const Subject& subject) {
  const std::string_view head = AsText(subject.head);
  return head.size() >= 16 && head.substr(2, 2) == "\r\n" && static_cast<uint8_t>(head[4]) <= 3 &&
         head.substr(5, 3) == "\0\0\0"sv;
}

std::string_view WhatIs(const Subject& subject) {
  for (const Kind& kind : kKinds) {
    if (AsText(subject.head).starts_with(kind.magic)) return kind.what;
  }
  if (IsWindows(subject)) return "a program or library of Windows";
  return IsPyc(subject) ? "compiled Python" : "";
}

}  // namespace

bool BeginsProgram(Bytes head) {
  constexpr size_t kLeast = 64;
  if (head.size() < kLeast) return false;
  const std::string_view text = AsText(head);
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(head[at]); };
  if (text.starts_with("\x7f"
                       "ELF"sv)) {
    return (byte(4) == 1 || byte(4) == 2) && (byte(5) == 1 || byte(5) == 2) && byte(6) == 1;
  }
  for (const std::string_view magic : {"\xce\xfa\xed\xfe"sv, "\xcf\xfa\xed\xfe"sv}) {
    constexpr uint32_t kMostKind = 12;  // an object, a program, a library...
    if (text.starts_with(magic)) {
      const uint32_t kind = LoadLe<uint32_t>(head.subspan(12));
      return kind > 0 && kind <= kMostKind;
    }
  }
  if (text.starts_with("\xca\xfe\xba\xbe"sv)) {
    // Of several machines: their number, and that of a machine of Apple's.
    return text.substr(4, 3) == "\0\0\0"sv && byte(7) > 0 && byte(7) < 20 && byte(9) == 0;
  }
  if (!text.starts_with("MZ")) return false;
  const uint64_t at = LoadLe<uint32_t>(head.subspan(60));
  return FitsIn(at, 4, head.size()) && AsText(head.subspan(at)).starts_with("PE\0\0"sv);
}

bool IsNativeCode(const Subject& subject) {
  return !WhatIs(subject).empty();
}

void JudgeNativeCode(const Subject& subject, const FileScan& scan) {
  scan.Add("WL-S-401", 0, std::string(WhatIs(subject)));
}

}  // namespace weighlock::scan

// The machine against CPython's C unpickler, on generated harmless streams and their mutants.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "pickle/pickle.h"

namespace weighlock::pickle {
namespace {

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return out;
}

// The oracle's canonical text. Recursive: test samples are shallow.
class Dumper {
 public:
  explicit Dumper(const PickleGraph& graph) : g_(graph) {}

  std::string Dump(ValueId id) {
    switch (g_.kind(id)) {
      case ValueKind::kNone:
        return "N";
      case ValueKind::kBool:
        return g_.boolean(id) ? "T" : "F";
      case ValueKind::kInt:
        return fmt::format("i{}", g_.integer(id));
      case ValueKind::kBigInt:
        return fmt::format("b{}", Hex(g_.text(id)));
      case ValueKind::kFloat:
        return fmt::format("f{:016x}", std::bit_cast<uint64_t>(g_.number(id)));
      case ValueKind::kStr:
        return fmt::format("s{}", Hex(g_.text(id)));
      case ValueKind::kNarrowStr:
        return fmt::format("s{}", Hex(FromLatin1(g_.text(id))));
      case ValueKind::kBytes:
        return fmt::format("y{}", Hex(g_.text(id)));
      case ValueKind::kByteArray:
        return fmt::format("a{}", Hex(g_.text(id)));
      case ValueKind::kTuple:
        return fmt::format("({})", All(g_.items(id)));
      case ValueKind::kSet:
        return fmt::format("S{{{}}}", Sorted(g_.items(id)));
      case ValueKind::kFrozenSet:
        return fmt::format("R{{{}}}", Sorted(g_.items(id)));
      case ValueKind::kGlobal: {
        const Global global = g_.global(id);
        return fmt::format("g{}", Hex(fmt::format("{} {}", global.module, global.name)));
      }
      default:
        return Numbered(id);
    }
  }

 private:
  static std::string FromLatin1(std::string_view text) {
    std::string out;
    for (const char c : text) {
      const auto byte = static_cast<uint8_t>(c);
      if (byte >= 0x80) out.push_back(static_cast<char>(0xC0 | byte >> 6));
      out.push_back(byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F)));
    }
    return out;
  }

  std::string All(std::span<const ValueId> ids) {
    std::string out;
    for (const ValueId id : ids) (out += Dump(id)) += ",";
    return out;
  }

  std::string Sorted(std::span<const ValueId> ids) {
    std::vector<std::string> parts;
    for (const ValueId id : ids) parts.push_back(fmt::format("{},", Dump(id)));
    std::sort(parts.begin(), parts.end());
    return fmt::format("{}", fmt::join(parts, ""));
  }

  std::string Numbered(ValueId id) {
    const auto [entry, added] = seen_.try_emplace(id, seen_.size());
    if (!added) return fmt::format("#{}", entry->second);
    if (g_.kind(id) == ValueKind::kList) return fmt::format("[{}]", All(g_.items(id)));
    if (g_.kind(id) == ValueKind::kPersistentId)
      return fmt::format("P<{}>", Dump(g_.persistent_id(id)));
    if (g_.kind(id) == ValueKind::kDict) {
      std::string out = "{";
      const auto items = g_.items(id);
      for (size_t i = 0; i < items.size(); i += 2) {
        (out += Dump(items[i])) += ":";
        (out += Dump(items[i + 1])) += ",";
      }
      return out + "}";
    }
    if (g_.kind(id) != ValueKind::kCall) return "?";
    std::string out = fmt::format("C<{};", Dump(g_.call(id).callee));
    out += Dump(g_.call(id).args);
    static const Changes kNothing;
    const Changes* changes = g_.changes(id) ? g_.changes(id) : &kNothing;
    for (const auto* list : {&changes->states, &changes->appended, &changes->items}) {
      (out += ";") += All(*list);
    }
    return out + ">";
  }

  const PickleGraph& g_;
  std::map<ValueId, size_t> seen_;
};

struct Tally {
  int samples = 0;
  int mutants = 0;
  int laxer = 0;  // we run on, where CPython raises
};

void Compare(const std::string& label, const std::string& stream, const std::string& verdict,
             const std::string& text, Tally& tally) {
  const Bytes bytes = AsBytes(stream);
  auto pickle = RunPickle(ByteSource::FromMemory({bytes.begin(), bytes.end()}, "t"), 0, Limits());
  if (verdict == "skip") return;
  const bool is_sample = label.starts_with("sample");
  ++(is_sample ? tally.samples : tally.mutants);
  if (verdict == "ok") {
    ASSERT_TRUE(pickle) << label << ": " << pickle.error().Message() << "\n" << Hex(stream);
    if (!is_sample) return;
    EXPECT_EQ(Dumper(pickle->graph).Dump(pickle->root), text) << label;
  } else if (pickle) {
    // Only CPython knows that a value has no such method, or that a tuple cannot be hashed.
    ASSERT_FALSE(is_sample) << label;
    ++tally.laxer;
    if (getenv("WL_SHOW_LAXER") != nullptr) fmt::print("{} {}\n", label, Hex(stream));
  }
}

TEST(Differential, AgreesWithCPython) {
  const char* seed = getenv("WL_SEED") != nullptr ? getenv("WL_SEED") : "1";
  const char* count = getenv("WL_COUNT") != nullptr ? getenv("WL_COUNT") : "60";
  const std::string path = testing::TempDir() + fmt::format("pickles_{}.bin", getpid());
  const std::string command =
      fmt::format("/usr/bin/python3 {}/tests/pickle/oracle.py {} {} {} 2>/dev/null", WL_SOURCE_DIR,
                  path, seed, count);
  ASSERT_EQ(system(command.c_str()), 0);
  std::ifstream file(path, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::remove(path.c_str());
  Tally tally;
  size_t at = 0;
  const auto next = [&all, &at] {
    const auto length = LoadLe<uint32_t>(AsBytes(all).subspan(at));
    at += 4 + length;
    return all.substr(at - length, length);
  };
  while (at < all.size()) {
    const std::string label = next();
    const std::string stream = next();
    const std::string verdict = next();
    const std::string text = next();
    Compare(label, stream, verdict, text, tally);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(tally.samples, 0);
  // Most broken streams break the machine's own rules, which are CPython's.
  EXPECT_LT(tally.laxer, tally.mutants / 20) << "of " << tally.mutants;
}

}  // namespace
}  // namespace weighlock::pickle

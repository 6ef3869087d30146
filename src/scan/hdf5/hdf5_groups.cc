// Three ways of keeping links, old to new; all of them end in a list of names and addresses.
#include "scan/hdf5/hdf5_groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "scan/hdf5/hdf5_dense.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kEntryBytes = 40;  // of a symbol table

// The names of one symbol table: the data of a local heap.
struct Names {
  ByteVector bytes;
  uint64_t address = 0;

  Result<std::string> At(uint64_t offset) const {
    if (offset > bytes.size()) {
      return Error(Code::kMalformed, "a name outside of its heap", address);
    }
    return Hdf5Fields(Bytes(bytes).subspan(static_cast<size_t>(offset)), address + offset).Text();
  }
};

Result<Names> LoadNames(Hdf5File& file, uint64_t heap) {
  WL_TRY(const ByteVector bytes, file.Read(heap, 32));
  Hdf5Fields fields(bytes, heap);
  WL_CHECKED(fields.Signature("HEAP"));
  WL_CHECKED(fields.Skip(4));
  WL_TRY(const auto size, fields.Le<uint64_t>());
  WL_CHECKED(fields.Skip(8));  // what is free in it
  WL_TRY(const auto address, fields.Le<uint64_t>());
  WL_TRY(ByteVector data, file.Read(address, size));
  return Names{std::move(data), address};
}

// One leaf: its symbols become links.
Status AddSymbols(Hdf5File& file, uint64_t leaf, const Names& names, std::vector<Hdf5Link>& links) {
  WL_TRY(const ByteVector head, file.Read(leaf, 8));
  Hdf5Fields start(head, leaf);
  WL_CHECKED(start.Signature("SNOD"));
  WL_CHECKED(start.Skip(2));
  WL_TRY(const auto count, start.Le<uint16_t>());
  WL_TRY(const ByteVector all, file.Read(leaf + head.size(), count * kEntryBytes));
  Hdf5Fields fields(all, leaf + head.size());
  for (uint16_t i = 0; i < count; ++i) {
    Hdf5Link link;
    link.said_at = fields.address();
    WL_TRY(const auto name, fields.Le<uint64_t>());
    WL_TRY(link.object, fields.Le<uint64_t>());
    WL_TRY(const auto cached, fields.Le<uint32_t>());
    WL_CHECKED(fields.Skip(20));
    WL_TRY(link.name, names.At(name));
    constexpr uint32_t kSoftLink = 2;
    link.kind = cached == kSoftLink ? Hdf5Link::Kind::kPath : Hdf5Link::Kind::kObject;
    links.push_back(std::move(link));
  }
  return {};
}

// The tree of version 1 that a symbol table's message leads to: nodes of which each level is one
// below its parent's, so that no path comes back.
Status AddSymbolTable(Hdf5File& file, const Hdf5Message& message, std::vector<Hdf5Link>& links) {
  Hdf5Fields fields = message.fields();
  WL_TRY(const auto tree, fields.Le<uint64_t>());
  WL_TRY(const auto heap, fields.Le<uint64_t>());
  WL_TRY(const Names names, LoadNames(file, heap));
  struct Node {
    uint64_t address;
    int level;  // -1: any, of the root
  };
  std::vector<Node> waiting{{tree, -1}};
  while (!waiting.empty()) {
    const auto [address, level] = waiting.back();
    waiting.pop_back();
    WL_TRY(const ByteVector head, file.Read(address, 24));
    Hdf5Fields start(head, address);
    WL_CHECKED(start.Signature("TREE"));
    WL_TRY(const auto kind, start.Le<uint8_t>());
    WL_TRY(const auto own_level, start.Le<uint8_t>());
    WL_TRY(const auto count, start.Le<uint16_t>());
    if (kind != 0 || (level != -1 && own_level != level)) {
      return Error(Code::kMalformed, "a tree of groups that is none", address);
    }
    WL_TRY(const ByteVector all, file.Read(address + head.size(), count * uint64_t{16}));
    Hdf5Fields rest(all, address + head.size());
    for (uint16_t i = 0; i < count; ++i) {
      WL_CHECKED(rest.Skip(8));  // the key before
      WL_TRY(const auto child, rest.Le<uint64_t>());
      if (own_level > 0) {
        waiting.push_back({child, own_level - 1});
      } else {
        WL_CHECKED(AddSymbols(file, child, names, links));
      }
    }
  }
  return {};
}

// A link message (section IV.A.2.g), in a header or a heap.
Result<Hdf5Link> ParseLink(Hdf5Fields fields) {
  Hdf5Link link;
  link.said_at = fields.address();
  WL_TRY(const auto version, fields.Le<uint8_t>());
  if (version != 1) {
    return Error(Code::kUnsupported, fmt::format("a link of version {}", version), link.said_at);
  }
  WL_TRY(const auto flags, fields.Le<uint8_t>());
  uint8_t type = 0;
  if ((flags & 0x08) != 0) {
    WL_TRY(type, fields.Le<uint8_t>());
  }
  WL_CHECKED(fields.Skip(((flags & 0x04) != 0 ? 8 : 0) + ((flags & 0x10) != 0 ? 1 : 0)));
  WL_TRY(const uint64_t length, fields.Number(uint64_t{1} << (flags & 3)));
  WL_TRY(const Bytes name, fields.Take(length));
  link.name = AsText(name);
  constexpr uint8_t kHard = 0, kSoft = 1, kExternal = 64;
  if (type == kHard) {
    link.kind = Hdf5Link::Kind::kObject;
    WL_TRY(link.object, fields.Le<uint64_t>());
  } else if (type == kSoft) {
    link.kind = Hdf5Link::Kind::kPath;
  } else if (type == kExternal) {
    link.kind = Hdf5Link::Kind::kOtherFile;
    WL_CHECKED(fields.Skip(3));  // length, version and flags
    WL_TRY(link.file, fields.Text());
  }
  return link;
}

// Links in a heap, of a group that has many of them.
Status AddDense(Hdf5File& file, const Hdf5Message& message, std::vector<Hdf5Link>& links) {
  Hdf5Fields fields = message.fields();
  WL_CHECKED(fields.Skip(1));
  WL_TRY(const auto flags, fields.Le<uint8_t>());
  WL_CHECKED(fields.Skip((flags & 1) != 0 ? 8 : 0));
  WL_TRY(const auto heap, fields.Le<uint64_t>());
  WL_TRY(const auto index, fields.Le<uint64_t>());
  if (heap == kHdf5Nowhere) return {};
  WL_TRY(const auto objects, Hdf5HeapObjects(file, heap, index, Hdf5Index::kLinkNames));
  for (const Hdf5Message& object : objects) {
    WL_TRY(Hdf5Link link, ParseLink(object.fields()));
    links.push_back(std::move(link));
  }
  return {};
}

}  // namespace

Result<std::vector<Hdf5Link>> Hdf5Links(Hdf5File& file, const std::vector<Hdf5Message>& messages) {
  std::vector<Hdf5Link> links;
  for (const Hdf5Message& message : messages) {
    if (message.type == Hdf5Type::kSymbolTable) {
      WL_CHECKED(AddSymbolTable(file, message, links));
    } else if (message.type == Hdf5Type::kLinkInfo) {
      WL_CHECKED(AddDense(file, message, links));
    } else if (message.type == Hdf5Type::kLink) {
      WL_TRY(Hdf5Link link, ParseLink(message.fields()));
      links.push_back(std::move(link));
    }
  }
  return links;
}

Result<std::string> Hdf5HeapName(Hdf5File& file, uint64_t heap, uint64_t offset) {
  WL_TRY(const Names names, LoadNames(file, heap));
  return names.At(offset);
}

}  // namespace weighlock::scan

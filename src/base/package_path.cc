// The rules for names inside a package, and the tree that finds two names that could meet.
#include "base/package_path.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "base/escape.h"

namespace weighlock {
namespace {

Error Refuse(std::string_view raw, std::string_view why) {
  return Error(Code::kMalformed, fmt::format("the name {} {}", Quote(raw), why));
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Status CheckBytes(std::string_view raw, const Limits& limits) {
  if (raw.size() > limits.path_bytes) {
    return Error(Code::kLimit, fmt::format("the name {} has {} bytes, the limit is {}", Quote(raw),
                                           raw.size(), limits.path_bytes));
  }
  for (size_t i = 0; i < raw.size(); ++i) {
    const auto byte = static_cast<uint8_t>(raw[i]);
    if (byte < 0x20 || byte == 0x7F) {
      return Refuse(raw, fmt::format("has the control byte {:#04x} at {}", byte, i));
    }
  }
  if (raw.find('\\') != raw.npos) return Refuse(raw, "has a backslash");
  // Slashes alone are what Python's tarfile writes for the folder that it was told to put at "/".
  if (raw.find_first_not_of('/') == raw.npos) return {};
  if (raw.starts_with('/')) return Refuse(raw, "is absolute");
  return {};
}

// Where a member stands, behind its name; names of a folder stand nowhere.
std::string Place(uint64_t offset) {
  return offset == kNoOffset ? std::string() : fmt::format(" (at {:#x})", offset);
}

// Takes the component in front of the first slash off `rest`.
std::string_view TakeComponent(std::string_view& rest) {
  const size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view component = rest.substr(0, slash);
  rest.remove_prefix(std::min(slash + 1, rest.size()));
  return component;
}

// The devices of DOS, which no extension makes a file.
bool IsDevice(std::string_view component) {
  const std::string name = FoldName(component.substr(0, component.find('.')));
  for (const std::string_view device : {"con", "prn", "aux", "nul"}) {
    if (name == device) return true;
  }
  const bool numbered = name.starts_with("com") || name.starts_with("lpt");
  return numbered && name.size() == 4 && name[3] >= '1' && name[3] <= '9';
}

}  // namespace

std::string_view WhyNotPortable(std::string_view path) {
  if (path.find_first_of("<>:\"|?*") != path.npos) return "has a character that Windows refuses";
  while (!path.empty()) {
    const std::string_view component = TakeComponent(path);
    if (component.ends_with('.')) return "ends in a dot, which Windows takes away";
    if (component.ends_with(' ')) return "ends in a space, which Windows takes away";
    if (IsDevice(component)) return "is a device on Windows";
  }
  return {};
}

std::string FoldName(std::string_view text) {
  std::string out(text);
  bool is_ascii = true;
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    is_ascii = is_ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (is_ascii) return out;
  utf8proc_uint8_t* folded = nullptr;
  constexpr auto kForm = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                        UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &folded, kForm);
  if (size < 0) return out;  // no UTF-8: no file system knows what its letters are
  out.assign(reinterpret_cast<const char*>(folded), static_cast<size_t>(size));
  std::free(folded);
  return out;
}

std::string_view HowNamesMeet(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const bool by_case = std::equal(a.begin(), a.end(), b.begin(), b.end(),
                                  [&](char x, char y) { return lower(x) == lower(y); });
  return by_case ? "in case" : "in case or Unicode form";
}

Result<std::string> NormalisePath(std::string_view raw, const Limits& limits) {
  WL_TRY(std::string path, NormaliseRead(raw, limits));
  if (!IsUtf8(raw)) return Refuse(raw, "is not UTF-8");
  return path;
}

Result<std::string> NormaliseRead(std::string_view raw, const Limits& limits) {
  WL_CHECKED(CheckBytes(raw, limits));
  std::string path;
  for (std::string_view rest = raw; !rest.empty();) {
    const std::string_view component = TakeComponent(rest);
    if (component.empty() || component == ".") continue;
    if (component == "..") return Refuse(raw, "has a \"..\" component");
    if (component.size() > limits.path_component_bytes) {
      return Error(Code::kLimit,
                   fmt::format("the name {} has a component of {} bytes, the limit is {}",
                               Quote(raw), component.size(), limits.path_component_bytes));
    }
    if (path.empty() && component.size() >= 2 && IsLetter(component[0]) && component[1] == ':') {
      return Refuse(raw, "starts with a drive letter");
    }
    if (!path.empty()) path += '/';
    path += component;
  }
  return path;
}

PathSet::PathSet(const Limits& limits)
    : most_nodes_(std::min<uint64_t>(limits.members, UINT32_MAX - 1)) {
  nodes_.push_back(Node{0, 0, 0, "", Kind::kDirectory, false});
}

std::string PathSet::FullPath(Id id) const {
  std::vector<Id> way;
  for (; id != 0; id = nodes_[id].parent) way.push_back(id);
  std::string path;
  for (auto it = way.rbegin(); it != way.rend(); ++it) {
    if (!path.empty()) path += '/';
    path += nodes_[*it].name;
  }
  return path;
}

Status PathSet::Add(std::string_view path, Kind kind, uint64_t offset) {
  const auto first_new = static_cast<Id>(nodes_.size());
  Id at = 0;
  size_t end = 0;  // of the component under way
  while (end < path.size()) {
    std::string_view rest = path.substr(end == 0 ? 0 : end + 1);
    const std::string_view component = TakeComponent(rest);
    end = static_cast<size_t>(component.data() + component.size() - path.data());
    const bool last = end == path.size();
    const auto next = static_cast<Id>(nodes_.size());
    const auto [found, is_new] = children_.try_emplace({at, FoldName(component)}, next);
    if (is_new) {
      // nodes_ holds the top folder too, which nobody counts.
      if (nodes_.size() > most_nodes_) {
        return Error(Code::kLimit, fmt::format("more than {} files and folders", most_nodes_),
                     offset);
      }
      const Kind node_kind = last ? kind : Kind::kDirectory;
      nodes_.push_back(Node{at, next, offset, std::string(component), node_kind, last});
      at = next;
      continue;
    }
    at = found->second;
    const Node& node = nodes_[at];
    if (node.name != component) {
      return Error(Code::kMalformed,
                   fmt::format("{}{} and {}{} differ only {}", Quote(FullPath(at)),
                               Place(node.offset), Quote(path.substr(0, end)), Place(offset),
                               HowNamesMeet(node.name, component)),
                   offset);
    }
    if (last) return AddLast(at, path, kind, offset);
    if (node.kind == Kind::kFile) {
      return Error(Code::kMalformed,
                   fmt::format("{}{} is a file, {}{} lies inside it", Quote(FullPath(at)),
                               Place(node.offset), Quote(path), Place(offset)),
                   offset);
    }
  }
  if (at == 0) return AddLast(0, path, kind, offset);
  for (Id id = first_new; id < nodes_.size(); ++id) nodes_[id].member = at;
  return {};
}

// `id` is the node of `path`, and was there before.
Status PathSet::AddLast(Id id, std::string_view path, Kind kind, uint64_t offset) {
  Node& node = nodes_[id];
  if (node.listed) {
    return Error(Code::kMalformed,
                 fmt::format("two members have one path, {}: at {:#x} and at {:#x}", Quote(path),
                             node.offset, offset),
                 offset);
  }
  if (kind == Kind::kFile) {
    return Error(Code::kMalformed,
                 fmt::format("{}{} is a file, {}{} lies inside it", Quote(path), Place(offset),
                             Quote(FullPath(node.member)), Place(node.offset)),
                 offset);
  }
  node.listed = true;
  node.member = id;
  node.offset = offset;
  return {};
}

}  // namespace weighlock

// Names of files inside a package: one spelling for each path, and no two that could meet.
//
// Archives and folders share these rules, so that what is accepted from a tar is what a zip or an
// unpacked folder may hold. A name is refused, never repaired: tools that strip ".." or a leading
// slash extract something other than what was named.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weighlock/limits.h"
#include "weighlock/result.h"

namespace weighlock {

// The one spelling of `raw`: components joined by single slashes, without "." components and
// without a slash at either end. "", ".", "./" and "/" are the top folder, "".
// Errors, without a place: kMalformed for "..", an absolute name, a drive letter, a backslash,
// control bytes (NUL among them), bytes that are not UTF-8; kLimit for a name over
// limits.path_bytes or a component over limits.path_component_bytes.
Result<std::string> NormalisePath(std::string_view raw, const Limits& limits);

// The same of a name that is only read and shown, escaped: its bytes may be of any encoding, as
// tar, zip and Linux have them. What is written has names of NormalisePath.
Result<std::string> NormaliseRead(std::string_view raw, const Limits& limits);

// What keeps a normalised path from being a name on every common system, as "ends in a dot"; empty
// where nothing does. Such names are legal here, and worth a note.
std::string_view WhyNotPortable(std::string_view path);

// What names have in common that are one for some file system: `text` in lower case and one Unicode
// form (canonical decomposition, full case folding, without characters that nobody sees), as APFS,
// HFS+ and ext4 with casefold compare names.
std::string FoldName(std::string_view text);

// How two names differ that fold to the same: "in case", or "in case or Unicode form".
std::string_view HowNamesMeet(std::string_view a, std::string_view b);

// Every path of one package with the folders they imply, as a tree. Refuses what some file system
// or reader could not keep apart: the same path twice, paths that FoldName makes one, a file that
// is also a folder. Memory grows with the number of distinct components, which limits.members
// bounds: a path of two thousand folders costs two thousand. Adding one costs O(its components *
// log(all)).
class PathSet {
 public:
  enum class Kind : uint8_t { kFile, kDirectory };

  explicit PathSet(const Limits& limits);

  // `path` is as NormalisePath or NormaliseRead gives it; `offset` is where the package names it,
  // for messages. Errors carry that offset: kMalformed naming both members and both offsets, which
  // leaves the set as it was; or kLimit, after which it is of no use.
  Status Add(std::string_view path, Kind kind, uint64_t offset);

 private:
  using Id = uint32_t;
  struct Node {
    Id parent;
    Id member;         // the member that first needed this node, or is it
    uint64_t offset;   // of that member
    std::string name;  // the component, as spelt
    Kind kind;
    bool listed;  // is a member itself, not only a folder on the way to one
  };

  std::string FullPath(Id id) const;
  Status AddLast(Id id, std::string_view path, Kind kind, uint64_t offset);

  std::vector<Node> nodes_;  // [0] is the top folder; a parent stands before its children
  std::map<std::pair<Id, std::string>, Id> children_;  // by folded name; ordered: no hash floods
  uint64_t most_nodes_;
};

}  // namespace weighlock

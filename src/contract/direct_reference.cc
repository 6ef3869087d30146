// By PEP 427 and PEP 625 for files, by the reference behind "@" for repositories.
#include "contract/direct_reference.h"

#include <algorithm>

#include "contract/pip_list.h"
#include "weighlock/target.h"

namespace weighlock {
namespace {

// "1.9.0+cu111" of "1.9.0%2Bcu111".
std::string Decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool plus = text.starts_with("%2B") || text.starts_with("%2b");
    out += plus ? '+' : text[0];
    text.remove_prefix(plus ? 3 : 1);
  }
  return out;
}

std::string VersionOf(std::string_view text) {
  if (text.find('.') == text.npos || !Version::Parse(text)) return {};
  return std::string(text);
}

DirectReference OfFile(const std::string& file) {
  const size_t dash = file.find('-');
  if (dash == std::string::npos || !IsComponentName(file.substr(0, dash))) return {};
  if (file.ends_with(".whl")) {
    // name-version(-build)?-python-abi-platform.whl
    if (std::count(file.begin(), file.end(), '-') < 4) return {};
    const size_t end = file.find('-', dash + 1);
    return {NormalisedName(file.substr(0, dash)), VersionOf(file.substr(dash + 1, end - dash - 1))};
  }
  for (const std::string_view ending : {".tar.gz", ".zip", ".tar.bz2"}) {
    if (!file.ends_with(ending)) continue;
    const std::string stem = file.substr(0, file.size() - ending.size());
    const size_t last = stem.rfind('-');
    std::string version = VersionOf(stem.substr(last + 1));
    if (version.empty()) return {};
    return {NormalisedName(stem.substr(0, last)), std::move(version)};
  }
  return {};
}

DirectReference OfRepository(std::string_view address, std::string_view fragment) {
  DirectReference found;
  constexpr std::string_view kEgg = "egg=";
  if (const size_t egg = fragment.find(kEgg); egg != fragment.npos) {
    std::string_view name = fragment.substr(egg + kEgg.size());
    name = name.substr(0, name.find_first_of("&[; "));
    if (IsComponentName(name)) found.name = NormalisedName(name);
  }
  const size_t slash = address.rfind('/');
  if (slash == address.npos) return found;
  const size_t at = std::min(address.find('@', slash), address.size());
  std::string_view repository = address.substr(slash + 1, at - slash - 1);
  if (repository.ends_with(".git")) repository.remove_suffix(4);
  if (found.name.empty() && IsComponentName(repository)) {
    found.name = NormalisedName(repository);
    found.guessed = true;
  }
  std::string_view tag = address.substr(std::min(at + 1, address.size()));
  if (tag.starts_with('v')) tag.remove_prefix(1);
  found.version = VersionOf(tag);
  return found;
}

}  // namespace

DirectReference ReadDirectReference(std::string_view address) {
  const size_t hash = std::min(address.find('#'), address.size());
  const std::string_view fragment = address.substr(hash);
  address = address.substr(0, hash);
  for (const std::string_view system : {"git+", "hg+", "svn+", "bzr+"}) {
    if (address.starts_with(system)) return OfRepository(address, fragment);
  }
  address = address.substr(0, address.find('?'));
  const std::string file = Decoded(address.substr(address.rfind('/') + 1));
  DirectReference found = OfFile(file);
  if (found.name.empty()) return OfRepository("", fragment);
  return found;
}

}  // namespace weighlock

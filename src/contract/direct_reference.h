// What the address of a package says of it: the name of a wheel, or a tag.
#pragma once

#include <string>
#include <string_view>

namespace weighlock {

struct DirectReference {
  std::string name;      // normalised; empty: the address does not say it
  std::string version;   // the same
  bool guessed = false;  // the name is that of the repository
};

// "transformers" and "4.40.0" of ".../transformers-4.40.0-py3-none-any.whl", of
// ".../transformers-4.40.0.tar.gz", and of
// "git+https://.../transformers.git@v4.40.0#egg=transformers".
DirectReference ReadDirectReference(std::string_view address);

}  // namespace weighlock

// What each release of PEFT knows of adapter_config.json: kb/peft.json, harvested from the releases
// themselves (docs/knowledge.md).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "json/json_table.h"
#include "weighlock/target.h"

namespace weighlock {

class PeftReleases {
 public:
  // The table that is built in.
  static Result<PeftReleases> Builtin();
  // A table from the text of a file. kMalformed: not the form that docs/knowledge.md describes.
  static Result<PeftReleases> Parse(std::string_view text);

  // Oldest first. Of releases after the last nothing is known.
  const std::vector<Version>& all() const WL_LIFETIME_BOUND { return releases_; }
  // What the release wants beside it: python and packages, with the versions of each.
  std::vector<std::pair<std::string, std::string>> Wants(const Version& peft) const;
  bool IsNewer(const Version& peft) const { return peft.Compare(releases_.back()) > 0; }

  // The class of the configuration of a peft_type ("LORA"), or empty: the release has none.
  std::string_view ConfigClass(std::string_view peft_type, const Version& peft) const;
  // Whether the class has a field of this name in the release.
  bool HasField(std::string_view config_class, std::string_view field, const Version& peft) const;
  // Whether `value` is what every release takes for the field that is given none; false where that
  // is not known. null and what is empty count as one.
  bool IsDefault(std::string_view config_class, std::string_view field,
                 const JsonValue& value) const;
  // Those of adapter_config.json that the release's class has no field for, in its order.
  std::vector<const JsonMember*> UnknownFields(std::string_view peft_type, const JsonValue& config,
                                               const Version& peft) const;
  // Whether the adapter would be another one without the key.
  bool Matters(std::string_view config_class, const JsonMember& member) const;
  // What becomes of keys that the class does not have: "ignored", "raises", "warned".
  std::string_view UnknownKeys(const Version& peft) const;
  // Whether it looks for adapter_model.safetensors.
  bool ReadsSafetensors(const Version& peft) const;
  // The task types that the release wants one of; empty: it takes any.
  std::vector<std::string> TaskTypes(const Version& peft) const;

 private:
  JsonTable table_;
  std::vector<Version> releases_;
};

}  // namespace weighlock

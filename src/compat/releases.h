// What each release of transformers knows: kb/transformers.json, harvested from the releases
// themselves (docs/knowledge.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "compat/knowledge.h"
#include "json/json_table.h"
#include "weighlock/target.h"

namespace weighlock {

struct Release {
  Version version;
  std::string python;  // versions of Python that it wants: ">=3.8.0"
  // What is installed with it, by name: "tokenizers" and ">=0.14,<0.19"; empty: any version.
  std::vector<std::pair<std::string, std::string>> wants;
};

class Releases {
 public:
  // The table that is built in, whose form a test has checked.
  static Result<Releases> Builtin();
  // A table from the text of a file, which is borrowed: of its rows those are parsed that are asked
  // for, when they are. kMalformed: not the form that docs/knowledge.md describes.
  static Result<Releases> Parse(Bytes text);

  // Oldest first.
  const std::vector<Release>& all() const WL_LIFETIME_BOUND { return releases_; }
  // The newest release that was read: of later ones nothing is known.
  const Version& through() const WL_LIFETIME_BOUND { return releases_.back().version; }

  // Whether a release has a configuration for `model_type` (config.json). kUnknown for releases
  // after through(), and for versions between two releases of which only one has it.
  Tri KnowsModelType(std::string_view model_type, const Version& transformers) const;

  // The configuration class of a model type in a release; empty: none is known.
  std::string ConfigClassOf(std::string_view model_type, const Version& transformers) const;

  // The longest model type of a release that stands anywhere in `text`; empty: none.
  std::string ModelTypeIn(std::string_view text, const Version& transformers) const;

  // Whether the configuration of a model type that the release knows has this key. Keys that the
  // table does not name are those that every release has, or none.
  bool HasConfigKey(std::string_view model_type, std::string_view key,
                    const Version& transformers) const;

  // The tokenizer classes that a release makes of a model type: the slow one, then the fast one.
  std::vector<std::string> TokenizersOf(std::string_view model_type,
                                        const Version& transformers) const;

  // Whether a release has a tokenizer class, or an activation function, of this name. Names that
  // the table does not have are kNo; kUnknown for releases after through().
  Tri HasTokenizerClass(std::string_view name, const Version& transformers) const;
  Tri HasActivation(std::string_view name, const Version& transformers) const;
  // Whether one of a release's Auto classes makes a model of this class, as config.json names it
  // under architectures. kUnknown for classes that no release has: they may be anybody's.
  Tri HasArchitecture(std::string_view name, const Version& transformers) const;
  // The one model type that a class is of in all releases; empty: none, or several.
  std::string ModelTypeOf(std::string_view architecture) const;
  // Whether a class is of a model type in any release. kUnknown for classes that no release has.
  Tri IsOfModelType(std::string_view architecture, std::string_view model_type) const;
  // A class of a model type in a release whose name ends so; empty: there is none. A class may be
  // that of several model types.
  std::string ArchitectureOf(std::string_view model_type, std::string_view ending,
                             const Version& transformers) const;
  // The class that an Auto class ("AutoModelForCausalLM") makes of a model type in a release where
  // its name does not end as those of the others do; empty: there is none.
  std::string ArchitectureNamedOtherwise(std::string_view auto_class, std::string_view model_type,
                                         const Version& transformers) const;
  // Whether a release knows a method of quantization.
  Tri HasQuantization(std::string_view method, const Version& transformers) const;

  // The release of exactly this version, or null.
  const Release* Find(const Version& transformers) const WL_LIFETIME_BOUND;
  // What a version is that Find does not find: "is no release that is known: 4.57.6 comes before
  // it, 5.0.0 after it".
  std::string WhyUnknown(const Version& transformers) const;

  // The first release that is not older than `from` and for which `fits` holds, or null. Linear.
  const Release* FirstFrom(const Version& from,
                           const std::function<bool(const Release&)>& fits) const WL_LIFETIME_BOUND;

 private:
  Tri Named(const char* table, std::string_view name, const Version& transformers) const;
  static Result<Releases> Over(std::string_view text);

  // The first release that is no older.
  std::vector<Release>::const_iterator NotBefore(const Version& transformers) const;

  std::vector<Release> releases_;
  JsonTable table_;
};

}  // namespace weighlock

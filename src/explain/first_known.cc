// Release by release, oldest first: they are a few hundred.
#include "explain/first_known.h"

namespace weighlock {
namespace {

using Table = Tri (*)(const Releases&, std::string_view, const Version&);
struct NamedTable {
  std::string_view name;
  Table knows;
};
constexpr NamedTable kTables[] = {
    {"model_type", [](const Releases& r, std::string_view name,
                      const Version& v) { return r.KnowsModelType(name, v); }},
    {"activation", [](const Releases& r, std::string_view name,
                      const Version& v) { return r.HasActivation(name, v); }},
    {"tokenizer_class", [](const Releases& r, std::string_view name,
                           const Version& v) { return r.HasTokenizerClass(name, v); }},
    {"quantization", [](const Releases& r, std::string_view name,
                        const Version& v) { return r.HasQuantization(name, v); }},
};

template <typename Knows>
void Count(std::optional<KnownRange>& range, const Version& version, const Knows& knows) {
  if (knows(version)) {
    if (!range) range = KnownRange{version.text(), "", ""};
    range->until.clear();
    range->last = version.text();
  } else if (range && range->until.empty()) {
    range->until = version.text();
  }
}

}  // namespace

Result<FirstKnownReleases> FirstKnownReleases::Builtin() {
  WL_TRY(Releases releases, Releases::Builtin());
  WL_TRY(PeftReleases peft, PeftReleases::Builtin());
  return FirstKnownReleases(std::move(releases), std::move(peft));
}

std::optional<KnownRange> FirstKnownReleases::Of(std::string_view table,
                                                 std::string_view name) const {
  std::optional<KnownRange> range;
  if (table == "peft_type") {
    for (const Version& version : peft_.all()) {
      Count(range, version, [&](const Version& v) { return !peft_.ConfigClass(name, v).empty(); });
    }
    return range;
  }
  for (const NamedTable& own : kTables) {
    if (own.name != table) continue;
    for (const Release& release : releases_.all()) {
      Count(range, release.version,
            [&](const Version& v) { return own.knows(releases_, name, v) == Tri::kYes; });
    }
  }
  return range;
}

std::string FirstKnownReleases::Through(std::string_view table) const {
  return table == "peft_type" ? peft_.all().back().text() : releases_.through().text();
}

}  // namespace weighlock

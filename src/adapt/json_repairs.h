// Repairs of a model's small JSON files for an older target: T1 to T5, C1, C3, C4, A1.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compat/peft_releases.h"
#include "compat/releases.h"
#include "weighlock/target.h"

namespace weighlock {

struct JsonRepair {
  std::string adaptation;  // "T3"
  std::string rule;        // what it mends: "WL-T-001"
  std::string reason;  // "tokenizer_class PreTrainedTokenizerFast in place of TokenizersBackend"
};

struct RepairedJson {
  std::vector<JsonRepair> repairs;
  std::vector<JsonRepair> left;  // what it wants too, and what may not be done
  std::string text;              // the file with the repairs; all else of it is as it was
  bool lists_templates = false;  // named chat templates stand in it now
};

// What a repair may depend on besides the file itself.
struct RepairSituation {
  const Target& target;
  const Releases& releases;
  const PeftReleases& peft;
  bool has_tokenizer_json = false;
  // chat_template.jinja beside it; nothing: there is none, or not in reach.
  std::optional<std::string> chat_template = std::nullopt;
  // additional_chat_templates/NAME.jinja beside it, by their names.
  std::vector<std::pair<std::string, std::string>> named_templates = {};
  // Whether an adaptation ("T3") may not be done; nothing: all may.
  std::function<bool(std::string_view adaptation)> forbids = {};
};

// Whether the target looks for a chat template in tokenizer_config.json alone.
bool WantsTemplateInConfig(const RepairSituation& situation);

// Whether the target has templates, but none of a folder additional_chat_templates.
bool PassesOverNamedTemplates(const RepairSituation& situation);

// Whether all releases of the target that have templates take a list of named ones in
// tokenizer_config.json, where they would not find them otherwise.
bool ListsNamedTemplates(const RepairSituation& situation);

// Whether chat_template.jinja would be taken in place of that list.
bool TemplateFileWins(const RepairSituation& situation);

// Whether a file of this name, without folders, may be in need of a repair at all.
bool MayNeedRepair(std::string_view name);

// Whether a file that cannot be looked at here may be in need of one.
bool MayNeedRepairUnread(std::string_view name, const RepairSituation& situation);

// The file as the target wants it, with at least one repair, done or left; nothing where it has
// nothing to complain of, where the target does not say what it is, or where the repair would
// change what the model does.
std::optional<RepairedJson> RepairJson(std::string_view name, std::string_view text,
                                       const RepairSituation& situation);

// What the target makes otherwise of a file of this name that no repair mends, in words.
std::vector<std::string> UnmendedBy(std::string_view name, std::string_view text,
                                    const RepairSituation& situation);

}  // namespace weighlock

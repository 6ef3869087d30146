// One row a key, with who reads it. A word without a dot is a name of the program's own.
#include "scan/text/server_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/escape.h"
#include "scan/text/called_names.h"

namespace weighlock::scan {
namespace {

using Kind = JsonValue::Kind;

// What has to stand under a key for it to count.
enum class Form : uint8_t {
  kName,     // "module.name", "module:name", "file.py:name"
  kPath,     // of a library or a file: with a separator, or an ending of code
  kModule,   // any module but the one that is meant to be there
  kRemote,   // an address
  kCommand,  // anything
};

struct Row {
  std::string_view key, says;  // "Ray Serve imports": the start of a sentence
  Form form;
};
constexpr std::array kRows = {
    Row{"import_path", "Ray Serve imports", Form::kName},
    Row{"working_dir", "Ray fetches and runs", Form::kRemote},
    Row{"py_modules", "Ray fetches and imports", Form::kRemote},
    Row{"callbacks", "a server imports", Form::kName},
    Row{"success_callback", "litellm imports", Form::kName},
    Row{"failure_callback", "litellm imports", Form::kName},
    Row{"custom_handler", "litellm imports", Form::kName},
    Row{"custom_auth", "litellm imports", Form::kName},
    Row{"custom_key_generate", "litellm imports", Form::kName},
    Row{"custom_sso", "litellm imports", Form::kName},
    Row{"custom_ui_sso_sign_in_handler", "litellm imports", Form::kName},
    Row{"custom_prompt_management", "litellm imports", Form::kName},
    Row{"guardrail", "litellm imports", Form::kName},
    Row{"post_call_rules", "litellm imports", Form::kName},
    Row{"pre_call_rules", "litellm imports", Form::kName},
    Row{"tool_parser_plugin", "vLLM runs", Form::kPath},
    Row{"reasoning_parser_plugin", "vLLM runs", Form::kPath},
    Row{"logits_processors", "vLLM imports", Form::kName},
    Row{"worker_cls", "vLLM imports", Form::kName},
    Row{"worker_extension_cls", "vLLM imports", Form::kName},
    Row{"scheduler_cls", "vLLM imports", Form::kName},
    Row{"kv_connector_module_path", "vLLM imports", Form::kName},
    Row{"middleware", "a server imports", Form::kName},
    Row{"characters_class", "Coqui imports", Form::kName},
    Row{"plugins", "a trainer imports", Form::kName},
    Row{"external_plugins", "a trainer runs", Form::kPath},
    Row{"custom_register_path", "a trainer runs", Form::kPath},
    Row{"megatron_core", "PEFT imports", Form::kModule},
    Row{"environment_tarball", "MLServer unpacks and runs", Form::kPath},
    Row{"backend_path", "ONNX Runtime loads", Form::kPath},
    Row{"trt_extra_plugin_lib_paths", "TensorRT loads", Form::kPath},
    Row{"model_lib", "MLC loads", Form::kPath},
    Row{"model_lib_path", "MLC loads", Form::kPath},
    Row{"onready", "KoboldCpp runs", Form::kCommand},
    Row{"build_commands", "a server is built by", Form::kCommand},
    Row{"start_command", "a server is started by", Form::kCommand},
    Row{"ld_preload", "each program that is started loads", Form::kCommand},
    Row{"ld_library_path", "each program that is started loads from", Form::kCommand},
    Row{"dyld_insert_libraries", "each program that is started loads", Form::kCommand},
    Row{"bash_env", "each shell that is started runs", Form::kCommand},
    Row{"pythonstartup", "Python runs", Form::kCommand},
    Row{"pythonpath", "Python imports from", Form::kCommand},
    Row{"pythonhome", "Python imports from", Form::kCommand},
};

bool IsIdentifierByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

bool IsSameKey(std::string_view key, std::string_view known) {
  return std::equal(key.begin(), key.end(), known.begin(), known.end(), [](char a, char b) {
    return (a == '-' ? '_' : std::tolower(static_cast<unsigned char>(a))) == b;
  });
}

// By the first letter of a key the lengths that it may have, as bits: most keys are none of these.
constexpr std::array<uint64_t, 256> LengthsByLetter() {
  std::array<uint64_t, 256> lengths = {};
  for (const Row& row : kRows) {
    const auto letter = static_cast<unsigned char>(row.key[0]);
    lengths[letter] |= uint64_t{1} << row.key.size();
    lengths[static_cast<unsigned char>(letter & ~0x20)] |= uint64_t{1} << row.key.size();
  }
  return lengths;
}
constexpr std::array<uint64_t, 256> kLengths = LengthsByLetter();

const Row* FindRow(std::string_view key) {
  if (key.empty() || key.size() > 63 ||
      (kLengths[static_cast<unsigned char>(key[0])] >> key.size() & 1) == 0) {
    return nullptr;
  }
  const auto row = std::find_if(kRows.begin(), kRows.end(),
                                [&](const Row& known) { return IsSameKey(key, known.key); });
  return row == kRows.end() ? nullptr : &*row;
}

// "x.py:graph", "./agent.py:make": what servers of many kinds take for an object of a file.
bool NamesObjectOfFile(std::string_view text) {
  constexpr std::string_view kSign = ".py:";
  const size_t sign = text.find(kSign);
  if (sign == text.npos || sign == 0 || text.find(' ') != text.npos) return false;
  const std::string_view name = text.substr(sign + kSign.size());
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), IsIdentifierByte);
}

// Identifiers with dots or a colon between them.
bool IsName(std::string_view text) {
  if (text.find_first_of(".:") == text.npos || NamesObjectOfFile(text)) {
    return NamesObjectOfFile(text);
  }
  // "spacy.copy_from_base_model.v1": a name of a registry.
  const std::string_view last = text.substr(text.find_last_of(".:") + 1);
  const bool has_version =
      last.size() > 1 && last[0] == 'v' &&
      std::all_of(last.begin() + 1, last.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (has_version) return false;
  return std::isdigit(static_cast<unsigned char>(text[0])) == 0 && text[0] != '.' &&
         text.back() != '.' && text.back() != ':' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsIdentifierByte(c) || c == '.' || c == ':'; });
}

bool IsPath(std::string_view text) {
  constexpr std::array<std::string_view, 6> kEndings = {".py",    ".so",     ".pyd",
                                                        ".dylib", ".tar.gz", ".tar"};
  return text.find_first_of("/\\") != text.npos ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return text.ends_with(ending); });
}

bool HasForm(const Row& row, std::string_view text) {
  if (text.empty()) return false;
  switch (row.form) {
    case Form::kName:
      return IsName(text);
    case Form::kPath:
      return IsPath(text);
    case Form::kRemote:
      return text.find("://") != text.npos;
    case Form::kModule:
      return !text.starts_with("megatron.core");
    default:
      return true;
  }
}

// Its own: what a configuration of such a server is for.
bool IsOfServer(std::string_view target) {
  constexpr std::array<std::string_view, 5> kTheirs = {"axolotl.integrations.", "litellm.", "vllm.",
                                                       "TTS.", "liger_kernel."};
  return std::any_of(kTheirs.begin(), kTheirs.end(),
                     [&](std::string_view start) { return target.starts_with(start); });
}

constexpr size_t kMostSaid = 100;  // of one list: the first ones tell

}  // namespace

bool IsServerKey(std::string_view key) {
  return FindRow(key) != nullptr;
}

bool IsTrustKey(std::string_view key) {
  return IsSameKey(key, "trust_remote_code");
}

bool NamesServerCode(std::string_view key, std::string_view text) {
  const Row* row = FindRow(key);
  return row != nullptr ? HasForm(*row, text) : NamesObjectOfFile(text);
}

void JudgeServerKey(std::string_view key, std::string_view text, uint64_t at,
                    const FileScan& scan) {
  if (!NamesServerCode(key, text)) return;
  const Row* row = FindRow(key);
  std::string target(text);
  std::replace(target.begin(), target.end(), ':', '.');
  if (row != nullptr && row->form == Form::kName && IsOfServer(target)) return;
  ScanFinding& finding = scan.Add(
      "WL-S-441", at,
      fmt::format("{} {}", row != nullptr ? row->says : "a server imports", Quote(text, 80)));
  if (!IsDangerousTarget(target)) return;
  finding.level = Level::kCritical;
  finding.verdict = ScanVerdict::kDangerous;
}

void JudgeServerMember(std::string_view key, const JsonValue& value, const FileScan& scan) {
  if (value.Is(Kind::kString)) return JudgeServerKey(key, value.text, value.offset, scan);
  if (value.Is(Kind::kArray)) {
    size_t said = 0;
    for (const JsonValue& item : value.items) {
      if (item.Is(Kind::kString) && NamesServerCode(key, item.text) && said++ < kMostSaid) {
        JudgeServerKey(key, item.text, item.offset, scan);
      }
    }
  }
  if (key != "mcpServers" && key != "mcp_servers") return;
  for (const JsonMember& server : value.members) {
    const std::string* command = server.value.FindString("command");
    if (command == nullptr) continue;
    scan.Add("WL-S-442", server.value.offset,
             fmt::format("a client that reads it starts {}", Quote(*command, 80)));
    return;
  }
}

}  // namespace weighlock::scan

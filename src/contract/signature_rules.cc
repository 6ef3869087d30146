// WL-H-017: a bundle of OpenSSF model signing by what it says. Neither its signature nor the
// digests in it are verified here, so that the best that is said of one is a RISK.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/escape.h"
#include "codec/base64.h"
#include "codec/sha256.h"
#include "contract/contract_findings.h"
#include "contract/text_file.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

constexpr std::string_view kMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
constexpr std::string_view kPredicate = "https://model_signing/signature/v1.0";
constexpr std::string_view kFile = "model.sig";

bool Says(const JsonValue* value, std::string_view key, std::string_view wanted) {
  const std::string* text = value == nullptr ? nullptr : value->FindString(key);
  return text != nullptr && *text == wanted;
}

// The statement that is signed; null where there is none in it.
JsonValue StatementOf(const JsonValue& bundle, const Limits& limits) {
  const JsonValue* envelope = bundle.Find("dsseEnvelope");
  const std::string* payload = envelope == nullptr ? nullptr : envelope->FindString("payload");
  const auto bytes = payload == nullptr ? std::nullopt : FromBase64(*payload);
  auto json = bytes ? ParseJson(*bytes, limits) : Result<JsonValue>(JsonValue());
  return json ? *std::move(json) : JsonValue();
}

class Bundle {
 public:
  Bundle(ContractFindings& out, const JsonValue& bundle)
      : out_(out), bundle_(bundle), statement_(StatementOf(bundle, out.limits)) {}

  // What is wrong with it, as a sentence; empty: nothing that can be seen.
  std::string Fault() const {
    const JsonValue* predicate = statement_.Find("predicate");
    const JsonValue* resources = predicate == nullptr ? nullptr : predicate->Find("resources");
    if (!Says(&bundle_, "mediaType", kMediaType)) return NoBundle("mediaType is not its own");
    if (!Says(&statement_, "predicateType", kPredicate)) {
      return NoBundle("its payload is no statement of that kind");
    }
    if (resources == nullptr || !resources->Is(Kind::kArray)) return NoBundle("it lists no files");
    const std::string signer = WrongSigner();
    return signer.empty() ? WrongFiles(*predicate, *resources) : signer;
  }

  // Of another method the names are those of parts of files, which are not compared.
  bool ListsFiles() const {
    const JsonValue* predicate = statement_.Find("predicate");
    return predicate != nullptr && Says(predicate->Find("serialization"), "method", "files");
  }

 private:
  static std::string NoBundle(std::string_view why) {
    return fmt::format("{} is no bundle of OpenSSF model signing: {}", kFile, why);
  }

  // A key is named in the bundle by the digest of its text.
  std::string WrongSigner() const {
    const Contract& contract = out_.contract;
    const JsonValue* material = bundle_.Find("verificationMaterial");
    const JsonValue* key = material == nullptr ? nullptr : material->Find("publicKey");
    if (key == nullptr && !contract.keys.empty() && contract.roots.empty()) {
      return fmt::format("{} is signed with no key, and integrity.keys of the contract names some",
                         kFile);
    }
    if (key != nullptr && contract.keys.empty() && !contract.roots.empty()) {
      return fmt::format("{} is signed with a key, and the contract takes certificates", kFile);
    }
    const std::string* hint = key == nullptr ? nullptr : key->FindString("hint");
    if (hint == nullptr || contract.keys.empty()) return {};
    const auto folder = std::filesystem::path(contract.file).parent_path();
    for (const std::string& path : contract.keys) {
      const auto text = ReadTextFile((folder / path).string(), out_.limits.contract_bytes);
      if (!text) {
        return fmt::format("the key {} of the contract cannot be read: {}", Quote(path, 80),
                           Escape(text.error().what()));
      }
      Sha256 digest;
      digest.Update(AsBytes(*text));
      if (Hex(digest.Finish()) == *hint) return {};
    }
    return fmt::format("{} is signed with the key {}, which is none of integrity.keys", kFile,
                       Quote(*hint, 80));
  }

  static bool IsIgnored(const std::string& path, const JsonValue& predicate) {
    if (path == kFile) return true;
    const JsonValue* how = predicate.Find("serialization");
    const JsonValue* ignored = how == nullptr ? nullptr : how->Find("ignore_paths");
    for (size_t i = 0; ignored != nullptr && i < ignored->items.size(); ++i) {
      const std::string& one = ignored->items[i].text;
      if (path == one || path.starts_with(one + "/")) return true;
    }
    return false;
  }

  // Files that it does not cover, and those that it covers and that are not there.
  std::string WrongFiles(const JsonValue& predicate, const JsonValue& resources) const {
    if (!ListsFiles()) return {};
    std::set<std::string, std::less<>> covered, there;
    for (const JsonValue& resource : resources.items) {
      if (const std::string* name = resource.FindString("name")) covered.insert(*name);
    }
    std::string first;
    size_t count = 0;
    for (const Artefact& artefact : out_.package().artefacts) {
      const std::string path = out_.Inner(artefact);
      there.insert(path);
      if (covered.contains(path) || IsIgnored(path, predicate)) continue;
      if (count++ == 0) first = path;
    }
    if (count > 0) {
      return fmt::format("{} covers {} file{} less than there are: {} is the first", kFile, count,
                         count == 1 ? "" : "s", Quote(first, 80));
    }
    for (const std::string& name : covered) {
      if (there.contains(name)) continue;
      return fmt::format("{} covers {}, which is not there", kFile, Quote(name, 80));
    }
    return {};
  }

  const ContractFindings& out_;
  const JsonValue& bundle_;
  const JsonValue statement_;
};

}  // namespace

void JudgeSignature(ContractFindings& out, size_t artefact) {
  const Contract& contract = out.contract;
  const std::string path(kFile);
  const std::string text = out.Text(artefact);
  const bool is_oms =
      contract.signature_scheme == "oms" || !contract.keys.empty() || !contract.roots.empty();
  if (!is_oms || text.empty()) {
    return out.Add(Verdict::kRisk, "WL-H-017",
                   "there is a signature, which this release cannot verify", path);
  }
  const JsonValue json = out.Json(artefact);
  const Bundle bundle(out, json);
  const std::string fault = bundle.Fault();
  if (!fault.empty()) return out.Fail("WL-H-017", fault, path);
  out.Add(Verdict::kRisk, "WL-H-017",
          fmt::format("{} {}{}; whether it and the digests in it are right is not verified by this "
                      "release",
                      kFile, bundle.ListsFiles() ? "covers every file" : "covers parts of files",
                      contract.keys.empty() ? "" : " with a key of the contract"),
          path);
}

}  // namespace weighlock

// nlohmann's ordered JSON does the quoting. Bytes that are no UTF-8 come out escaped like in text.
#include "report/json.h"

#include <nlohmann/json.hpp>

#include "base/escape.h"

namespace weighlock {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Names keep their exact spelling wherever JSON can carry it.
std::string Name(const std::string& name) {
  return IsUtf8(name) ? name : Escape(name);
}

Json Names(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push_back(Name(name));
  return list;
}

Json Offset(uint64_t offset) {
  return offset == kNoOffset ? Json(nullptr) : Json(offset);
}

Json Findings(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    const char* severity = finding.severity == Severity::kError     ? "error"
                           : finding.severity == Severity::kWarning ? "warning"
                                                                    : "note";
    list.push_back({{"severity", severity},
                    {"path", Name(finding.path)},
                    {"offset", Offset(finding.offset)},
                    {"code", finding.code ? Json(CodeWord(*finding.code)) : Json(nullptr)},
                    {"text", finding.text}});
  }
  return list;
}

Json ModelJson(const Model& model) {
  Json metadata = Json::object();
  for (const auto& [key, value] : model.metadata) metadata[Name(key)] = Name(value);
  Json tensors = Json::array();
  for (const Tensor& t : model.tensors) {
    Json tensor = {
        {"name", Name(t.name)}, {"dtype", Info(t.dtype).name},
        {"shape", t.shape},     {"offset", Offset(t.is_held ? kNoOffset : t.data.offset)},
        {"bytes", t.data.size}, {"storage", t.storage}};
    if (t.strides) tensor["strides"] = *t.strides;
    tensors.push_back(std::move(tensor));
  }
  return {{"metadata", metadata},       {"tensors", tensors},
          {"globals", model.globals},   {"secrets", Names(model.secrets)},
          {"left_out", model.left_out}, {"extras", model.extras}};
}

Json Proofs(const std::vector<TensorProof>& proofs) {
  Json list = Json::array();
  for (const TensorProof& t : proofs) {
    Json tensor = {{"name", Name(t.name)},
                   {"dtype", Info(t.dtype).name},
                   {"shape", t.shape},
                   {"bytes", t.bytes}};
    if (!t.sha256.empty()) tensor["sha256"] = t.sha256;
    list.push_back(std::move(tensor));
  }
  return list;
}

// Of the first set that is converted.
WeightsForm FormOf(const Plan& plan) {
  const auto found = std::find_if(plan.steps.begin(), plan.steps.end(),
                                  [](const Step& s) { return s.action == Action::kConvert; });
  return found == plan.steps.end() ? WeightsForm::kTorchZip : found->form;
}

Json PlanObject(const std::string& input, const std::string& output, const Target& target,
                const Plan& plan) {
  Json steps = Json::array();
  for (const Step& step : plan.steps) {
    Json inputs = Json::array();
    for (const std::string& path : step.inputs) inputs.push_back(Name(path));
    const bool is_form = step.action == Action::kConvert;
    steps.push_back(
        {{"action", ActionName(step.action)},
         {"inputs", inputs},
         {"output", step.output.empty() ? Json(nullptr) : Json(Name(step.output))},
         {"adaptation", step.adaptation.empty() ? Json(nullptr) : Json(step.adaptation)},
         {"form", is_form ? Json(FormText(step.form)) : Json(nullptr)},
         {"reason", step.reason}});
  }
  const Diagnosis& d = plan.diagnosis;
  return {{"schema", "weighlock-plan/1"},
          {"input", Name(input)},
          {"output", output.empty() ? Json(nullptr) : Json(Name(output))},
          {"target", target.text},
          {"verdict", VerdictName(d.verdict)},
          {"rule", d.rule.empty() ? Json(nullptr) : Json(d.rule)},
          {"text", d.text},
          {"message", d.message.empty() ? Json(nullptr) : Json(d.message)},
          {"upgrades", d.upgrades},
          {"possible", plan.possible},
          {"form", FormText(FormOf(plan))},
          {"steps", steps},
          {"refusals", Findings(plan.refusals)},
          {"notes", plan.notes}};
}

}  // namespace

std::string InventoryJson(const Package& package) {
  Json artefacts = Json::array();
  for (const Artefact& artefact : package.artefacts) {
    Json item = {{"path", Name(artefact.path)},
                 {"role", RoleName(artefact.role)},
                 {"format", FormatName(artefact.format)},
                 {"bytes", artefact.size}};
    if (artefact.model) item["model"] = ModelJson(*artefact.model);
    artefacts.push_back(std::move(item));
  }
  Json weights = Json::array();
  for (const WeightSet& set : package.weights) {
    Json files = Json::array();
    for (const size_t file : set.files) files.push_back(Name(package.artefacts[file].path));
    size_t tensors = 0;
    for (const size_t file : set.files) {
      if (package.artefacts[file].model) tensors += package.artefacts[file].model->tensors.size();
    }
    weights.push_back(
        {{"format", FormatName(set.format)},
         {"stem", Name(set.stem)},
         {"index", set.index ? Json(Name(package.artefacts[*set.index].path)) : Json(nullptr)},
         {"files", files},
         {"complete", set.complete},
         {"tensors", tensors},
         {"parameters", ParameterCount(package, set)}});
  }
  return Dump({{"schema", "weighlock-inventory/1"},
               {"path", Name(package.path)},
               {"kind", PackageKindName(package.kind)},
               {"artefacts", artefacts},
               {"weights", weights},
               {"findings", Findings(package.findings)}});
}

std::string ConversionJson(const std::string& input, const std::string& output,
                           const ConvertReport& report) {
  const bool digests = !report.tensors.empty() && !report.tensors[0].sha256.empty();
  return Dump({{"schema", "weighlock-conversion/1"},
               {"input", Name(input)},
               {"output", Name(output)},
               {"bytes", report.output_bytes},
               {"files", Names(report.files)},
               {"proof", digests ? "sha256" : "compared"},
               {"tensors", Proofs(report.tensors)},
               {"notes", report.notes}});
}

std::string PlanJson(const std::string& input, const std::string& output, const Target& target,
                     const Plan& plan) {
  return Dump(PlanObject(input, output, target, plan));
}

namespace {

// What the target would make of what was written.
Json ResultObject(const CheckReport& result) {
  Json findings = Json::array();
  for (const CheckFinding& finding : result.findings) {
    if (finding.inherited || finding.verdict == Verdict::kOk) continue;
    findings.push_back({{"rule", finding.rule},
                        {"verdict", VerdictName(finding.verdict)},
                        {"stage", StageName(finding.stage)},
                        {"text", finding.text}});
  }
  return {{"verdict", VerdictName(result.verdict)}, {"findings", findings}};
}

}  // namespace

std::string AdaptationJson(const std::string& input, const std::string& output,
                           const Target& target, const AdaptReport& report,
                           const CheckReport* result) {
  Json files = Json::array();
  for (const FileProof& file : report.files) {
    files.push_back({{"path", Name(file.path)}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  Json disarmed = Json::array();
  for (const DisarmedValue& value : report.disarmed) {
    disarmed.push_back(
        {{"file", Name(value.file)}, {"path", Name(value.path)}, {"what", value.what}});
  }
  return Dump({{"schema", "weighlock-adaptation/1"},
               {"plan", PlanObject(input, output, target, report.plan)},
               {"input_bytes", report.input_bytes},
               {"output_bytes", report.output_bytes},
               {"files", files},
               {"tensors", Proofs(report.tensors)},
               {"disarmed", disarmed},
               {"result", result == nullptr ? Json(nullptr) : ResultObject(*result)},
               {"findings", Findings(report.findings)}});
}

std::string PackJson(const std::string& folder, const std::string& output, PackLayout layout,
                     const PackReport& report, bool done) {
  Json files = Json::array();
  for (const PackedFile& file : report.files) {
    files.push_back({{"path", Name(file.path)},
                     {"source", file.source.empty() ? Json(nullptr) : Json(Name(file.source))},
                     {"size", file.size},
                     {"role", file.source.empty() ? "manifest" : RoleName(file.role)},
                     {"sha256", file.sha256.empty() ? Json(nullptr) : Json(file.sha256)}});
  }
  Json left_out = Json::array();
  for (const LeftOutFile& file : report.left_out) {
    left_out.push_back({{"path", Name(file.path)}, {"why", file.why}});
  }
  return Dump({{"schema", "weighlock-pack/1"},
               {"folder", Name(folder)},
               {"output", Name(output)},
               {"layout", PackLayoutName(layout)},
               {"done", done && report.refusals.empty()},
               {"files", files},
               {"empty_folders", Names(report.folders)},
               {"left_out", left_out},
               {"refusals", Findings(report.refusals)},
               {"notes", Names(report.notes)},
               {"input_bytes", report.input_bytes},
               {"output_bytes", report.output_bytes}});
}

std::string UnpackJson(const std::string& archive, const std::string& folder, bool into,
                       const UnpackReport& report, bool done) {
  Json members = Json::array();
  for (const UnpackedMember& member : report.members) {
    members.push_back({{"path", Name(member.path)},
                       {"kind", member.is_folder ? "folder" : "file"},
                       {"size", member.size},
                       {"executable", member.executable}});
  }
  Json collisions = Json::array();
  for (const TakenName& taken : report.collisions) {
    collisions.push_back({{"path", Name(taken.path)}, {"why", taken.why}});
  }
  return Dump({{"schema", "weighlock-unpack/1"},
               {"archive", Name(archive)},
               {"folder", Name(folder)},
               {"into", into},
               {"done", done && report.collisions.empty()},
               {"members", members},
               {"collisions", collisions},
               {"verified", report.verified},
               {"notes", Names(report.notes)},
               {"bytes", report.bytes}});
}

std::string DiffJson(const DiffReport& report) {
  const auto side = [](const DiffSide& of) -> Json {
    return {{"path", Name(of.path)},
            {"weights", of.weights.empty() ? Json(nullptr) : Json(Name(of.weights))},
            {"tensors", of.tensors}};
  };
  const auto form = [](const std::optional<DType>& dtype, const Shape& shape) -> Json {
    if (!dtype) return nullptr;
    return {{"dtype", Info(*dtype).name}, {"shape", shape}};
  };
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  Json tensors = Json::array();
  for (const TensorDifference& t : report.tensors) {
    Json item = {{"name", Name(t.name)},
                 {"change", TensorChangeName(t.change)},
                 {"a", form(t.dtype_a, t.shape_a)},
                 {"b", form(t.dtype_b, t.shape_b)}};
    if (t.values) {
      item["values"] = {{"elements", t.values->elements},
                        {"different", t.values->different},
                        {"max_absolute", number(t.values->max_absolute)},
                        {"max_relative", number(t.values->max_relative)}};
    }
    tensors.push_back(std::move(item));
  }
  Json files = Json::array();
  for (const FileDifference& f : report.files) {
    files.push_back({{"path", Name(f.path)},
                     {"pointer", Name(f.pointer)},
                     {"a", f.a.empty() ? Json(nullptr) : Json(f.a)},
                     {"b", f.b.empty() ? Json(nullptr) : Json(f.b)}});
  }
  return Dump({{"schema", "weighlock-diff/1"},
               {"same", report.same()},
               {"a", side(report.a)},
               {"b", side(report.b)},
               {"equal_tensors", report.equal_tensors},
               {"tensors", tensors},
               {"equal_files", report.equal_files},
               {"files", files},
               {"notes", report.notes}});
}

namespace {

Json RemovalJson(const Removal& removal) {
  return {{"component", removal.component}, {"version", removal.version}};
}

}  // namespace

std::string CheckJson(const std::string& input, const GivenTarget& given,
                      const CheckReport& report) {
  const auto text = [](const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(Name(value));
  };
  Json stages = Json::object();
  for (size_t i = 0; i < kStages; ++i) {
    stages[std::string(StageName(static_cast<Stage>(i)))] = {
        {"verdict", VerdictName(report.stages[i].verdict)},
        {"reached", report.stages[i].reached},
        {"message", text(report.stages[i].message)}};
  }
  Json findings = Json::array();
  for (const CheckFinding& f : report.findings) {
    Json releases = f.releases.empty() ? Json(nullptr) : Json::array();
    for (const auto& [first, last] : f.releases) releases.push_back({first, last});
    Json forbidden = Json::array();
    for (const auto& [adaptation, by] : f.forbidden) {
      forbidden.push_back({{"adaptation", adaptation}, {"by", by}});
    }
    findings.push_back(
        {{"rule", f.rule},
         {"verdict", VerdictName(f.verdict)},
         {"stage", StageName(f.stage)},
         {"inherited", f.inherited},
         {"text", f.text},
         {"message", text(f.message)},
         {"evidence",
          {{"path", text(f.path)}, {"pointer", text(f.pointer)}, {"offset", Offset(f.offset)}}},
         {"removed_by", f.removed_by.component.empty() ? Json(nullptr) : RemovalJson(f.removed_by)},
         {"adaptations", f.adaptations},
         {"forbidden", forbidden},
         {"releases", releases},
         {"waived", f.waived_until.empty()
                        ? Json(nullptr)
                        : Json{{"until", f.waived_until}, {"reason", Name(f.waived_for)}}},
         {"source", text(f.source)}});
  }
  Json wants = Json::object();
  for (const auto& [name, versions] : report.advice.wants) wants[name] = versions;
  Json advice = nullptr;
  if (!report.advice.transformers.empty()) {
    Json others = Json::array();
    for (const Removal& other : report.advice.others) others.push_back(RemovalJson(other));
    Json because = Json::array();
    for (const AdviceStep& step : report.advice.because) {
      because.push_back({{"component", step.component},
                         {"version", step.version},
                         {"rule", step.rule.empty() ? Json(nullptr) : Json(step.rule)},
                         {"text", step.text}});
    }
    advice = {{"transformers", report.advice.transformers},
              {"others", others},
              {"python", report.advice.python},
              {"wants", wants},
              {"because", because},
              {"set_by", report.advice.set_by.empty() ? Json(nullptr) : Json(report.advice.set_by)},
              {"not_allowed", report.advice.not_allowed}};
  }
  Json contract = nullptr;
  if (given.contract) {
    contract = {{"id", given.contract->id},
                {"version", given.contract->version},
                {"sha256", given.contract->sha256}};
  }
  return Dump({{"schema", "weighlock-check/1"},
               {"input", Name(input)},
               {"target", Name(given.target.text)},
               {"target_read_as", TargetSourceName(given.source)},
               {"target_notes", Names(given.notes)},
               {"contract", contract},
               {"notes", report.notes},
               {"base", {{"transformers", report.base}}},
               {"verdict", VerdictName(report.verdict)},
               {"stages", stages},
               {"findings", findings},
               {"advice", advice}});
}

}  // namespace weighlock

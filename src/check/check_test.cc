// What check finds in packages made for it: each rule where it holds, and next to it where not.
#include "weighlock/check.h"

#include <gtest/gtest.h>

#include <map>

#include "support/rule_cases.h"

namespace weighlock {
namespace {

using Files = CheckedFiles;

std::string Bert(const std::string& more = "") {
  return R"({"model_type": "bert")" + more + "}";
}
std::string Llama(const std::string& more) {
  return R"({"model_type": "llama", )" + more + "}";
}

std::string Rope(const std::string& type, const std::string& scaling) {
  return R"({"model_type": ")" + type + "\", " + scaling + "}";
}

constexpr const char* kLlama3 =
    R"("rope_scaling": {"factor": 8.0, "rope_type": "llama3", "x": null})";
constexpr const char* kLlama31 =
    R"("rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                        "original_max_position_embeddings": 8192, "rope_type": "llama3"})";
constexpr const char* kYarn = R"("rope_scaling": {"type": "yarn", "factor": 4.0})";
constexpr const char* kLinear = R"("rope_scaling": {"type": "linear", "factor": 2.0})";
constexpr const char* kInteger = R"("rope_scaling": {"type": "linear", "factor": 2})";
constexpr const char* kLong =
    R"("rope_scaling": {"type": "longrope", "short_factor": [1.0], "long_factor": [1.0]})";
constexpr const char* kTheta5 =
    R"("rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"})";
constexpr const char* kDefault5 =
    R"("rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"})";

std::string Metaspace(const char* more) {
  return std::string(
             R"({"version": "1.0", "pre_tokenizer": {"type": "Metaspace", "replacement": "_")") +
         more + R"(}, "model": {"type": "Unigram", "vocab": [["a", 0.0]]}})";
}

std::string Bpe(const char* merges, const char* more = "") {
  return std::string(
             "{\n  \"version\": \"1.0\",\n  \"model\": {\n    \"type\": \"BPE\", \"vocab\": "
             "{\"a\": 0, \"b\": 1, \"ab\": 2}, ") +
         more + "\"merges\": " + merges + "\n  }\n}";
}

std::vector<RuleCase> Cases() {
  const Files bert = SmallModel(Bert());
  const auto tokenizer = [&](const std::string& text) {
    return With(SmallModel(Bert(), R"({"tokenizer_class": "PreTrainedTokenizerFast",
                                              "added_tokens_decoder": {}})"),
                "tokenizer.json", text);
  };
  const auto safe = [&](const char* metadata) {
    return With(bert, "model.safetensors",
                SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}}, metadata));
  };
  return {
      {"WL-C-001", SmallModel(Llama(kLinear)), "transformers==4.27.4", "FAIL", "KeyError: 'llama'"},
      {"WL-C-001", SmallModel(Llama(kLinear)), "transformers==4.31.0", "", ""},
      {"WL-C-001", SmallModel(R"({"model_type": "qwen3"})"), "transformers==4.45.2", "FAIL",
       "ValueError: The checkpoint you are trying to load has model type `qwen3` but Transformers "
       "does "
       "not recognize this architecture. This could be because of an issue with the checkpoint, or "
       "because your version of Transformers is out of date."},
      {"WL-C-002", With(bert, "config.json", "{\"model_type\": "), "transformers==4.37.2", "FAIL",
       "OSError: It looks like the config file at 'PKG/config.json' is not a valid JSON file."},
      {"WL-C-002", bert, "transformers==4.37.2", "", ""},
      {"WL-C-003", SmallModel("{}"), "transformers==5.3.0", "FAIL",
       "ValueError: Unrecognized model in PKG. Should have a `model_type` key in its config.json."},
      {"WL-C-003", bert, "transformers==5.3.0", "", ""},
      {"WL-C-004", Without(bert, "config.json"), "transformers==4.37.2", "FAIL",
       "OSError: PKG does not appear to have a file named config.json. Checkout "
       "'https://huggingface.co/PKG/None' for available files."},
      {"WL-C-004", bert, "transformers==4.37.2", "", ""},
      {"WL-C-008", bert, "transformers==99.0.0", "RISK", ""},
      {"WL-C-008", bert, "transformers==5.23.0", "", ""},
      {"WL-C-008", bert, "transformers==4.99.0", "RISK", ""},
      {"WL-C-008", bert, "transformers==4.37.2+local", "", ""},
      {"WL-C-009", bert, "torch==2.1.0", "RISK", ""},
      {"WL-C-010", SmallModel(Llama(kLlama3)), "transformers==4.37.2", "FAIL",
       "ValueError: `rope_scaling` must be a dictionary with with two fields, `type` and `factor`, "
       "got "
       "{'factor': 8.0, 'rope_type': 'llama3', 'x': None}"},
      {"WL-C-010", SmallModel(Llama(kLlama3)), "transformers==4.42.4", "FAIL",
       "ValueError: `rope_scaling` must be a dictionary with two fields, `type` and `factor`, got "
       "{'factor': 8.0, 'rope_type': 'llama3', 'x': None}"},
      {"WL-C-010", SmallModel(Llama(kLlama3)), "transformers==4.43.0", "", ""},
      {"WL-C-010", SmallModel(Llama(kLinear)), "transformers==4.42.4", "", ""},
      {"WL-C-011", SmallModel(Llama(kYarn)), "transformers==4.42.4", "FAIL",
       "ValueError: `rope_scaling`'s type field must be one of ['linear', 'dynamic'], got yarn"},
      {"WL-C-011", SmallModel(Llama(kLinear)), "transformers==4.42.4", "", ""},
      {"WL-C-010", SmallModel(Llama(kLlama3)), "transformers==4.31.0", "FAIL",
       "ValueError: `rope_scaling` must be a dictionary with with two fields, `name` and `factor`, "
       "got {'factor': 8.0, 'rope_type': 'llama3', 'x': None}"},
      {"WL-C-011", SmallModel(Rope("gpt_neox", kYarn)), "transformers==4.44.2", "FAIL",
       "ValueError: `rope_scaling`'s type field must be one of ['linear', 'dynamic'], got yarn"},
      {"WL-C-011", SmallModel(Rope("gpt_neox", kYarn)), "transformers==4.45.0", "", ""},
      {"WL-C-012", SmallModel(Rope("phi", kInteger)), "transformers==4.36.2", "FAIL",
       "ValueError: `rope_scaling`'s factor field must be a float > 1, got 2"},
      {"WL-C-017", SmallModel(Rope("phi3", kLong)), "transformers==4.42.4", "FAIL",
       "ValueError: `rope_scaling`'s type field must be one of ['su', 'yarn'], got longrope"},
      {"WL-C-017", SmallModel(Rope("phi3", kLong)), "transformers==4.43.0", "", ""},
      {"WL-C-018", SmallModel(Rope("falcon", kLinear)), "transformers==4.34.1", "FAIL",
       "ValueError: `rope_scaling` is not supported when `alibi` is `True`."},
      {"WL-C-018", SmallModel(Rope("falcon", kLinear)), "transformers==4.35.2", "", ""},
      {"WL-C-012", SmallModel(Llama(kInteger)), "transformers==4.42.4", "FAIL",
       "ValueError: `rope_scaling`'s factor field must be a float > 1, got 2"},
      {"WL-C-012", SmallModel(Llama(kLinear)), "transformers==4.42.4", "", ""},
      {"WL-C-020", SmallModel(Llama(kTheta5)), "transformers==4.57.1", "DIFFERS", ""},
      {"WL-C-020", SmallModel(Llama(kDefault5)), "transformers==4.57.1", "", ""},
      {"WL-C-020", SmallModel(Llama(kTheta5)), "transformers==5.0.0", "", ""},
      {"WL-C-021", SmallModel(Llama(R"("rope_theta": 500000.0)")), "transformers==4.31.0",
       "DIFFERS", ""},
      {"WL-C-021", SmallModel(Llama(R"("rope_theta": 10000.0)")), "transformers==4.31.0", "", ""},
      {"WL-C-021", SmallModel(Llama(R"("rope_theta": 500000.0)")), "transformers==4.33.0", "", ""},
      {"WL-C-022", SmallModel(Llama(kLinear)), "transformers==4.30.2", "DIFFERS", ""},
      {"WL-C-022", SmallModel(Llama(R"("rope_scaling": null)")), "transformers==4.30.2", "", ""},
      {"WL-C-025", SmallModel(Bert(R"(, "position_embedding_type": "relative_key")")),
       "transformers==5.0.0", "DIFFERS", ""},
      {"WL-C-025", SmallModel(Bert(R"(, "position_embedding_type": "absolute")")),
       "transformers==5.0.0", "", ""},
      {"WL-C-030", SmallModel(Bert(R"(, "hidden_act": "gelu_pytorch_tanh")")),
       "transformers==4.26.1,safetensors==0.3.1", "FAIL", "KeyError: 'gelu_pytorch_tanh'"},
      {"WL-C-030", SmallModel(Bert(R"(, "hidden_act": "gelu_pytorch_tanh")")),
       "transformers==4.30.0", "", ""},
      {"WL-T-001", SmallModel(Bert(), R"({"tokenizer_class": "TokenizersBackend"})"),
       "transformers==4.57.1", "FAIL",
       "ValueError: Tokenizer class TokenizersBackend does not exist or is not currently "
       "imported."},
      {"WL-T-001", SmallModel(Bert(), R"({"tokenizer_class": "TokenizersBackend"})"),
       "transformers==5.0.0", "", ""},
      {"WL-T-001", SmallModel(Bert(), R"({"tokenizer_class": "BertTokenizer"})"),
       "transformers==4.57.1", "", ""},
      {"WL-T-002", SmallModel(Bert(), R"({"extra_special_tokens": ["a"]})"), "transformers==4.49.0",
       "FAIL", "AttributeError: 'list' object has no attribute 'keys'"},
      {"WL-T-002", SmallModel(Bert(), R"({"extra_special_tokens": {}})"), "transformers==4.49.0",
       "", ""},
      {"WL-T-091", SmallModel(Bert(), R"({"extra_special_tokens": ["a"]})"), "transformers==4.46.3",
       "OK", ""},
      {"WL-T-091", SmallModel(Bert(), R"({"extra_special_tokens": ["a"]})"), "transformers==4.47.0",
       "", ""},
      {"WL-T-091", SmallModel(Bert(), R"({"extra_special_tokens": []})"), "transformers==4.46.3",
       "", ""},
      {"WL-T-003", tokenizer(Bpe(R"([["a", "b"]])")), "transformers==4.37.2,tokenizers==0.15.2",
       "FAIL",
       "Exception: data did not match any variant of untagged enum ModelWrapper at line 5 column "
       "3"},
      {"WL-T-003", tokenizer(Bpe(R"([["a", "b"]])")), "transformers==4.37.2", "FAIL",
       "Exception: data did not match any variant of untagged enum ModelWrapper at line 5 column "
       "3"},
      {"WL-T-003", tokenizer(Bpe(R"(["a b"])")), "transformers==4.37.2", "", ""},
      {"WL-T-003", tokenizer(Metaspace("")), "transformers==4.37.2", "FAIL",
       "Exception: data did not match any variant of untagged enum PyPreTokenizerTypeWrapper at "
       "line 1 "
       "column 77"},
      {"WL-T-003", tokenizer(Metaspace(R"(, "add_prefix_space": true)")), "transformers==4.37.2",
       "", ""},
      {"WL-T-005", tokenizer(Bpe("[]", R"("ignore_merges": true, )")), "transformers==4.39.3",
       "DIFFERS", ""},
      {"WL-T-005", tokenizer(Bpe("[]", R"("ignore_merges": true, )")), "transformers==4.45.0", "",
       ""},
      {"WL-T-006", tokenizer("{"), "transformers==4.45.0", "FAIL",
       "Exception: EOF while parsing an object at line 1 column 1"},
      // Without added_tokens_decoder Python looks for tokens in it first.
      {"WL-T-006", With(bert, "tokenizer.json", "{"), "transformers==4.45.0", "FAIL",
       "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char "
       "1)"},
      {"WL-T-006", With(bert, "tokenizer.json", "{"), "transformers==4.33.3", "FAIL",
       "Exception: EOF while parsing an object at line 1 column 1"},
      {"WL-T-006", tokenizer(Bpe("[]")), "transformers==4.45.0", "", ""},
      {"WL-T-004", bert, "transformers==5.2.0", "DIFFERS", ""},
      {"WL-T-004", SmallModel(Bert(), R"({"do_lower_case": true})"), "transformers==5.2.0", "", ""},
      {"WL-T-004", bert, "transformers==5.3.0", "", ""},
      {"WL-T-008",
       {{"config.json", Bert()}, {"model.safetensors", bert.at("model.safetensors")}},
       "transformers==4.45.0",
       "FAIL",
       "OSError: Can't load tokenizer for 'PKG'. If you were trying to load it from "
       "'https://huggingface.co/models', make sure you don't have a local directory with the same "
       "name. Otherwise, make sure 'PKG' is the correct path to a directory containing all "
       "relevant files for a BertTokenizerFast tokenizer."},
      {"WL-T-008", bert, "transformers==4.45.0", "", ""},
      {"WL-W-001", bert, "transformers==4.29.2,safetensors=absent", "FAIL",
       "OSError: Error no file named pytorch_model.bin, tf_model.h5, model.ckpt.index or "
       "flax_model.msgpack found in directory PKG."},
      {"WL-W-001", bert, "transformers==4.29.2", "RISK", ""},
      {"WL-W-001", bert, "transformers==4.30.0", "", ""},
      {"WL-W-004", safe("null"), "transformers==4.37.2", "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'get'"},
      {"WL-W-004", safe("null"), "transformers==4.48.0", "", ""},
      {"WL-W-004", safe("{}"), "transformers==4.30.0", "FAIL",
       "OSError: The safetensors archive passed at PKG/model.safetensors does not contain the "
       "valid "
       "metadata. Make sure you save your model with the `save_pretrained` method."},
      {"WL-W-004", safe("{}"), "transformers==4.48.0", "FAIL",
       "ValueError: Incompatible safetensors file. File metadata is not ['pt', 'tf', 'flax', "
       "'mlx'] but None"},
      {"WL-W-004", safe(R"({"format": "tf"})"), "transformers==4.30.0", "FAIL",
       "NotImplementedError: Conversion from a tf safetensors archive to PyTorch is not "
       "implemented yet."},
      {"WL-W-004", safe(R"({"format": "tf"})"), "transformers==4.37.2", "", ""},
      {"WL-W-004", safe("{}"), "transformers==5.0.0", "", ""},
      {"WL-W-010", Without(bert, "model.safetensors"), "transformers==4.45.0", "FAIL",
       "OSError: Error no file named pytorch_model.bin, model.safetensors, tf_model.h5, "
       "model.ckpt.index "
       "or flax_model.msgpack found in directory PKG."},
      {"WL-W-010", bert, "transformers==4.45.0", "", ""},
      {"WL-W-020", With(bert, "model.safetensors", "version https://git-lfs.github.com/spec/v1\n"),
       "transformers==4.45.0,safetensors==0.4.5", "FAIL",
       "SafetensorError: Error while deserializing header: HeaderTooLarge"},
      {"WL-W-020", With(bert, "model.safetensors", "version https://git-lfs.github.com/spec/v1\n"),
       "transformers==4.45.0,safetensors==0.7.0", "FAIL",
       "SafetensorError: Error while deserializing header: header too large"},
      {"WL-W-020", With(bert, "model.safetensors", bert.at("model.safetensors").substr(0, 90)),
       "transformers==4.45.0,safetensors==0.4.5", "FAIL",
       "SafetensorError: Error while deserializing header: InvalidHeaderLength"},
      {"WL-W-020",
       With(bert, "model.safetensors",
            bert.at("model.safetensors").substr(0, bert.at("model.safetensors").size() - 4)),
       "transformers==4.45.0,safetensors==0.4.5", "FAIL",
       "SafetensorError: Error while deserializing header: MetadataIncompleteBuffer"},
      {"WL-W-020",
       With(Without(bert, "model.safetensors"), "pytorch_model.bin", "version https://git-lfs"),
       "transformers==4.45.0", "FAIL",
       "OSError: You seem to have cloned a repository without having git-lfs installed. Please "
       "install "
       "git-lfs and run `git lfs install` followed by `git lfs pull` in the folder you cloned."},
      {"WL-W-020", With(bert, "model.safetensors", std::string(64, '\0')),
       "transformers==4.45.0,safetensors==0.7.0", "FAIL",
       "SafetensorError: Error while deserializing header: invalid JSON in header: EOF while "
       "parsing a value at line 1 column 0"},
      {"WL-W-020", bert, "transformers==4.45.0", "", ""},
      {"WL-C-007", SmallModel(Bert(R"(, "auto_map": {"AutoConfig": "a.B"})")),
       "transformers==4.29.0", "FAIL",
       "ValueError: Loading PKG requires you to execute the configuration file in that repo on "
       "your local machine. Make sure you have read the code there to avoid malicious use, then "
       "set the option `trust_remote_code=True` to remove this error."},
      {"WL-C-007", SmallModel(Bert(R"(, "auto_map": {"AutoConfig": "a.B"})")),
       "transformers==4.30.0", "", ""},
      {"WL-C-007", SmallModel(R"({"model_type": "none", "auto_map": {"AutoConfig": "a.B"}})"),
       "transformers==4.30.0", "RISK", ""},
      {"WL-C-007", SmallModel(R"({"model_type": "none", "auto_map": {"AutoConfig": "a.B"}})"),
       "transformers==4.45.2", "FAIL",
       "ValueError: The repository for PKG contains custom code which must be executed to "
       "correctly "
       "load the model. You can inspect the repository content at https://hf.co/PKG.\nPlease pass "
       "the argument `trust_remote_code=True` to allow custom code to be run."},
      {"WL-C-007", SmallModel(R"({"model_type": "none", "auto_map": {"AutoConfig": "x/y--a.B"}})"),
       "transformers==4.53.0", "RISK", ""},
      {"WL-C-013", SmallModel(Bert(R"(, "torch_dtype": "float99")")),
       "transformers==4.30.0,torch==2.1.0", "FAIL",
       "AttributeError: module 'torch' has no attribute 'float99'"},
      {"WL-C-013", SmallModel(Bert(R"(, "torch_dtype": "float8_e4m3fn")")),
       "transformers==4.30.0,torch==2.0.0", "FAIL",
       "AttributeError: module 'torch' has no attribute 'float8_e4m3fn'"},
      {"WL-C-013", SmallModel(Bert(R"(, "torch_dtype": "float8_e4m3fn")")),
       "transformers==4.30.0,torch==2.1.0", "", ""},
      {"WL-C-014", SmallModel(Bert(R"(, "dtype": "float99")")), "transformers==4.56.0,torch==2.6.0",
       "FAIL", "AttributeError: module 'torch' has no attribute 'float99'"},
      {"WL-C-014", SmallModel(Bert(R"(, "dtype": "float99")")), "transformers==4.55.0,torch==2.6.0",
       "", ""},
      {"WL-C-015", SmallModel(Bert(R"(, "problem_type": "x")")), "transformers==4.11.3", "FAIL",
       "ValueError: The config parameter `problem_type` was not understood: received xbut only "
       "'regression', 'single_label_classification' and 'multi_label_classification' are valid."},
      {"WL-C-015", SmallModel(Bert(R"(, "problem_type": "regression")")), "transformers==4.11.3",
       "", ""},
      {"WL-C-016", SmallModel(Bert(R"(, "hidden_size": 32.0)")), "transformers==5.4.0", "FAIL",
       "StrictDataclassFieldValidationError: Validation error for field 'hidden_size':\n    "
       "TypeError: Field 'hidden_size' expected int, got float (value: 32.0)"},
      {"WL-C-016", SmallModel(Bert(R"(, "hidden_size": 32.0)")), "transformers==5.3.0", "", ""},
      {"WL-T-009", SmallModel(Bert(), "{"), "transformers==4.45.0", "FAIL",
       "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char "
       "1)"},
      {"WL-T-009", bert, "transformers==4.45.0", "", ""},
      {"WL-T-010",
       SmallModel(Bert(), R"({"tokenizer_class": "BertTokenizer", "add_special_tokens": 1})"),
       "transformers==5.0.0", "FAIL",
       "AttributeError: add_special_tokens conflicts with the method add_special_tokens in "
       "BertTokenizer"},
      {"WL-T-010",
       SmallModel(Bert(), R"({"tokenizer_class": "BertTokenizer", "add_special_tokens": 1})"),
       "transformers==4.43.0", "", ""},
      {"WL-T-012", SmallModel(Bert(), R"({"bos_token": {"content": "<s>"}})"),
       "transformers==3.0.2", "FAIL",
       "TypeError: special token bos_token has to be either str or AddedToken but got: <class "
       "'dict'>"},
      {"WL-T-012",
       SmallModel(Bert(), R"({"bos_token": {"__type": "AddedToken", "content": "<s>"}})"),
       "transformers==3.4.0", "", ""},
      {"WL-W-005",
       With(bert, "model.safetensors",
            SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}}, R"({"format": "tf"})")),
       "transformers==4.45.0", "FAIL", "ModuleNotFoundError: No module named 'tensorflow'"},
      {"WL-W-005",
       With(bert, "model.safetensors",
            SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}}, R"({"format": "tf"})")),
       "transformers==4.45.0,tensorflow==2.15.0", "", ""},
      {"WL-W-006", SmallModel(Bert(R"(, "auto_map": {"AutoModel": "a.B"})")),
       "transformers==4.11.3", "FAIL",
       "ValueError: Loading PKG requires you to execute the modeling file in that repo on your "
       "local machine. Make sure you have read the code there to avoid malicious use, then set the "
       "option `trust_remote_code=True` to remove this error."},
      {"WL-W-006", SmallModel(Bert(R"(, "auto_map": {"AutoModel": "a.B"})")),
       "transformers==4.30.0", "", ""},
      {"WL-W-021",
       With(Without(bert, "model.safetensors"), "model.safetensors.index.json", "{\"a\" 1}"),
       "transformers==4.45.0", "FAIL",
       "JSONDecodeError: Expecting ':' delimiter: line 1 column 6 (char 5)"},
      {"WL-W-021",
       With(Without(bert, "model.safetensors"), "model.safetensors.index.json",
            R"({"metadata": {}})"),
       "transformers==4.45.0", "FAIL", "KeyError: 'weight_map'"},
      {"WL-W-021",
       With(With(Without(bert, "model.safetensors"), "model-00001-of-00001.safetensors",
                 SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}}, "{}")),
            "model.safetensors.index.json",
            R"({"weight_map": {"w": "model-00001-of-00001.safetensors"}})"),
       "transformers==4.45.0", "FAIL", "KeyError: 'metadata'"},
      {"WL-W-021", bert, "transformers==4.45.0", "", ""},
      {"WL-W-060", SmallModel(Bert(R"(, "quantization_config": {"quant_method": "fp8"})")),
       "transformers==4.38.2,safetensors==0.4.5", "FAIL",
       "ValueError: Unknown quantization type, got fp8 - supported types are: ['awq', "
       "'bitsandbytes_4bit', 'bitsandbytes_8bit', 'gptq', 'aqlm']"},
      {"WL-W-060", SmallModel(Bert(R"(, "quantization_config": {"quant_method": "fp8"})")),
       "transformers==4.49.0,safetensors==0.4.5", "", ""},
      {"WL-W-061", SmallModel(Bert(R"(, "hidden_size": 32, "num_attention_heads": 5)")),
       "transformers==4.38.2", "FAIL",
       "ValueError: The hidden size (32) is not a multiple of the number of attention heads (5)"},
      {"WL-W-061", SmallModel(Bert(R"(, "hidden_size": 32, "num_attention_heads": 4)")),
       "transformers==4.38.2", "", ""},
      {"WL-W-062", SmallModel(Bert(R"(, "hidden_size": 32.0)")),
       "transformers==4.38.2,torch==1.13.1", "FAIL",
       "TypeError: empty(): argument 'size' must be tuple of SymInts, but found element of type "
       "float at pos 2"},
      {"WL-W-062", SmallModel(Bert(R"(, "hidden_size": 32)")), "transformers==4.38.2", "", ""},
      {"WL-W-063", SmallModel(Bert(R"(, "hidden_size": "32")")),
       "transformers==4.38.2,torch==2.1.2", "FAIL",
       "TypeError: empty(): argument 'size' failed to unpack the object at pos 2 with error \"type "
       "must be tuple of ints,but got str\""},
      {"WL-W-063", SmallModel(Bert(R"(, "hidden_size": 32)")), "transformers==4.38.2", "", ""},
      {"WL-W-112", SmallModel(R"({"model_type": "llama", "hidden_size": "32"})"),
       "transformers==4.44.2,torch==2.1.2", "FAIL",
       "TypeError: empty(): argument 'size' failed to unpack the object at pos 2 with error \"type "
       "must be tuple of ints,but got str\""},
      {"WL-W-112", SmallModel(R"({"model_type": "llama", "hidden_size": "32"})"),
       "transformers==4.45.2,torch==2.1.2", "", ""},
      {"WL-W-113", SmallModel(R"({"model_type": "llama", "rms_norm_eps": "1e-6"})"),
       "transformers==4.44.2,torch==2.1.2", "FAIL",
       "TypeError: unsupported operand type(s) for +: 'Tensor' and 'str'"},
      {"WL-W-113", SmallModel(R"({"model_type": "llama", "rms_norm_eps": 1e-6})"),
       "transformers==4.44.2,torch==2.1.2", "", ""},
      {"WL-W-066", SmallModel(Bert(R"(, "num_attention_heads": 0)")),
       "transformers==4.38.2,python==3.8", "FAIL",
       "ZeroDivisionError: integer division or modulo by zero"},
      {"WL-W-066", SmallModel(Bert(R"(, "num_attention_heads": 0)")),
       "transformers==4.38.2,python==3.11", "FAIL", "ZeroDivisionError: integer modulo by zero"},
      {"WL-W-066", SmallModel(Bert(R"(, "num_attention_heads": 2)")), "transformers==4.38.2", "",
       ""},
      {"WL-W-067", SmallModel(Bert(R"(, "quantization_config": {})")), "transformers==4.39.3",
       "FAIL",
       "ValueError: The model's quantization config from the arguments has no `quant_method` "
       "attribute. Make sure that the model has been correctly quantized"},
      {"WL-W-067", SmallModel(Bert(R"(, "quantization_config": {"load_in_8bit": true})")),
       "transformers==4.39.3", "", ""},
      {"WL-W-068", SmallModel(Bert(R"(, "hidden_size": null)")),
       "transformers==4.38.2,torch==2.1.2", "FAIL",
       "TypeError: empty(): argument 'size' failed to unpack the object at pos 2 with error \"type "
       "must be tuple of ints,but got NoneType\""},
      {"WL-W-068", SmallModel(Bert(R"(, "hidden_size": 32)")), "transformers==4.38.2", "", ""},
      {"WL-W-064", SmallModel(Bert(R"(, "layer_norm_eps": "1e-12")")), "transformers==4.38.2",
       "FAIL", "TypeError: layer_norm(): argument 'eps' (position 5) must be float, not str"},
      {"WL-W-064", SmallModel(Bert(R"(, "layer_norm_eps": 1e-12)")), "transformers==4.38.2", "",
       ""},
      {"WL-W-031",
       With(bert, "model.safetensors",
            SafetensorsFile({{"module.w", "F32", "[4]", Floats(4, 1)}}, R"({"format": "pt"})")),
       "transformers==4.45.0", "DIFFERS", ""},
      {"WL-W-031", bert, "transformers==4.45.0", "", ""},
  };
}

TEST(Check, EachRuleHoldsWhereItShouldAndNowhereElse) {
  TryRules(Cases());
}

TEST(Check, AFailureIsMetByEveryStageBehindIt) {
  const CheckReport report = CheckFiles(SmallModel(Llama(kLinear)), "transformers==4.11.3");
  const auto& stages = report.stages;
  EXPECT_EQ(stages[static_cast<size_t>(Stage::kConfig)].message, "KeyError: 'llama'");
  EXPECT_EQ(stages[static_cast<size_t>(Stage::kWeights)].message, "KeyError: 'llama'");
  EXPECT_FALSE(stages[static_cast<size_t>(Stage::kWeights)].reached);
  EXPECT_FALSE(stages[static_cast<size_t>(Stage::kForward)].reached);
}

// One set that can be installed: what holds a release back is raised with it, and what that wants.
TEST(Check, AdviceRaisesWhatTheReleaseWants) {
  const struct {
    Files files;
    const char *target, *release, *others;
  } kCases[] = {
      {SmallModel(Bert()), "transformers==4.11.3,torch==1.9.0", "4.30.0", "torch 1.10.0"},
      {SmallModel(Bert()), "transformers==4.11.3,torch==1.9.0,python==3.6", "4.30.0",
       "python 3.7.0, torch 1.10.0"},
      {SmallModel(Bert()), "transformers==4.30.0,torch==1.9.0", "4.30.0", "torch 1.10.0"},
      {SmallModel(Llama(kLlama31)), "transformers==4.37.2,tokenizers>=0.15,<0.16", "4.43.0", ""},
      {SmallModel(Llama(kLlama31)), "transformers==4.37.2,safetensors<0.4", "4.43.0", ""},
      {SmallModel(Llama(kLlama31)), "transformers==4.37.2,python==3.7,torch==2.0.1", "4.43.0",
       "python 3.8.0"},
  };
  for (const auto& c : kCases) {
    const CheckAdvice advice = CheckFiles(c.files, c.target).advice;
    EXPECT_EQ(advice.transformers, c.release) << c.target;
    std::string others;
    for (const Removal& other : advice.others) {
      others += (others.empty() ? "" : ", ") + other.component + " " + other.version;
    }
    EXPECT_EQ(others, c.others) << c.target;
  }
}

TEST(Check, AdviceIsTheFirstReleaseThatLeavesNothing) {
  const struct {
    Files files;
    const char *target, *release;
  } kCases[] = {
      {SmallModel(Bert()), "transformers==4.11.3", "4.30.0"},
      {SmallModel(Bert()), "transformers==4.11.3,safetensors==0.3.1", "4.23.0"},
      {SmallModel(Llama(kLlama31)), "transformers==4.37.2", "4.43.0"},
      {SmallModel(Bert()), "transformers==4.37.2", ""},
      {SmallModel(R"({"model_type": "none such"})"), "transformers==4.37.2", ""},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(CheckFiles(c.files, c.target).advice.transformers, c.release) << c.target;
  }
}

}  // namespace
}  // namespace weighlock

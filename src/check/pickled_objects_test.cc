// Files that torch reads and no model takes, and indexes whose shards lie below them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/check_files.h"
#include "support/rule_cases.h"
#include "support/safetensors_file.h"

namespace weighlock {
namespace {

constexpr const char* kConfig = R"({"model_type": "bert", "architectures": ["BertModel"],
    "vocab_size": 4, "hidden_size": 4, "num_hidden_layers": 0, "num_attention_heads": 2,
    "intermediate_size": 8, "max_position_embeddings": 6, "type_vocab_size": 2})";

// Two digits are a byte.
std::string Bytes(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

// A pickle of one object, as torch.save before 1.6 writes it: a magic number, a version, what
// machine it was, the object, and the keys of its storages, of which there are none.
std::string Legacy(const std::string& object) {
  constexpr std::string_view kHead =
      "80028a0a6cfc9c46f9206aa850192e80024de9032e80027d710028581000000070726f74"
      "6f636f6c5f76657273696f6e71014de903580d0000006c6974746c655f656e6469616e71"
      "0288580a000000747970655f73697a657371037d710428580500000073686f727471054b"
      "025803000000696e7471064b0458040000006c6f6e6771074b0475752e8002";
  return Bytes(kHead) + Bytes(object) + Bytes("80025d71002e");
}

CheckedFiles Bin(const std::string& object) {
  return {{"config.json", kConfig}, {"vocab.txt", "a\n"}, {"pytorch_model.bin", Legacy(object)}};
}

TEST(PickledObjects, AreNoWeights) {
  constexpr const char* kOld = "transformers==4.37.2,torch==2.1.2";
  constexpr const char* kNew = "transformers==5.2.0,torch==2.15.0";
  const std::string none = "4e2e";       // None
  const std::string empty = "7d71002e";  // {}
  // An optimizer's {"state": {}, "param_groups": []}.
  const std::string optimizer =
      "7d710028580500000073746174657101"
      "7d7102580c000000706172616d5f67726f7570737103"
      "5d7104752e";
  // {} by protocol 4, which begins with a frame.
  CheckedFiles framed = Bin(empty);
  std::string& bytes = framed.at("pytorch_model.bin");
  bytes.replace(bytes.find(Bytes("80027d71002e")), 6, Bytes("80049502000000000000007d2e"));
  // numpy.dtype("f4")
  const std::string array =
      "636e756d70790a64747970650a71005802000000663471018988877102527103284b0358010000003c71044e4e4e"
      "4affffffff4affffffff4b00747105622e";
  const RuleCase cases[] = {
      {"WL-W-048", Bin(none), kOld, "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'keys'"},
      {"WL-W-048", Bin(none), kNew, "FAIL", "TypeError: 'NoneType' object is not iterable"},
      {"WL-W-048", Bin(empty), kOld, "", ""},
      {"WL-W-049", Bin(optimizer), kOld, "DIFFERS", ""},
      {"WL-W-049", Bin(empty), kOld, "", ""},
      {"WL-W-048", framed, "transformers==4.36.2,torch==2.1.2", "", ""},
      {"WL-W-048", framed, kOld, "FAIL",
       "OSError: Unable to load weights from pytorch checkpoint file for 'PKG/pytorch_model.bin' "
       "at 'PKG/pytorch_model.bin'. If you tried to load a PyTorch model from a TF 2.0 "
       "checkpoint, please set from_tf=True."},
      {"WL-W-048", Bin(array), kNew, "FAIL", ""},
      {"WL-W-048", Bin(array), "transformers==4.36.2,torch==2.1.2", "", ""},
      {"WL-W-048", Bin(array), kOld, "FAIL",
       "OSError: Unable to load weights from pytorch checkpoint file for 'PKG/pytorch_model.bin' "
       "at 'PKG/pytorch_model.bin'. If you tried to load a PyTorch model from a TF 2.0 "
       "checkpoint, please set from_tf=True."},
  };
  TryRules(cases);
}

TEST(PickledObjects, AreNoDictOfNames) {
  constexpr const char* kOld = "transformers==4.37.2,torch==2.1.2";
  constexpr const char* kNew = "transformers==5.2.0,torch==2.15.0";
  const auto keys = [](const char* type) {
    return fmt::format("AttributeError: '{}' object has no attribute 'keys'", type);
  };
  const std::string numbers = "5d7100284b014b02652e";            // [1, 2]
  const std::string lists = "5d71005d7101284b014b024b0365612e";  // [[1, 2, 3]]
  const std::string no_list = "5d71002e";                        // []
  const std::string text = "5802000000616271002e";               // "ab"
  const std::string odd = "7d71004b054b07732e";                  // {5: 7}
  const std::string none = "7d71004e4b07732e";                   // {None: 7}
  const std::string keys_list = keys("list"), keys_str = keys("str");
  const RuleCase cases[] = {
      {"WL-W-048", Bin(numbers), "transformers==3.0.2,torch==1.4.0", "FAIL", keys_list.c_str()},
      {"WL-W-048", Bin(numbers), kOld, "FAIL", keys_list.c_str()},
      {"WL-W-048", Bin(numbers), kNew, "FAIL",
       "TypeError: cannot convert dictionary update sequence element #0 to a sequence"},
      {"WL-W-048", Bin(lists), kNew, "FAIL",
       "ValueError: dictionary update sequence element #0 has length 3; 2 is required"},
      {"WL-W-048", Bin(no_list), kOld, "FAIL", keys_list.c_str()},
      {"WL-W-048", Bin(no_list), kNew, "", ""},
      {"WL-W-048", Bin(text), kOld, "FAIL", keys_str.c_str()},
      {"WL-W-048", Bin(text), kNew, "FAIL",
       "ValueError: dictionary update sequence element #0 has length 1; 2 is required"},
      {"WL-W-048", Bin(odd), kOld, "FAIL", "TypeError: argument of type 'int' is not iterable"},
      {"WL-W-048", Bin(odd), kNew, "FAIL", "AttributeError: 'int' object has no attribute 'split'"},
      {"WL-W-048", Bin(none), kOld, "FAIL",
       "TypeError: argument of type 'NoneType' is not iterable"},
  };
  TryRules(cases);
}

CheckedFiles Sharded(const std::string& file, const std::string& named) {
  const std::string metadata = R"({"format": "pt"})";
  return {{"config.json", kConfig},
          {"vocab.txt", "a\n"},
          {"a.safetensors",
           SafetensorsFile({{"embeddings.LayerNorm.bias", "F32", "[4]", Floats(4, 1)}}, metadata)},
          {file, SafetensorsFile({{"embeddings.LayerNorm.weight", "F32", "[4]", Floats(4, 1)}},
                                 metadata)},
          {"model.safetensors.index.json",
           R"({"metadata": {}, "weight_map": {"embeddings.LayerNorm.bias": "a.safetensors",
               "embeddings.LayerNorm.weight": ")" +
               named + R"("}})"}};
}

TEST(PickledObjects, ShardsMayLieBelowTheirIndex) {
  constexpr const char* kTarget = "transformers==4.37.2,torch==2.1.2,platform=plain";
  const CheckedFiles below = Sharded("sub/b.safetensors", "sub/b.safetensors"),
                     beside = Sharded("b.safetensors", "./b.safetensors"),
                     lost = Sharded("b.safetensors", "sub/b.safetensors");
  const RuleCase cases[] = {
      {"WL-W-021", below, kTarget, "", ""},
      {"WL-W-022", below, kTarget, "", ""},
      {"WL-P-030", below, kTarget, "", ""},
      {"WL-P-032", below, kTarget, "", ""},
      {"WL-W-021", beside, kTarget, "", ""},
      {"WL-W-022", beside, kTarget, "", ""},
      {"WL-P-030", beside, kTarget, "", ""},
      {"WL-P-032", beside, kTarget, "", ""},
      {"WL-W-022", lost, kTarget, "FAIL",
       "FileNotFoundError: No such file or directory: PKG/sub/b.safetensors"},
      {"WL-W-021", Sharded("b.safetensors", "sub//b.safetensors"), kTarget, "FAIL", ""},
      {"WL-W-021", Sharded("b.safetensors", ""), kTarget, "FAIL", ""},
  };
  TryRules(cases);
}

TEST(PickledObjects, AnIndexThatListsNothing) {
  CheckedFiles files = Sharded("b.safetensors", "b.safetensors");
  files["model.safetensors.index.json"] = R"({"metadata": {}, "weight_map": {}})";
  const RuleCase cases[] = {
      {"WL-W-021", files, "transformers==4.37.2", "FAIL", "IndexError: list index out of range"},
      {"WL-W-021", files, "transformers==4.56.2,torch==2.15.0", "DIFFERS", ""},
  };
  TryRules(cases);
}

}  // namespace
}  // namespace weighlock

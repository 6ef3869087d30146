// From messages, whatever became of them on their way, to the failures that they are of.
#include "weighlock/explain.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "compat/knowledge.h"
#include "explain/canonical.h"
#include "explain/catalogue.h"
#include "explain/literal_search.h"
#include "explain/message_form.h"
#include "explain/plain_text.h"

namespace weighlock {
namespace {

// "E20 F4": the failures that are told, the best first; "|" before one that may be meant as well,
// "?" before those that are guessed.
std::string Told(std::string_view text) {
  const auto report = ExplainMessage(text);
  if (!report) return report.error().Message();
  std::string out;
  if (!report->guesses.empty()) out = "?";
  for (const auto* list : {&report->found, &report->guesses}) {
    for (const Explanation& e : *list) {
      out += (out.empty() ? "" : " ") + std::string(e.or_else ? "|" : "") + e.failure.id;
    }
  }
  return out;
}

struct Case {
  const char* text;
  const char* told;
};

TEST(Explain, FindsTheFailureWhateverBecameOfTheText) {
  const Case cases[] = {
      {"KeyError: 'llama'", "E20"},
      {"KeyError: 'gelu_pytorch_tanh'", "F4"},
      {"KeyError: 'XLORA'", "E38b"},
      {"error: creating server: Internal - failed to load all models", "P9"},
      {"KeyError: 'nobodys'", "? E20 |E38b |F4 |F16"},
      {"  File \"peft/mapping.py\", line 5\n    PEFT_TYPE_TO_CONFIG_MAPPING[peft_type]\n"
       "KeyError: 'NEWER'",
       "E38b"},
      {"  File \".../configuration_auto.py\", line 1, in __getitem__\n    raise KeyError(key)\n"
       "KeyError: 'newer'",
       "E20"},
      // Without the exception's type; with its module.
      {"Tokenizer class TokenizersBackend does not exist or is not currently imported.", "E41"},
      {"transformers.x.y.ValueError: Tokenizer class QwenTokenizer does not exist or is not "
       "currently imported.",
       "E48"},
      // Colours, log prefixes, wrapped lines, quotes that a text processor made.
      {"\x1b[31mValueError\x1b[0m: Unknown \x1b[1mquantization\x1b[0m type, got fp8 - supported "
       "types are: ['awq']",
       "E25"},
      {"\\u001b[31mValueError\\u001b[0m: Unknown quantization type, got fp8 - supported types",
       "E25"},
      {"2024-05-01T10:00:00Z web-1 | OSError: Error no file named pytorch_model.bin, tf_mo\n"
       "2024-05-01T10:00:00Z web-1 | del.h5, model.ckpt.index or flax_model.msgpack found in d\n"
       "2024-05-01T10:00:00Z web-1 | irectory /opt/ml/model.",
       "E1b |E1a"},
      {"ValueError: ‘rope_scaling’ must be a dictionary with two fields, ‘type’ and ‘factor’, got "
       "{‘factor’: 8.0, ‘rope_type’: ‘llama3’}",
       "E23"},
      {"ValueError: rope_scaling must be a dictionary with two fields, type and factor, got {}",
       "E23"},
      {"{\"log\":\"AttributeError: &#39;NoneType&#39; object has no attribute "
       "&quot;get&quot;\\n\"}",
       "E2 |F13 |F21"},
      {"\"OSError: Can't load tokenizer for 'x'. If you were trying to load it from "
       "'https://huggingface.co/models', make sure you don't have a local directory with\\nthe "
       "same "
       "name.",
       "E52"},
      // Cut off.
      {"ValueError: The checkpoint you are trying to load has model type `qwen3` but Transfor...",
       "E21"},
      {"ValueError: Due to a serious vulnerability issue in `torch.load`, even with", "E13"},
      // One error behind another, each told.
      {"RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central "
       "directory\n\nDuring handling of the above exception, another exception occurred:\n\n"
       "OSError: Unable to load weights from pytorch checkpoint file for 'm' at "
       "'m/pytorch_model.bin'. If you tried to load a PyTorch model from a TF 2.0 checkpoint, "
       "please set from_tf=True.",
       "E8 E10"},
      // Of the same words.
      {"TypeError: stat: path should be string, bytes, os.PathLike or integer, not NoneType",
       "E52b"},
      {"OSError: Can't load config for '/.sagemaker/mms/models/model'. Make sure that:\n\n- "
       "'/.sagemaker/mms/models/model' is a correct model identifier listed on "
       "'https://huggingface.co/models'\n\n- or '/.sagemaker/mms/models/model' is the correct path "
       "to a directory containing a config.json file\n\n",
       "E56"},
      // What two failures say alike: the likelier first.
      {"AttributeError: 'list' object has no attribute 'keys'", "E42 |E8c"},
      {"AttributeError: 'NoneType' object has no attribute 'keys'", "E42 |E8c"},
      {"AttributeError: 'list' object has no attribute 'keys' (in load_state_dict)", "E8c"},
      // What is nobody's.
      {"", ""},
      {"hello", ""},
      {"Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n", ""},
      {"RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0)", ""},
      {"FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'", ""},
      {"ModuleNotFoundError: No module named 'requests'", ""},
      {"AttributeError: 'NoneType' object has no attribute 'shape'", ""},
      {"AttributeError: 'dict' object has no attribute 'keyed'", ""},
      {"ImportError: cannot import name 'x' from 'mypackage.y'", ""},
      {"TypeError: forward() got an unexpected keyword argument 'labels'", ""},
      {"ValueError: could not convert string to float: 'a'", ""},
      {"json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "? E19b"},
  };
  for (const Case& c : cases) EXPECT_EQ(Told(c.text), c.told) << c.text;
}

TEST(Explain, SaysWhatHelpsFromWhatTheMessageNames) {
  const struct {
    const char* text;
    const char* version;
    const char* also;
  } cases[] = {
      {"KeyError: 'llama'", "4.28.0", "the first that knows llama"},
      {"KeyError: “qwen2”", "4.37.0", "the first that knows qwen2"},
      {"The checkpoint you are trying to load has model type `transfo-xl` but Transformers does "
       "not recognize this architecture.",
       "", "only 4.37.0 and later say these words, and 3.0.0, the first that knows transfo-xl"},
      {"KeyError: 'transfo-xl'", "3.0.0", "the first that knows transfo-xl; 5.0.0 no longer does"},
      {"Unknown quantization type, got fp8 - supported types are: ['awq']", "4.49.0",
       "the first that knows fp8"},
      {"KeyError: 'gelu_pytorch_tanh'", "4.27.0", "the first that knows gelu_pytorch_tanh"},
      {"KeyError: 'ADALORA'", "0.3.0", "the first that knows ADALORA"},
      {"The checkpoint you are trying to load has model type `nobodys` but Transformers does not "
       "recognize this architecture.",
       "", "none up to"},
      {"ValueError: Due to a serious vulnerability issue in `torch.load`, even with", "2.6.0", ""},
  };
  for (const auto& c : cases) {
    const auto report = ExplainMessage(c.text);
    ASSERT_TRUE(report && !report->found.empty()) << c.text;
    const auto& upgrades = report->found[0].failure.upgrades;
    ASSERT_FALSE(upgrades.empty()) << c.text;
    EXPECT_EQ(upgrades[0].version, c.version) << c.text;
    EXPECT_EQ(upgrades[0].also.substr(0, std::string_view(c.also).size()), c.also) << c.text;
  }
}

// A message with something in each of its holes.
std::string FilledIn(const std::string& message, const std::string& value) {
  const MessageForm form = FormOf(message);
  std::string out = message;
  for (const std::string& hole : form.holes) {
    const std::string slot = "{" + hole + "}";
    // Of Python's own messages those are ours that speak of what JSON can hold.
    out.replace(out.find(slot), slot.size(), hole == "class" && value == "abc" ? "list" : value);
  }
  return out;
}

TEST(Explain, EveryMessageOfTheCatalogueIsTakenForItsOwnFailure) {
  const auto catalogue = Catalogue::Builtin();
  ASSERT_TRUE(catalogue) << catalogue.error().Message();
  for (const CatalogueFailure& failure : catalogue->failures()) {
    for (const CatalogueMessage& message : failure.messages) {
      if (FormOf(message.said.text).core == 0) continue;
      if (!message.slots.empty()) continue;  // foreign_errors_test.cc
      const std::string text =
          FilledIn(message.said.text, message.with.empty() ? "abc" : message.with[0]);
      const auto report = ExplainMessage("2024 ERROR [x] " + text + "\n");
      ASSERT_TRUE(report);
      bool told = false;
      for (const Explanation& e : report->found) told |= e.failure.id == failure.text.id;
      for (const Explanation& e : report->guesses) told |= e.failure.id == failure.text.id;
      EXPECT_TRUE(told) << failure.text.id << ": " << text;
    }
  }
}

TEST(Explain, TheCatalogueHasItsSixtyFiveFailures) {
  const auto catalogue = Catalogue::Builtin();
  ASSERT_TRUE(catalogue);
  std::set<std::string> ids;
  for (const CatalogueFailure& failure : catalogue->failures()) {
    EXPECT_TRUE(ids.insert(failure.text.id).second) << failure.text.id << " is there twice";
    EXPECT_EQ(failure.text.confidence, "A") << failure.text.id << " was not tried";
  }
  std::vector<std::string> wanted = {"E1a", "E1b", "E1c", "E1d", "E1e", "E7b", "E46b"};
  for (int i = 2; i < 60; ++i) wanted.push_back(fmt::format("E{}", i));
  EXPECT_EQ(wanted.size(), 65u);
  for (const std::string& id : wanted) EXPECT_TRUE(ids.contains(id)) << id;
}

TEST(Explain, FindsRulesAndFailuresByTheirIds) {
  const auto rule = FindCheckRule("wl-w-013");
  ASSERT_TRUE(rule && *rule);
  EXPECT_EQ((*rule)->id, "WL-W-013");
  EXPECT_EQ((*rule)->stage, "weights");
  EXPECT_EQ((*rule)->failures, std::vector<std::string>{"E13"});
  ASSERT_EQ((*rule)->messages.size(), 1u);
  EXPECT_EQ((*rule)->messages[0].releases, "transformers >=4.52.0");
  const auto data = FindCheckRule("WL-C-010");  // of kb/check.json
  ASSERT_TRUE(data && *data);
  EXPECT_EQ((*data)->messages.size(), 3u);
  EXPECT_FALSE(*FindCheckRule("WL-W-999"));
  const auto failure = FindFailure("e1A");
  ASSERT_TRUE(failure && *failure);
  EXPECT_EQ((*failure)->id, "E1a");
  EXPECT_FALSE(*FindFailure("E99"));
}

TEST(Explain, NoMoreOfATextIsReadThanItsEnd) {
  std::string text = "KeyError: 'llama'\n" + std::string(kExplainedBytes, '.');
  const auto cut = ExplainMessage(text);
  ASSERT_TRUE(cut);
  EXPECT_TRUE(cut->found.empty());
  EXPECT_EQ(cut->notes, std::vector<std::string>{"only its last 4 MiB were read"});
  text += "KeyError: 'llama'";
  EXPECT_EQ(Told(text), "E20");
}

TEST(Explain, ACatalogueThatNamesWhatIsNotThereIsRefused) {
  const std::string rules = R"({"schema": "weighlock-rules/1", "rules": []})";
  const auto parse = [&](const std::string& row) {
    const auto catalogue = Catalogue::Parse(
        R"({"schema": "weighlock-failures/1", "failures": [)" + row + "]}", rules, rules);
    return catalogue ? std::string("read") : catalogue.error().what();
  };
  const std::string head =
      R"({"id": "E1", "stage": "weights", "cause": "c", "fix": "f", "confidence": "A", "source": "s", )";
  EXPECT_EQ(parse(head + R"("messages": [{"text": "a"}]})"), "read");
  EXPECT_EQ(parse(R"({"id": "E1"})"),
            "E1: a failure wants stage, cause, fix, confidence and source");
  EXPECT_EQ(parse(head + R"("rules": ["WL-W-999"]})"), "E1: no such rule: WL-W-999");
  EXPECT_EQ(parse(head + R"("messages": [{"words": "nobodys"}]})"), "E1: no such words");
  EXPECT_EQ(parse(head + R"("messages": [{"rule": "WL-W-999"}]})"), "E1: no such rule");
  EXPECT_EQ(parse(head + R"("messages": [{}]})"), "E1: a message that says nothing");
}

TEST(Canonical, KeepsLettersAndDigitsAndWhereTheyStood) {
  const Case cases[] = {
      {"A b-1\n", "ab1"},
      {"\x1b[1;31mred\x1b[0m", "red"},
      {"\x1b]0;title\atext", "text"},
      {"\\x1b[31mred\\u001b[0m", "red"},
      {"a\\nb\\tc\\\"d\\u2019s", "abcds"},
      {"C:\\models\\x", "cmodelsx"},
      {"&quot;a&#39;b&lt;c & d;", "abcd"},
      {"“naïve”", "nave"},
      {"\x1b[", ""},
      {"\\", ""},
      {"&", ""},
  };
  for (const Case& c : cases) {
    const Canonical canonical = Canonicalise(PlainText(c.text));
    EXPECT_EQ(canonical.letters, c.told) << c.text;
    EXPECT_EQ(canonical.offsets.size(), canonical.letters.size());
  }
  EXPECT_EQ(Canonicalise(" a b").offsets, (std::vector<uint32_t>{1, 3}));
}

TEST(MessageForm, CutsAtHolesAndIntoPieces) {
  const MessageForm form = FormOf("OSError: Error no file named {a.b} found in {/c} {D} {");
  std::vector<std::string> pieces;
  for (const FormPiece& piece : form.pieces) pieces.push_back(piece.letters);
  EXPECT_EQ(pieces, (std::vector<std::string>{"oserror", "errornofile", "named", "foundin"}));
  EXPECT_EQ(form.holes, (std::vector<std::string>{"a.b", "/c"}));
  EXPECT_TRUE(form.pieces[0].is_exception);
  EXPECT_EQ(form.letters, 30u);
  EXPECT_EQ(form.core, 23u);
}

TEST(LiteralSearch, FindsWhatLookingForEachFinds) {
  std::mt19937 random(6);
  for (int round = 0; round < 200; ++round) {
    const auto word = [&](size_t most) {
      std::string out(1 + random() % most, 'a');
      for (char& c : out) c = static_cast<char>('a' + random() % 2);
      return out;
    };
    std::set<std::string> distinct;
    for (int i = 0; i < 8; ++i) distinct.insert(word(5));
    const std::vector<std::string> literals(distinct.begin(), distinct.end());
    const std::string text = word(60);
    std::multiset<std::pair<size_t, size_t>> wanted, got;
    for (size_t i = 0; i < literals.size(); ++i) {
      for (size_t at = text.find(literals[i]); at != std::string::npos;
           at = text.find(literals[i], at + 1)) {
        wanted.emplace(at + literals[i].size(), i);
      }
    }
    LiteralSearch(literals).Run(text, [&](size_t i, size_t end) { got.emplace(end, i); });
    EXPECT_EQ(got, wanted);
  }
}

}  // namespace
}  // namespace weighlock

// Errors of others, which must not be taken for ours; and ours, which must be known whatever became
// of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "explain/catalogue.h"
#include "explain/message_form.h"
#include "explain/message_search.h"
#include "explain/plain_text.h"
#include "explain/surroundings.h"
#include "weighlock/explain.h"

namespace weighlock {
namespace {

// "E20 |E38b", and behind "?" what is only guessed; "@train.py" where others said it.
std::string Told(std::string_view text) {
  const auto report = ExplainMessage(text);
  if (!report) return report.error().Message();
  std::string out;
  for (const Explanation& e : report->found) {
    out += (out.empty() ? "" : " ") + std::string(e.or_else ? "|" : "") + e.failure.id;
  }
  if (!report->guesses.empty()) out += "?";
  return report->raised_in.empty() ? out : out + "@" + report->raised_in;
}

// A traceback that ends in `file`, in a line of code.
std::string Raised(const char* file, const char* function, const char* code, const char* error) {
  return fmt::format(
      "Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in <module>\n"
      "    main()\n  File \"{}\", line 88, in {}\n    {}\n{}\n",
      file, function, code, error);
}

constexpr const char* kSite = "/opt/conda/lib/python3.10/site-packages/";

TEST(Foreign, ErrorsOfOthersAreNotOurs) {
  const auto site = [](const char* file) { return std::string(kSite) + file; };
  const std::string texts[] = {
      // A KeyError is everybody's.
      "KeyError",
      "KeyError:",
      "KeyError: 0",
      "KeyError: ('a', 'b')",
      "KeyError: 'bert.embeddings.word_embeddings.weight'",
      "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\nKeyError",
      "KeyError: \"Column text not in the dataset. Current columns in the dataset: ['label']\"",
      Raised("train.py", "<lambda>", "lambda x: tok(x['text'])", "KeyError: 'text'"),
      Raised("/app/data.py", "collate", "return batch['linear']", "KeyError: 'linear'"),
      Raised("/app/data.py", "read", "kinds['clip'] += 1", "KeyError: 'clip'"),
      Raised(site("transformers/tokenization_utils_base.py").c_str(), "__getitem__",
             "return self.data[item]", "KeyError: 'token_type_ids'"),
      Raised(site("transformers/trainer.py").c_str(), "_inner_training_loop",
             "tr_loss_step = self.training_step(model, inputs)", "KeyError: 'loss'"),
      Raised(site("datasets/dataset_dict.py").c_str(), "__getitem__", "return super()[k]",
             "KeyError: 'validation'"),
      Raised(site("pandas/core/indexes/base.py").c_str(), "get_loc", "raise KeyError(key) from err",
             "KeyError: 'label'"),
      "botocore.errorfactory.NoSuchKey: An error occurred (NoSuchKey) when calling the GetObject "
      "operation: The specified key does not exist.",
      // Arguments that others do not take.
      "TypeError: Trainer.__init__() got an unexpected keyword argument 'tokenizer'",
      "TypeError: TrainingArguments.__init__() got an unexpected keyword argument "
      "'evaluation_strategy'",
      "TypeError: BitsAndBytesConfig.__init__() got an unexpected keyword argument 'x'",
      "TypeError: Accelerator.__init__() got an unexpected keyword argument 'dispatch_batches'",
      "TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'dataset_text_field'",
      "TypeError: MaxPooling.__init__() got an unexpected keyword argument 'k'",
      "TypeError: forward() got an unexpected keyword argument 'num_items_in_batch'",
      "TypeError: compute_loss() got an unexpected keyword argument 'num_items_in_batch'",
      Raised("/app/net.py", "build", "Net(hidden=3)",
             "TypeError: __init__() got an unexpected keyword argument 'hidden'"),
      // torch and the GPU.
      "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 15.78 "
      "GiB total capacity; 14.1 GiB already allocated)",
      "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.",
      "RuntimeError: CUDA error: device-side assert triggered",
      "RuntimeError: CUDA error: no kernel image is available for execution on the device",
      "RuntimeError: Expected all tensors to be on the same device, but found at least two "
      "devices, "
      "cuda:0 and cpu!",
      "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x768 and 512x10)",
      "RuntimeError: stack expects each tensor to be equal size, but got [5] at entry 0 and [7] at "
      "entry 1",
      "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn",
      "RuntimeError: \"LayerNormKernelImpl\" not implemented for 'Half'",
      "RuntimeError: NCCL error in: ../torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp:1269, "
      "unhandled system error",
      "RuntimeError: DataLoader worker (pid 4513) is killed by signal: Killed.",
      "AssertionError: Torch not compiled with CUDA enabled",
      "AttributeError: module 'torch' has no attribute 'compile'",
      Raised("/app/net.py", "forward", "return x[0]",
             "IndexError: index 0 is out of bounds for dimension 0 with size 0"),
      "IndexError: index out of range in self",
      "ValueError: Expected input batch_size (8) to match target batch_size (16).",
      // datasets, Trainer, accelerate.
      "KeyError                                  Traceback (most recent call last)\nCell In[7], "
      "line "
      "1\n----> 1 ds.map(lambda x: tok(x[\"text\"]))\n\nFile "
      "~/venv/lib/python3.10/site-packages/datasets/formatting/formatting.py:286, in "
      "LazyDict.__getitem__(self, key)\n--> 286     value = self.data[key]\n\nKeyError: 'text'",
      "ValueError: Could not load model /model with any of the following classes: (<class "
      "'transformers.models.auto.modeling_auto.AutoModelForSequenceClassification'>,).",
      "datasets.exceptions.DatasetNotFoundError: Dataset 'x/y' doesn't exist on the Hub or cannot "
      "be accessed.",
      "pyarrow.lib.ArrowInvalid: Column 1 named labels expected length 1000 but got length 2",
      "ValueError: Unable to create tensor, you should probably activate truncation and/or padding "
      "with 'padding=True' 'truncation=True' to have batched tensors with the same length.",
      "ValueError: Asking to pad but the tokenizer does not have a padding token.",
      "ImportError: Using the `Trainer` with `PyTorch` requires `accelerate>=0.26.0`: Please run "
      "`pip install transformers[torch]`",
      "ValueError: FP16 Mixed precision training with AMP or APEX (`--fp16`) can only be used on "
      "CUDA devices.",
      "ValueError: You can't train a model that has been loaded in 8-bit precision on a different "
      "device than the one you're training on.",
      "ImportError: Using the `Trainer` requires Accelerate: `pip install accelerate`",
      "ValueError: Unrecognized image processor in m. Should have a `image_processor_type` key in "
      "its preprocessor_config.json of config.json, or one of the following `model_type` keys in "
      "its "
      "config.json: align, beit",
      "OSError: Can't load the model for 'x/y'. If you were trying to load it from "
      "'https://huggingface.co/models', make sure you don't have a local directory with the same "
      "name.",
      "OSError: x/y is not a local folder and is not a valid model identifier listed on "
      "'https://huggingface.co/models'",
      "ModuleNotFoundError: No module named 'numpy.core.foo'",
      "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
      "TypeError: unsupported operand type(s) for //: 'NoneType' and 'int'",
      "TypeError: list indices must be integers or slices, not tuple",
      "TypeError: expected str, bytes or os.PathLike object, not dict",
      "AttributeError: 'Tensor' object has no attribute 'items'",
      "AttributeError: 'DatasetDict' object has no attribute 'keys2'",
      "RecursionError: maximum recursion depth exceeded in comparison",
      "EOFError: EOF when reading a line",
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/pytorch_model.bin.tmp'",
      "Some weights of the model were frozen",
      "ValueError: Model architectures must be given",
      // Python, JSON and text of others.
      Raised("/app/api.py", "read", "return response.json()",
             "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
      Raised(site("requests/models.py").c_str(), "json", "raise RequestsJSONDecodeError(e.msg)",
             "requests.exceptions.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
      Raised(site("pandas/io/parsers/readers.py").c_str(), "read_csv", "return _read(path, kwds)",
             "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid "
             "start byte"),
      Raised("/app/x.py", "f", "config = load()['model'].get('a')",
             "AttributeError: 'NoneType' object has no attribute 'get'"),
      Raised("/app/x.py", "f",
             "for k in rows.keys():", "AttributeError: 'list' object has no attribute 'keys'"),
      Raised(site("transformers/tokenization_utils_base.py").c_str(), "pad",
             "for k in encoded_inputs.keys():",
             "AttributeError: 'list' object has no attribute 'keys'"),
      Raised("/app/x.py", "f", "callback()", "TypeError: 'NoneType' object is not callable"),
      Raised("/app/x.py", "f", "seen.add({})", "TypeError: unhashable type: 'dict'"),
      Raised("/app/x.py", "f", "a // b", "ZeroDivisionError: integer division or modulo by zero"),
      Raised("/app/x.py", "f", "return f(x)",
             "RecursionError: maximum recursion depth exceeded while calling a Python object"),
      Raised("/app/cache.py", "f", "return pickle.load(fh)", "EOFError: Ran out of input"),
      Raised("/app/x.py", "f", "int(text)",
             "ValueError: invalid literal for int() with base 10: 'abc'"),
      "ValueError: could not convert string to float: 'a'",
      "FileNotFoundError: [Errno 2] No such file or directory: 'data/train.jsonl'",
      "ModuleNotFoundError: No module named 'trl'",
      "ModuleNotFoundError: No module named 'tensorboard'",
      // pip, the disk, the net.
      "ERROR: Could not find a version that satisfies the requirement torch==9.9 (from versions: "
      "1.11.0, 1.12.0)\nERROR: No matching distribution found for torch==9.9",
      "ERROR: pip's dependency resolver does not currently take into account all the packages that "
      "are installed.",
      "error: subprocess-exited-with-error\n\n\xC3\x97 python setup.py egg_info did not run "
      "successfully.",
      Raised("/app/train.py", "save", "torch.save(x, path)",
             "OSError: [Errno 28] No space left on device"),
      "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='huggingface.co', port=443): "
      "Max retries exceeded with url: /api/models/x",
      "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
      "https://huggingface.co/api/whoami-v2",
      "huggingface_hub.errors.GatedRepoError: 403 Client Error. Cannot access gated repo for url "
      "https://huggingface.co/meta-llama/x/resolve/main/config.json.",
      "OSError: We couldn't connect to 'https://huggingface.co' to load this file, couldn't find "
      "it "
      "in the cached files and it looks like bert-base-uncased is not the path to a directory "
      "containing a file named config.json.",
      "urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='huggingface.co', port=443): "
      "Read timed out.",
      "Killed",
      "Segmentation fault (core dumped)",
  };
  EXPECT_GE(std::size(texts), 80u);
  for (const std::string& text : texts) {
    const std::string told = Told(text);
    EXPECT_TRUE(told.empty() || told.starts_with("@")) << told << ": " << text;
  }
}

// What is Python's own, and stands alone, is at most a guess.
TEST(Foreign, WordsThatAreAnybodysAreGuessedAndNoMore) {
  for (const char* text :
       {"KeyError: 'text'", "KeyError: 'labels'",
        "TypeError: empty() received an invalid combination of arguments - got (str), but expected "
        "one of: (tuple of ints size)",
        "KeyError: None", "TypeError: 'NoneType' object is not callable",
        "TypeError: unhashable type: 'dict'",
        "ZeroDivisionError: integer division or modulo by zero", "EOFError: Ran out of input",
        "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        "ModuleNotFoundError: No module named 'accelerate'",
        "OSError: [Errno 28] No space left on device",
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0x80 in position 0: invalid start "
        "byte",
        "TypeError: __init__() got an unexpected keyword argument 'x'",
        "ValueError: invalid literal for int() with base 10: 'abc'"}) {
    EXPECT_EQ(Told(text), "?") << text;
  }
}

TEST(Foreign, TheSameWordsAreOursWhereAModelIsLoaded) {
  const struct {
    const char* file;
    const char* function;
    const char* code;
    const char* error;
    const char* told;
  } cases[] = {
      {"transformers/models/auto/configuration_auto.py", "__getitem__", "raise KeyError(key)",
       "KeyError: 'newer'", "E20"},
      {"transformers/models/auto/configuration_auto.py", "from_pretrained",
       "config_class = CONFIG_MAPPING[config_dict[\"model_type\"]]", "KeyError: 'qwen9'", "E20"},
      {"transformers/activations.py", "__getitem__", "content = super().__getitem__(key)",
       "KeyError: 'nobodys'", "F4"},
      {"transformers/modeling_utils.py", "load_state_dict",
       "if metadata.get(\"format\") not in [\"pt\", \"tf\", \"flax\"]:",
       "AttributeError: 'NoneType' object has no attribute 'get'", "E2 |F13 |F21"},
      {"transformers/tokenization_utils_base.py", "_set_model_specific_special_tokens",
       "self.SPECIAL_TOKENS_ATTRIBUTES + list(special_tokens.keys())",
       "AttributeError: 'list' object has no attribute 'keys'", "E42"},
      {"transformers/tokenization_utils_base.py", "_from_pretrained",
       "init_kwargs = json.load(tokenizer_config_handle)\n  File "
       "\"/usr/lib/python3.10/json/__init__.py\", line 293, in load\n    return loads(fp.read(),\n"
       "  File \"/usr/lib/python3.10/json/decoder.py\", line 355, in raw_decode\n"
       "    raise JSONDecodeError(\"Expecting value\", s, err.value) from None",
       "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "E19b"},
      {"transformers/modeling_utils.py", "load_state_dict",
       "return torch.load(checkpoint_file)\n  File "
       "\"/opt/conda/lib/python3.10/site-packages/torch/serialization.py\", line 1033, in "
       "_legacy_load\n    magic_number = pickle_module.load(f)",
       "EOFError: Ran out of input", "E7c"},
      {"peft/config.py", "from_pretrained", "config = config_cls(**kwargs)",
       "TypeError: __init__() got an unexpected keyword argument 'eva_config'", "E38"},
  };
  for (const auto& c : cases) {
    const std::string text =
        Raised((kSite + std::string(c.file)).c_str(), c.function, c.code, c.error);
    EXPECT_EQ(Told(text), c.told) << text;
  }
}

TEST(Foreign, TheCauseIsTheLastOfATracebacksChain) {
  const std::string text =
      Raised((std::string(kSite) + "transformers/models/auto/configuration_auto.py").c_str(),
             "__getitem__", "raise KeyError(key)", "KeyError: 'newer'") +
      "\nDuring handling of the above exception, another exception occurred:\n\n" +
      Raised("/app/x.py", "f", "log(names['text'])", "KeyError: 'text'");
  EXPECT_EQ(Told(text), "@/app/x.py");
}

TEST(Surroundings, FramesOfAllKinds) {
  const struct {
    std::string before;
    const char* place;
  } cases[] = {
      {"", ""},
      {"ERROR at line 3 of x.txt\n", ""},
      {"  File \"a/b.py\", line 3, in f\n    g()\n", "a/b.py"},
      {"  File 'serve.py', line 3\n", "serve.py"},
      {"  File “c.py”, line 3\n", "c.py"},
      {"\\n  File \\\"d.py\\\", line 3, in f\\n", "d.py"},
      {"\x1b[0;32m~/e.py\x1b[0m in \x1b[0;36mf\x1b[0;34m(a)\x1b[0m\n", "~/e.py"},
      {"File C:\\x\\y.py:12, in f(a)\n     10 x\n---> 12 y\n", "C:\\x\\y.py"},
      {"~/a.py in f(self)\n", "~/a.py"},
      {"tests/test_x.py:17: in test_y\n", "tests/test_x.py"},
      {"  File \"<stdin>\", line 1, in <module>\n", "<stdin>"},
      {"Cell In[3], line 2\n----> 2 x\n", "Cell In[3]"},
      {"  File \"a.py\", line 1\n  File \"<frozen importlib._bootstrap>\", line 2\n", "a.py"},
      {"  File \"a.py\", line 1\n  File \"/usr/lib/python3.11/json/decoder.py\", line 2\n", "a.py"},
      {"  File \"a.py\", line 1\nTraceback (most recent call last):\n", ""},
  };
  for (const auto& c : cases) {
    const std::string plain = PlainText(c.before);
    const Surroundings around = SurroundingsOf(plain + "KeyError: 'x'", plain.size());
    EXPECT_EQ(around.place, c.place) << c.before;
    EXPECT_EQ(around.traced, *c.place != '\0') << c.before;
  }
}

// Every message of the catalogue, with a name of its own in each hole.
TEST(Slots, EachIsFilledWithItsOwnWord) {
  const auto catalogue = Catalogue::Builtin();
  ASSERT_TRUE(catalogue) << catalogue.error().Message();
  for (const CatalogueFailure& failure : catalogue->failures()) {
    for (const CatalogueMessage& message : failure.messages) {
      const MessageForm form = FormOf(message.said.text);
      if (form.holes.empty() || form.letters == 0) continue;
      std::string text = message.said.text;
      std::vector<std::pair<std::string, std::string>> wanted;
      for (size_t i = 0; i < form.holes.size(); ++i) {
        const std::string slot = "{" + form.holes[i] + "}";
        wanted.emplace_back(form.holes[i], fmt::format("zq{}x", i));
        text.replace(text.find(slot), slot.size(), wanted.back().second);
      }
      const MessageSearch search({form});
      for (const std::string& around :
           {text, "2024 ERROR " + text + "\nmore", "x\n" + text + "\n"}) {
        const Canonical canonical = Canonicalise(around);
        const auto matches = search.Run(canonical);
        ASSERT_EQ(matches.size(), 1u) << failure.text.id << ": " << around;
        for (const auto& [name, value] : search.Values(matches[0], canonical, around)) {
          const bool right =
              std::find(wanted.begin(), wanted.end(), std::pair(name, value)) != wanted.end();
          EXPECT_TRUE(right) << failure.text.id << " " << name << " is " << value << ": " << around;
        }
        EXPECT_EQ(search.Values(matches[0], canonical, around).size(), wanted.size())
            << failure.text.id << ": " << around;
      }
    }
  }
}

std::string FilledIn(const CatalogueMessage& message) {
  const MessageForm form = FormOf(message.said.text);
  std::string out = message.said.text;
  for (const std::string& hole : form.holes) {
    std::string value = message.with.empty() ? "abc" : message.with[0];
    if (hole == "class" && message.with.empty()) value = "list";
    for (const SlotWords& slot : message.slots) {
      const std::string& first = slot.patterns[0];
      const size_t star = first.find('*');
      if (slot.slot == hole) value = star == first.npos ? first : first.substr(0, star) + "8";
    }
    out.replace(out.find("{" + hole + "}"), hole.size() + 2, value);
  }
  return out;
}

// The frames above it are of the file that loads models.
std::string InATraceback(const std::string& text) {
  return Raised((std::string(kSite) + "transformers/models/auto/auto_factory.py").c_str(),
                "from_pretrained", "return model_class.from_pretrained(path)", text.c_str());
}

// Lines are broken between words.
std::string InALog(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t space = std::min(text.find(' ', 100), text.size());
    out += fmt::format("\x1b[2m2026-03-01 10:00:00,123\x1b[0m [worker-1] ERROR {}\n",
                       text.substr(0, space));
    text.remove_prefix(space);
  }
  return out;
}

TEST(Slots, EveryMessageIsKnownInATracebackAndInALog) {
  const auto catalogue = Catalogue::Builtin();
  ASSERT_TRUE(catalogue);
  for (const CatalogueFailure& failure : catalogue->failures()) {
    for (const CatalogueMessage& message : failure.messages) {
      const std::string text = FilledIn(message);
      for (const std::string& mangled : {text, InATraceback(text), InALog(text)}) {
        const auto report = ExplainMessage(mangled);
        ASSERT_TRUE(report);
        bool told = false;
        for (const Explanation& e : report->found) told |= e.failure.id == failure.text.id;
        for (const Explanation& e : report->guesses) told |= e.failure.id == failure.text.id;
        EXPECT_TRUE(told) << failure.text.id << ": " << mangled;
      }
    }
  }
}

}  // namespace
}  // namespace weighlock

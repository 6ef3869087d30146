// The tables are sorted and well formed, and what they must never allow is not in them.
#include "scan/pickle/name_policy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "scan/pickle/argument_rules.h"

namespace weighlock::scan {
namespace {

std::vector<std::string> LinesOf(const std::string& file) {
  std::ifstream in(std::string(WL_SOURCE_DIR) + "/kb/scan/" + file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(NamePolicy, TablesAreSortedAndEveryRowIsFound) {
  for (const char* file : {"names.tsv", "libraries.tsv"}) {
    const auto lines = LinesOf(file);
    ASSERT_GT(lines.size(), 500u);
    for (size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) {
        EXPECT_LT(lines[i - 1], lines[i]) << file;
      }
      const size_t first = lines[i].find('\t'), second = lines[i].find('\t', first + 1);
      const std::string module = lines[i].substr(0, first);
      const std::string name = lines[i].substr(first + 1, second - first - 1);
      EXPECT_NE(LookupName(module, name).standing, Standing::kUnknown) << lines[i];
    }
  }
}

struct Case {
  const char* module;
  const char* name;
};

TEST(NamePolicy, NeverAllowed) {
  const Case cases[] = {
      {"os", "system"},
      {"posix", "system"},
      {"nt", "system"},
      {"subprocess", "Popen"},
      {"builtins", "eval"},
      {"builtins", "exec"},
      {"builtins", "getattr"},
      {"builtins", "__import__"},
      {"builtins", "map"},
      {"builtins", "filter"},
      {"builtins", "type"},
      {"builtins", "super"},
      {"builtins", "open"},
      {"builtins", "memoryview"},
      {"importlib", "import_module"},
      {"importlib.util", "find_spec"},
      {"operator", "attrgetter"},
      {"_operator", "methodcaller"},
      {"functools", "reduce"},
      {"codecs", "decode"},
      {"types", "CodeType"},
      {"types", "FunctionType"},
      {"uuid", "_popen"},
      {"copyreg", "add_extension"},
      {"marshal", "loads"},
      {"pickle", "loads"},
      {"_pickle", "Unpickler"},
      {"torch", "load"},
      {"torch.hub", "load"},
      {"torch.jit", "load"},
      {"torch._inductor.codecache", "compile_file"},
      {"torch.serialization", "load"},
      {"torch.utils.collect_env", "run"},
      {"torch._dynamo.guards", "GuardBuilder.get"},
      {"torch.fx.experimental.symbolic_shapes", "ShapeEnv"},
      {"numpy", "load"},
      {"numpy", "memmap"},
      {"numpy.f2py.crackfortran", "getlincoef"},
      {"numpy.testing._private.utils", "runstring"},
      {"numpy.lib.npyio", "load"},
      {"joblib", "load"},
      {"joblib.numpy_pickle", "load"},
      {"pandas", "read_pickle"},
      {"pandas.io.pickle", "read_pickle"},
      {"sklearn.externals.joblib", "load"},
      {"pip._internal", "main"},
      {"pydoc", "locate"},
      {"timeit", "timeit"},
      {"cProfile", "run"},
      {"asyncio", "run"},
      {"logging", "FileHandler"},
      {"logging.config", "dictConfig"},
      {"socket", "socket"},
      {"http.client", "HTTPSConnection"},
      {"urllib.request", "urlopen"},
      {"webbrowser", "open"},
      {"shutil", "rmtree"},
      {"tempfile", "mktemp"},
      {"ctypes", "CDLL"},
      {"_ctypes", "dlopen"},
      {"multiprocessing.util", "spawnv_passfds"},
      {"runpy", "run_path"},
      {"code", "InteractiveInterpreter"},
      {"pkgutil", "resolve_name"},
      {"sys", "exit"},
      {"io", "FileIO"},
      {"_io", "FileIO"},
      {"keras.models", "load_model"},
      {"tensorflow", "py_function"},
      {"IPython", "embed"},
      {"datasets", "load_dataset"},
      {"transformers.dynamic_module_utils", "get_class_from_dynamic_module"},
      {"dill", "loads"},
      {"cloudpickle", "loads"},
      {"smtplib", "SMTP"},
      {"turtle", "done"},
      {"antigravity", "geohash"},
      {"this", "s"},
      {"weakref", "finalize"},
      {"string", "Formatter"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(LookupName(each.module, each.name).standing, Standing::kDangerous)
        << each.module << " " << each.name;
  }
  EXPECT_EQ(LookupName("picklescan.scanner", "scan_file_path").standing, Standing::kTampering);
  EXPECT_EQ(LookupName("fickling", "load").standing, Standing::kTampering);
}

TEST(NamePolicy, UnknownIsNeitherAllowedNorDangerous) {
  const Case cases[] = {{"acme", "Thing"},
                        {"torchvision.datasets.folder", "ImageFolder"},
                        {"", ""},
                        {"collections", "namedtuple"},
                        {"pathlib", "Path.write_text"},
                        {"collections", "OrderedDict.update"},
                        {"torch", "anything"},
                        {"os\tsystem", "x"},
                        {"collections\tOrderedDict\tallowed", "x"}};
  for (const Case& each : cases) {
    EXPECT_EQ(LookupName(each.module, each.name).standing, Standing::kUnknown)
        << each.module << " " << each.name;
  }
}

TEST(NamePolicy, Allowed) {
  const struct {
    Case name;
    const char* rule;
  } cases[] = {{{"collections", "OrderedDict"}, "container"},
               {{"torch._utils", "_rebuild_tensor_v2"}, "tensor"},
               {{"torch", "FloatStorage"}, "storage"},
               {{"torch", "float8_e4m3fn"}, "value"},
               {{"numpy._core.multiarray", "scalar"}, "scalar"},
               {{"numpy.core.multiarray", "_reconstruct"}, "ndarray"},
               {{"_codecs", "encode"}, "latin1"},
               {{"uuid", "UUID"}, "object"},
               {{"copyreg", "_reconstructor"}, "reconstructor"}};
  for (const auto& each : cases) {
    const NamePolicy policy = LookupName(each.name.module, each.name.name);
    EXPECT_EQ(policy.standing, Standing::kAllowed) << each.name.name;
    EXPECT_EQ(policy.rule, each.rule) << each.name.name;
  }
  EXPECT_EQ(LookupName("sklearn.linear_model._logistic", "LogisticRegression").standing,
            Standing::kLibrary);
  EXPECT_EQ(LookupName("transformers.training_args", "TrainingArguments").rule, "object");
  EXPECT_EQ(LookupName("transformers.trainer_utils", "IntervalStrategy").rule, "enum");
}

}  // namespace
}  // namespace weighlock::scan

"""Pickles of libraries: harmless() yields (name, bytes), evil() (name, bytes, least level).

Of libraries that are not installed here, or not in these versions, the pickles are written by classes of
the same names that do nothing: what a pickle says is what counts.
"""
import contextlib
import io
import json
import pickle
import struct
import sys
import types
import zipfile

import joblib
import joblib.numpy_pickle
import numpy as np
import pandas as pd
import scipy.sparse
import scipy.stats
from scipy.spatial.transform import Rotation
import torch
import torch.nn.utils.prune
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import MultiLabelBinarizer


@contextlib.contextmanager
def library(**classes):
    """Modules of these classes, importable while something is pickled: names with "__" for dots."""
    made = []
    for path, base in classes.items():
        module_name, _, name = path.replace("__", ".").rpartition(".")
        parts = module_name.split(".")
        for count in range(1, len(parts) + 1):
            folder = ".".join(parts[:count])
            if folder not in sys.modules:
                sys.modules[folder] = types.ModuleType(folder)
                made.append(folder)
        module = sys.modules[module_name]
        value = type(name, (base,), {"__module__": module_name})
        setattr(module, name, value)
    yield sys.modules
    for module_name in made:
        del sys.modules[module_name]


def dumped(value):
    out = io.BytesIO()
    joblib.dump(value, out)
    return out.getvalue()


def newer_dumped(value):
    """As joblib 1.6 writes it: the objects of an array in the highest protocol."""
    def write_array(wrapper, array, pickler):
        if array.dtype.hasobject:
            pickle.dump(array, pickler.file_handle, protocol=5)
        else:
            kept(wrapper, array, pickler)
    kept = joblib.numpy_pickle.NumpyArrayWrapper.write_array
    joblib.numpy_pickle.NumpyArrayWrapper.write_array = write_array
    try:
        return dumped(value)
    finally:
        joblib.numpy_pickle.NumpyArrayWrapper.write_array = kept


class Reduced:
    def __init__(self, *parts):
        self.parts = parts

    def __reduce_ex__(self, protocol):
        return self.parts


def generator_of_numpy_2():
    """Its state is one of the generator and one of its seeds."""
    seeds = Reduced(np.random.bit_generator.SeedSequence, (), {"entropy": 1, "spawn_key": (), "pool_size": 4})
    state = np.random.MT19937(1).state
    from numpy.random._pickle import __bit_generator_ctor as make
    return Reduced(make, ("MT19937",), (state, seeds))


def numbers(count=9):
    return np.arange(count) / count


def scipy_objects():
    yield "rotation", Rotation.from_euler("z", [10, 20], degrees=True)
    one, other = numbers(), numbers()[::-1] ** 2
    for name in ("ttest_rel", "pearsonr", "spearmanr", "kendalltau", "mannwhitneyu", "wilcoxon", "ks_2samp", "linregress", "f_oneway",
                 "kruskal", "levene", "ranksums", "brunnermunzel", "cramervonmises_2samp"):
        yield name, getattr(scipy.stats, name)(one, other)
    yield "describe", [scipy.stats.describe(one), scipy.stats.normaltest(numbers(20)), scipy.stats.mode(one, keepdims=True),
                       scipy.stats.chi2_contingency([[1, 2], [3, 4]]), scipy.stats.binomtest(3, 10)]
    yield "distributions", [scipy.stats.gamma(2), scipy.stats.randint(0, 5), scipy.stats.norm, scipy.stats.beta, scipy.stats.dirichlet([1, 2])]
    yield "lil", scipy.sparse.lil_matrix(np.eye(3))
    yield "binarizer", MultiLabelBinarizer().fit([["a", "b"], ["c"]])
    yield "frame", pd.DataFrame({"a": ["x", "y"], "b": pd.Categorical(["u", "v"]), "c": pd.to_timedelta([1, 2])})
    yield "generator", generator_of_numpy_2()
    yield "dtypes", pd.Series([np.dtype("f8"), np.dtype("O")])
    yield "functions", {"hashfxn": hash, "size": len}


def other_libraries():
    with library(gensim__models__word2vec__Word2Vec=object, gensim__models__keyedvectors__KeyedVectors=object):
        model = sys.modules["gensim.models.word2vec"].Word2Vec()
        model.wv = sys.modules["gensim.models.keyedvectors"].KeyedVectors()
        model.wv.vectors, model.wv.index_to_key, model.hashfxn = numbers(), ["a", "b"], hash
        yield "w2v.model", pickle.dumps(model)
    with library(nltk__probability__FreqDist=dict, nltk__tree__tree__Tree=list, nltk__tokenize__punkt__PunktParameters=object):
        tree = sys.modules["nltk.tree.tree"].Tree(["a"])
        tree._label = "S"
        punkt = sys.modules["nltk.tokenize.punkt"].PunktParameters()
        punkt.abbrev_types = {"e.g"}
        yield "nltk.pickle", pickle.dumps([tree, punkt, sys.modules["nltk.probability"].FreqDist(a=1)])
    with library(torch__optim__Muon=object, lightgbm__engine__CVBooster=object):
        yield "optimizer.pkl", pickle.dumps([sys.modules["torch.optim"].Muon(), sys.modules["lightgbm.engine"].CVBooster()])


def torch_objects():
    """Whole modules and training objects, with the functions and classes that they keep."""
    layer = torch.nn.TransformerEncoderLayer(4, 2, activation="gelu")
    layer.last = torch.tanh
    yield "activations", layer
    pruned = torch.nn.Linear(2, 2)
    torch.nn.utils.prune.l1_unstructured(pruned, "weight", 0.5)
    yield "pruned", pruned
    data = torch.utils.data.TensorDataset(torch.ones(4))
    yield "loader", torch.utils.data.DataLoader(data, 2, shuffle=True)
    yield "sampler", torch.utils.data.WeightedRandomSampler([0.1, 0.9], 2)


def quantised():
    """Packed weights of a scripted module are the state of an object, a pair."""
    layers = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(4, 4)), {torch.nn.Linear}, dtype=torch.qint8)
    out = io.BytesIO()
    torch.jit.save(torch.jit.script(layers), out)
    return out.getvalue()


def saved_generator(device):
    """As newer torch pickles a generator: its device, then its seed and state."""
    state = b"(K\x07N" + glob("torch._utils._rebuild_tensor_v2") + b"((" + text("storage") + glob("torch.ByteStorage") + text("0") + text("cpu") + b"K\x08tQK\x00K\x08\x85K\x01\x85\x89" + glob("collections.OrderedDict") + b")RtRt"
    return torch_zip(b"\x80\x02" + glob("torch._C.Generator") + device + b"\x85R" + state + b"b.", members=[("archive/data/0", bytes(8))])


def array_of_strings(elements):
    """As numpy 2 pickles strings of any length."""
    dtype = glob("numpy._core._internal._convert_to_stringdtype_kwargs") + b"K\x01\x85R"
    return b"\x80\x03" + glob("numpy._core.multiarray._reconstruct") + glob("numpy.ndarray") + b"K\x00\x85C\x01b\x87R(K\x01K\x02\x85" + dtype + b"\x89" + elements + b"tb."


def jagged(values):
    """A nested tensor as torch keeps its parts."""
    return (b"\x80\x02" + glob("torch._tensor._rebuild_from_type_v2") + b"(" + glob("torch.nested._internal.nested_tensor._rebuild_njt")
            + glob("torch.nested._internal.nested_tensor.NestedTensor") + b"}" + text("values") + values + b"s\x85}tR.")


def jax_array(function, elements, dtype="f4"):
    """An array of jax: how numpy makes one, its state, and what jax knows of it."""
    state = b"(K\x01K\x02\x85" + glob("numpy.dtype") + text(dtype) + b"\x89\x88\x87R\x89" + elements + b"t"
    return b"\x80\x03" + glob("jax._src.array._reconstruct_array") + b"(" + function + b"(" + glob("numpy.ndarray") + b"K\x00\x85C\x01bt" + state + b"}tR."


def nested(sizes, offsets, wrapped=False, held=8, order="little"):
    """A nested tensor in torch's zip: a buffer, and what says where its parts lie."""
    def tensor(key, kind, *shape):
        strides = [b"K" + bytes([shape[-1] if place + 1 < len(shape) else 1]) for place in range(len(shape))]
        count = b"K" + bytes([int(np.prod(shape))])
        pid = b"(" + text("storage") + glob(f"torch.{kind}Storage") + text(key) + text("cpu") + count + b"tQ"
        dims = b"(" + b"".join(b"K" + bytes([size]) for size in shape) + b"t"
        return glob("torch._utils._rebuild_tensor_v2") + b"(" + pid + b"K\x00" + dims + b"(" + b"".join(strides) + b"t\x89" + glob("collections.OrderedDict") + b")RtR"
    parts, dimensions = len(sizes), len(sizes[0])
    strides = [[row[1], 1] for row in sizes]
    args = b"(" + tensor("0", "Float", held) + tensor("1", "Long", parts, dimensions) + tensor("2", "Long", parts, dimensions) + tensor("3", "Long", parts) + b"t"
    function = glob("torch._utils._rebuild_nested_tensor")
    made = glob("torch._tensor._rebuild_from_type_v2") + b"(" + function + glob("torch.Tensor") + args + b"}tR" if wrapped else function + args + b"R"
    rows = {"0": bytes(4 * held), "1": np.array(sizes, "<i8").tobytes(), "2": np.array(strides, "<i8").tobytes(), "3": np.array(offsets, "<i8").tobytes()}
    return torch_zip(b"\x80\x02" + made + b".", members=[*((f"archive/data/{key}", data) for key, data in rows.items()), ("archive/byteorder", order.encode())])


CATALOG = """model:
  type: pickle.PickleDataset
  filepath: data/model.pkl
  load_args: {}
words:
  type: kedro_datasets.yaml.YAMLDataset
  filepath: data/words.yml
  save_args: {}
parts:
  type: partitions.PartitionedDataset
  dataset: {type: dask.ParquetDataset, load_args: {}}
"""


def exported(weights, config):
    """As torch.export.save writes it."""
    out = io.BytesIO()
    meta = {"weight": {"path_name": "weight_0", "is_param": True, "use_pickle": False,
                       "tensor_meta": {"dtype": 7, "sizes": [{"as_int": 2}, {"as_int": 3}], "strides": [{"as_int": 3}, {"as_int": 1}]}, **config}}
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("ep/data/weights/weight_0", weights)
        archive.writestr("ep/data/weights/model_weights_config.json", json.dumps({"config": meta}))
        archive.writestr("ep/models/model.json", "{}")
        archive.writestr("ep/archive_format", "pt2")
    return out.getvalue()


def saved(value):
    out = io.BytesIO()
    torch.save(value, out)
    return out.getvalue()


def harmless():
    # What torch.distributed.checkpoint keeps: one file of torch.save behind the other.
    parts = [saved(torch.arange(5.0)), saved({"step": 1}), saved(torch.zeros(0))]
    yield "libraries/__0_0.distcp", b"".join(parts)
    yield "libraries/one/__1_0.distcp", parts[0]
    yield "libraries/model.pt2", exported(struct.pack("<6f", *range(6)), {})
    with library(_loss__CyHalfBinomialLoss=object):  # scikit-learn 1.6 names its module so
        losses = [sys.modules["_loss"].CyHalfBinomialLoss()]
        for protocol in (0, 2, 5):
            yield f"libraries/loss-{protocol}.pkl", pickle.dumps(losses, protocol)
    for name, value in torch_objects():
        yield f"libraries/{name}.pt", saved(value)
    yield "libraries/quantised.pt", quantised()
    yield "libraries/generator.pt", saved_generator(glob("torch.device") + text("cpu") + b"\x85R")
    yield "libraries/strings.pkl", array_of_strings(b"](" + text("a") + text("bc") + b"e")
    yield "libraries/words.pkl", pickle.dumps(TfidfVectorizer(tokenizer=str.split, preprocessor=str.lower, token_pattern=None))
    for protocol in (0, 1):
        yield f"libraries/categories-{protocol}.pkl", pickle.dumps(pd.Series(["a", "b", "a"], dtype="category"), protocol)
        yield f"libraries/zones-{protocol}.pkl", pickle.dumps(pd.to_datetime(pd.Series(["2020", "2021"])).dt.tz_localize("UTC"), protocol)
    for name, value in scipy_objects():
        for protocol in (2, 3, 4, 5):
            yield f"libraries/{name}-{protocol}.pkl", pickle.dumps(value, protocol)
        yield f"libraries/{name}.joblib", dumped(value)
        yield f"libraries/{name}-newer.joblib", newer_dumped(value)
    for name, data in other_libraries():
        yield f"libraries/{name}", data
    yield "libraries/conf/catalog.yml", CATALOG.encode()
    for name in ("torchvision.models.resnet.BasicBlock", "timm.layers.adaptive_avgmax_pool.SelectAdaptivePool2d", "networkx.classes.graph.Graph",
                 "transformers.models.bert.modeling_bert.BertLayer", "statsmodels.regression.linear_model.OLS", "hmmlearn.hmm.GaussianHMM"):
        yield f"libraries/{name}.pkl", with_state(name, training=b"\x88")
    yield "libraries/arrow.pkl", arrow()
    yield "libraries/yolo.pkl", b"\x80\x02" + glob("copyreg._reconstructor") + glob("ultralytics.nn.tasks.DetectionModel") + glob("builtins.object") + b"N\x87R}b."
    for name in ("lightning.fabric.utilities.data.AttributeDict", "pytorch_lightning.utilities.parsing.AttributeDict"):
        yield f"libraries/{name}.pkl", b"\x80\x02" + glob(name) + b")\x81(" + text("lr") + b"K\x01u."
    yield "libraries/nested.pt", nested([[2, 2], [1, 4]], [0, 4])
    yield "libraries/nested-empty.pt", nested([[2, 2], [0, 4]], [0, 8])
    yield "libraries/jax.pkl", jax_array(glob("numpy.core.multiarray._reconstruct"), b"C\x08" + bytes(8))
    yield "libraries/formula.pkl", with_state("statsmodels.base.data.PandasData", formula=text("y ~ a + b_2:c"), restore_design_info=b"\x88")


def arrow(kind=None, length=b"K\x02", buffers=None):
    """An array of texts as pyarrow pickles it."""
    def buffer(data):
        return glob("pyarrow.lib.py_buffer") + glob("builtins.bytearray") + b"C" + bytes([len(data)]) + data + b"\x85R\x85R"
    kind = kind or glob("pyarrow.lib.type_for_alias") + text("large_string") + b"\x85R"
    buffers = b"N" + buffer(struct.pack("<3q", 0, 1, 2)) + buffer(b"ab") if buffers is None else buffers
    return b"\x80\x03" + glob("pyarrow.lib._restore_array") + b"(" + kind + length + b"K\x00K\x00](" + buffers + b"e]Nt\x85R."


def text(value):
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def glob(name):
    module, _, last = name.rpartition(".")
    return f"c{module}\n{last}\n".encode()


def with_state(name, **state):
    """An object of the class, made without its __init__, and its attributes."""
    items = b"".join(text(key) + value for key, value in state.items())
    return b"\x80\x02" + glob(name) + b")\x81}(" + items + b"ub."


def torch_zip(data, root="archive", members=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{root}/data.pkl", data)
        archive.writestr(f"{root}/version", "3\n")
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def partial_new(function, state_function, kind, arguments=b")"):
    """functools.partial(C.__new__, class)(), as protocols below 4 write NEWOBJ_EX."""
    return (b"\x80\x02" + glob("functools.partial") + function + b"q\x05\x85R(" + state_function + b"(" + kind + b"K\x01t}Ntb" + arguments + b"R.")


WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"


def functions():
    """Functions behind harmless names, and harmless functions in the wrong place."""
    def behind(name, attribute):
        return glob("builtins.getattr") + glob(name) + text(attribute) + b"\x86R"
    result, runs = "scipy.stats._stats_py.LinregressResult", glob("os.system")
    new = behind(result, "__new__")
    yield "new-of-popen.pkl", partial_new(behind("subprocess.Popen", "__new__"), b"h\x05", glob("subprocess.Popen")), "critical"
    yield "new-replaced.pkl", partial_new(new, runs, glob(result)), "critical"
    yield "new-of-another.pkl", partial_new(new, b"h\x05", glob("acme.Thing")), "critical"
    yield "new-with-more.pkl", partial_new(new, b"h\x05", glob(result), b"K\x02\x85"), "high"
    yield "new-called.pkl", b"\x80\x02" + new + glob(result) + b"\x85R.", "critical"
    yield "new-twice.pkl", partial_new(new, b"h\x05", glob(result))[:-3] + b"(" + runs + b"(" + text("true") + b"t}Ntb)R.", "critical"
    yield "format.pkl", b"\x80\x02" + behind("builtins.str", "format") + b".", "critical"
    yield "lower-called.pkl", b"\x80\x02" + behind("builtins.str", "lower") + text("A") + b"\x85R.", "high"
    yield "from-file.pkl", b"\x80\x02" + behind("torch._C._VariableFunctionsClass", "from_file") + b".", "critical"
    yield "gelu-called.pkl", b"\x80\x02" + glob("torch._C._nn.gelu") + text("A") + b"\x85R.", "high"


def evil():
    yield from functions()
    yield "generator.pt", saved_generator(glob("argparse.Namespace") + b")\x81"), "high"
    yield "strings.pkl", array_of_strings(b"C\x20" + b"A" * 32), "critical"
    yield "jagged.pkl", jagged(glob("argparse.Namespace") + b")\x81"), "high"
    for label, sizes, offsets in (("long", [[2, 2], [2, 3]], [0, 4]), ("far", [[2, 2], [1, 4]], [0, 5]), ("negative", [[2, 2], [1, 4]], [0, -1]),
                                  ("less", [[2, 2], [-1, 4]], [0, 4]), ("huge", [[2, 2], [2 ** 62, 2 ** 62]], [0, 4])):
        yield f"nested-{label}.pt", nested(sizes, offsets), "high"
    yield "nested-wrapped.pt", nested([[2, 2], [1, 4]], [0, 4], wrapped=True), "medium"
    yield "nested-big.pt", nested([[2, 2], [1, 4]], [0, 4], order="big"), "inconclusive"
    yield "jax-calls.pkl", jax_array(glob("os.system"), b"C\x08" + bytes(8)), "critical"
    yield "jax-function.pkl", jax_array(glob("builtins.dict"), b"C\x08" + bytes(8)), "high"
    yield "jax-objects.pkl", jax_array(glob("numpy.core.multiarray._reconstruct"), b"C\x10" + b"A" * 16, "O8"), "high"
    yield "_loss.py", b"x = 1\n", "high"
    # scipy runs this text when the state of a distribution is set.
    code = "\ndef _parse_args(self, a):\n    return (a), loc\n\nprint(1)\n"
    for name in ("_continuous_distns.gamma_gen", "_discrete_distns.poisson_gen", "_distn_infrastructure.rv_sample"):
        yield f"{name}.pkl", with_state(f"scipy.stats.{name}", _parse_arg_template=text(code)), "critical"
    for label, line in (("default", "def _parse_args(self, a=print()):"), ("call", "    return (print()), loc"), ("behind", "    return (a), print()")):
        yield f"distribution-{label}.pkl", with_state("scipy.stats._continuous_distns.gamma_gen", _parse_arg_template=text(line)), "critical"
    yield "distribution-made.pkl", with_state("scipy.stats._continuous_distns.gamma_gen", _parse_arg_template=glob("builtins.str") + text("x") + b"\x85R"), "critical"
    yield "time-zone.pkl", b"\x80\x02" + glob("dateutil.tz.tz.tzfile") + text("/etc/passwd") + b"\x85R.", "high"
    # The second part of a state is asked for its items, and they are set one by one.
    slots = glob("collections.OrderedDict") + b"]" + text("__class__") + b"N\x86a\x85R"
    yield "slots-made.pkl", b"\x80\x02" + glob("sklearn.linear_model._ridge.Ridge") + b")\x81N" + slots + b"\x86b.", "critical"
    asked = glob(WRAPPER) + b")\x81}(" + text("items") + glob("builtins.dict") + b"ub"
    yield "slots-asked.pkl", b"\x80\x02" + glob("sklearn.linear_model._ridge.Ridge") + b")\x81N" + asked + b"\x86b.", "critical"
    frame = glob("pandas.core.frame.DataFrame") + b")\x81}b"
    yield "slots-frame.pkl", b"\x80\x02" + glob("sklearn.linear_model._ridge.Ridge") + b")\x81N" + frame + b"\x86b.", "critical"
    plain, runs = saved({"step": 1}), torch_zip(b"\x80\x02" + glob("os.system") + text("true") + b"\x85R.", "other")
    for label, data in (("first", runs + plain), ("last", plain + runs), ("between", plain + runs + plain), ("broken", plain + runs[:-1] + plain), ("behind", plain + plain + runs[30:])):
        yield f"{label}/__0_0.distcp", data, "inconclusive" if label == "behind" else "high"
    pickled = b"\x80\x02" + glob("os.system") + text("true") + b"\x85R."
    yield "pickled.pt2", exported(pickled, {"use_pickle": True}), "critical"
    yield "short.pt2", exported(pickled[:20], {}), "critical"
    yield "program.pt2", exported(b"\x7fELF\x02\x01\x01" + bytes(60), {}), "high"
    yield "untold.pt2", exported(pickled.ljust(32, b"\0"), {"tensor_meta": {"dtype": 99, "sizes": []}}), "critical"
    yield "catalog.yml", b"a:\n  type: os.system\n  load_args: {}\n", "critical"
    yield "catalog-deep.yml", b"a:\n  type: pickle.Unpickler.Dataset\n  load_args: {}\n", "critical"
    for label, formula in (("call", text("y ~ print(a)")), ("attribute", text("y ~ a.b")), ("made", glob("builtins.str") + text("y ~ a") + b"\x85R")):
        for key in ("restore_design_info", "restore_model_spec"):
            yield f"formula-{label}-{key}.pkl", with_state("statsmodels.base.data.PandasData", formula=formula, **{key: b"\x88"}), "critical"
    yield "formula-untold.pkl", with_state("statsmodels.base.data.PandasData", restore_design_info=b"\x88"), "critical"
    # What others do with the state of such an object: folders are removed, addresses freed, files opened, programs
    # started, and __setstate__ is looked for among its own items or handed on.
    yield "neptune.pkl", with_state("transformers.integrations.integration_utils.NeptuneCallback", _volatile_checkpoints_dir=text("/nowhere")), "critical"
    yield "handle.pkl", with_state("lightgbm.basic.Dataset", _handle=b"K\x01"), "critical"
    yield "listener.pkl", with_state("sklearn.callback._scoring_monitor.ScoringMonitor", _log=b"]"), "critical"
    yield "juman.pkl", with_state("transformers.models.bert_japanese.tokenization_bert_japanese.BertJapaneseTokenizer", word_tokenizer_type=text("jumanpp")), "critical"
    yield "opens.pkl", with_state("transformers.models.albert.tokenization_albert.AlbertTokenizer", vocab_file=text("/etc/passwd")), "high"
    for name in ("lightning.fabric.utilities.data.AttributeDict", "pytorch_lightning.utilities.parsing.AttributeDict", "scipy.optimize._optimize.OptimizeResult"):
        found = b"\x80\x02" + glob(name) + b")\x81(" + text("__setstate__") + glob("sklearn.linear_model._ridge.Ridge") + b"u}b."
        yield f"attributes-{name}.pkl", found, "high"
    handed = with_state("lightning.pytorch.core.optimizer.LightningOptimizer", _optimizer=glob("numpy.ndarray") + b"K\x00\x85\x81")
    yield "handed.pkl", handed[:-1] + b"(K\x01K\x01\x85" + glob("numpy.dtype") + text("O") + b"\x85R\x89C\x08" + b"A" * 8 + b"tb.", "high"
    # What iterates over these calls what they keep: a function that loads a batch, one that filters.
    loader = glob("torch.utils.data.dataloader.DataLoader") + b")\x81}(" + text("collate_fn") + glob("sentence_transformers.models.Transformer.Transformer") + b"ub"
    view = glob("networkx.classes.coreviews.FilterAtlas") + b")\x81}(" + text("NODE_OK") + glob("sklearn.linear_model._ridge.Ridge") + b"ub"
    for name in ("builtins.list", "builtins.set", "builtins.dict", "builtins.int", "builtins.str", "collections.deque", "collections.OrderedDict",
                 "collections.Counter", "array.array", "pandas.DataFrame", "pandas.Series"):
        yield f"asked-{name}.pkl", b"\x80\x02" + glob(name) + loader + b"\x85R.", "high"
    yield "asked-pair.pkl", b"\x80\x02" + glob("builtins.dict") + b"]" + view + b"a\x85R.", "high"
    yield "asked-row.pkl", b"\x80\x02" + glob("pandas.DataFrame") + b"]" + view + b"a\x85R.", "high"
    yield "asked-rows.pkl", b"\x80\x02" + glob("pandas.core.indexes.base._new_Index") + glob("pandas.core.indexes.base.Index") + b"}" + text("data") + b"]" + view + b"as\x86R.", "high"
    names = b"}(" + b"".join(text(f"a{i}") + b"K\x00" for i in range(65)) + b"u"
    yield "asked-names.pkl", b"\x80\x02" + glob("pandas.core.indexes.base._new_Index") + glob("pandas.core.indexes.base.Index") + names + b"\x86R.", "high"
    yield "asked-view.pkl", b"\x80\x02" + glob("builtins.tuple") + view + b"\x85R.", "high"
    yield "asked-new.pkl", b"\x80\x02" + glob("pandas.core.indexes.base.Index") + view + b"\x85\x81.", "high"
    yield "asked-by-name.pkl", b"\x80\x02" + glob("pandas.core.indexes.base._new_Index") + glob("pandas.core.indexes.base.Index") + b"}" + text("data") + view + b"s\x86R.", "high"
    yield "asked-reconstructed.pkl", b"\x80\x02" + glob("copyreg._reconstructor") + glob("builtins.list") + glob("builtins.list") + view + b"\x87R.", "high"
    yield "asked-remade.pkl", b"\x80\x02" + glob("builtins.list") + glob("copyreg._reconstructor") + glob("networkx.classes.coreviews.FilterAtlas") + glob("builtins.object") + b"N\x87R\x85R.", "high"
    yield "arrow-type.pkl", arrow(kind=glob("pyarrow.lib.type_for_alias") + glob("builtins.str") + b"\x85R"), "high"
    yield "arrow-object.pkl", arrow(kind=glob("sklearn.linear_model._ridge.Ridge") + b")\x81"), "high"
    yield "arrow-alias.pkl", arrow(kind=glob("pyarrow.lib.type_for_alias") + text("dense_union") + b"\x85R"), "high"
    yield "arrow-buffers.pkl", arrow(buffers=b"NN"), "high"
    yield "arrow-length.pkl", arrow(length=b"J\xff\xff\xff\xff"), "high"
    yield "arrow-longer.pkl", arrow(length=b"K\x09"), "high"
    yield "arrow-asked.pkl", with_state("pandas.core.arrays.string_arrow.ArrowStringArray", _pa_array=b"]"), "high"
    yield "arrow-file.pkl", b"\x80\x03" + glob("pyarrow.lib.memory_map") + text("/etc/passwd") + b"\x85R.", "high"
    yield "arrow-buffer.pkl", b"\x80\x03" + glob("pyarrow.lib.py_buffer") + glob("torch.utils.data.dataloader.DataLoader") + b")\x81\x85R.", "high"
    # Attributes that stand before methods, which are called when a state is set; classes to call.
    yolo = glob("ultralytics.nn.tasks.DetectionModel")
    for name, method in (("sklearn.isotonic.IsotonicRegression", "_build_f"), ("torch.optim.adam.Adam", "_patch_step_function"),
                         ("torchmetrics.regression.mse.MeanSquaredError", "_wrap_update"), ("lightgbm.basic.Booster", "free_network")):
        yield f"method-{name}.pkl", with_state(name, **{method: glob("sklearn.linear_model._ridge.Ridge")}), "critical"
    for name in ("ultralytics.nn.tasks.DetectionModel", "sentence_transformers.models.Transformer.Transformer", "cmdstanpy.model.CmdStanModel"):
        yield f"kept-{name}.pkl", with_state("torch.optim.adam.Adam", defaults=glob(name)), "high"
        yield f"kept-partial-{name}.pkl", b"\x80\x02" + glob("functools.partial") + glob(name) + b"\x85R.", "high"
    yield "kept-list.pkl", b"\x80\x02]" + yolo + b"a.", "high"
    yield "kept-argument.pkl", b"\x80\x02" + glob("copyreg.__newobj__") + glob("sklearn.linear_model._ridge.Ridge") + yolo + b"\x86R.", "high"
    yield "kept-base.pkl", b"\x80\x02" + glob("copyreg._reconstructor") + yolo + glob("builtins.object") + yolo + b"\x87R.", "high"
    # A second state goes to what the first has set.
    for name in ("lifelines.fitters.coxph_fitter.CoxPHFitter", "cmdstanpy.stanfit.mle.CmdStanMLE"):
        yield f"forwards-{name}.pkl", with_state(name, _model=b"]")[:-1] + b"}b.", "critical"
    yield "tmp_pkl.pkl", with_state("pmdarima.arima.arima.ARIMA", tmp_pkl_=text("/tmp/x.pkl")), "critical"
    factor = glob("formulaic.parser.types.factor.Factor") + b")\x81N}(" + text("_eval_method") + b"N" + text("expr")
    yield "factor.pkl", b"\x80\x02" + factor + text("print(a)") + b"u\x86b.", "critical"
    yield "factor-made.pkl", b"\x80\x02" + factor + glob("builtins.str") + text("a") + b"\x85Ru\x86b.", "critical"
    kind = glob("builtins.getattr") + glob("formulaic.parser.types.factor.Factor")
    yield "member-behind.pkl", b"\x80\x02" + kind + text("Kind.mro") + b"\x86R.", "critical"
    yield "member-hidden.pkl", b"\x80\x02" + glob("builtins.getattr") + glob("torchmetrics.utilities.enums.DataType") + text("__class__") + b"\x86R.", "critical"
    yield "member-called.pkl", b"\x80\x02" + glob("builtins.getattr") + glob("torchmetrics.utilities.enums.DataType") + text("mro") + b"\x86R)R.", "high"
    partial = b"\x80\x02" + glob("collections.defaultdict") + glob("functools.partial")
    yield "partial-default.pkl", partial + glob("sklearn.linear_model._ridge.Ridge") + b"\x85R\x85R.", "high"
    state = b"(" + glob("builtins.str.lower") + b")}Ntb"
    yield "partial-replaced.pkl", partial + glob("collections.defaultdict") + b"\x85R" + state + b"\x85R.", "high"
    yield "partial-method.pkl", b"\x80\x02" + glob("functools.partial") + glob("builtins.getattr") + glob("subprocess.Popen") + text("kill") + b"\x86R\x85R.", "critical"
    yield "kalman.pkl", b"\x80\x02" + glob("statsmodels.tsa.statespace._kalman_filter.dKalmanFilter") + glob("os.system") + b"\x85R.", "critical"
    yield "defaults.pkl", b"\x80\x02" + glob("collections.defaultdict") + glob("sklearn.linear_model._ridge.Ridge") + b"\x85R.", "high"

"""Pickles whose harm stands in what harmless names are given: evil() yields (name, bytes, least level).

Functions that call their arguments, states that unpicklers call, elements of arrays that another
unpickler takes for opcodes, and pickles that begin as something else does. harmless() yields (name,
bytes): real objects that come close, and texts that begin as pickles do.
"""
import collections
import fractions
import functools
import io
import ipaddress
import pickle
import random
import string
import struct
import tarfile
import types
import warnings
import zoneinfo

import joblib
import numpy as np
import pandas as pd
import scipy.interpolate
import scipy.sparse
import scipy.spatial
import scipy.stats
import torch
from sklearn.linear_model import Ridge
from sklearn.model_selection import RandomizedSearchCV
from sklearn.preprocessing import FunctionTransformer

PROTO3, MARK, STOP, BUILD, REDUCE, TUPLE, NONE, TRUE, FALSE = b"\x80\x03", b"(", b".", b"b", b"R", b"t", b"N", b"\x88", b"\x89"


def text(value):
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def blob(data):
    return b"B" + struct.pack("<I", len(data)) + data


def integer(value):
    return b"J" + struct.pack("<i", value)


def glob(name):
    module, _, last = name.rpartition(".")
    return f"c{module}\n{last}\n".encode()


def tup(*values):
    return MARK + b"".join(values) + TUPLE


def call(name, *arguments):
    return glob(name) + tup(*arguments) + REDUCE


def dictionary(*pairs):
    return b"}" + MARK + b"".join(text(key) + value for key, value in pairs) + b"u"


EVIL = PROTO3 + call("os.system", text("true")) + STOP
LOAD = glob("torch.storage._load_from_bytes")
TENSOR = glob("torch.Tensor")
ORDERED = call("collections.OrderedDict")
V2 = "torch._tensor._rebuild_from_type_v2"


def calling():
    inner = (LOAD, TENSOR, tup(blob(EVIL)), dictionary())
    yield "type-in-type", call(V2, glob(V2), TENSOR, tup(*inner), dictionary())
    yield "type", call(V2, *inner)
    yield "old-type", call("torch.tensor._rebuild_from_type", *inner)
    yield "hooks-in-type", call(V2, glob("torch._utils._rebuild_parameter"), TENSOR, tup(NONE, FALSE, dictionary(("0", glob("builtins.print")))), dictionary())
    yield "state-of-type", call(V2, glob("torch._utils._rebuild_tensor_v2"), TENSOR, tup(), tup(dictionary(), dictionary(("__class__", TENSOR))))
    for generator in ("__generator_ctor", "__randomstate_ctor", "__bit_generator_ctor"):
        yield generator, call(f"numpy.random._pickle.{generator}", blob(EVIL), LOAD)
        yield f"{generator}-class", call(f"numpy.random._pickle.{generator}", text("/etc/passwd"), glob("lightgbm.basic.Booster"))
        yield f"{generator}-made", call(f"numpy.random._pickle.{generator}", text("MT19937"), call("functools.partial", glob("builtins.dict")))
    for label, made in (("ordered", ORDERED), ("namespace", glob("argparse.Namespace") + b")\x81"), ("plain", call("types.SimpleNamespace"))):
        yield f"setstate-{label}", made + dictionary(("__setstate__", LOAD)) + BUILD + blob(EVIL) + BUILD
        yield f"setstate-slots-{label}", made + NONE + dictionary(("__setstate__", LOAD)) + b"\x86" + BUILD
    yield "setstate-filled", glob("argparse.Namespace") + b")\x81" + ORDERED + MARK + text("__setstate__") + LOAD + b"u" + BUILD
    yield "append", call("collections.deque") + dictionary(("append", LOAD)) + BUILD + blob(EVIL) + b"a"
    yield "factory", call("collections.defaultdict", glob("builtins.dict")) + NONE + dictionary(("default_factory", LOAD)) + b"\x86" + BUILD
    yield "parameter-state", call("torch._utils._rebuild_parameter_with_state", NONE, FALSE, ORDERED, dictionary(("__setstate__", LOAD)))
    deep = b"]" * 40 + glob("acme.run") + b"a" * 40
    yield "deep", call("builtins.dict", glob("argparse.Namespace") + b")\x81" + dictionary(("keys", deep)) + BUILD)
    yield "deep-state", glob("sklearn.linear_model._ridge.Ridge") + b")\x81" + dictionary(("keys", deep)) + BUILD
    yield "kept", dictionary(("loader", LOAD))
    yield "method-called", call("builtins.getattr", call("sklearn.linear_model.Ridge"), text("fit")) + tup() + REDUCE
    yield "method-behind", call("builtins.getattr", glob("sklearn.linear_model.Ridge"), text("__init__"))
    pairs = b"]" + MARK + tup(text("__setstate__"), LOAD) + b"e"
    made = call("collections.OrderedDict", pairs)
    plain = glob("argparse.Namespace") + b")\x81"
    yield "state-made", plain + made + BUILD + blob(EVIL) + BUILD
    yield "state-made-slots", plain + NONE + made + b"\x86" + BUILD
    yield "state-of-object", plain + plain + dictionary(("items", glob("acme.run"))) + BUILD + BUILD
    yield "name-made", plain + b"}" + MARK + call("builtins.str", text("__setstate__")) + LOAD + b"u" + BUILD
    yield "hooks-made", call("torch._utils._rebuild_parameter", NONE, FALSE, made)
    yield "keys", call("builtins.dict", plain + dictionary(("keys", glob("acme.run"))) + BUILD)
    yield "keys-of-library", call("builtins.dict", glob("sklearn.linear_model._ridge.Ridge") + b")\x81" + dictionary(("keys", glob("acme.run"))) + BUILD)
    yield "index", call("pandas.core.indexes.interval._new_IntervalIndex", plain + dictionary(("from_arrays", glob("acme.run"))) + BUILD, dictionary())
    yield "interface", call("numpy.float64", plain + dictionary(("__array_interface__", dictionary())) + BUILD)
    yield "partial-state", call("functools.partial", glob("builtins.int")) + tup(glob("acme.run"), tup(), dictionary(), NONE) + BUILD
    yield "metric", call("sklearn.neighbors._ball_tree.BallTree", tup(glob("acme.run")))
    yield "getattr-kept", tup(call("builtins.getattr", call("sklearn.linear_model.Ridge"), text("fit")), glob("builtins.getattr"))
    module = glob("torch.nn.modules.linear.Linear") + b")\x81" + dictionary(("_modules", dictionary(("append", glob("sklearn.utils.deprecation.deprecated") + b")\x81"))))
    yield "append-of-module", module + BUILD + glob("sklearn.linear_model._ridge.Ridge") + b"a"
    grown = b"\x96" + struct.pack("<Q", 0) + MARK + b"".join(b"K" + bytes([byte]) for byte in EVIL) + b"e"
    yield "bytes-grown", glob("torch.storage._load_from_bytes") + grown + b"\x85" + REDUCE
    yield "tensor-by-name", glob("torch.Tensor") + b")" + dictionary(("cdata", integer(7))) + b"\x92"
    yield "storage-by-name", call("copyreg.__newobj_ex__", glob("torch.storage.UntypedStorage"), tup(), dictionary(("allocator", integer(7))))
    yield "partial-unknown", call("functools.partial", glob("acme.run"))


def dtype(code, *state):
    made = call("numpy.dtype", text(code), FALSE, TRUE)
    return made + tup(*state) + BUILD if state else made


def addresses():
    eight = blob(b"A" * 8)
    hidden = dtype("V8", integer(3), text("|"), NONE, tup(text("a")), dictionary(("a", tup(dtype("O8"), integer(0)))), integer(8), integer(1), integer(0))
    parts = dtype("V8", integer(3), text("|"), tup(dtype("O8"), tup(integer(1))), NONE, NONE, integer(8), integer(1), integer(0))
    overlap = dtype("V8", integer(3), text("|"), NONE, tup(text("a"), text("b")), dictionary(("a", tup(dtype("O8"), integer(0))), ("b", tup(dtype("i8"), integer(0)))), integer(8), integer(1), integer(63))
    beyond = dtype("V8", integer(3), text("|"), NONE, tup(text("a")), dictionary(("a", tup(dtype("O8"), integer(8)))), integer(8), integer(1), integer(63))
    array = call("numpy.core.multiarray._reconstruct", glob("numpy.ndarray"), tup(integer(0)), blob(b"b"))
    for label, objects in (("plain", dtype("O8")), ("class", call("numpy.dtype", glob("builtins.object"))), ("hidden", hidden), ("parts", parts)):
        yield f"buffer-{label}", call("numpy.ndarray", tup(integer(1)), objects, eight)
        yield f"frombuffer-{label}", call("numpy.core.numeric._frombuffer", eight, objects, tup(integer(1)), text("C"))
        yield f"scalar-{label}", call("numpy.core.multiarray.scalar", objects, eight)
        yield f"state-{label}", array + tup(integer(1), tup(integer(1)), objects, FALSE, eight) + BUILD
    for label, objects in (("overlap", overlap), ("beyond", beyond)):
        elements = b"]" + MARK + tup(NONE, integer(1)) + b"e"
        yield f"list-{label}", array + tup(integer(1), tup(integer(1)), objects, FALSE, elements) + BUILD
    for code in ("object0", "object_"):
        yield f"buffer-{code}", call("numpy.ndarray", tup(integer(1)), dtype(code), eight)
    yield "buffer-ordered", call("numpy.ndarray", tup(integer(1)), call("numpy.dtype", glob("collections.OrderedDict")), eight)
    yield "newobj", call("copyreg.__newobj__", glob("numpy.ndarray"), tup(integer(1)), dtype("O8"), eight)


def wrapper(*pairs):
    state = (("subclass", glob("numpy.ndarray")), ("shape", tup(integer(1))), ("order", text("C")), *pairs, ("allow_mmap", FALSE))
    return glob("joblib.numpy_pickle.NumpyArrayWrapper") + b")\x81" + dictionary(*state) + BUILD


def joblibs():
    code = call("os.system", text("true"))
    size = f"V{len(code)}"
    yield "opcodes", PROTO3 + wrapper(("dtype", dtype(size))) + code + STOP, "critical"
    yield "opcodes-load", PROTO3 + wrapper(("dtype", dtype(f"V{len(EVIL) + 300}"))) + LOAD + blob(EVIL) + b"\x85R" + b"0" * (len(EVIL) + 300 - len(LOAD + blob(EVIL)) - 2) + STOP, "critical"
    inner = PROTO3 + wrapper(("dtype", dtype(size))) + code + STOP
    yield "opcodes-in-objects", PROTO3 + wrapper(("dtype", dtype("O8"))) + inner + STOP, "critical"
    yield "two-types", PROTO3 + wrapper(("dtype", dtype(f"V{len(EVIL)}")), ("dtype", dtype("O8"))) + EVIL + STOP, "critical"
    for label, state in (
        ("size", (integer(3), text("|"), NONE, NONE, NONE, integer(8), integer(1), integer(0))),
        ("version", (integer(2), text("|"), NONE, NONE, NONE, integer(len(EVIL)), integer(1))),
        ("flags", (integer(3), text("|"), NONE, tup(text("a")), dictionary(("a", tup(dtype("O8"), integer(0)))), integer(len(EVIL)), integer(1), integer(0))),
    ):
        yield f"state-{label}", PROTO3 + wrapper(("dtype", dtype(f"V{len(EVIL)}", *state))) + EVIL + STOP, "inconclusive"


def disguised():
    code = b"cos\nsystem\n(Vtrue\ntR."
    lines = b"Vword\n0" * 160_000
    yield "long.model", lines + code
    yield "checkpoint", lines + code
    yield "second.model", b"I1\n." + code
    yield "seventeenth.model", b"I1\n." * 17 + code
    escaped = "".join(f"\\u{byte:04x}" for byte in EVIL).encode()
    yield "nested.txt", b"ctorch.storage\n_load_from_bytes\n(c_codecs\nencode\n(V" + escaped + b"\nVlatin1\ntRtR\nAnd so on, in prose.\n"
    yield "LICENSE", b"cargparse\nNamespace\n)\x81}(V__setstate__\ncos\nsystem\nubVtrue\nb and so on\n"
    gif = b"GIF89a" + struct.pack("<H", 16) + bytes([16, ord("B"), 0x80, 0, 0x12, 0, 0, 0, 0, 0, 0])
    comment = bytearray(gif + b"\x21\xfe" + (b"\xff" + b"a" * 255) * 4610 + b"\0;")
    at = 14 + 0x120080  # behind what the B of the height takes
    comment[at : at + len(code)] = code
    yield "model.gif", bytes(comment)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        info = tarfile.TarInfo("Vmodel")
        info.size = len(code) + 1
        tar.addfile(info, io.BytesIO(b"\n" + code))
    yield "model.pkl", out.getvalue()


def evil():
    for label, code in calling():
        yield f"calling-{label}.pkl", PROTO3 + code + STOP, "high"
    for label, code in addresses():
        yield f"addresses-{label}.pkl", PROTO3 + code + STOP, "high"
    for label, data, least in joblibs():
        yield f"elements-{label}.joblib", data, least
    for name, data in disguised():
        yield f"disguised/{name}", data, "critical"
    for label, position in (("before", -5), ("behind", 625), ("far", 1 << 30)):
        state = pickle.dumps(np.random.RandomState(1), 2)
        at = state.index(b"M\x70\x02", state.index(b"pos"))  # 624, behind the name of the position
        yield f"position-{label}.pkl", state[:at] + integer(position) + state[at + 3:], "high"
    yield "sparse.pkl", pickle.dumps(torch.eye(3).to_sparse()), "medium"
    yield "scipy-sparse.pkl", pickle.dumps(scipy.sparse.eye(3).tocsr()), "low"


def dumped(name, value, protocols=(0, 2, 4, 5)):
    for protocol in protocols:
        try:
            yield f"{name}.{protocol}.pkl", pickle.dumps(value, protocol)
        except TypeError:  # older protocols cannot hold it
            assert protocol < 2


def harmless():
    warnings.filterwarnings("ignore")
    for name, value in {
        "recarray": np.rec.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i4"), ("b", "f8")]),
        "objects": np.array([(1, "x")], dtype=[("a", "i4"), ("b", "O")]),
        "subarray": np.zeros(2, dtype=[("a", "f4", (2, 3)), ("t", "M8[ns]"), ("s", "S3"), ("u", "U5")]),
        "masked": np.ma.array([1.0, 2.0], mask=[True, False]),
        "times": np.array(["2020-01-01", "2021-02-03"], dtype="M8[D]"),
        "generators": [np.random.default_rng(1), np.random.RandomState(2), np.random.Generator(np.random.Philox(3)), np.random.SeedSequence(4)],
        "generator states": [np.random.Generator(kind(1)) for kind in (np.random.MT19937, np.random.PCG64, np.random.Philox, np.random.SFC64)],
        "legacy state": [np.random.RandomState(2).get_state(), np.random.RandomState(2).get_state(legacy=False)],
        "user containers": [collections.ChainMap({1: 2}, {3: 4}), collections.UserDict(a=1), collections.UserList([1]), string.Template("$a")],
        "interpolators": [scipy.interpolate.interp1d([0, 1, 2], [0, 1, 4]), scipy.interpolate.RegularGridInterpolator(([0, 1], [0, 1]), [[0, 1], [1, 2]])],
        "sparse": [scipy.sparse.eye(3).tocsr(), scipy.sparse.eye(3).todok(), scipy.sparse.random(9, 9).tocoo(), scipy.sparse.eye(3).tolil()],
        "ufunc": [np.log1p, np.exp, np.number, np.floating],
        "plain": [types.SimpleNamespace(a=1), random.Random(1), ValueError("x"), functools.partial(int, base=2), fractions.Fraction(1, 3)],
        "addresses": [ipaddress.ip_network("10.0.0.0/8"), zoneinfo.ZoneInfo("Europe/Paris")],
        "polynomials": [np.poly1d([1, 2]), np.polynomial.Polynomial([1, 2])],
        "pandas": pd.DataFrame({"p": pd.period_range("2020", periods=2, freq="M"), "s": pd.arrays.SparseArray([0, 1]), "i": pd.arrays.IntervalArray.from_breaks([0, 1, 2]), "n": pd.array([1, None], dtype="Int64")}),
        "scipy": [scipy.stats.norm(0, 1), scipy.stats.randint(1, 5), scipy.interpolate.CubicSpline([0, 1, 2], [0, 1, 4]), scipy.stats.gaussian_kde([1.0, 2.0, 4.0]), scipy.spatial.cKDTree([[0.0, 1.0]])],
        "search": RandomizedSearchCV(Ridge(), {"alpha": scipy.stats.expon(scale=1)}),
        "function": FunctionTransformer(np.log1p),
        "tensor": torch.zeros(3),
    }.items():
        yield from dumped(f"tricks/{name}", value)
        out = io.BytesIO()
        joblib.dump([value, np.arange(5.0)], out)
        yield f"tricks/{name}.joblib", out.getvalue()
    layer = torch.nn.TransformerEncoderLayer(4, 2)
    quantized = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(4, 2)), {torch.nn.Linear})
    for name, module in (("layer", layer), ("quantized", quantized)):
        out = io.BytesIO()
        torch.save(module, out)
        yield f"tricks/{name}.pt", out.getvalue()
    for number, words in enumerate((
        "Pretrained model of a bird.\nPython only.\n.\n", "(c) 2020 Foo\nbar.baz\n", "commit 1a2b3c\nAuthor: a@b.c\n\n    Fix it.\n",
        "(Paris, France)\n", "NPC\n", "ctypes\njson\nos.path\n", "classes:\n  - a\n", "import os\n", "Vocabulary\nwords\n", "I\nam\n", "Python\n.gitignore\n",
    )):
        yield f"tricks/words{number}.txt", words.encode()
        yield f"tricks/words{number}", words.encode()

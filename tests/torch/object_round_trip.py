"""Any object, to JSON and back: what torch.save and pickle.dump wrote comes out of the JSON as it was.

    /usr/bin/python3 object_round_trip.py PROGRAM

Each object is saved (torch zip, legacy, bare pickle of every protocol), converted to JSON and safetensors, converted
back to a torch zip, loaded by the real PyTorch, and compared with the original: types, values, bits of floats, and which
parts are one object. A second conversion gives the same JSON, byte for byte.
"""
import collections
import datetime
import enum
import fractions
import json
import math
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile

import numpy
import torch


class Colour(enum.Enum):
    RED = "red"
    BLUE = 2


class Thing:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Slotted:
    __slots__ = ("a", "b")


class Odd(list):
    pass


def slotted():
    made = Slotted()
    made.a, made.b = 1, [2]
    return made


def cyclic():
    outer = {"name": "outer", "items": []}
    outer["items"].append(outer)
    thing = Thing(parent=outer)
    thing.me = thing
    outer["thing"] = thing
    return outer


def shared():
    leaf, pair = [1], (1, [2])
    tensor = torch.arange(3.0)
    return [leaf, leaf, {"again": leaf}, pair, pair, tensor, {"same": tensor}, numpy.arange(3)]


def network():
    torch.manual_seed(1)
    made = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    made.register_buffer("tied", made[0].weight.data)
    return made


def optimizer():
    model = network()
    made = torch.optim.AdamW(model.parameters(), lr=0.1)
    model(torch.ones(4, 3)).sum().backward()
    made.step()
    return made.state_dict()


OBJECTS = {
    "scalars": [None, True, False, 0, -1, 255, 256, 65536, -2**31, 2**31, 2**63 - 1, -2**63, 2**63, 10**40, -10**40,
                0.0, -0.0, 1.0, 1e300, 5e-324, 0.1, math.inf, -math.inf],
    "nan": struct.unpack("<d", struct.pack("<Q", 0x7FF8DEADBEEF0001))[0],
    "strings": ["", "a", "é 日本 \U0001F600", "quote \" back \\ slash / line \n tab \t nul \0 del \x7f", "\udc80 lone"],
    "bytes": [b"", b"\x00\xff raw", bytearray(b"array"), bytes(range(256))],
    "containers": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [[]], {}, {"a": {"b": []}}, set(), {1, "x"}, frozenset({2})],
    "keys": {1: "int", "1": "str", (1, 2): "tuple", None: 0, True: 1, "$": "tag", "": "empty", 2.5: []},
    "tagged": {"$": "ref", "number": 1},
    "big list": list(range(3500)),
    "big dict": {f"k{i}": i for i in range(2500)},
    "stdlib": [collections.OrderedDict(b=1, a=2), collections.defaultdict(list, x=[1]), collections.Counter("aab"),
               collections.deque([1, 2], maxlen=3), datetime.datetime(2026, 11, 23, 1, 2, 3), datetime.timedelta(5),
               fractions.Fraction(1, 3), complex(1, -2), pathlib.PurePosixPath("a/b"), range(3), slice(1, 2)],
    "enums": [Colour.RED, Colour.BLUE, Colour.RED],
    "classes": [Thing(x=1, y=[Thing()]), slotted(), Odd([1, 2])],
    "cyclic": cyclic(),
    "shared": shared(),
    "numpy": [numpy.arange(6).reshape(2, 3), numpy.float32(1.5), numpy.int64(-1), numpy.dtype("<f4"), numpy.zeros(0),
              numpy.array(["a", "bc"]), numpy.asfortranarray(numpy.eye(3)), numpy.random.get_state()],
    "tensors": {"plain": torch.randn(3, 4), "view": torch.arange(12).reshape(3, 4).t()[1:], "scalar": torch.tensor(1.5),
                "empty": torch.zeros(0, 3), "bool": torch.tensor([True, False]), "half": torch.randn(5).half(),
                "bf16": torch.randn(5).bfloat16(), "complex": torch.randn(3, dtype=torch.complex64),
                "grad": torch.ones(2, requires_grad=True), "parameter": torch.nn.Parameter(torch.ones(2)),
                "frozen": torch.nn.Parameter(torch.ones(1), requires_grad=False)},
    "hard tensors": [torch.eye(3).to_sparse(), torch.quantize_per_tensor(torch.randn(4), 0.1, 3, torch.qint8),
                     torch.randn(3, dtype=torch.complex64).conj(), torch.FloatStorage([1, 2, 3])],
    "torch": [torch.float16, torch.device("cpu"), torch.Size([1, 2]), torch.strided, torch.get_rng_state()],
    "module": network(),
    "optimizer": optimizer(),
}


class Comparison:
    """Whether two objects are alike, part by part; `pairs` holds which part stands for which."""

    def __init__(self):
        self.pairs = {}

    def same(self, a, b, path="object"):
        assert type(a) is type(b), f"{path}: {type(a)} against {type(b)}"
        if isinstance(a, (type(None), bool, int, str, bytes, torch.dtype, torch.device, numpy.dtype, type)):
            assert a == b, f"{path}: {a!r} against {b!r}"
            return
        if isinstance(a, float):
            assert struct.pack("<d", a) == struct.pack("<d", b), f"{path}: {a!r} against {b!r}"
            return
        if id(a) in self.pairs:
            assert self.pairs[id(a)] is b, f"{path}: not the same part"
            return
        self.pairs[id(a)] = b
        self.parts(a, b, path)

    def parts(self, a, b, path):
        if isinstance(a, torch.Tensor):
            self.tensors(a, b, path)
        elif type(a).__name__.endswith("Storage"):
            assert a.tolist() == b.tolist(), path
        elif isinstance(a, numpy.ndarray):
            assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes(), path
            assert a.flags.f_contiguous == b.flags.f_contiguous, path
        elif isinstance(a, (list, tuple, collections.deque)):
            assert len(a) == len(b), path
            for i, (x, y) in enumerate(zip(a, b)):
                self.same(x, y, f"{path}[{i}]")
        elif isinstance(a, dict):
            assert len(a) == len(b), path
            for (k, v), (l, w) in zip(a.items(), b.items()):
                self.same(k, l, f"{path} key")
                self.same(v, w, f"{path}[{k!r}]")
        elif hasattr(a, "__dict__") and not isinstance(a, enum.Enum):
            self.same(a.__dict__, b.__dict__, f"{path}.__dict__")
        elif isinstance(a, Slotted):
            self.same((a.a, a.b), (b.a, b.b), path)
        else:
            assert a == b, f"{path}: {a!r} against {b!r}"

    @staticmethod
    def tensors(a, b, path):
        assert a.dtype == b.dtype and a.shape == b.shape and a.requires_grad == b.requires_grad, path
        assert a.layout == b.layout and a.is_quantized == b.is_quantized and a.is_conj() == b.is_conj(), path
        if a.is_quantized:
            assert a.q_scale() == b.q_scale() and a.int_repr().equal(b.int_repr()), path
        else:
            plain = [t.detach().to_dense().resolve_conj() if t.is_sparse else t.detach().resolve_conj() for t in (a, b)]
            assert plain[0].equal(plain[1]), path


def savings(name, value, work):
    """Files that hold the object, in every container that can."""
    for zipped in (True, False):
        path = work / f"{name}-{'zip' if zipped else 'legacy'}.pt"
        torch.save(value, path, _use_new_zipfile_serialization=zipped)
        yield path
    for protocol in (2, 3, 4, 5):
        path = work / f"{name}-{protocol}.pkl"
        path.write_bytes(pickle.dumps(value, protocol))
        yield path


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def loaded(source):
    return pickle.loads(source.read_bytes()) if source.suffix == ".pkl" else torch.load(source)


def round_trip(program, source):
    there, back, again = (source.with_name(source.name + end) for end in (".json", ".back.pt", ".again.json"))
    run(program, "convert", source, there)
    run(program, "convert", there, back)
    Comparison().same(loaded(source), torch.load(back))
    run(program, "convert", back, again)
    first, second = json.loads(there.read_text()), json.loads(again.read_text())
    for text in (first, second):
        for key in ("source", "format", "tensors"):
            text.pop(key)
    # Storages are numbered anew, so only what has none must be the same text.
    if "persistent_id" not in there.read_text() and "_load_from_bytes" not in there.read_text():
        assert json.dumps(first) == json.dumps(second), source


def main():
    program = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for name, value in OBJECTS.items():
            for source in savings(name.replace(" ", "-"), value, work):
                round_trip(program, source)
            print(f"{name}: as it was", flush=True)


if __name__ == "__main__":
    main()

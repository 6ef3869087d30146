#!/usr/bin/env python3
"""Harmless pickles and what CPython's own C unpickler makes of them, for differential_test.cc.

usage: oracle.py OUT SEED COUNT

OUT gets records of four little-endian u32-prefixed strings: a label, the stream, "ok", "error" or "skip",
and a canonical text of the value. Classes are replaced by recorders, so that nothing is imported.
"""
import collections
import io
import pickle
import random
import resource
import struct
import sys

sys.set_int_max_str_digits(4300)
# A mutant's memo index can make CPython fill gigabytes.
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


class Meta(type):
    pass


class Recorder:
    """What a class or function of the stream is replaced by: keeps what is done to it."""

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self.args, self.kwargs = args, kwargs
        self.states, self.appended, self.items = [], [], []
        return self

    def __init__(self, *args, **kwargs):
        pass

    def __setstate__(self, state):
        self.states.append(state)

    def append(self, value):
        self.appended.append(value)

    def extend(self, values):
        self.appended.extend(values)

    def add(self, value):
        self.appended.append(value)

    def __setitem__(self, key, value):
        self.items += [key, value]

    def __call__(self, *args):
        raise TypeError("a recorder's result is not called here")


class Persistent:
    def __init__(self, pid):
        self.pid = pid


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        return Meta("Class", (Recorder,), {"where": (module, name)})

    def persistent_load(self, pid):
        return Persistent(pid)


def dump(value, seen):
    kind = type(value)
    if value is None:
        return "N"
    if kind is bool:
        return "T" if value else "F"
    if kind is int:
        if -(2**63) <= value < 2**63:
            return f"i{value}"
        size = (value if value >= 0 else ~value).bit_length() // 8 + 1
        return "b" + value.to_bytes(size, "little", signed=True).hex()
    if kind is float:
        return "f" + struct.pack(">d", value).hex()
    if kind is str:
        return "s" + value.encode("utf-8", "surrogatepass").hex()
    if kind is bytes:
        return "y" + value.hex()
    if kind is bytearray:
        return "a" + value.hex()
    if kind is Meta:
        return "g" + " ".join(value.where).encode().hex()
    if kind is tuple:
        return "(" + "".join(dump(v, seen) + "," for v in value) + ")"
    if kind in (set, frozenset):
        return ("S{" if kind is set else "R{") + "".join(sorted(dump(v, seen) + "," for v in value)) + "}"
    if id(value) in seen:
        return f"#{seen[id(value)]}"
    seen[id(value)] = len(seen)
    if kind is list:
        return "[" + "".join(dump(v, seen) + "," for v in value) + "]"
    if kind is dict:
        return "{" + "".join(dump(k, seen) + ":" + dump(v, seen) + "," for k, v in value.items()) + "}"
    if kind is Persistent:
        return "P<" + dump(value.pid, seen) + ">"
    parts = [dump(type(value), seen), dump(value.args, seen)]
    for name in ("states", "appended", "items"):
        parts.append("".join(dump(v, seen) + "," for v in getattr(value, name)))
    return "C<" + ";".join(parts) + ">"


class Plain:
    """A class whose instances pickle by NEWOBJ and BUILD."""


class Reduced:
    def __reduce__(self):
        return (Plain, (1, "x"), {"state": 2}, iter([3, 4]), iter([("k", 5)]))


def scalar(rng):
    return rng.choice([
        lambda: None, lambda: True, lambda: False,
        lambda: rng.randrange(-300, 70000),
        lambda: rng.randrange(-2**31, 2**31),
        lambda: rng.randrange(-2**63, 2**63),
        lambda: rng.randrange(-2**300, 2**300),
        lambda: rng.choice([0, 255, 256, -1, 2**31 - 1, 2**31, -2**31, 2**63, -2**63 - 1, 2**64]),
        lambda: rng.uniform(-1e10, 1e10),
        lambda: rng.choice([0.0, -0.0, 1e308, 5e-324, float("inf"), float("-inf")]),
        lambda: "".join(rng.choice("ab\n\\'\"\u00e9\u4e16\U0001f600\ud800 ") for _ in range(rng.randrange(12))),
        lambda: "x" * rng.choice([254, 255, 256, 300]),
        lambda: bytes(rng.randrange(256) for _ in range(rng.choice([0, 3, 255, 256]))),
        lambda: bytearray(rng.randrange(256) for _ in range(rng.randrange(5))),
        lambda: len, lambda: collections.OrderedDict, lambda: range,
    ])()


def value(rng, depth=0):
    if depth > 4 or rng.random() < 0.4:
        return scalar(rng)
    count = rng.choice([0, 1, 2, 3, 4, 7])
    some = lambda: [value(rng, depth + 1) for _ in range(count)]
    made = rng.choice([
        some, lambda: tuple(some()),
        lambda: {f"k{i}": v for i, v in enumerate(some())},
        lambda: {i: v for i, v in enumerate(some())},
        lambda: set(rng.sample(range(100), count)), lambda: frozenset(rng.sample(range(100), count)),
        lambda: collections.OrderedDict((f"o{i}", v) for i, v in enumerate(some())),
        lambda: collections.deque(some()), lambda: Reduced(), lambda: 3j,
    ])()
    if isinstance(made, list) and rng.random() < 0.1:
        made.append(made)
    if isinstance(made, list) and made and rng.random() < 0.2:
        made.append(made[0])
    return made


def judge(stream):
    try:
        result = Unpickler(io.BytesIO(stream), encoding="latin-1").load()
    except MemoryError:
        return "skip", ""
    except Exception:
        return "error", ""
    try:
        return "ok", dump(result, {})
    except RecursionError:
        return "skip", ""


def mutate(rng, stream):
    out = bytearray(stream)
    for _ in range(rng.choice([1, 1, 2, 3])):
        if not out:
            break
        at = rng.randrange(len(out))
        how = rng.randrange(4)
        if how == 0:
            out[at] = rng.choice(b"(t)l]d}au0e12.RbiocgphqjrINKJMXVSFLGCBTU\x80\x81\x85\x86\x87\x88\x8a\x8c\x8f\x90\x91\x93\x94\x95\x92\x96QP")
        elif how == 1:
            del out[at]
        elif how == 2:
            out.insert(at, rng.choice(b"(0.12uaebR)N]}tld\x94"))
        else:
            out[at] = rng.randrange(256)
    return bytes(out)


def main():
    path, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    with open(path, "wb") as out:
        def emit(label, stream):
            verdict, text = judge(stream)
            for part in (label.encode(), stream, verdict.encode(), text.encode()):
                out.write(struct.pack("<I", len(part)) + part)

        for number in range(count):
            sample = value(rng)
            for protocol in range(6):
                pickler = pickle.dumps if rng.random() < 0.5 else pickle._dumps
                stream = pickler(sample, protocol=protocol)
                emit(f"sample {number} protocol {protocol}", stream)
                for _ in range(3):
                    emit(f"mutant of {number} protocol {protocol}", mutate(rng, stream))


main()

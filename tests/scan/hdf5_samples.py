"""HDF5 files by h5py and PyTables: harmless() yields (name, bytes), evil() (name, bytes, least level).

Each is written in the oldest and the newest form of the format, which keep links, attributes and
values in structures of their own.
"""
import io
import json
import pathlib
import tempfile
import warnings

import h5py
import numpy as np
import pandas as pd

FORMS = ("earliest", "latest")
PICKLE = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."
TEXT_PICKLE = b"cos\nsystem\n(Vtrue\ntR."


def written(fill, form, **options):
    out = io.BytesIO()
    with h5py.File(out, "w", libver=form, **options) as file:
        fill(file)
    return out.getvalue()


def matlab(fill, block=b""):
    """As MATLAB writes its arrays since 7.3: HDF5 behind a block of its own."""
    data = written(fill, "earliest", userblock_size=512)
    head = b"MATLAB 7.3 MAT-file, made by a test".ljust(116) + bytes(8) + b"\0\2IM" + block
    return head + data[len(head):]


def model(*layers):
    return {"class_name": "Sequential", "config": {"name": "m", "layers": list(layers)}}


DENSE = {"class_name": "Dense", "config": {"units": 8, "activation": "relu", "note": "y" * 5000}}
LAMBDA = {"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAAA", None, None]}}


def keras(file):
    file.attrs["model_config"] = json.dumps(model(DENSE))
    file.attrs["training_config"] = json.dumps({"loss": "mse", "optimizer_config": {"class_name": "Adam", "config": {}}})
    file.attrs["keras_version"] = "2.15.0"
    weights = file.create_group("model_weights")
    weights.attrs["layer_names"] = [f"dense_{i}".encode() for i in range(60)]
    for i in range(60):
        layer = weights.create_group(f"dense_{i}")
        layer.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
        layer["kernel:0"] = np.full((8, 8), i, "f4")
        layer["bias:0"] = np.zeros(8, "f4")


def everything(file):
    for i in range(40):
        file.attrs[f"a{i}"] = f"text {i}"
    file.attrs["flag"] = True
    file.attrs["none"] = h5py.Empty("f")
    file["packed"] = np.arange(10000.0)
    file.create_dataset("chunks", data=np.ones((100, 100)), chunks=(10, 10), compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("lzf", data=np.ones(1000), compression="lzf")
    file.create_dataset("texts", data=["a", "bc"], dtype=h5py.string_dtype())
    file["bytes"] = np.arange(200, dtype="u1")
    file["record"] = np.zeros(3, dtype=[("a", "i4"), ("b", "S5")])
    file["scalar"] = 1.0
    file.create_dataset("ragged", (3,), dtype=h5py.vlen_dtype(np.dtype("i4")))[0] = [1, 2, 3]
    file["soft"] = h5py.SoftLink("/packed")
    file["hard"] = file["packed"]
    file["itself"] = file["/"]


def frames():
    frame = pd.DataFrame({"a": [1, 2], "b": [1.5, 2], "d": pd.date_range("2020", periods=2)})
    with tempfile.TemporaryDirectory() as folder:
        for form in ("fixed", "table"):
            path = pathlib.Path(folder) / form
            frame.to_hdf(path, key="frame", format=form)
            yield f"pandas-{form}.h5", path.read_bytes()


def harmless():
    for form in FORMS:
        yield f"keras.{form}.h5", written(keras, form)
        yield f"everything.{form}.h5", written(everything, form)
        yield f"ordered.{form}.h5", written(everything, form, track_order=True)
    yield from frames()
    yield "arrays-7.3.mat", matlab(lambda f: f.create_dataset("a", data=np.eye(3)))


def many_attributes(file):
    for i in range(40):
        file.attrs[f"a{i}"] = i
    file.attrs["model_config"] = json.dumps(model(LAMBDA))


def external(file):
    file.create_dataset("x", (10,), dtype="u1", external=[("/etc/passwd", 0, 10)])


def virtual(file):
    layout = h5py.VirtualLayout((10,), dtype="i4")
    layout[:] = h5py.VirtualSource("/etc/x.h5", "d", (10,))
    file.create_virtual_dataset("v", layout)


def evil():
    yield "lambda-7.3.mat", matlab(lambda f: f.attrs.update(model_config=json.dumps(model(LAMBDA)))), "critical"
    yield "block-7.3.mat", matlab(lambda f: f.create_dataset("a", data=np.eye(3)), TEXT_PICKLE), "inconclusive"
    spelt = json.dumps(model(LAMBDA)).replace("Lambda", "\\u004cambda")
    foreign = json.dumps(model({"class_name": "function", "module": "builtins", "config": "eval"}))
    cases = {
        "lambda": (lambda f: f.attrs.update(model_config=json.dumps(model(DENSE, LAMBDA))), "critical"),
        "lambda-escaped": (lambda f: f.attrs.update(model_config=spelt), "critical"),
        "lambda-fixed": (lambda f: f.attrs.update(model_config=np.bytes_(spelt)), "critical"),
        "lambda-in-group": (lambda f: f.create_group("a/b").attrs.update(model_config=spelt), "critical"),
        "lambda-dense": (many_attributes, "critical"),
        "foreign": (lambda f: f.attrs.update(model_config=foreign), "high"),
        "broken-config": (lambda f: f.attrs.update(model_config='{"class_name": '), "inconclusive"),
        "external-link": (lambda f: f.update(x=h5py.ExternalLink("/etc/passwd", "/")), "high"),
        "external-up": (lambda f: f.update(x=h5py.ExternalLink("../x.h5", "/")), "high"),
        "external-beside": (lambda f: f.update(x=h5py.ExternalLink("x.h5", "/")), "medium"),
        "external-data": (external, "high"),
        "pickle-attribute": (lambda f: f.attrs.update(p=np.void(PICKLE)), "critical"),
        "pickle-text": (lambda f: f.attrs.update(p=TEXT_PICKLE), "critical"),
        "pickle-data": (lambda f: f.update(p=np.frombuffer(PICKLE, "u1")), "critical"),
        "pytables-rows": (lambda f: f.create_dataset("rows", data=[1]).attrs.update(PSEUDOATOM="object"), "inconclusive"),
    }
    for name, (fill, least) in cases.items():
        for form in FORMS:
            yield f"{name}.{form}.h5", written(fill, form), least
            yield f"{name}.{form}.ordered.h5", written(fill, form, track_order=True), least
    yield "virtual.h5", written(virtual, "latest"), "high"
    for form in FORMS:
        whole = written(keras, form)
        yield f"cut.{form}.h5", whole[: len(whole) // 2], "inconclusive"
        yield f"cut-by-one.{form}.h5", whole[:-1], "inconclusive"
        yield f"behind.{form}.h5", whole + PICKLE, "low"
    checked = bytearray(written(keras, "latest"))
    checked[checked.index(b"OHDR") + 20] ^= 1
    yield "bent-header.h5", bytes(checked), "inconclusive"


warnings.simplefilter("ignore")

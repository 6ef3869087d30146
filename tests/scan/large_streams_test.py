"""Files too large to keep, in a packed tar: what is found must be what is found of the bare file.

    large_streams_test.py PROGRAM

Each form is made once harmless and, where it can do harm, once with the harm in the middle: behind
what a scan keeps from the start of a stream, and before what it keeps of the end.
"""
import gzip
import io
import json
import pathlib
import struct
import subprocess
import sys
import tarfile
import tempfile

import h5py
import joblib
import numpy as np
import torch

rng = np.random.default_rng(1)
ARRAYS = [rng.normal(0, 0.02, (1024, 2048)).astype("f4") for _ in range(5)]  # 8 MiB each


class Call:
    def __reduce__(self):
        import os

        return os.system, ("true",)


def pickled(save):
    def build(harm):
        out = io.BytesIO()
        save([*ARRAYS[:4], Call(), *ARRAYS[4:]] if harm else ARRAYS, out)
        return out.getvalue()

    return build


def torch_legacy(harm):
    tensors = {f"layer.{i}.weight": torch.from_numpy(a) for i, a in enumerate(ARRAYS)}
    out = io.BytesIO()
    torch.save(tensors, out, _use_new_zipfile_serialization=False)
    if harm:  # behind the storages, where another load() would read on
        out.write(b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.")
    return out.getvalue()


def hdf5(harm):
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        for i, array in enumerate(ARRAYS):
            layer = file.create_group(f"dense_{i}")
            layer.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
            layer["kernel:0"] = array
            layer["bias:0"] = np.zeros(2048, "f4")
            if harm and i == 3:
                code = {"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAAA", None, None]}}
                layer.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": [code]}})
    return out.getvalue()


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value if isinstance(value, bytes) else varint(number << 3) + varint(value)


def onnx(harm):
    graph = b""
    for i, array in enumerate(ARRAYS):
        graph += field(5, field(1, 1024) + field(1, 2048) + field(2, 1) + field(8, b"w%d" % i) + field(9, array.tobytes()))
        domain = field(7, b"com.evil") if harm and i == 3 else b""
        graph += field(1, field(1, b"x%d" % i) + field(1, b"w%d" % i) + field(2, b"x%d" % (i + 1)) + field(4, b"MatMul") + domain)
    return field(1, 8) + field(2, b"pytorch") + field(7, graph + field(2, b"g")) + field(8, field(2, 14))


def msgpack(harm):
    def pack(value):
        if isinstance(value, dict):
            return bytes([0x80 | len(value)]) + b"".join(pack(k) + pack(v) for k, v in value.items())
        if isinstance(value, str):
            return bytes([0xA0 | len(value)]) + value.encode()
        body = b"\x93\x92" + b"".join(b"\xcd" + struct.pack(">H", d) for d in value.shape)
        body += pack("float32") + b"\xc6" + struct.pack(">I", value.nbytes) + value.tobytes()
        return b"\xc9" + struct.pack(">I", len(body)) + b"\x01" + body

    return pack({"params": {f"d{i}": {"kernel": array} for i, array in enumerate(ARRAYS)}})


def tokenizer(harm):
    vocabulary = {f"token{i}": i for i in range(1_300_000)}
    return json.dumps({"model": {"type": "BPE", "vocab": vocabulary}}).encode()


def zipped(harm):
    out = io.BytesIO()
    np.savez(out, *ARRAYS, harm=np.array([Call()], dtype=object) if harm else np.zeros(3))
    return out.getvalue()


def numpy_around_hdf5(harm):
    out = io.BytesIO()
    np.save(out, np.concatenate(ARRAYS[:4]).view("u1").reshape(-1))
    if not harm:
        return out.getvalue()
    begin = 32 << 20  # bytes; where the library looks last
    hidden = hdf5(True)
    out = io.BytesIO()
    np.save(out, np.zeros(begin - 128 + len(hidden), "u1"))
    return out.getvalue()[:begin] + hidden


FORMS = {
    "arrays.pkl": (pickled(lambda o, f: __import__("pickle").dump(o, f, 4)), "critical"),
    "model.joblib": (pickled(joblib.dump), "critical"),
    "packed.joblib": (pickled(lambda o, f: joblib.dump(o, f, compress=1)), "critical"),
    "pytorch_model.bin": (torch_legacy, "critical"),
    "arrays.npz": (zipped, "critical"),
    "model.h5": (hdf5, "critical"),
    "model.onnx": (onnx, "medium"),
    "weights.npy": (numpy_around_hdf5, "critical"),
    "flax_model.msgpack": (msgpack, None),
    "tokenizer.json": (tokenizer, None),
}


def outcome(program, path):
    done = subprocess.run([program, "scan", "--all", "--format", "json", path], capture_output=True, timeout=60)
    report = json.loads(done.stdout)
    found = sorted((f["rule"], f["level"], f["text"]) for f in report["findings"])
    return done.returncode, report["coverage"], found


def main(program):
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (build, level) in FORMS.items():
            for harm in [False, True] if level else [False]:
                bare = pathlib.Path(folder, name)
                bare.write_bytes(build(harm))
                packed = pathlib.Path(folder, "model.tar.gz")
                with gzip.open(packed, "wb", 0) as out, tarfile.open(fileobj=out, mode="w|") as tar:
                    tar.add(bare, name)
                wanted, got = outcome(program, bare), outcome(program, packed)
                if wanted != got:
                    failures.append(f"{name}, {harm=}: bare {wanted}, in a tar.gz {got}")
                if wanted[1] != "complete" or harm != any(found[1] == level for found in wanted[2]):
                    failures.append(f"{name}, {harm=}: {wanted}")
                bare.unlink()
    print("\n".join(failures) or "all the same")
    return 1 if failures else 0


sys.exit(main(sys.argv[1]))

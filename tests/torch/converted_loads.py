"""What weighlock writes loads in the real PyTorch, bit for bit; what PyTorch writes, weighlock reads.

    /usr/bin/python3 converted_loads.py PROGRAM

Run with Debian's python3-torch. safetensors files are written and read here by code of this file,
which shares nothing with the program.
"""
import io
import json
import os
import pathlib
import pickle
import pickletools
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import numpy
import torch

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "packages"
DTYPES = {  # name in safetensors: bytes, torch dtype
    "BOOL": (1, torch.bool), "U8": (1, torch.uint8), "I8": (1, torch.int8), "I16": (2, torch.int16),
    "F16": (2, torch.float16), "BF16": (2, torch.bfloat16), "I32": (4, torch.int32), "F32": (4, torch.float32),
    "C64": (8, torch.complex64), "F64": (8, torch.float64), "I64": (8, torch.int64),
}
# What torch 1.13 does not know yet: the name that newer releases give it, and bytes.
NEWER = {
    "F8_E5M2": (1, "float8_e5m2"), "F8_E4M3": (1, "float8_e4m3fn"), "F8_E8M0": (1, "float8_e8m0fnu"),
    "F8_E4M3FNUZ": (1, "float8_e4m3fnuz"), "F8_E5M2FNUZ": (1, "float8_e5m2fnuz"),
    "U16": (2, "uint16"), "U32": (4, "uint32"), "U64": (8, "uint64"),
}
RANDOM = random.Random(4)


def noise(size):
    return bytes(RANDOM.getrandbits(8) for _ in range(size))


def write_safetensors(path, tensors, metadata=None, padding=0):
    """tensors: {name: (dtype, shape, bytes)}, in the order of their bytes."""
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, ensure_ascii=False).encode() + b" " * padding
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    blob = path.read_bytes()
    size = struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:8 + size])
    header.pop("__metadata__", None)
    result = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        result[name] = (entry["dtype"], entry["shape"], blob[8 + size + begin:8 + size + end])
    return result


def content(tensor):
    plain = torch.empty(tensor.numel(), dtype=tensor.dtype).copy_(tensor.reshape(-1))
    return plain.view(torch.uint8).numpy().tobytes()


def check_loads(path, wanted, aliases=()):
    for weights_only in (False, True):
        loaded = torch.load(path, map_location="cpu", weights_only=weights_only)
        names = set(wanted) | {alias for alias, _ in aliases}
        assert set(loaded) == names, f"{path}: {sorted(set(loaded) ^ names)}"
        for name, (dtype, shape, raw) in wanted.items():
            tensor = loaded[name]
            assert tensor.dtype == DTYPES[dtype][1] and list(tensor.shape) == shape, f"{path}: {name}"
            assert (content(tensor) if raw else b"") == raw, f"{path}: {name} has other bytes"
        for alias, kept in aliases:
            assert loaded[alias].data_ptr() == loaded[kept].data_ptr(), f"{path}: {alias} is a copy"


def check_zip(path):
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        assert archive.testzip() is None, path
        for info in archive.infolist():
            file.seek(info.header_offset + 26)
            name, extra = struct.unpack("<HH", file.read(4))
            start = info.header_offset + 30 + name + extra
            assert start % 64 == 0 and info.compress_type == zipfile.ZIP_STORED, f"{path}: {info.filename}"
    subprocess.run(["unzip", "-tqq", path], check=True, stdout=subprocess.DEVNULL)


class Program:
    def __init__(self, path, work):
        self.path, self.work, self.count = path, work, 0

    def __call__(self, *arguments):
        done = subprocess.run([self.path, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def convert(self, source, container):
        """Converts twice, with other threads: the outputs must be the same."""
        self.count += 1
        first, second = (self.work / f"{self.count}-{n}.bin" for n in (1, 2))
        self("convert", source, first, "--container", container)
        self("convert", source, second, "--container", container, "--prove", "--threads", "5")
        assert first.read_bytes() == second.read_bytes(), f"{source}: two runs, two outputs"
        if container == "zip":
            check_zip(first)
        return first


def every_dtype():
    tensors = {}
    for dtype, (size, _) in DTYPES.items():
        def put(name, shape, dtype=dtype, size=size):
            count = size
            for n in shape:
                count *= n
            raw = noise(count)
            tensors[f"{name}.{dtype}"] = (dtype, shape, bytes(b & 1 for b in raw) if dtype == "BOOL" else raw)
        put("matrix", [3, 5])
        put("scalar", [])
        put("empty", [0, 4])
        put("deep", [2, 1, 3, 1, 2])
    return tensors


def conversions(program, work):
    cases = {
        "dtypes": (every_dtype(), {"format": "pt"}, 0),
        "unaligned": (every_dtype(), None, 3),
        "many": ({f"layer.{i}.weight": ("F32", [i % 7, 3], noise(i % 7 * 12)) for i in range(2500)}, None, 0),
        "names": ({name: ("U8", [1], b"x") for name in ("é.ñ", "日本", "a b", "a\"b\\c\n", "x" * 3000)}, None, 0),
        "none": ({}, {"format": "pt"}, 0),
        "large": ({"w": ("F32", [3000, 1000], noise(1000) * 12000), "b": ("I64", [3], noise(24))}, None, 0),
    }
    for name, (tensors, metadata, padding) in cases.items():
        source = work / f"{name}.safetensors"
        write_safetensors(source, tensors, metadata, padding)
        for container in ("zip", "legacy"):
            check_loads(program.convert(source, container), read_safetensors(source))
    tied = work / "tied.safetensors"
    write_safetensors(tied, {"embed.weight": ("F32", [2, 2], noise(16))},
                      {"format": "pt", "lm_head.weight": "embed.weight"})
    for container in ("zip", "legacy"):
        check_loads(program.convert(tied, container), read_safetensors(tied), [("lm_head.weight", "embed.weight")])


def newer_dtypes(program, work):
    source = work / "newer.safetensors"
    tensors = {name: (name, [3, 4], noise(12 * size)) for name, (size, _) in NEWER.items()}
    tensors["F4"] = ("F4", [3, 4], noise(6))
    write_safetensors(source, tensors)
    output = program.convert(source, "zip")
    with zipfile.ZipFile(output) as archive:
        stream = archive.read("archive/data.pkl")
        opcodes = [(op.name, argument) for op, argument, _ in pickletools.genops(io.BytesIO(stream))]
        for name, (_, torch_name) in list(NEWER.items()) + [("F4", (1, "float4_e2m1fn_x2"))]:
            assert ("GLOBAL", f"torch {torch_name}") in opcodes, name
        pickletools.dis(stream, out=io.StringIO())
        stored = sorted(archive.read(n) for n in archive.namelist() if n.startswith("archive/data/"))
        assert stored == sorted(raw for _, _, raw in tensors.values())


def shards(program, work):
    folder = work / "shards"
    folder.mkdir()
    first = {"a": ("F32", [2], noise(8)), "b": ("BF16", [3], noise(6))}
    second = {"c": ("I64", [1], noise(8))}
    write_safetensors(folder / "model-00001-of-00002.safetensors", first)
    write_safetensors(folder / "model-00002-of-00002.safetensors", second)
    weights = {**{n: "model-00001-of-00002.safetensors" for n in first}, "c": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weights}))
    check_loads(program.convert(folder / "model.safetensors.index.json", "zip"), {**first, **second})


def adapted(program, work):
    wanted = read_safetensors(DATA / "bert-4.37.2" / "model.safetensors")
    program("adapt", DATA / "bert-4.37.2.tar.gz", "--target", "transformers==4.11.3", "-o", work / "out.tar.gz")
    with tarfile.open(work / "out.tar.gz") as archive:
        archive.extractall(work / "unpacked")
    check_loads(work / "unpacked" / "pytorch_model.bin", wanted)
    program("adapt", DATA / "bert-4.37.2", "--target", "transformers==4.11.3", "-o", work / "folder")
    check_loads(work / "folder" / "pytorch_model.bin", wanted)


def torch_to_safetensors(program, work):
    """What torch saves comes out as safetensors with torch's own values."""
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state = {f"t.{name}": torch.randint(0, 2, (3, 2)).to(dtype) for name, (_, dtype) in DTYPES.items()}
    state |= {"base": base, "tied": base, "scalar": torch.tensor(2.5), "none": torch.zeros(0, 3)}
    for zipped in (True, False):
        source, output = work / f"saved-{zipped}.bin", work / f"saved-{zipped}.safetensors"
        torch.save(state, source, _use_new_zipfile_serialization=zipped)
        program("convert", source, output)
        read = read_safetensors(output)
        assert set(read) == set(state) - {"tied"}
        for name, (dtype, shape, raw) in read.items():
            tensor = state[name]
            assert DTYPES[dtype][1] == tensor.dtype and shape == list(tensor.shape), name
            assert raw == (content(tensor) if tensor.numel() else b""), name
        listed = json.loads(program("inspect", source, "--format", "json"))["artefacts"][0]["model"]["tensors"]
        assert {t["name"] for t in listed} == set(state)


def checksums(program, work):
    """A damaged storage is refused; a file that was written without checksums says so."""
    source = work / "checked.bin"
    torch.save({f"t{i}": torch.randn(20, 3) for i in range(4)} | {"view": torch.randn(9)[2:5]}, source)
    blob = bytearray(source.read_bytes())
    with zipfile.ZipFile(source) as archive:
        records = [i for i in archive.infolist() if "/data/" in i.filename]
        first_bytes = [archive.read(i)[:16] for i in records]
    for record, head in zip(records, first_bytes):
        damaged = bytearray(blob)
        damaged[blob.index(head, record.header_offset)] ^= 1
        (work / "damaged.bin").write_bytes(damaged)
        done = subprocess.run([program.path, "convert", work / "damaged.bin", work / "never.safetensors"],
                              stderr=subprocess.PIPE, text=True)
        assert done.returncode == 2 and "has CRC-32" in done.stderr and record.filename in done.stderr, done.stderr
        assert not (work / "never.safetensors").exists()
    for record in records:
        blob = blob.replace(struct.pack("<I", record.CRC), bytes(4))
    (work / "unchecked.bin").write_bytes(blob)
    said = program("convert", work / "unchecked.bin", work / "unchecked.safetensors")
    assert "none of the 5 checksums in the file is that of its bytes" in said, said


def bare_pickles(program, work):
    """pickle.dump instead of torch.save: every storage is a stream of its own."""
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state = {f"t.{name}": torch.randint(0, 2, (3, 2)).to(dtype) for name, (_, dtype) in DTYPES.items()}
    state |= {"base": base, "tied": base, "view": base[1:3, ::2], "parameter": torch.nn.Parameter(torch.ones(3))}
    for protocol in (2, 3, 4, 5):
        source, output = work / f"bare-{protocol}.bin", work / f"bare-{protocol}.safetensors"
        source.write_bytes(pickle.dumps(state, protocol))
        program("convert", source, output)
        read = read_safetensors(output)
        assert set(read) == set(state) - {"tied"}
        for name, (dtype, shape, raw) in read.items():
            assert DTYPES[dtype][1] == state[name].dtype and shape == list(state[name].shape), name
            assert raw == content(state[name].detach()), name


def arrays(program, work):
    """numpy arrays are tensors too, whatever pickled them; what is none is said to be left out."""
    kinds = ["?", "i1", "i2", "i4", "i8", "u1", "f2", "f4", "f8", "c8", ">f4", ">i8"]
    base = numpy.arange(24).reshape(2, 3, 4)
    state = {f"a.{kind}": base.astype(kind) for kind in kinds}
    state |= {"fortran": numpy.asfortranarray(base.astype("f4")), "empty": numpy.zeros((0, 2), "f4"),
              "scalar": numpy.array(1.5), "slice": base.astype("f4")[:, 1:, ::2], "tied": base, "again": base,
              "tensor": torch.ones(2)}
    extras = {"epoch": 3, "note": numpy.float32(2.5), "objects": numpy.array([None, {}], dtype=object)}
    for form in ("zip", "legacy", 2, 4):
        source, output = work / f"arrays-{form}.bin", work / f"arrays-{form}.safetensors"
        if isinstance(form, int):
            source.write_bytes(pickle.dumps(state | extras, form))
        else:
            torch.save(state | extras, source, _use_new_zipfile_serialization=form == "zip")
        said = program("convert", source, output)
        assert "left out" in said and "epoch: int 3" in said, said
        read = read_safetensors(output)
        assert set(read) == set(state) - {"tied"}, sorted(read)
        for name, (dtype, shape, raw) in read.items():
            wanted = state[name] if name == "tensor" else torch.from_numpy(
                numpy.array(state[name], order="C").astype(state[name].dtype.newbyteorder("=")))
            assert DTYPES[dtype][1] == wanted.dtype and shape == list(wanted.shape), name
            assert raw == content(wanted), (form, name)


def wrapped(program, work):
    """A checkpoint around a state dict: taken as it is and said so, or unwrapped when asked."""
    weights = {"module.fc.weight": torch.randn(2, 3), "module.fc.bias": torch.zeros(2)}
    weights["module.tied"] = weights["module.fc.weight"]
    source = work / "checkpoint.pth.tar"  # as torch's own examples call it; it is a zip
    torch.save({"epoch": 3, "state_dict": weights, "optimizer": {"m": torch.ones(2)}}, source)
    said = program("convert", source, work / "whole.safetensors")
    assert "--unwrap state_dict takes these alone" in said and "epoch: int 3" in said, said
    assert set(read_safetensors(work / "whole.safetensors")) == {
        "state_dict.module.fc.weight", "state_dict.module.fc.bias", "optimizer.m"}
    said = program("convert", source, work / "once.safetensors", "--unwrap", "state_dict")
    assert "--unwrap module takes that off" in said and "1 tensors that are not below" in said, said
    program("convert", source, work / "twice.bin", "--unwrap", "state_dict", "--unwrap", "module")
    loaded = torch.load(work / "twice.bin")
    assert set(loaded) == {"fc.weight", "fc.bias", "tied"} and loaded["tied"] is not None
    assert loaded["tied"].data_ptr() == loaded["fc.weight"].data_ptr()
    assert all(loaded[name].equal(weights[f"module.{name}"]) for name in loaded)
    done = subprocess.run([program.path, "convert", source, work / "never3.bin", "--unwrap", "ema"],
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2, done
    assert 'no tensor is below "ema"; their names begin with "optimizer", "state_dict"' in done.stderr, done.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        program = Program(os.path.realpath(sys.argv[1]), work)
        for test in (conversions, newer_dtypes, shards, adapted, torch_to_safetensors, checksums, bare_pickles, arrays, wrapped):
            test(program, work)
            print(f"{test.__name__}: as it should be", flush=True)


if __name__ == "__main__":
    main()

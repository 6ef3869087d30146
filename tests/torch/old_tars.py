"""The tar of torch 0.1, written here as that release wrote it, read by the real PyTorch and by weighlock alike.

    /usr/bin/python3 old_tars.py PROGRAM

No release that can be installed writes this form; torch 1.13 still reads it. So the writer below is checked by torch,
and weighlock by both.
"""
import collections
import io
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import tarfile
import tempfile

import torch

from converted_loads import DTYPES, Program, content, read_safetensors

CLASSES = {
    torch.float32: ("FloatStorage", "FloatTensor"), torch.float64: ("DoubleStorage", "DoubleTensor"),
    torch.float16: ("HalfStorage", "HalfTensor"), torch.uint8: ("ByteStorage", "ByteTensor"),
    torch.int8: ("CharStorage", "CharTensor"), torch.int16: ("ShortStorage", "ShortTensor"),
    torch.int32: ("IntStorage", "IntTensor"), torch.int64: ("LongStorage", "LongTensor"),
}


class Reference:
    """A tensor in the object: pickled as the persistent id `key`."""

    def __init__(self, key):
        self.key = key


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return self.key(value.key) if isinstance(value, Reference) else None


def dump(value, file, key=str):
    pickler = Pickler(file, 2)
    pickler.key = key
    pickler.dump(value)


def old_tar(path, state, key=str, views=True):
    """`state`: names to tensors. Storages that are shared are written once; a slice of one is a view of it."""
    storages, tensors, numbers = io.BytesIO(), io.BytesIO(), {}
    for tensor in state.values():
        numbers.setdefault(tensor.storage().data_ptr(), (1000 + len(numbers), tensor))
    dump(len(numbers), storages)
    for number, tensor in numbers.values():
        dump((number, "cpu", getattr(torch, CLASSES[tensor.dtype][0])), storages)
        whole = torch.empty(0, dtype=tensor.dtype).set_(tensor.storage())
        storages.write(struct.pack("<q", whole.numel()) + content(whole))
    listed = [(9000 + n, n, 0, t.storage().size()) for n, t in numbers.values()] if views else []
    dump(listed, storages)
    dump(len(state), tensors)
    for i, tensor in enumerate(state.values()):
        number = numbers[tensor.storage().data_ptr()][0]
        if views:
            number = 9000 + number
        dump((i, number, getattr(torch, CLASSES[tensor.dtype][1])), tensors)
        tensors.write(struct.pack("<i4x", tensor.dim()))
        tensors.write(struct.pack(f"<{2 * tensor.dim()}q", *tensor.shape, *tensor.stride()))
        tensors.write(struct.pack("<q", tensor.storage_offset()))
    main, info = io.BytesIO(), io.BytesIO()
    dump(collections.OrderedDict((name, Reference(i)) for i, name in enumerate(state)), main, key)
    dump({"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 8}}, info)
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as tar:
        for name, member in (("sys_info", info), ("pickle", main), ("tensors", tensors), ("storages", storages)):
            entry = tarfile.TarInfo(name)
            entry.size = member.tell()
            member.seek(0)
            tar.addfile(entry, member)


def states():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    for views in (False, True):
        yield "dtypes", {str(d): torch.randint(0, 50, (3, 2)).to(d) for d in CLASSES}, str, views
        yield "views", {"base": base, "rows": base[1:3], "transposed": base.t(), "tied": base}, str, views
        yield "numbers", {"w": torch.ones(2, 3), "scalar": torch.tensor(5.0)}, int, views


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        program = Program(os.path.realpath(sys.argv[1]), work)
        for name, state, key, views in states():
            source, output = work / f"{name}-{views}.pth", work / f"{name}-{views}.safetensors"
            old_tar(source, state, key, views)
            loaded = torch.load(source)
            program("convert", source, output)
            read = read_safetensors(output)
            assert set(read) == set(state) - {"tied"}, sorted(read)
            for key_, (dtype, shape, raw) in read.items():
                assert DTYPES[dtype][1] == loaded[key_].dtype and shape == list(loaded[key_].shape), key_
                assert raw == content(loaded[key_]) == content(state[key_]), key_
            again = work / f"{name}-{views}.bin"
            program("convert", source, again)
            assert {k: v.tolist() for k, v in torch.load(again).items()} == {k: v.tolist() for k, v in loaded.items()}
            assert "torch-tar" in program("inspect", source)
            # Cut anywhere, it is an error and no crash.
            whole = source.read_bytes()
            for size in range(0, len(whole), 997):
                (work / "cut.pth").write_bytes(whole[:size])
                done = subprocess.run([program.path, "inspect", work / "cut.pth"], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
                assert done.returncode in (0, 2, 3), (size, done.returncode)
    print("old_tars: as it should be")


if __name__ == "__main__":
    main()

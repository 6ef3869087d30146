"""Views of every kind, saved by the real PyTorch: their values come out contiguous, as torch itself makes them.

    /usr/bin/python3 gathered_views.py PROGRAM

Transposed, sliced, expanded and overlapping views, of every width of element, in the zip and the legacy container;
random ones; a large one, with a bound on memory; and files whose bytes are big-endian.
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import zipfile

import torch

from converted_loads import DTYPES, Program, content, read_safetensors

RANDOM = random.Random(11)
NAMES = {dtype: name for name, (_, dtype) in DTYPES.items()}


def some_views(dtype):
    base = torch.randint(0, 2, (6, 10, 7)).to(dtype)
    yield "transposed", base.transpose(0, 2)
    yield "permuted", base.permute(1, 2, 0)
    yield "rows", base[1:5:2]
    yield "columns", base[:, :, 2]
    yield "steps", base[::2, 1::3, ::4]
    yield "expanded", base[0, :, :1].expand(10, 9)
    yield "all_expanded", base[3, 4, 5].expand(4, 5)
    yield "overlapping", base.as_strided((5, 4), (3, 2), 7)
    yield "diagonal", base[0].diagonal()
    yield "one", base[5:, 9:, 6:]
    yield "empty", base[:, :0].transpose(0, 2)
    yield "vector", base.flatten()[3::5]


def random_view():
    shape = [RANDOM.randint(1, 6) for _ in range(RANDOM.randint(1, 5))]
    view = torch.arange(torch.Size(shape).numel(), dtype=torch.int32).reshape(shape)
    view = view.permute(RANDOM.sample(range(len(shape)), len(shape)))
    for dim, size in enumerate(view.shape):
        begin = RANDOM.randrange(size)
        view = view.narrow(dim, begin, RANDOM.randint(1, size - begin))
        if RANDOM.random() < 0.3:
            view = view[(slice(None),) * dim + (slice(None, None, 2),)]
    if RANDOM.random() < 0.3:
        view = view.unsqueeze(0).expand(RANDOM.randint(1, 4), *view.shape)
    return view


def check(program, work, name, state):
    for zipped in (True, False):
        source, output = work / f"{name}-{zipped}.bin", work / f"{name}-{zipped}.safetensors"
        torch.save(state, source, _use_new_zipfile_serialization=zipped)
        program("convert", source, output)
        read = read_safetensors(output)
        assert set(read) == set(state), sorted(set(read) ^ set(state))
        for key, (dtype, shape, raw) in read.items():
            view = state[key]
            assert NAMES[view.dtype] == dtype and list(view.shape) == shape, key
            assert raw == (content(view) if view.numel() else b""), f"{name}: {key}"
        again = work / f"{name}-{zipped}-again.bin"
        program("convert", source, again)
        loaded = torch.load(again)
        assert all(loaded[key].is_contiguous() and loaded[key].tolist() == view.tolist() for key, view in state.items())


def large(program, work):
    """Read in blocks, whatever its size: 96 MB transposed, and 64 MiB resident at most."""
    view = torch.arange(24_000_000, dtype=torch.int32).reshape(8000, 3000).t()
    torch.save({"w": view}, work / "large.bin")
    subprocess.run([sys.executable, "-c", f"""
import resource, subprocess, sys
subprocess.run({[program.path, 'convert', str(work / 'large.bin'), str(work / 'large.safetensors')]!r}, check=True,
               stdout=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
assert peak <= 64 << 10, f'{{peak}} KiB resident'
"""], check=True)
    assert read_safetensors(work / "large.safetensors")["w"][2] == content(view)


def big_endian(program, work):
    """As a big-endian machine writes them: swapped by element, complex numbers by their parts."""
    state = {name: torch.randint(0, 100, (3, 5)).to(dtype) for name, (_, dtype) in DTYPES.items()}
    state["view"] = torch.arange(12, dtype=torch.int64).reshape(3, 4).t()
    torch.save(state, work / "little.bin")
    units = {name: size // (2 if dtype.is_complex else 1) for name, (size, dtype) in DTYPES.items()}
    with zipfile.ZipFile(work / "little.bin") as little, zipfile.ZipFile(work / "big.bin", "w") as big:
        records = sorted((n for n in little.namelist() if "/data/" in n), key=lambda n: int(n.rsplit("/", 1)[1]))
        swapped = {}
        for record, name in zip(records, state):
            raw, unit = little.read(record), units.get(name, 8)
            swapped[record] = b"".join(raw[i:i + unit][::-1] for i in range(0, len(raw), unit))
        for name in little.namelist():
            big.writestr(name, swapped.get(name, little.read(name)))
        big.writestr(little.namelist()[0].split("/")[0] + "/byteorder", b"big")
    program("convert", work / "big.bin", work / "big.safetensors")
    for key, (_, _, raw) in read_safetensors(work / "big.safetensors").items():
        assert raw == content(state[key]), key


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        program = Program(os.path.realpath(sys.argv[1]), work)
        for dtype in NAMES:
            check(program, work, NAMES[dtype], dict(some_views(dtype)))
        check(program, work, "random", {f"v{i}": random_view() for i in range(500)})
        large(program, work)
        big_endian(program, work)
    print("gathered_views: as it should be")


if __name__ == "__main__":
    main()

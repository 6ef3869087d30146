#!/usr/bin/env python3
"""Files written by the installed torch, and what torch itself loads from them.

usage: make_samples.py DIR            writes samples and a NAME.expect beside each
       make_samples.py DIR FILE...    writes DIR/<number>.expect for files that exist already

A .expect holds one line a tensor, in the order of the object: name, dtype, shape, and the SHA-256
of its contiguous bytes. Exit 77 where torch is missing.
"""
import collections
import hashlib
import os
import sys
import warnings

try:
    import torch
except ImportError:
    sys.exit(77)

warnings.filterwarnings("ignore")
DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
          "bool", "complex64", "complex128"]


def raw(tensor):
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    tensor = tensor.detach().contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def flatten(value, name, out):
    if isinstance(value, torch.Tensor):
        dtype = str(value.dtype).replace("torch.", "")
        shape = ",".join(map(str, value.shape))
        out.append(f"{name or 'tensor'}\t{dtype}\t[{shape}]\t{hashlib.sha256(raw(value)).hexdigest()}\n")
    elif isinstance(value, torch.jit.ScriptModule) or isinstance(value, torch.nn.Module):
        for key, part in value.state_dict().items():
            flatten(part, f"{name}.{key}" if name else key, out)
    elif isinstance(value, dict):
        for key, part in value.items():
            flatten(part, f"{name}.{key}" if name else str(key), out)
    elif isinstance(value, (list, tuple)):
        for key, part in enumerate(value):
            flatten(part, f"{name}.{key}" if name else str(key), out)


def expect(path, loaded):
    lines = []
    flatten(loaded, "", lines)
    with open(path, "w") as out:
        out.writelines(lines)


def samples():
    torch.manual_seed(0)
    for dtype in DTYPES:
        kind = getattr(torch, dtype)
        data = torch.randn(3, 5) * 50
        yield f"dtype_{dtype}", {"a": data.to(kind), "scalar": data[0, 0].to(kind),
                                 "empty": torch.empty(0, 4, dtype=kind)}
    base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5)
    yield "views", {"base": base, "row": base[1], "column": base[:, 2], "t": base.transpose(0, 2),
                    "step": base[::2, :, 1::2], "expanded": base[0, 0].expand(7, 5),
                    "again": base, "one": base[2:3, 3, 4:5]}
    shared = torch.nn.Linear(4, 3)
    yield "tied", {"a.weight": shared.weight, "b.weight": shared.weight, "bias": shared.bias}
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    yield "state_dict", module.state_dict()
    yield "module", module
    optimizer = torch.optim.AdamW(module.parameters())
    module(torch.randn(8, 4)).sum().backward()
    optimizer.step()
    yield "checkpoint", {"epoch": 3, "lr": 1e-3, "state_dict": module.state_dict(),
                         "optimizer": optimizer.state_dict(), "tag": "\u00e9\n", "none": None}
    yield "parameter", torch.nn.Parameter(torch.ones(2, 2), requires_grad=False)
    yield "bare", torch.arange(10)
    yield "list", [torch.zeros(2), {"x": torch.ones(3)}, (torch.ones(1), 5)]
    yield "nothing", collections.OrderedDict()
    many = collections.OrderedDict((f"layer.{i}.weight", torch.full((i % 7, 3), float(i)))
                                   for i in range(1100))
    yield "many", many
    yield "quantised", {"q": torch.quantize_per_tensor(torch.randn(4, 4), 0.1, 10, torch.quint8),
                        "q32": torch.quantize_per_tensor(torch.randn(4), 0.1, 0, torch.qint32)}


def main():
    folder = sys.argv[1]
    if len(sys.argv) > 2:
        for number, path in enumerate(sys.argv[2:]):
            try:
                loaded = torch.load(path, map_location="cpu")
                expect(os.path.join(folder, f"{number}.expect"), loaded)
            except ModuleNotFoundError:
                # Names a class of a library that is not installed: nothing to compare with.
                pass
        return
    for name, value in samples():
        for form, zipped in (("zip", True), ("legacy", False)):
            path = os.path.join(folder, f"{name}.{form}")
            torch.save(value, path, _use_new_zipfile_serialization=zipped)
            expect(path + ".expect", torch.load(path))
    script = torch.jit.script(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2)))
    path = os.path.join(folder, "script.zip")
    script.save(path)
    expect(path + ".expect", torch.jit.load(path))
    for protocol in (1, 3, 4):
        for form, zipped in (("zip", True), ("legacy", False)):
            path = os.path.join(folder, f"protocol_{protocol}.{form}")
            torch.save({"w": torch.ones(2, 3)}, path, pickle_protocol=protocol,
                       _use_new_zipfile_serialization=zipped)
            expect(path + ".expect", torch.load(path))


main()
